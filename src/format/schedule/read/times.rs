//! When an event is, by the clocks of the conference.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};

use super::super::DAY_BREAK;
use super::notes::Notes;
use super::said::Event;
use crate::program::zone::Zone;

/// A moment as a file writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// With its offset.
    Instant(DateTime<Utc>),
    /// By the clocks there.
    Local(NaiveDate, NaiveTime),
    /// A whole day.
    Date(NaiveDate),
}

/// When a session is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct When {
    pub date: Option<NaiveDate>,
    pub start: Option<NaiveTime>,
    pub end: Option<NaiveTime>,
    pub fold: i16,
}

/// A moment as RFC 3339 and XML Schema write it, or nearly.
pub(super) fn moment(text: &str) -> Option<Moment> {
    let (date, rest) = text.split_at_checked(10)?;
    let shaped = date.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok().filter(|_| shaped)?;
    let rest = rest.trim_start_matches(['T', 't', ' ']);
    if rest.is_empty() {
        return Some(Moment::Date(date));
    }
    let (clock, offset) = rest.split_at(rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len()));
    let time = time(clock.trim_end())?;
    let Some(seconds) = seconds(offset)? else { return Some(Moment::Local(date, time)) };
    let local = date.and_time(time).and_utc();
    local.checked_sub_signed(TimeDelta::seconds(seconds)).map(Moment::Instant)
}

/// How far from UTC an offset is, in seconds; an inner `None` where there is none.
fn seconds(offset: &str) -> Option<Option<i64>> {
    let sign = match offset.bytes().next() {
        None => return Some(None),
        Some(b'Z' | b'z') => return (offset.len() == 1).then_some(Some(0)),
        Some(b'-') => -1,
        Some(_) => 1,
    };
    let (hours, minutes) = match offset[1..].split_once(':') {
        Some(parts) => parts,
        None => offset[1..].split_at_checked(2)?,
    };
    let minutes = if minutes.is_empty() { 0 } else { digits(minutes)? };
    let (hours, good) = (digits(hours)?, minutes < 60);
    (hours < 24 && good).then_some(Some(sign * (hours * 3_600 + minutes * 60)))
}

/// One or two digits, or a few more.
fn digits(text: &str) -> Option<i64> {
    let good = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if good { text.parse().ok() } else { None }
}

/// A time of day, with or without seconds.
pub(super) fn time(text: &str) -> Option<NaiveTime> {
    let mut parts = text.split(':');
    let (hour, minute) = (digits(parts.next()?)?, digits(parts.next()?)?);
    let second = match parts.next() {
        Some(second) => digits(second.split('.').next()?)?,
        None => 0,
    };
    let [hour, minute, second] = [hour, minute, second].map(|part| u32::try_from(part).unwrap_or(u32::MAX));
    NaiveTime::from_hms_opt(hour, minute, second).filter(|_| parts.next().is_none())
}

/// How many minutes a duration is: 1:30, or 01:30:00.
fn minutes(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hours, minutes) = (digits(parts.next()?)?, digits(parts.next()?)?);
    if let Some(seconds) = parts.next() {
        digits(seconds)?;
    }
    parts.next().is_none().then_some(hours * 60 + minutes)
}

/// The date that a moment is on by the clocks of the conference, and the time.
pub(super) fn local(moment: Moment, zone: &Zone) -> Option<(NaiveDate, Option<NaiveTime>)> {
    match moment {
        Moment::Instant(at) => zone.local(at).map(|(date, time)| (date, Some(time))),
        Moment::Local(date, time) => Some((date, Some(time))),
        Moment::Date(date) => Some((date, None)),
    }
}

