//! The days of a schedule. They end at four in the morning, when the last have gone home.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::DAY_BREAK;
use super::plan::{Use, Which, event};
use super::text;
use crate::program::Program;
use crate::program::index::Ix;
use crate::program::zone::Zone;

/// A day with what is on.
pub(super) struct Day {
    pub date: NaiveDate,
    /// By room, then by start.
    pub uses: Vec<Use>,
}

/// The conference's own days and those on which something else is.
pub(super) fn days(program: &Program, which: Which) -> Vec<Day> {
    let own = program.conference();
    let mut places = vec![0; program.rows.rooms.len()];
    for (place, ix) in program.index.room_order.iter().enumerate() {
        places[*ix as usize] = place;
    }
    let mut days: BTreeMap<NaiveDate, Vec<Use>> = BTreeMap::from([(own.starts_on, Vec::new())]);
    // The format wants at least one day; more than a year of them no conference has.
    let dates = own.starts_on.iter_days().take_while(|date| *date <= own.ends_on).take(366);
    days.extend(dates.map(|date| (date, Vec::new())));
    let all: Ix = Ix::try_from(program.rows.sessions.len()).unwrap_or(Ix::MAX);
    for ix in 0..all {
        let Some(event) = event(program, ix, which) else { continue };
        let room = event.index.session_rooms.first().map(|link| program.index.session_rooms[*link as usize].room);
        let room = room.map_or(places.len(), |room| places[room as usize]);
        let starts_at = event.times.starts_at;
        days.entry(day_of(event.local)).or_default().push(Use { room, starts_at, session: ix });
    }
    let sorted = |(date, mut uses): (NaiveDate, Vec<Use>)| {
        uses.sort_unstable();
        Day { date, uses }
    };
    days.into_iter().map(sorted).collect()
}

/// The day that a time belongs to.
pub(super) fn day_of(local: NaiveDateTime) -> NaiveDate {
    let date = local.date();
    if local.hour() >= DAY_BREAK { date } else { date.pred_opt().unwrap_or(date) }
}

/// Writes when a day breaks.
pub(super) fn day_break(out: &mut Vec<u8>, zone: &Zone, date: NaiveDate) {
    let local = date.and_time(NaiveTime::from_hms_opt(DAY_BREAK, 0, 0).unwrap_or_default());
    let at = match zone.instants(date, local.time()) {
        Ok((first, _)) => first,
        // Clocks skip it, as once in Samoa the whole day: then as far from Greenwich as at that time there.
        Err(_) => {
            let there = local.and_utc();
            let shown = zone.local(there).map_or(local, |(date, time)| date.and_time(time));
            (local - (shown - local)).and_utc()
        }
    };
    text::instant(out, local, at);
}

/// The day after.
pub(super) fn next(date: NaiveDate) -> NaiveDate {
    date.checked_add_days(Days::new(1)).unwrap_or(date)
}
