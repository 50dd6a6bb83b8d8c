//! What is kept although the file no longer has it, and what of the file does not go together with that.

use std::collections::{HashMap, HashSet};

use super::Terms;
use crate::format::fault::Fault;
use crate::format::program_file as file;
use crate::format::read::is_far;
use crate::program::Program;
use crate::program::zone::Zone;

/// What is kept although the file no longer has it must not collide with what the file has.
pub(super) fn in_the_way(found: Option<&Program>, file: &file::ProgramFile, terms: &Terms<'_>) -> Vec<Fault> {
    let Some(found) = found.filter(|_| !terms.prune) else { return Vec::new() };
    let mut faults = Vec::new();
    let panels: HashSet<&str> = file.panels.iter().map(|panel| panel.key.as_str()).collect();
    let sessions: HashSet<&str> =
        file.panels.iter().flat_map(|panel| &panel.sessions).map(|session| session.key.as_str()).collect();
    let kept_codes: HashMap<&str, &str> = found
        .rows
        .panels
        .iter()
        .filter(|row| !panels.contains(row.key.as_str()))
        .map(|row| (row.code.as_str(), row.key.as_str()))
        .collect();
    let kept_numbers: HashMap<(&str, i32), &str> = found
        .rows
        .sessions
        .iter()
        .zip(&found.index.sessions)
        .filter(|(row, _)| !sessions.contains(row.key.as_str()))
        .map(|(row, index)| ((found.rows.panels[index.panel as usize].key.as_str(), row.number), row.key.as_str()))
        .collect();
    for (i, panel) in file.panels.iter().enumerate() {
        if let Some(key) = kept_codes.get(panel.code.as_str()) {
            faults.push(Fault {
                pointer: format!("/panels/{i}/code"),
                message: format!(
                    "the code \"{}\" belongs to the panel with the key \"{key}\", which the file no longer has; \
                     give this panel that key, or remove the other with --prune",
                    panel.code
                ),
            });
        }
        for (j, session) in panel.sessions.iter().enumerate() {
            if let Some(key) = kept_numbers.get(&(panel.key.as_str(), session.number)) {
                faults.push(Fault {
                    pointer: format!("/panels/{i}/sessions/{j}/number"),
                    message: format!(
                        "number {} of this panel is the session with the key \"{key}\", which the file no longer \
                         has; give this session that key or another number, or remove the other with --prune",
                        session.number
                    ),
                });
            }
        }
    }
    faults.extend(kept_times(found, &file.conference, &sessions));
    faults
}

/// Kept sessions must have times that exist in the zone, and dates near those, that the conference is to have.
fn kept_times(found: &Program, conference: &file::Conference, sessions: &HashSet<&str>) -> Vec<Fault> {
    let same_zone = found.conference().time_zone == conference.time_zone;
    let Some(zone) = Zone::named(&conference.time_zone) else { return Vec::new() };
    let rows = &found.rows;
    let kept = rows.sessions.iter().zip(&found.index.sessions).filter(|(row, _)| !sessions.contains(row.key.as_str()));
    let fault = |property: &str, key: &str, what: String| Fault {
        pointer: format!("/conference/{property}"),
        message: format!(
            "the session with the key \"{key}\", which the file no longer has, {what}; \
             put it into the file, or remove it with --prune"
        ),
    };
    let mut faults = Vec::new();
    for (row, index) in kept {
        let Some(date) = row.date else { continue };
        if is_far(date, conference) {
            faults.push(fault("startsOn", &row.key, format!("is on {date}, more than a year from the conference")));
        }
        let Some(start) = row.start_time.filter(|_| !same_zone) else { continue };
        let slots = index.slots.iter().filter_map(|ix| rows.slots[*ix as usize].start_time);
        let exists = zone
            .session(date, start, row.end_time, row.fold)
            .is_ok_and(|times| slots.into_iter().all(|slot| zone.slot(date, &times, slot).is_ok()));
        if !exists {
            let what = format!("has a time on {date} that does not exist in {}", zone.name());
            faults.push(fault("timeZone", &row.key, what));
        }
    }
    faults
}
