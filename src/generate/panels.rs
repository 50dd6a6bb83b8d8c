//! Panels with their papers, sessions and people.

use entity::enums::{PanelKind, PanelStatus, PaperStatus, Role, SessionStatus};

use super::chance::Chance;
use super::timetable::{Place, Timetable};
use super::{Maker, Scripts, Share};
use crate::format::program_file::{Author, Panel, Paper, RoleEntry, Session, SessionRoom, Slot, Track};

/// The most papers of a session, but for those given again.
const PAPERS_OF_SESSION: usize = 4;

/// What a panel will have.
pub(super) struct Plan {
    /// The number of its first paper among all, from 0.
    first: usize,
    papers: usize,
    /// The number of its first session among all.
    first_session: usize,
    /// Its sessions: where, and which of its papers.
    sessions: Vec<(Place, Vec<usize>)>,
}

impl Plan {
    /// Shares the papers out evenly, and gives each session its place.
    pub(super) fn all(chance: &mut Chance, panels: usize, papers: usize) -> (Vec<Self>, Timetable) {
        let [twice] = chance.shares([25], papers);
        let mut first = 0;
        let mut plans: Vec<(usize, Vec<Vec<usize>>)> = Vec::with_capacity(panels);
        for n in 0..panels {
            let count = papers / panels + usize::from(n < papers % panels);
            plans.push((first, sittings(count, |paper| twice.takes(first + paper))));
            first += count;
        }
        let mut timetable = Timetable::new(chance, plans.iter().map(|(_, sittings)| sittings.len()).sum());
        let mut first_session = 0;
        let plans = plans.into_iter().enumerate().map(|(n, (first, sittings))| {
            let count = sittings.len();
            let plan = Self {
                first,
                papers: papers / panels + usize::from(n < papers % panels),
                first_session,
                sessions: timetable.places(count).into_iter().zip(sittings).collect(),
            };
            first_session += count;
            plan
        });
        (plans.collect(), timetable)
    }

    /// When its people are wanted.
    fn times(&self) -> u64 {
        self.sessions.iter().fold(0, |times, (place, _)| times | place.times())
    }

    /// When a paper is given.
    fn times_of(&self, paper: usize) -> u64 {
        let given = self.sessions.iter().filter(|(_, papers)| papers.contains(&paper));
        given.fold(0, |times, (place, _)| times | place.times())
    }
}

/// Which papers each session has. A paper that is given twice comes again in the next session, for which the panel may
/// need one more than it would have.
fn sittings(papers: usize, twice: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let again: Vec<usize> = (0..papers).filter(|paper| twice(*paper)).collect();
    let count = papers.div_ceil(PAPERS_OF_SESSION).max(if again.is_empty() { 1 } else { 2 });
    let mut sittings = vec![Vec::new(); count];
    let of = |paper: usize| paper * count / papers.max(count);
    for paper in 0..papers {
        sittings[of(paper)].push(paper);
    }
    for paper in again {
        sittings[(of(paper) + 1) % count].push(paper);
    }
    sittings
}

/// Which panels, papers and sessions are out of the ordinary.
struct Odd {
    roundtables: Share,
    workshops: Share,
    cancelled_panels: Share,
    withdrawn: Share,
    cancelled_sessions: Share,
    chaired_sessions: Share,
    panel_scripts: Scripts,
    paper_scripts: Scripts,
}

impl Maker {
    pub(super) fn panels(&mut self, plans: &[Plan], tracks: &[Track]) -> Vec<Panel> {
        let papers = plans.iter().map(|plan| plan.papers).sum();
        let sessions = plans.iter().map(|plan| plan.sessions.len()).sum();
        let [roundtables, workshops, cancelled_panels] = self.chance.shares([12, 15, 70], plans.len());
        let [cancelled_sessions, chaired_sessions] = self.chance.shares([100, 15], sessions);
        let [withdrawn] = self.chance.shares([40], papers);
        let odd = Odd {
            roundtables,
            workshops,
            cancelled_panels,
            withdrawn,
            cancelled_sessions,
            chaired_sessions,
            panel_scripts: Scripts::new(&mut self.chance, plans.len()),
            paper_scripts: Scripts::new(&mut self.chance, papers),
        };
        // Every panel gets its first convenor before any gets more people: where people are few they go round.
        let convenors: Vec<Option<usize>> = plans.iter().map(|plan| self.somebody(plan.times())).collect();
        let plans = plans.iter().zip(convenors).enumerate();
        plans.map(|(n, (plan, convenor))| self.panel(n, plan, convenor, tracks, &odd)).collect()
    }

    fn somebody(&mut self, times: u64) -> Option<usize> {
        self.cast.free(&mut self.chance, times, &[]).or_else(|| self.cast.anybody(&mut self.chance))
    }

    fn panel(&mut self, n: usize, plan: &Plan, convenor: Option<usize>, tracks: &[Track], odd: &Odd) -> Panel {
        let code = format!("P{:03}", n + 1);
        let kind = match n {
            n if odd.roundtables.takes(n) => PanelKind::Roundtable,
            n if odd.workshops.takes(n) => PanelKind::Workshop,
            _ => PanelKind::Panel,
        };
        let script = odd.panel_scripts.of(n);
        let roles = self.roles(kind, plan.times(), convenor);
        let papers: Vec<Paper> = (0..plan.papers).map(|paper| self.paper(paper, plan, convenor, odd)).collect();
        let sessions: Vec<Session> = (0..plan.sessions.len()).map(|n| self.session(n, plan, odd)).collect();
        let track = tracks.get(self.chance.below(tracks.len())).map(|track| track.code.clone());
        Panel {
            key: code.clone(),
            code,
            title: self.title(script, 5, 12),
            kind,
            track,
            short_abstract: Some(self.prose(script, 100, 250)),
            r#abstract: Some(self.prose(script, 800, 1_500)),
            status: if odd.cancelled_panels.takes(n) { PanelStatus::Cancelled } else { PanelStatus::Scheduled },
            url: None,
            language: script.language(),
            roles,
            papers,
            sessions,
        }
    }

