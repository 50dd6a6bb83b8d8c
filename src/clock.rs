//! Time, ids and randomness: the one place they come from, so that a test can set them.

use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

/// Gives the time, new ids and random numbers.
pub trait Source: Send + Sync + 'static {
    /// The time, to the microsecond, which is what both databases keep.
    fn now(&self) -> DateTime<Utc>;
    /// A new UUID v7, greater than every one before it from this source.
    fn id(&self) -> Uuid;
    /// 64 random bits.
    fn random(&self) -> i64;
    /// A random number from 0 to 1.
    fn chance(&self) -> f64;
    /// 256 bits that nobody can guess, for a token.
    fn secret(&self) -> [u8; 32];
}

/// The real one.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

#[expect(clippy::disallowed_methods, reason = "this is where they come from")]
impl Source for System {
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    fn id(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn random(&self) -> i64 {
        rand::random()
    }

    fn chance(&self) -> f64 {
        rand::random()
    }

    fn secret(&self) -> [u8; 32] {
        // The thread's generator is one for cryptography, seeded by the system.
        rand::random()
    }
}