/// When an event is. What is not known, or can't be so, is to be announced, and noted.
pub(super) fn when(event: &Event, zone: &Zone, notes: &mut Notes) -> When {
    let place = event.place.as_str();
    let said = event.date.as_deref().and_then(moment);
    if let Some(date) = event.date.as_deref().filter(|_| said.is_none()) {
        notes.add_like(place, "the date is none; the day that the event is listed under counts", date);
    }
    let start = event.start.as_deref().and_then(time);
    if let Some(text) = event.start.as_deref().filter(|_| start.is_none()) {
        notes.add_like(place, "the start is no time of day and is left out", text);
    }
    let found = said.and_then(|said| local(said, zone)).or_else(|| {
        // What is on before the day breaks is listed under the day before.
        let day = event.day?;
        let night = start.is_some_and(|start| start.hour() < DAY_BREAK);
        Some((if night { day.checked_add_days(Days::new(1))? } else { day }, None))
    });
    let Some((date, exact)) = found else {
        notes.add(place, "the event has no date; it is to be announced");
        return When::default();
    };
    let open = When { date: Some(date), ..When::default() };
    let Some(time) = exact.or(start) else {
        if event.start.is_none() {
            notes.add(place, "the event has no start; it is to be announced");
        }
        return open;
    };
    let to_minute = |time: NaiveTime| time.with_second(0).and_then(|time| time.with_nanosecond(0)).unwrap_or(time);
    if time != to_minute(time) {
        notes.add(place, "the start has seconds; they are left out");
    }
    let time = to_minute(time);
    if start.is_some_and(|start| to_minute(start) != time) {
        notes.add(place, "the start is not the time of the date in the conference's time zone; the date counts");
    }
    let Ok((first, second)) = zone.instants(date, time) else {
        notes.add(place, "the start does not exist on that day: clocks are set forward over it; it is to be announced");
        return open;
    };
    let late = matches!(said, Some(Moment::Instant(at)) if first != second && at >= second);
    let fold = i16::from(late);
    let starts_at = if late { second } else { first };
    let end = end(event, zone, notes, (date, time, fold), starts_at);
    When { date: Some(date), start: Some(time), end, fold }
}

/// When it ends; `None` where it is not known, or where a session can't end so.
fn end(
    event: &Event,
    zone: &Zone,
    notes: &mut Notes,
    (date, start, fold): (NaiveDate, NaiveTime, i16),
    starts_at: DateTime<Utc>,
) -> Option<NaiveTime> {
    let place = event.place.as_str();
    let wanted = match (event.duration.as_deref(), event.end.as_deref()) {
        (Some(text), _) => match minutes(text) {
            Some(minutes) => starts_at.checked_add_signed(TimeDelta::minutes(minutes))?,
            None => {
                notes.add_like(place, "the duration is none; the end is to be announced", text);
                return None;
            }
        },
        (None, Some(text)) => match moment(text) {
            Some(Moment::Instant(at)) => at,
            Some(Moment::Local(..) | Moment::Date(_)) | None => {
                notes.add_like(place, "the end is no instant; it is to be announced", text);
                return None;
            }
        },
        (None, None) => {
            notes.add(place, "the event has no duration; its end is to be announced");
            return None;
        }
    };
    // None at all is how a schedule says that the end is to be announced.
    if wanted == starts_at {
        return None;
    }
    let (_, end) = zone.local(wanted)?;
    let end = end.with_second(0)?;
    let exact = |at: DateTime<Utc>| (at - wanted).num_seconds().abs() < 60;
    let same = zone.session(date, start, Some(end), fold).is_ok_and(|times| times.ends_at.is_some_and(exact));
    let twice = zone
        .local(wanted)
        .is_some_and(|(date, time)| zone.instants(date, time).is_ok_and(|(first, second)| first != second));
    if !same && twice && wanted - starts_at < TimeDelta::days(1) {
        notes.add(
            place,
            "the event ends at a time that clocks show twice that day, since they are set back, and a session can't say \
             at which of the two; its end is to be announced",
        );
        return None;
    }
    if end == start || !same {
        notes.add(place, "the event lasts a day or longer, as no session can; its end is to be announced");
        return None;
    }
    Some(end)
}