    /// Those who lead a panel. Who is already there is not asked to do more.
    fn roles(&mut self, kind: PanelKind, times: u64, convenor: Option<usize>) -> Vec<RoleEntry> {
        let Some(convenor) = convenor else { return Vec::new() };
        let mut wanted = vec![Role::Convenor; self.chance.between(0, 2)];
        match kind {
            PanelKind::Roundtable => wanted.extend([Role::Moderator, Role::Speaker, Role::Speaker, Role::Speaker]),
            PanelKind::Workshop => wanted.push(Role::Speaker),
            _ => {
                let mut now_and_then = |n, role| wanted.extend(self.chance.one_in(n).then_some(role));
                now_and_then(3, Role::Chair);
                now_and_then(3, Role::Discussant);
                now_and_then(15, Role::Moderator);
            }
        }
        let mut there = vec![convenor];
        let mut roles = vec![self.role(convenor, Role::Convenor)];
        for role in wanted {
            if let Some(person) = self.cast.free(&mut self.chance, times, &there) {
                there.push(person);
                roles.push(self.role(person, role));
            }
        }
        roles
    }

    fn role(&mut self, person: usize, role: Role) -> RoleEntry {
        let affiliation = self.chance.one_in(5).then(|| {
            let (of, place) = (self.title(super::Script::Latin, 1, 1), self.place_name());
            format!("Institute of {of}, {place}")
        });
        RoleEntry { person: key(person), role, affiliation }
    }

    fn paper(&mut self, n: usize, plan: &Plan, convenor: Option<usize>, odd: &Odd) -> Paper {
        let number = plan.first + n;
        let script = odd.paper_scripts.of(number);
        let title = self.title(script, 6, 14);
        let mut keywords: Vec<String> = Vec::new();
        for _ in 0..self.chance.below(5) {
            let word = self.texts.word(&mut self.chance, script).to_owned();
            if !keywords.contains(&word) {
                keywords.push(word);
            }
        }
        Paper {
            key: format!("x{}", number + 1),
            title,
            r#abstract: Some(self.prose(script, 800, 1_500)),
            r#type: self.chance.one_in(2).then(|| "Paper".to_owned()),
            language: script.language(),
            status: if odd.withdrawn.takes(number) { PaperStatus::Withdrawn } else { PaperStatus::Accepted },
            keywords,
            url: None,
            authors: self.authors(plan.times_of(n), convenor),
        }
    }

    /// Authors who are free then. When nobody is, the panel's convenor is there anyway, as some are who have a paper in
    /// their own panel.
    fn authors(&mut self, times: u64, convenor: Option<usize>) -> Vec<Author> {
        let Some(convenor) = convenor else { return Vec::new() };
        let count = [1, 1, 1, 2, 2, 3, 4][self.chance.below(7)];
        let mut people: Vec<usize> = Vec::with_capacity(count);
        people.extend(self.chance.one_in(12).then_some(convenor));
        while people.len() < count
            && let Some(person) = self.cast.free(&mut self.chance, times, &people)
        {
            people.push(person);
        }
        if people.is_empty() {
            people.push(convenor);
        }
        let authors = people.into_iter().enumerate().map(|(n, person)| Author {
            person: key(person),
            affiliation: self.chance.one_in(6).then(|| format!("Museum of {}", self.place_name())),
            presenting: n == 0,
        });
        authors.collect()
    }

    fn session(&mut self, n: usize, plan: &Plan, odd: &Odd) -> Session {
        let (place, papers) = &plan.sessions[n];
        let number = plan.first_session + n;
        let start = place.start();
        let minutes = start.map(|(_, minutes)| minutes / i64::try_from(papers.len().max(1)).unwrap_or(1));
        let slots = (0..).zip(papers).map(|(n, paper): (i32, _)| Slot {
            paper: format!("x{}", plan.first + paper + 1),
            start: start
                .zip(minutes)
                .map(|((start, _), minutes)| start + chrono::TimeDelta::minutes(i64::from(n) * minutes)),
            minutes: minutes.and_then(|minutes| i32::try_from(minutes).ok()),
            room: None,
        });
        let chair = if odd.chaired_sessions.takes(number) {
            self.cast.free(&mut self.chance, place.times(), &[])
        } else {
            None
        };
        let (walls, online) = place.rooms;
        let mut rooms: Vec<SessionRoom> =
            walls.map(|n| SessionRoom { room: format!("r{}", n + 1), link: None }).into_iter().collect();
        rooms.extend(online.map(|n| SessionRoom {
            room: format!("v{}", n + 1),
            // Others use the room's own link.
            link:
                self.chance.one_in(2).then(|| format!("https://meet.example.org/session/{:016x}", self.chance.next())),
        }));
        Session {
            key: format!("s{}", number + 1),
            number: i32::try_from(n + 1).unwrap_or(i32::MAX),
            title: None,
            date: place.date(self.first_day),
            start: start.map(|(start, _)| start),
            end: start.map(|(start, minutes)| start + chrono::TimeDelta::minutes(minutes)),
            fold: 0,
            status: if odd.cancelled_sessions.takes(number) {
                SessionStatus::Cancelled
            } else {
                SessionStatus::Scheduled
            },
            roles: chair.map(|person| self.role(person, Role::Chair)).into_iter().collect(),
            rooms,
            slots: slots.collect(),
        }
    }
}

/// A person's key.
fn key(person: usize) -> String {
    format!("p{}", person + 1)
}
