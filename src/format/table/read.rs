//! Reading a table: which it is is known by its first row.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use entity::enums::{PanelKind, PanelStatus, PaperStatus, Role, SessionStatus};

use super::cell::shown;
use super::records::{At, Records, Unbalanced};
use super::row::{Item, Reader, Row};
use super::sheets::{Owner, PaperRow, RoleRow, SessionRow, Sheet, Tables};
use super::{TableKind, place};
use crate::format::encoding;
use crate::format::fault::{Faults, Place};
use crate::format::program_file::{Author, Panel, Paper, Person, RoleEntry, Session, SessionRoom, Slot};
use crate::format::read::limits::{
    ADDRESS, CODE, EMAIL, KEY, LONG, MOST_ELEMENTS, MOST_MINUTES, MOST_NUMBER, MOST_SMALL, NAME, TITLE, TYPE,
};
use crate::format::read::{country_fault, email_fault, link_fault, listed, nearest, orcid_fault};

/// The most columns that are looked at: no table has as many.
pub(super) const MOST_COLUMNS: usize = 200;

/// Reads a table.
///
/// # Errors
/// All its faults, the first fifty, each with its line and column; nothing of a faulty table is of use.
pub fn read(bytes: &[u8]) -> Result<Tables, Faults> {
    let refuse = |message: String| {
        let mut faults = Faults::new();
        faults.add(Place::ROOT, message);
        faults
    };
    let text = encoding::text(bytes, true).map_err(refuse)?;
    let mut records = Records::detect(text);
    let mut names = Vec::new();
    let first = records.next(&mut names, MOST_COLUMNS).map_err(|unbalanced| refuse(quotes(&unbalanced)))?;
    let Some((at, count)) = first else {
        return Err(refuse("the file is empty; the first row of a table has the names of its columns".into()));
    };
    if count > MOST_COLUMNS {
        return Err(refuse(format!("the first row has {count} cells; no table has as many columns")));
    }
    let kind = which(&names).map_err(refuse)?;
    let reader = Reader { kind, faults: RefCell::default(), elements: Cell::new(0) };
    let columns = columns(&reader, at, &names);
    let mut tables = Tables::default();
    match kind {
        TableKind::Panels => tables.panels = Some(sheet(&reader, records, &columns, panel)),
        TableKind::People => tables.people = Some(sheet(&reader, records, &columns, person)),
        TableKind::Papers => tables.papers = Some(sheet(&reader, records, &columns, paper)),
        TableKind::Sessions => tables.sessions = Some(sheet(&reader, records, &columns, session)),
        TableKind::Roles => tables.roles = Some(sheet(&reader, records, &columns, role)),
    }
    let faults = reader.faults.into_inner();
    if faults.is_empty() { Ok(tables) } else { Err(faults) }
}

fn quotes(unbalanced: &Unbalanced) -> String {
    format!("line {}: {}", unbalanced.line, unbalanced.message)
}

/// A name of the table as it is in a cell.
fn known(kind: TableKind, cell: &str) -> Option<&'static str> {
    kind.columns().iter().copied().find(|name| name.eq_ignore_ascii_case(cell.trim()))
}

