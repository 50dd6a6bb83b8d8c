//! A conference's releases as a feed for programs that poll: Atom (RFC 4287), for everybody, without links and addresses.

use std::io;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use entity::release;
use maud::{Markup, html};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use uuid::Uuid;

use crate::program::Program;
use crate::program::diff::{Difference, DifferenceKind, FieldDifference};

/// The most releases in a feed, the newest ones.
const RELEASES: usize = 30;

/// The most differences of one kind that an entry lists.
const LISTED: usize = 200;

/// Where a conference's feed of releases is, below the server's own address.
#[must_use]
pub fn releases_path(slug: &str) -> String {
    format!("/c/{slug}/releases.atom")
}

/// The feed of a conference's releases. `public` is the address that people reach this server by, without a slash at its
/// end.
///
/// # Errors
/// If what a release keeps of itself can't be read.
pub(super) fn atom(program: &Program, public: &str) -> io::Result<Vec<u8>> {
    let own = program.conference();
    let mut rows: Vec<&release::Model> = program.rows.releases.iter().map(Arc::as_ref).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.revision));
    let updated = rows.first().map_or_else(|| made(own.id), |row| row.at);
    let mut xml = Writer::new(Vec::new());
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let feed = xml.create_element("feed").with_attribute(("xmlns", "http://www.w3.org/2005/Atom"));
    feed.write_inner_content(|xml| {
        text(xml, "id", &urn(own.id))?;
        text(xml, "title", &format!("{}: releases of the program", own.name))?;
        text(xml, "updated", &instant(updated))?;
        let address = format!("{}{}", public, releases_path(&own.slug));
        xml.create_element("link").with_attributes([("rel", "self"), ("href", &address)]).write_empty()?;
        if let Some(url) = &own.url {
            let url = lawful(url);
            xml.create_element("link").with_attributes([("rel", "alternate"), ("href", &url)]).write_empty()?;
        }
        xml.create_element("author").write_inner_content(|xml| text(xml, "name", &own.name))?;
        rows.iter().take(RELEASES).try_for_each(|row| entry(xml, row))
    })?;
    let mut feed = xml.into_inner();
    feed.push(b'\n');
    Ok(feed)
}

type Xml = Writer<Vec<u8>>;

fn entry(xml: &mut Xml, row: &release::Model) -> io::Result<()> {
    let differences: Option<Vec<Difference>> =
        row.changes.as_deref().map(serde_json::from_str).transpose().map_err(io::Error::other)?;
    xml.create_element("entry").write_inner_content(|xml| {
        text(xml, "id", &urn(row.id))?;
        text(xml, "title", &row.name)?;
        text(xml, "updated", &instant(row.at))?;
        let content = lawful(&content(row.notes.as_deref(), differences.as_deref()).into_string());
        let element = xml.create_element("content").with_attribute(("type", "html"));
        element.write_text_content(BytesText::new(&content)).map(drop)
    })?;
    Ok(())
}

fn text(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&lawful(text))).map(drop)
}

/// Without the characters that no XML can have, not even escaped (XML 1.0, section 2.2): one of them, in a program that
/// was imported long ago, would be the end of the whole feed.
fn lawful(text: &str) -> String {
    let is_lawful =
        |c: &char| !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    text.chars().filter(is_lawful).collect()
}

fn urn(id: Uuid) -> String {
    id.urn().to_string()
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// When something with this id was made: ids bear it (RFC 9562, section 5.7).
fn made(id: Uuid) -> DateTime<Utc> {
    let at = id.get_timestamp().map(|at| at.to_unix());
    at.and_then(|(seconds, nanos)| DateTime::from_timestamp(seconds.try_into().ok()?, nanos)).unwrap_or_default()
}

/// What an entry says: what the organizers say, and what is new.
fn content(notes: Option<&str>, differences: Option<&[Difference]>) -> Markup {
    const KINDS: [(DifferenceKind, &str); 6] = [
        (DifferenceKind::Cancelled, "Cancelled"),
        (DifferenceKind::Moved, "Moved"),
        (DifferenceKind::New, "New"),
        (DifferenceKind::Restored, "On again"),
        (DifferenceKind::Changed, "Changed"),
        (DifferenceKind::Removed, "Removed"),
    ];
    html! {
        @for paragraph in notes.unwrap_or_default().split("\n\n").map(str::trim).filter(|text| !text.is_empty()) {
            p { (paragraph) }
        }
        @match differences {
            None => p { "What is new is not listed." },
            Some([]) => p { "Nothing differs from the release before." },
            Some(all) => @for (kind, title) in KINDS {
                @let those: Vec<&Difference> = all.iter().filter(|difference| difference.kind == kind).collect();
                @if !those.is_empty() {
                    h3 { (title) }
                    ul {
                        @for difference in those.iter().take(LISTED) {
                            li { (difference.label) (fields(difference)) }
                        }
                        @if those.len() > LISTED {
                            li { "and " (those.len() - LISTED) " more" }
                        }
                    }
                }
            },
        }
    }
}

fn fields(difference: &Difference) -> Markup {
    let told = |field: &FieldDifference| match (&field.before, &field.after) {
        (None, None) => html! { (field.name) },
        // Nothing, or more than is told: which of them is not said.
        (None, Some(after)) => html! { (field.name) " → " (after) },
        (Some(before), None) => html! { (field.name) ", was " (before) },
        (Some(before), Some(after)) => html! { (field.name) " " (before) " → " (after) },
    };
    html! {
        @for (n, field) in difference.fields.iter().enumerate() {
            @if n == 0 { ": " } @else { "; " }
            (told(field))
        }
    }
}
