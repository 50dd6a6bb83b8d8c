//! Who is named at an event, and what is said of its papers.

use entity::enums::PaperStatus;
use entity::paper;

use super::plan::{Event, Plan};
use super::text::clock;
use crate::program::index::{Ix, PaperIndex};

/// Names each person once.
pub(super) struct Once {
    /// The event at which each was last named.
    last: Vec<usize>,
    event: usize,
}

impl Once {
    pub(super) fn new(plan: &Plan<'_>) -> Self {
        Self { last: vec![0; plan.program.rows.people.len()], event: 0 }
    }

    /// Hands on who has a role in the session or its panel, and who presents its papers, in that order. Where a paper
    /// does not say who presents it, all of its authors are handed on.
    pub(super) fn each(&mut self, plan: &Plan<'_>, event: &Event<'_>, mut name: impl FnMut(Ix)) {
        let index = &plan.program.index;
        self.event += 1;
        let mut once = |person: Ix| {
            let last = &mut self.last[person as usize];
            if *last != self.event {
                *last = self.event;
                name(person);
            }
        };
        let roles = event.index.participations.iter().chain(&index.panels[event.index.panel as usize].participations);
        for role in roles {
            once(index.participations[*role as usize].person);
        }
        for (_, _, own) in papers(plan, event) {
            let authors = || own.authorships.iter().map(|ix| plan.authors[*ix as usize]);
            let silent = !authors().any(|(_, presenting)| presenting);
            authors().filter(|(_, presenting)| silent || *presenting).for_each(|(person, _)| once(person));
        }
    }
}

/// The papers that are given at an event.
pub(super) fn papers<'p>(
    plan: &'p Plan<'_>,
    event: &'p Event<'_>,
) -> impl Iterator<Item = (Ix, &'p paper::Model, &'p PaperIndex)> {
    let (rows, index) = (&plan.program.rows, &plan.program.index);
    event
        .index
        .slots
        .iter()
        .map(|slot| (*slot, index.slots[*slot as usize].paper as usize))
        .map(|(slot, paper)| (slot, &*rows.papers[paper], &*index.papers[paper]))
        .filter(|(_, row, _)| row.status == PaperStatus::Accepted)
}

/// Hands on the description of an event piece by piece: the abstract of its panel, and a list of its papers.
pub(super) fn description(plan: &Plan<'_>, event: &Event<'_>, mut piece: impl FnMut(&str)) {
    let program = plan.program;
    let text = event.panel.r#abstract.as_deref().unwrap_or_default();
    piece(text);
    let mut between = if text.is_empty() { "" } else { "\n\n" };
    for (slot, row, own) in papers(plan, event) {
        piece(between);
        between = "\n";
        piece("- ");
        if let Some(start) = program.rows.slots[slot as usize].start_time {
            let mut time = Vec::with_capacity(6);
            clock(&mut time, start);
            time.push(b' ');
            piece(std::str::from_utf8(&time).unwrap_or_default());
        }
        piece(&row.title);
        for (n, author) in own.authorships.iter().enumerate() {
            piece(if n == 0 { " (" } else { ", " });
            let (person, _) = plan.authors[*author as usize];
            piece(plan.names[person as usize]);
        }
        if !own.authorships.is_empty() {
            piece(")");
        }
    }
}
