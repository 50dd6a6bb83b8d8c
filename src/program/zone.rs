//! Wall clocks and instants: the one place that knows time zones.
//!
//! A session's times are wall clock in the conference's zone; instants are derived from them, never stored, so that a
//! new edition of the time zone database mends every instant at once.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};
use jiff::tz::{AmbiguousOffset, TimeZone};

/// An IANA time zone.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

/// Why a wall-clock time is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFault {
    /// Clocks were set forward over it: it does not exist on that day in that zone.
    Gap,
    /// It lies outside the session it belongs to.
    OutsideSession,
    /// It is beyond the years that can be computed with.
    OutOfRange,
}

/// The instants of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimes {
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends; `None`: to be announced.
    pub ends_at: Option<DateTime<Utc>>,
    /// The local date on which it ends: the next one when it runs past midnight.
    pub end_date: Option<NaiveDate>,
}

/// A time during which clocks in a zone are at one distance from UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observance {
    /// When it began, as clocks showed it that were not set yet.
    pub since: NaiveDateTime,
    /// Seconds east of UTC before it.
    pub from: i32,
    /// Seconds east of UTC while it lasts.
    pub to: i32,
    /// Its abbreviation, such as CET.
    pub name: String,
    /// Whether it is daylight saving time.
    pub dst: bool,
}

