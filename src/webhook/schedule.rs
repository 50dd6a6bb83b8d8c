//! When a delivery that failed is tried again.

use chrono::{DateTime, TimeDelta, Utc};

/// The waits after each failure, in seconds; after the last of them the delivery is given up.
const WAITS: [i64; 8] = [5, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400];

/// The longest wait that a receiver may ask for.
const LONGEST: TimeDelta = TimeDelta::days(1);

/// How far a wait wanders, so that what failed together is not tried together.
const JITTER: f64 = 0.2;

/// A webhook that has taken nothing for so long is switched off when another delivery is given up.
pub(super) const SILENT: TimeDelta = TimeDelta::days(5);

/// How long to wait after so many failures, the last of which may have said for how long; `None`: no more. `chance` is
/// from 0 to 1.
pub(super) fn wait(failures: i32, asked: Option<TimeDelta>, chance: f64) -> Option<TimeDelta> {
    let nth = usize::try_from(failures.saturating_sub(1)).ok()?;
    let seconds = TimeDelta::seconds(*WAITS.get(nth)?);
    let jitter = 1.0 + JITTER * (2.0 * chance - 1.0);
    let own = TimeDelta::from_std(seconds.to_std().ok()?.mul_f64(jitter)).ok()?;
    // Never sooner than of ourselves: who says "in a second" each time would use up all tries in a minute.
    Some(asked.map_or(own, |asked| asked.min(LONGEST).max(own)))
}

/// What `Retry-After` says (RFC 9110, section 10.2.3): seconds, or an instant. `None` if it is neither, or has passed.
pub(super) fn retry_after(text: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let text = text.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number has are long enough.
        text.parse::<i64>().ok().and_then(TimeDelta::try_seconds).unwrap_or(LONGEST)
    } else {
        DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc).signed_duration_since(now)
    };
    (wait > TimeDelta::zero()).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let minutes: Vec<i64> = (1..=8).map(|n| wait(n, None, 0.5).unwrap().num_seconds()).collect();
        assert_eq!(minutes, [5, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400]);
        assert_eq!((wait(9, None, 0.5), wait(0, None, 0.5), wait(i32::MAX, None, 0.5)), (None, None, None));
        let range = (wait(2, None, 0.0).unwrap().num_seconds(), wait(2, None, 1.0).unwrap().num_seconds());
        assert_eq!(range, (48, 72));
    }

    #[test]
    fn what_a_receiver_asks_for_counts_within_bounds() {
        let asked = |n, seconds| wait(n, Some(TimeDelta::seconds(seconds)), 0.5).unwrap().num_seconds();
        assert_eq!(asked(1, 120), 120);
        assert_eq!(asked(4, 1), 1_800, "not sooner than of ourselves");
        assert_eq!(asked(1, 10_000_000), 86_400, "a day at most");
        assert_eq!(wait(9, Some(TimeDelta::seconds(1)), 0.5), None);
    }

    #[test]
    fn retry_after_in_both_forms() {
        let now = "2027-01-01T12:00:00Z".parse().unwrap();
        let seconds = |text: &str| retry_after(text, now).map(|wait| wait.num_seconds());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 120 "), Some(120));
        assert_eq!(seconds("Fri, 01 Jan 2027 12:02:00 GMT"), Some(120));
        assert_eq!(seconds("99999999999999999999999"), Some(86_400));
        assert_eq!(seconds("9223372036854775807"), Some(86_400));
        for nothing in ["", "0", "-5", "soon", "1.5", "Fri, 01 Jan 2027 11:00:00 GMT"] {
            assert_eq!(seconds(nothing), None, "{nothing}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,40}", failures: i32, chance in 0.0f64..=1.0) {
            let now = "2027-01-01T12:00:00Z".parse().unwrap();
            let asked = retry_after(&text, now);
            let wait = wait(failures, asked, chance);
            proptest::prop_assert!(wait.is_none_or(|wait| wait > TimeDelta::zero() && wait <= LONGEST * 2));
        }
    }
}
