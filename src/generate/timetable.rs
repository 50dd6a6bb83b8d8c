//! When and where: a place of its own for each session.

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::cast::Times;
use super::chance::{Chance, Share};

/// Starts and lengths within a day, in minutes from midnight.
const TIMES: &[(i64, i64)] = &[(540, 90), (660, 90), (780, 75), (870, 90), (990, 90), (1_095, 75)];
const MOST_DAYS: usize = 5;

/// How a session is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Room,
    Online,
    /// In a room and online.
    Both,
    /// Somewhere.
    RoomToCome,
    /// On a day.
    DateOnly,
    /// Some time.
    Unscheduled,
}

/// Where a session is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    manner: Manner,
    time: usize,
    /// Numbers of rooms with walls and of virtual ones, from 0.
    pub(super) rooms: (Option<usize>, Option<usize>),
}

/// All places that sessions can have.
pub(super) struct Timetable {
    days: usize,
    /// The rooms in use at each time, those with walls and the virtual ones.
    used: Vec<(usize, usize)>,
    next: usize,
    sessions: usize,
    shares: [Share; 5],
}

impl Timetable {
    /// For so many sessions. As many days as they fill, up to five: what is held one after another clashes with nothing.
    pub(super) fn new(chance: &mut Chance, sessions: usize) -> Self {
        let days = sessions.div_ceil(TIMES.len()).clamp(1, MOST_DAYS);
        let shares = chance.shares([61, 53, 47, 11, 7], sessions);
        Self { days, used: vec![(0, 0); days * TIMES.len()], next: 0, sessions: 0, shares }
    }

    /// Days of the conference.
    pub(super) fn days(&self) -> usize {
        self.days
    }

    /// How many rooms with walls and virtual ones are needed for all places given away.
    pub(super) fn rooms(&self) -> (usize, usize) {
        let most = |count: fn(&(usize, usize)) -> usize| self.used.iter().map(count).max().unwrap_or(0).max(1);
        (most(|it| it.0), most(|it| it.1))
    }

    /// Places for the sessions of one panel, in the order of time: no two at once. A panel with more sessions than there
    /// are times has to announce the rest later.
    pub(super) fn places(&mut self, count: usize) -> Vec<Place> {
        let mut places: Vec<Place> = (0..count).map(|n| self.place(n < self.used.len())).collect();
        // Those that are yet to be announced come last.
        places.sort_by_key(|it| (it.manner == Manner::Unscheduled, it.day(), it.start().is_none(), it.time));
        places
    }

    fn place(&mut self, room_left: bool) -> Place {
        let n = self.sessions;
        self.sessions += 1;
        let manners = [Manner::DateOnly, Manner::Unscheduled, Manner::RoomToCome, Manner::Both, Manner::Online];
        let special = self.shares.iter().zip(manners).find(|(share, _)| share.takes(n)).map(|(_, manner)| manner);
        let manner = if room_left { special.unwrap_or(Manner::Room) } else { Manner::Unscheduled };
        let time = self.next % self.used.len();
        if manner != Manner::Unscheduled {
            self.next += 1;
        }
        let (walls, virtual_rooms) = &mut self.used[time];
        let take = |used: &mut usize, wanted| {
            let number = *used;
            *used += usize::from(wanted);
            Some(number).filter(|_| wanted)
        };
        let rooms = (
            take(walls, matches!(manner, Manner::Room | Manner::Both)),
            take(virtual_rooms, matches!(manner, Manner::Online | Manner::Both)),
        );
        Place { manner, time, rooms }
    }
}

impl Place {
    fn day(&self) -> usize {
        self.time / TIMES.len()
    }

    /// The time that it takes up, if it is known.
    pub(super) fn times(&self) -> Times {
        self.start().map_or(0, |_| 1 << self.time)
    }

    pub(super) fn date(&self, first: NaiveDate) -> Option<NaiveDate> {
        let day = TimeDelta::days(i64::try_from(self.day()).unwrap_or(0));
        (self.manner != Manner::Unscheduled).then(|| first + day)
    }

    /// The time of day and the minutes.
    pub(super) fn start(&self) -> Option<(NaiveTime, i64)> {
        let (from, minutes) = TIMES[self.time % TIMES.len()];
        let announced = !matches!(self.manner, Manner::Unscheduled | Manner::DateOnly);
        announced.then(|| (NaiveTime::default() + TimeDelta::minutes(from), minutes))
    }
}