impl Zone {
    /// The zone of this IANA name; `None` if there is none. The name is matched exactly as IANA writes it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let zone = TimeZone::get(name).ok()?;
        (zone.iana_name() == Some(name)).then(|| Self { name: name.to_owned(), zone })
    }

    /// The IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The instants at which clocks in this zone show this: none, one, or two (clocks set back), in order.
    ///
    /// # Errors
    /// [`TimeFault::Gap`] where the clocks skip it.
    pub fn instants(&self, date: NaiveDate, time: NaiveTime) -> Result<(DateTime<Utc>, DateTime<Utc>), TimeFault> {
        let local = civil(date, time).ok_or(TimeFault::OutOfRange)?;
        let ambiguous = self.zone.to_ambiguous_timestamp(local);
        let at = |offset: jiff::tz::Offset| {
            let timestamp = offset.to_timestamp(local).map_err(|_| TimeFault::OutOfRange)?;
            DateTime::from_timestamp(timestamp.as_second(), 0).ok_or(TimeFault::OutOfRange)
        };
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { offset } => at(offset).map(|only| (only, only)),
            AmbiguousOffset::Fold { before, after } => Ok((at(before)?, at(after)?)),
            AmbiguousOffset::Gap { .. } => Err(TimeFault::Gap),
        }
    }

    /// The instants of a session that starts at `start` on `date`. `fold` 1 takes the second of two equal starts. An
    /// `end` before the start is on the next day; an end that exists twice is the first after the start.
    ///
    /// # Errors
    /// The start's or the end's fault.
    pub fn session(
        &self,
        date: NaiveDate,
        start: NaiveTime,
        end: Option<NaiveTime>,
        fold: i16,
    ) -> Result<SessionTimes, TimeFault> {
        let (first, second) = self.instants(date, start)?;
        let starts_at = if fold == 1 { second } else { first };
        let Some(end) = end else { return Ok(SessionTimes { starts_at, ends_at: None, end_date: None }) };
        let (ends_at, end_date) = self.first_from(date, end, starts_at)?;
        Ok(SessionTimes { starts_at, ends_at: Some(ends_at), end_date: Some(end_date) })
    }

    /// The instant of a slot's local time: the first such at or after the session's start.
    ///
    /// # Errors
    /// The time's fault, or [`TimeFault::OutsideSession`] if the session has ended by then. A slot may start when the
    /// session starts, not when it ends.
    pub fn slot(&self, date: NaiveDate, session: &SessionTimes, time: NaiveTime) -> Result<DateTime<Utc>, TimeFault> {
        let (at, _) = self.first_from(date, time, session.starts_at)?;
        match session.ends_at {
            Some(end) if at >= end => Err(TimeFault::OutsideSession),
            _ => Ok(at),
        }
    }

    /// The wall clock at an instant.
    #[must_use]
    pub fn local(&self, at: DateTime<Utc>) -> Option<(NaiveDate, NaiveTime)> {
        let timestamp = jiff::Timestamp::from_second(at.timestamp()).ok()?;
        let local = self.zone.to_datetime(timestamp);
        let date = NaiveDate::from_ymd_opt(
            i32::from(local.year()),
            u32::try_from(local.month()).ok()?,
            u32::try_from(local.day()).ok()?,
        )?;
        let time = NaiveTime::from_hms_opt(
            u32::try_from(local.hour()).ok()?,
            u32::try_from(local.minute()).ok()?,
            u32::try_from(local.second()).ok()?,
        )?;
        Some((date, time))
    }

    /// How far clocks are from UTC from the one instant to the other: what is in force at first, and whatever follows
    /// until then.
    #[must_use]
    pub fn observances(&self, first: DateTime<Utc>, last: DateTime<Utc>) -> Vec<Observance> {
        let stamp = |at: DateTime<Utc>| jiff::Timestamp::from_second(at.timestamp()).ok();
        let (Some(first), Some(last)) = (stamp(first), stamp(last)) else { return Vec::new() };
        let info = self.zone.to_offset_info(first);
        // A transition at the very instant counts: what it leads to is in force.
        let after = first.checked_add(jiff::SignedDuration::from_secs(1)).unwrap_or(first);
        let began = self.zone.preceding(after).next();
        let following = self.zone.following(first).take_while(|it| it.timestamp() <= last);
        let observances: Vec<Observance> =
            began.into_iter().chain(following).filter_map(|it| self.observance(&it)).collect();
        if observances.is_empty() {
            // It was never otherwise.
            let (offset, since) = (info.offset().seconds(), DateTime::UNIX_EPOCH.naive_utc());
            let name = info.abbreviation().to_owned();
            return vec![Observance { since, from: offset, to: offset, name, dst: info.dst().is_dst() }];
        }
        observances
    }

    fn observance(&self, transition: &jiff::tz::TimeZoneTransition<'_>) -> Option<Observance> {
        let at = transition.timestamp();
        let before = at.checked_sub(jiff::SignedDuration::from_secs(1)).ok()?;
        let from = self.zone.to_offset(before).seconds();
        let since = DateTime::from_timestamp(at.as_second().checked_add(from.into())?, 0)?.naive_utc();
        let (to, name) = (transition.offset().seconds(), transition.abbreviation().to_owned());
        Some(Observance { since, from, to, name, dst: transition.dst().is_dst() })
    }

    /// The first instant at or after `from` at which clocks show `time`, on `date` or the day after.
    fn first_from(
        &self,
        date: NaiveDate,
        time: NaiveTime,
        from: DateTime<Utc>,
    ) -> Result<(DateTime<Utc>, NaiveDate), TimeFault> {
        let tomorrow = date.checked_add_days(Days::new(1)).ok_or(TimeFault::OutOfRange)?;
        match self.instants(date, time) {
            Ok((first, _)) if first >= from => return Ok((first, date)),
            Ok((_, second)) if second >= from => return Ok((second, date)),
            Ok(_) => {}
            // A time that today's clocks skip may still be meant for tomorrow, but only if it is before the start.
            Err(TimeFault::Gap) => {
                let noon = self.instants(date, time.overflowing_add_signed(TimeDelta::hours(2)).0);
                if noon.is_ok_and(|(at, _)| at > from) {
                    return Err(TimeFault::Gap);
                }
            }
            Err(other) => return Err(other),
        }
        Ok((self.instants(tomorrow, time)?.0, tomorrow))
    }
}

