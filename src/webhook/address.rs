//! Where a webhook may point. Whoever may set an address must not reach through this server what only this server
//! reaches (server-side request forgery): its own machine, its networks, what a cloud tells its machines.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};
use url::{Host, Url};

/// The longest address, in bytes.
const LONGEST: usize = 2_000;

/// Why an address is not asked. What it says is for organizers, and tells nothing of the networks around this server: a
/// name that leads inside and one that leads nowhere are one refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No absolute address, or too long.
    Form,
    /// Not https, nor, where private addresses are allowed, http.
    Scheme,
    /// With a user name or a password.
    Credentials,
    /// With a fragment, which is never sent.
    Fragment,
    /// An address that is not public, or a name that is none's or has no public address.
    NotPublic,
}

impl Refusal {
    /// In a sentence, for whoever wrote the address.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Form => "This is no address; write it as https://example.org/hook, in at most 2,000 characters.",
            Self::Scheme => "A webhook's address begins with https://.",
            Self::Credentials => {
                "A webhook's address has no user name and no password; its signature shows who sends it."
            }
            Self::Fragment => "A webhook's address has no fragment: take out the # and what follows.",
            Self::NotPublic => {
                "This address is not public: webhooks go to servers on the internet, not to this machine or the networks \
                 around it."
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "refused: not an address",
            Self::Scheme => "refused: not https",
            Self::Credentials => "refused: an address with a user name",
            Self::Fragment => "refused: an address with a fragment",
            Self::NotPublic => "refused: the address is not public",
        })
    }
}

impl std::error::Error for Refusal {}

/// The address, if it may be asked as far as that can be told without looking up its name. With `allow_private` it may
/// lead anywhere, also by plain http.
///
/// # Errors
/// Why not.
pub fn check(text: &str, allow_private: bool) -> Result<Url, Refusal> {
    // What a parser would mend in silence (blanks, line breaks, backslashes) is refused: it is no address of anybody's.
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    if text.len() > LONGEST || text.contains(odd) {
        return Err(Refusal::Form);
    }
    // Parsing gives hosts their one form: 0x7f.1, 127.1 and 2130706433 are all 127.0.0.1 from here on.
    let url = Url::parse(text).map_err(|_| Refusal::Form)?;
    match url.scheme() {
        "https" => {}
        "http" if allow_private => {}
        _ => return Err(Refusal::Scheme),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::Credentials);
    }
    if url.fragment().is_some() {
        return Err(Refusal::Fragment);
    }
    let public = match url.host() {
        None => return Err(Refusal::Form),
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        Some(Host::Domain(name)) => is_public_name(name),
    };
    if public || allow_private { Ok(url) } else { Err(Refusal::NotPublic) }
}

/// Whether a name may be one of the internet: not one that by its form is this machine's or a network's own (RFC 6761,
/// 6762, 8375, 9476; `internal` by ICANN's resolution of 2024-07-29). Where it leads is looked at when it is asked.
fn is_public_name(name: &str) -> bool {
    const OWN: [&str; 10] =
        ["localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "arpa", "invalid", "alt"];
    let name = name.trim_end_matches('.');
    // A name without a dot is looked for in the domains that this machine's network names.
    let Some((_, last)) = name.rsplit_once('.') else { return false };
    !OWN.iter().any(|own| last.eq_ignore_ascii_case(own))
}

/// IPv4 that is not for everybody (IANA's registry of special-purpose addresses), multicast and reserved.
const SPECIAL_4: [(Ipv4Addr, u8); 16] = [
    // This network, and the unspecified address.
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // Private (RFC 1918).
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Shared by a provider's customers (RFC 6598).
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // This machine.
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local, where clouds tell their machines secrets.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // Protocols.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Documentation (RFC 5737).
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Relays of 6to4, no longer in use (RFC 7526).
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // Benchmarks (RFC 2544).
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // One cloud's platform, from inside it.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // Multicast; reserved, and broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The IPv6 that is for everybody (RFC 4291).
const GLOBAL_6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What of it is not: protocols and Teredo, documentation (RFC 3849, 9637), and 6to4, which bears an IPv4 address.
const SPECIAL_6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
];

/// NAT64 (RFC 6052): the last 32 bits are an IPv4 address.
const NAT64: (Ipv6Addr, u8) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Whether an address is one of the internet's, for everybody: one that leads nowhere else, whatever it is wrapped in.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_4.iter().any(|(net, bits)| within_4(*net, *bits, address)),
        IpAddr::V6(address) => match wrapped(address) {
            Some(inner) => is_public(inner.into()),
            None => within_6(GLOBAL_6, address) && !SPECIAL_6.iter().any(|net| within_6(*net, address)),
        },
    }
}

/// The IPv4 address to which an IPv6 address leads: mapped (RFC 4291, section 2.5.5.2), or through NAT64.
fn wrapped(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let mapped = address.to_ipv4_mapped();
    let translated = within_6(NAT64, address).then(|| {
        let [.., a, b, c, d] = address.octets();
        Ipv4Addr::new(a, b, c, d)
    });
    mapped.or(translated)
}

fn within_4(net: Ipv4Addr, bits: u8, address: Ipv4Addr) -> bool {
    // A length that is none would let everything through: then everything is within.
    Ipv4Net::new(net, bits).map_or(true, |net| net.contains(&address))
}

fn within_6((net, bits): (Ipv6Addr, u8), address: Ipv6Addr) -> bool {
    Ipv6Net::new(net, bits).is_ok_and(|net| net.contains(&address))
}

#[cfg(test)]
mod tests;