/// Which table has these columns.
fn which(names: &[Cow<'_, str>]) -> Result<TableKind, String> {
    let of = |kind: &TableKind| names.iter().filter(|name| known(*kind, name).is_some()).count();
    let most = TableKind::ALL.iter().map(of).max().unwrap_or(0);
    let best: Vec<TableKind> = TableKind::ALL.into_iter().filter(|kind| of(kind) == most).collect();
    match best[..] {
        _ if most == 0 => {
            let columns: Vec<String> = TableKind::ALL
                .iter()
                .map(|kind| format!("{} have {}", kind.name(), listed(kind.columns().iter().copied())))
                .collect();
            let first = names.first().map(|name| shown(name)).unwrap_or_default();
            Err(format!(
                "this is no table: the first row has the names of its columns, and \"{first}\" is none; {}",
                columns.join("; ")
            ))
        }
        [kind] => Ok(kind),
        _ => {
            let own = |kind: &TableKind| {
                let only = |name: &&&str| best.iter().filter(|kind| kind.columns().contains(*name)).count() == 1;
                let columns = kind.columns().iter().filter(only).copied().take(3);
                format!("{} for {}", listed(columns), kind.name())
            };
            let mends: Vec<String> = best.iter().map(own).collect();
            Err(format!(
                "the first row fits more than one table; add a column that only one of them has: {}",
                mends.join(", ")
            ))
        }
    }
}

/// The columns of a table; those that it does not have are faults.
fn columns(reader: &Reader, at: At, names: &[Cow<'_, str>]) -> Vec<Option<&'static str>> {
    let mut columns: Vec<Option<&'static str>> = Vec::new();
    for name in names {
        let column = known(reader.kind, name);
        if column.is_some() && columns.contains(&column) {
            reader.fault(at, name, "the column is given twice; keep one");
        } else if column.is_none() && !name.trim().is_empty() {
            let known = reader.kind.columns().iter().copied();
            let mend = nearest(name, known.clone())
                .map_or_else(|| format!("the table has {}", listed(known)), |near| format!("is \"{near}\" meant?"));
            reader.fault(at, name, format!("there is no such column; {mend}"));
        }
        columns.push(column);
    }
    let missing = |name: &str, mend: &str| {
        reader.faults.borrow_mut().add(place::place(reader.kind, at, name), format!("the column is missing; {mend}"));
    };
    for name in reader.kind.needed().iter().filter(|name| !columns.contains(&Some(**name))) {
        missing(name, "rows are told from each other by it");
    }
    if reader.kind == TableKind::Panels && !["key", "code"].iter().any(|name| columns.contains(&Some(*name))) {
        missing("key", "rows are told from each other by it, or by \"code\"");
    }
    if reader.kind == TableKind::Roles && !["panel", "session"].iter().any(|name| columns.contains(&Some(*name))) {
        missing("panel", "a role is in a panel, or in a \"session\"");
    }
    columns
}

/// The rows of a table.
fn sheet<R>(
    reader: &Reader,
    mut records: Records<'_>,
    columns: &[Option<&'static str>],
    read: impl Fn(&Row<'_>) -> R,
) -> Sheet<R> {
    let most = if reader.kind == TableKind::Roles { MOST_SMALL } else { MOST_ELEMENTS };
    let (mut rows, mut cells) = (Vec::new(), Vec::new());
    while !reader.full() {
        let (at, count) = match records.next(&mut cells, columns.len()) {
            Ok(Some(found)) => found,
            Ok(None) => break,
            Err(unbalanced) => {
                let place = format!("{}, line {}", reader.kind.name(), unbalanced.line);
                reader.faults.borrow_mut().add(place, unbalanced.message);
                reader.faults.borrow_mut().cut();
                break;
            }
        };
        // What a spreadsheet leaves of a row that was emptied.
        if cells.iter().all(|cell| cell.is_empty()) && count <= columns.len() {
            continue;
        }
        if count != columns.len() {
            let mend = "a cell with a separator or a line break in it stands in quotes";
            reader.fault(at, "", format!("the row has {count} cells, and the first row has {}; {mend}", columns.len()));
            continue;
        }
        if rows.len() >= most {
            reader.fault(at, "", format!("the table has more than {most} rows; that is the limit"));
            reader.faults.borrow_mut().cut();
            break;
        }
        let nameless = columns.iter().zip(&cells).any(|(name, cell)| name.is_none() && !cell.is_empty());
        if nameless && reader.faults.borrow().is_empty() {
            reader.fault(at, "", "a cell is in a column without a name; name it in the first row, or empty the cell");
        }
        let row = Row { reader, at, columns, cells: &cells };
        rows.push((at, read(&row)));
        if reader.elements.get() > MOST_SMALL {
            break;
        }
    }
    Sheet { columns: columns.iter().copied().flatten().collect(), rows }
}

fn panel(row: &Row<'_>) -> Panel {
    let (key, code) = (row.key("key"), row.text("code", CODE));
    if key.is_none() && !row.has("code") {
        row.fault("key", "the cell is empty; it is required");
    }
    Panel {
        key: key.unwrap_or_default(),
        code,
        title: row.text("title", TITLE),
        kind: row.member("kind", PanelKind::ALL, PanelKind::as_str, PanelKind::Panel),
        track: row.maybe("track", KEY),
        short_abstract: row.maybe("shortAbstract", LONG),
        r#abstract: row.maybe("abstract", LONG),
        status: row.member("status", PanelStatus::ALL, PanelStatus::as_str, PanelStatus::Scheduled),
        url: row.url(),
        language: row.language(),
        roles: Vec::new(),
        papers: Vec::new(),
        sessions: Vec::new(),
    }
}

fn person(row: &Row<'_>) -> Person {
    Person {
        key: row.text("key", KEY),
        name: row.text("name", NAME),
        affiliation: row.maybe("affiliation", LONG),
        country: row.tested("country", KEY, country_fault),
        orcid: row.tested("orcid", KEY, orcid_fault),
        email: row.tested("email", EMAIL, email_fault),
        url: row.url(),
        biography: row.maybe("biography", LONG),
    }
}

fn paper(row: &Row<'_>) -> PaperRow {
    let paper = Paper {
        key: row.text("key", KEY),
        title: row.text("title", TITLE),
        r#abstract: row.maybe("abstract", LONG),
        r#type: row.maybe("type", TYPE),
        language: row.language(),
        status: row.member("status", PaperStatus::ALL, PaperStatus::as_str, PaperStatus::Accepted),
        keywords: row.list("keywords", 1, |item| item.text(0, 0, LONG)),
        url: row.url(),
        authors: row.list("authors", 3, author),
    };
    PaperRow { panel: panel_of(row), order: row.integer("order", 1, MOST_NUMBER), paper }
}

/// The panel that something is in, which it has to be in.
fn panel_of(row: &Row<'_>) -> Option<String> {
    row.has("panel").then(|| row.text("panel", KEY))
}

fn author(item: &Item<'_, '_>) -> Option<Author> {
    let presenting = match item.part(1) {
        None => false,
        Some(word) if word.eq_ignore_ascii_case("presenting") => true,
        Some(word) => {
            let message = format!(
                "\"{}\" stands where only \"presenting\" may; write person | presenting | affiliation, and leave out \
                 what is not so: person | | affiliation",
                shown(word)
            );
            item.fault(message);
            false
        }
    };
    Some(Author { person: item.key(0, "person")?, affiliation: item.text(2, 0, LONG), presenting })
}

fn session(row: &Row<'_>) -> SessionRow {
    let (mut date, mut start, mut end) = (row.date("date"), row.time("start"), row.time("end"));
    let mut slots = row.list("slots", 4, slot);
    // What can't be read says nothing about the other times.
    if row.unread("date", date) || row.unread("start", start) || row.unread("end", end) {
        (date, start, end) = (None, None, None);
        slots.iter_mut().for_each(|slot| slot.start = None);
    }
    let number = row.integer("number", 1, MOST_NUMBER);
    if number.is_none() && row.has("number") && !row.unread("number", number) {
        row.fault("number", "the cell is empty; it is required");
    }
    let session = Session {
        key: row.text("key", KEY),
        number: number.unwrap_or_default(),
        title: row.maybe("title", LONG),
        date,
        start,
        end,
        fold: i16::from(row.integer("fold", 0, 1) == Some(1)),
        status: row.member("status", SessionStatus::ALL, SessionStatus::as_str, SessionStatus::Scheduled),
        roles: Vec::new(),
        rooms: row.list("rooms", 1, |item| Some(SessionRoom { room: item.key(0, "room")?, link: None })),
        slots,
    };
    SessionRow { panel: panel_of(row), session, links: row.list("links", 2, link) }
}

fn link(item: &Item<'_, '_>) -> Option<(String, String)> {
    let (room, link) = (item.key(0, "room")?, item.text(1, 0, ADDRESS));
    let Some(link) = link else {
        item.fault("a room stands without a link; write room | https://…, or leave the room out");
        return None;
    };
    if let Some(fault) = link_fault(&link) {
        item.fault(fault);
        return None;
    }
    Some((room, link))
}

fn slot(item: &Item<'_, '_>) -> Option<Slot> {
    Some(Slot {
        paper: item.key(0, "paper")?,
        start: item.time(1),
        minutes: item.integer(2, 1, MOST_MINUTES),
        room: item.text(3, 0, KEY),
    })
}

fn role(row: &Row<'_>) -> RoleRow {
    let (panel, session) = (row.key("panel"), row.key("session"));
    let owner = match (panel, session) {
        (Some(panel), None) => Owner::Panel(panel),
        (None, Some(session)) => Owner::Session(session),
        (None, None) => {
            row.fault("panel", "a role is in a panel or in a session; give the key of one of them");
            Owner::Panel(String::new())
        }
        (Some(panel), Some(_)) => {
            row.fault("session", "a role is in all of a panel or in one session; keep one of the two keys");
            Owner::Panel(panel)
        }
    };
    let role = row.member("role", Role::ALL, Role::as_str, Role::Speaker);
    if row.has("role") && row.key("role").is_none() {
        row.fault("role", "the cell is empty; it is required");
    }
    RoleRow {
        owner,
        order: row.integer("order", 1, MOST_NUMBER),
        entry: RoleEntry { person: row.text("person", KEY), role, affiliation: row.maybe("affiliation", LONG) },
    }
}
