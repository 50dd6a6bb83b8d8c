//! How many requests one address may send that is nobody in particular, and one user: a bucket of tokens each, filled at
//! a steady rate.
//!
//! A venue is one address, so the limits are generous; they are for programs that ask without end.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

/// How many addresses are remembered before those that are at rest are forgotten.
const REMEMBERED: usize = 10_000;

/// The buckets of all addresses and users.
#[derive(Debug)]
pub struct Rates {
    per_second: f64,
    burst: f64,
    buckets: Mutex<HashMap<Whom, Bucket>>,
}

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Whom {
    Address(IpAddr),
    User(Uuid),
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Rates {
    /// So many requests a second for each address, and so many at once after a rest.
    #[must_use]
    pub fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second: f64::from(per_second), burst: f64::from(burst), buckets: Mutex::default() }
    }

    /// Takes a token for a request of this address now; if there is none, says how long until there is one.
    ///
    /// # Errors
    /// How long to wait.
    pub fn take(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        self.take_of(Whom::Address(network(address)), now)
    }

    /// The same for a request of this user, from wherever.
    ///
    /// # Errors
    /// How long to wait.
    pub fn take_user(&self, user: Uuid, now: Instant) -> Result<(), Duration> {
        self.take_of(Whom::User(user), now)
    }

    fn take_of(&self, whom: Whom, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full = Bucket { tokens: self.burst, at: now };
        if buckets.len() >= REMEMBERED {
            // A full bucket is the same as none.
            buckets.retain(|_, bucket| self.filled(*bucket, now) < self.burst);
        }
        if buckets.len() >= REMEMBERED {
            // As many addresses as that, none of them at rest: to forget them all costs a burst each, not memory.
            buckets.clear();
        }
        let bucket = buckets.entry(whom).or_insert(full);
        *bucket = Bucket { tokens: self.filled(*bucket, now), at: now };
        if bucket.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.tokens) / self.per_second));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }

    fn filled(&self, bucket: Bucket, now: Instant) -> f64 {
        let rest = now.saturating_duration_since(bucket.at).as_secs_f64();
        (bucket.tokens + rest * self.per_second).min(self.burst)
    }
}

/// What counts as one address: of IPv6 the /64 that one customer is given, or the IPv4 address that it stands for.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        let (rates, begun) = (Rates::new(10, 3), Instant::now());
        let at = |ms: u64| begun + Duration::from_millis(ms);
        for _ in 0..3 {
            assert_eq!(rates.take(ip("192.0.2.1"), at(0)), Ok(()));
        }
        assert_eq!(rates.take(ip("192.0.2.1"), at(0)), Err(Duration::from_millis(100)));
        assert_eq!(rates.take(ip("192.0.2.2"), at(0)), Ok(()), "another address");
        assert!(rates.take(ip("192.0.2.1"), at(99)).is_err());
        assert_eq!(rates.take(ip("192.0.2.1"), at(101)), Ok(()));
        assert!(rates.take(ip("192.0.2.1"), at(102)).is_err());
        for _ in 0..3 {
            assert_eq!(rates.take(ip("192.0.2.1"), at(60_000)), Ok(()), "a rest fills the bucket, no more");
        }
        assert!(rates.take(ip("192.0.2.1"), at(60_000)).is_err());
    }

    #[test]
    fn one_customer_is_one_address() {
        let (rates, now) = (Rates::new(1, 1), Instant::now());
        assert_eq!(rates.take(ip("2001:db8:1:2::1"), now), Ok(()));
        assert!(rates.take(ip("2001:db8:1:2:ffff::9"), now).is_err());
        assert_eq!(rates.take(ip("2001:db8:1:3::1"), now), Ok(()));
        assert_eq!(rates.take(ip("192.0.2.7"), now), Ok(()));
        assert!(rates.take(ip("::ffff:192.0.2.7"), now).is_err(), "the same in IPv6's clothes");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (rates, now) = (Rates::new(1, 2), Instant::now());
        for n in 0..3 * u32::try_from(REMEMBERED).unwrap() {
            assert_eq!(rates.take(IpAddr::V4(n.into()), now), Ok(()));
        }
        assert!(rates.buckets.lock().unwrap().len() <= REMEMBERED);
    }
}