fn civil(date: NaiveDate, time: NaiveTime) -> Option<jiff::civil::DateTime> {
    use chrono::Datelike;
    jiff::civil::DateTime::new(
        i16::try_from(date.year()).ok()?,
        i8::try_from(date.month()).ok()?,
        i8::try_from(date.day()).ok()?,
        i8::try_from(time.hour()).ok()?,
        i8::try_from(time.minute()).ok()?,
        i8::try_from(time.second()).ok()?,
        0,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }
    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }
    fn time(text: &str) -> NaiveTime {
        NaiveTime::parse_from_str(text, "%H:%M").unwrap()
    }
    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_zone_is_named_exactly() {
        assert_eq!(zone("Asia/Almaty").name(), "Asia/Almaty");
        assert!(Zone::named("asia/almaty").is_none());
        assert!(Zone::named("Nowhere/Town").is_none());
        assert!(Zone::named("").is_none());
        assert!(Zone::named("UTC").is_some());
    }

    #[test]
    fn clocks_set_forward_skip_an_hour() {
        let lisbon = zone("Europe/Lisbon");
        assert_eq!(lisbon.instants(date("2026-03-29"), time("01:30")), Err(TimeFault::Gap));
        assert_eq!(lisbon.instants(date("2026-03-29"), time("02:00")).unwrap().0, utc("2026-03-29T01:00:00Z"));
    }

    #[test]
    fn clocks_set_back_show_an_hour_twice() {
        let lisbon = zone("Europe/Lisbon");
        let (first, second) = lisbon.instants(date("2026-10-25"), time("01:30")).unwrap();
        assert_eq!((first, second), (utc("2026-10-25T00:30:00Z"), utc("2026-10-25T01:30:00Z")));
        let day = date("2026-10-25");
        let early = lisbon.session(day, time("01:30"), Some(time("01:45")), 0).unwrap();
        let late = lisbon.session(day, time("01:30"), Some(time("01:45")), 1).unwrap();
        assert_eq!(early.ends_at, Some(utc("2026-10-25T00:45:00Z")));
        assert_eq!((late.starts_at, late.ends_at), (second, Some(utc("2026-10-25T01:45:00Z"))));
        // From the first 01:30 to the second 01:15 is a quarter to an hour, not a day.
        let through = lisbon.session(day, time("01:30"), Some(time("01:15")), 0).unwrap();
        assert_eq!(through.ends_at, Some(utc("2026-10-25T01:15:00Z")));
    }

    #[test]
    fn what_clocks_do_meanwhile() {
        let seen = |zone: &Zone, first, last| -> Vec<String> {
            let line = |it: Observance| format!("{} {} {} {} {}", it.since, it.from / 60, it.to / 60, it.name, it.dst);
            zone.observances(utc(first), utc(last)).into_iter().map(line).collect()
        };
        let lisbon = zone("Europe/Lisbon");
        assert_eq!(
            seen(&lisbon, "2026-07-13T08:00:00Z", "2026-07-13T09:00:00Z"),
            ["2026-03-29 01:00:00 0 60 WEST true"]
        );
        assert_eq!(
            seen(&lisbon, "2026-10-24T08:00:00Z", "2026-10-25T09:00:00Z"),
            ["2026-03-29 01:00:00 0 60 WEST true", "2026-10-25 02:00:00 60 0 WET false"]
        );
        // From the very second on.
        assert_eq!(
            seen(&lisbon, "2026-10-25T01:00:00Z", "2026-10-25T01:00:00Z"),
            ["2026-10-25 02:00:00 60 0 WET false"]
        );
        assert_eq!(
            seen(&zone("UTC"), "2026-10-24T08:00:00Z", "2026-10-25T09:00:00Z"),
            ["1970-01-01 00:00:00 0 0 UTC false"]
        );
        let almaty = seen(&zone("Asia/Almaty"), "2026-10-24T08:00:00Z", "2026-10-25T09:00:00Z");
        assert_eq!(almaty, ["2024-03-01 00:00:00 360 300 +05 false"]);
    }

    #[test]
    fn an_end_before_the_start_is_tomorrow() {
        let almaty = zone("Asia/Almaty");
        let night = almaty.session(date("2023-10-20"), time("22:00"), Some(time("01:00")), 0).unwrap();
        assert_eq!(night.end_date, Some(date("2023-10-21")));
        assert_eq!(night.ends_at.unwrap() - night.starts_at, TimeDelta::hours(3));
        let slot = almaty.slot(date("2023-10-20"), &night, time("00:30")).unwrap();
        assert_eq!(slot - night.starts_at, TimeDelta::minutes(150));
        assert_eq!(almaty.slot(date("2023-10-20"), &night, time("01:00")), Err(TimeFault::OutsideSession));
        assert_eq!(almaty.slot(date("2023-10-20"), &night, time("21:00")), Err(TimeFault::OutsideSession));
    }

    proptest::proptest! {
        #[test]
        fn what_exists_comes_back(zone_ix in 0..4usize, day in 0i64..3650, minute in 0u32..1440) {
            let zone = zone(["Europe/Lisbon", "Asia/Almaty", "America/New_York", "Australia/Lord_Howe"][zone_ix]);
            let date = date("2020-01-01") + TimeDelta::days(day);
            let time = NaiveTime::from_num_seconds_from_midnight_opt(minute * 60, 0).unwrap();
            if let Ok((first, second)) = zone.instants(date, time) {
                proptest::prop_assert!(first <= second);
                proptest::prop_assert_eq!(zone.local(first), Some((date, time)));
                proptest::prop_assert_eq!(zone.local(second), Some((date, time)));
            }
        }
    }
}
