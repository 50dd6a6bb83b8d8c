//! The address of the client behind proxies.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, header::FORWARDED};
use ipnet::IpNet;

/// The client's address: the peer's, or if that is a trusted proxy, the right-most address it forwards for that is
/// not a trusted proxy itself. What clients write further left proves nothing.
pub(super) fn address(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let trusts = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut nearest = peer?.to_canonical();
    if !trusts(nearest) {
        return Some(nearest);
    }
    for hop in hops(headers).iter().rev() {
        // What is behind something unreadable can't be known.
        let Some(address) = read(hop) else { break };
        nearest = address;
        if !trusts(nearest) {
            break;
        }
    }
    Some(nearest)
}

/// From the client to the last proxy, as text. `X-Forwarded-For` if there is one, else `Forwarded`.
fn hops(headers: &HeaderMap) -> Vec<&str> {
    let list = |name: &str| -> Vec<&str> {
        // A line that is no text stays a hop: it must not make the ones around it neighbours.
        headers.get_all(name).iter().flat_map(|line| line.to_str().unwrap_or("?").split(',')).collect()
    };
    let found = list("x-forwarded-for");
    if !found.is_empty() {
        return found;
    }
    list(FORWARDED.as_str())
        .into_iter()
        .map(|element| {
            element
                .split(';')
                .filter_map(|pair| pair.split_once('='))
                .find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))
                .map_or("?", |(_, value)| value)
        })
        .collect()
}

fn read(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim().trim_matches('"');
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse::<IpAddr>().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(peer: &str, name: &'static str, value: &str) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for line in value.split('|').filter(|line| !line.is_empty()) {
            headers.append(name, line.parse().unwrap());
        }
        address(Some(peer.parse().unwrap()), &headers, &trusted).unwrap().to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        const FOR: &str = "x-forwarded-for";
        for (peer, value, expected) in [
            ("192.0.2.1", "203.0.113.7", "192.0.2.1"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
            ("::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"),
            ("10.0.0.1", "198.51.100.9, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
            ("10.0.0.1", "198.51.100.9|203.0.113.7|10.0.0.2", "203.0.113.7"),
            ("10.0.0.1", "198.51.100.9, nonsense, 10.0.0.2", "10.0.0.2"),
            ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("::1", "[2001:db8::7]:443", "2001:db8::7"),
            ("::1", "203.0.113.7:443", "203.0.113.7"),
        ] {
            assert_eq!(found(peer, FOR, value), expected, "{peer} {value}");
        }
    }

    #[test]
    fn the_header_forwarded_is_read_too() {
        for (value, expected) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("proto=http; For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=1.2.3.4, for=_hidden", "10.0.0.1"),
            ("proto=http", "10.0.0.1"),
        ] {
            assert_eq!(found("10.0.0.1", "forwarded", value), expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn an_untrusted_peer_is_itself_whatever_it_says(value in "[ -~]{0,60}") {
            prop_assert_eq!(found("192.0.2.1", "x-forwarded-for", &value), "192.0.2.1");
        }
    }
}
