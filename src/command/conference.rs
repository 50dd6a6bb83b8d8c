//! Conferences: made, changed, published, deleted.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use entity::enums::{Audience, MemberRole, ScopeKind, Visibility};
use entity::{calendar_address, change, conference, draft, draft_command, membership, scope, session, slot, star};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::desk::Desk;
use super::edit::{Edit, Edited, Plan, Planning};
use super::field::{Check, Length, fields};
use super::program::{counted, found, updates};
use super::session::{When, check as check_times};
use super::write::{SITE, Write, WriteError};
use super::{Fault, FaultCode};
use crate::db::Database;
use crate::error::AppError;
use crate::format::read::{SLUG_MEND, is_slug};
use crate::program::row::{Row, RowChange, Table};
use crate::program::working::Working;
use crate::program::zone::Zone;

/// The most days that a conference lasts.
const MOST_DAYS: i64 = 366;

fields! {
    /// A conference's fields.
    ConferenceFields {
        /// Names it in addresses; unique.
        slug: String,
        /// Printed name.
        name: String,
        /// IANA name.
        time_zone: String,
        /// First day.
        starts_on: NaiveDate,
        /// Last day.
        ends_on: NaiveDate,
        /// Its site.
        url: String,
        /// Who it exists for.
        visibility: Visibility,
        /// Whether convenors may edit and reorder their panel's papers.
        convenors_edit_papers: bool,
        /// Whether chairs may replace their session's links.
        chairs_set_links: bool,
        /// Whether authors may edit their abstracts.
        authors_edit_abstracts: bool,
        /// Links are in the calendars of those who may have them.
        links_in_calendars: bool,
    }
}

/// A conference with other fields.
pub(super) fn update(
    program: &Working<'_>,
    planning: &Planning,
    fields: &ConferenceFields,
) -> Result<Plan, Vec<Fault>> {
    let before = found::<conference::Model>(program, planning, "id", program.id())?;
    let mut after = given(before.clone(), fields)?;
    if after.time_zone != before.time_zone {
        after.zone_revision = planning.revision;
    }
    let mut check = Check::default();
    let shorter = after.starts_on > before.starts_on || after.ends_on < before.ends_on;
    if shorter {
        let within = |date: NaiveDate, row: &conference::Model| (row.starts_on..=row.ends_on).contains(&date);
        let dates = program.all::<session::Model>().filter_map(|session| session.date);
        let outside: Vec<NaiveDate> = dates.filter(|date| within(*date, before) && !within(*date, &after)).collect();
        if let Some(one) = outside.iter().min() {
            let field = if *one < after.starts_on { "startsOn" } else { "endsOn" };
            let n = counted(outside.len(), "session");
            let message = format!("{n} would be outside the conference, one of them on {one}; move these first.");
            check.say(FaultCode::InUse, field, message);
        }
    }
    if after.time_zone != before.time_zone
        && let Some(zone) = Zone::named(&after.time_zone)
    {
        for row in program.all::<session::Model>() {
            let when = When { date: row.date, start: row.start_time, end: row.end_time, fold: row.fold };
            // Only what the zone itself rules out: all else is as it was.
            let (Some(date), Some(start)) = (row.date, row.start_time) else { continue };
            let times = zone.session(date, start, row.end_time, row.fold);
            let slots = program.children::<slot::Model>(Table::Session, row.id);
            let good = times.is_ok_and(|times| {
                slots.iter().filter_map(|slot| slot.start_time).all(|time| zone.slot(date, &times, time).is_ok())
            });
            if !good && check_times(program, &program.base().zone, row.id, when).is_ok() {
                let message = format!(
                    "The session on {date} at {} can't be at that time in {}; move it first.",
                    start.format("%H:%M"),
                    zone.name()
                );
                check.say(FaultCode::InUse, "timeZone", message);
                break;
            }
        }
    }
    check.done()?;
    Ok(Plan { changes: updates(before, after), answers: program.id() })
}

fn given(before: conference::Model, fields: &ConferenceFields) -> Result<conference::Model, Vec<Fault>> {
    let ConferenceFields {
        slug,
        name,
        time_zone,
        starts_on,
        ends_on,
        url,
        visibility,
        convenors_edit_papers,
        chairs_set_links,
        authors_edit_abstracts,
        links_in_calendars,
    } = fields.clone();
    let mut check = Check::default();
    let mut row = before;
    if let Some(Some(slug)) = &slug
        && !is_slug(slug)
    {
        check.invalid("slug", format!("This is no slug; {SLUG_MEND}."));
    }
    check.value("slug", slug, &mut row.slug);
    check.text("name", name, Length::Name, &mut row.name);
    if let Some(Some(zone)) = &time_zone
        && Zone::named(zone).is_none()
    {
        check.invalid("timeZone", "This is no time zone; write its IANA name, as Asia/Almaty or Europe/Lisbon.");
    }
    check.value("timeZone", time_zone, &mut row.time_zone);
    let dated = starts_on.is_some() || ends_on.is_some();
    for (field, date) in [("startsOn", starts_on), ("endsOn", ends_on)] {
        if date.flatten().is_some_and(|date| !(1900..=9000).contains(&date.year())) {
            check.invalid(field, "This is no date of a conference; its year is mistyped.");
        }
    }
    check.value("startsOn", starts_on, &mut row.starts_on);
    check.value("endsOn", ends_on, &mut row.ends_on);
    if dated && row.ends_on < row.starts_on {
        let message = format!("The conference ends on {} but starts on {}.", row.ends_on, row.starts_on);
        check.invalid("endsOn", message);
    } else if dated && (row.ends_on - row.starts_on).num_days() > MOST_DAYS {
        check.invalid("endsOn", "The conference lasts more than a year; one of its dates is mistyped.");
    }
    check.url("url", url, &mut row.url);
    check.value("visibility", visibility, &mut row.visibility);
    check.value("convenorsEditPapers", convenors_edit_papers, &mut row.convenors_edit_papers);
    check.value("chairsSetLinks", chairs_set_links, &mut row.chairs_set_links);
    check.value("authorsEditAbstracts", authors_edit_abstracts, &mut row.authors_edit_abstracts);
    check.value("linksInCalendars", links_in_calendars, &mut row.links_in_calendars);
    check.done()?;
    Ok(row)
}

/// Makes a conference, as a draft, with whoever makes it as its organizer. `edit.conference` is its id.
///
/// # Errors
/// INVALID, TAKEN; or the database's fault.
pub async fn create(desk: &Arc<Desk>, edit: Edit, fields: ConferenceFields) -> Result<Edited, WriteError> {
    let id = edit.conference;
    let blank = conference::Model {
        id,
        slug: String::new(),
        name: String::new(),
        time_zone: String::new(),
        starts_on: NaiveDate::default(),
        ends_on: NaiveDate::default(),
        url: None,
        visibility: Visibility::Draft,
        link_audience: Audience::Attendee,
        links_open_at: None,
        links_open: true,
        convenors_edit_papers: false,
        chairs_set_links: false,
        authors_edit_abstracts: false,
        links_in_calendars: false,
        links_revision: 1,
        zone_revision: 1,
        revision: 1,
    };
    let row = given(blank, &fields)?;
    let member = membership::Model {
        id: desk.source.id(),
        conference_id: id,
        user_id: Some(edit.user),
        email: None,
        name: None,
        role: MemberRole::Organizer,
        created_at: desk.source.now(),
    };
    desk.write(SITE, move |desk| {
        let (edit, row, member) = (edit.clone(), row.clone(), member.clone());
        async move {
            let mut write = Write::begin(&desk.database, &*desk.source, &edit.user.to_string(), &[SITE]).await?;
            if let Some(before) = write.replay(edit.once.as_ref()).await? {
                write.roll_back().await?;
                return Ok(serde_json::from_str(&before).map_err(AppError::internal)?);
            }
            if is_taken(&write, &row).await? {
                write.roll_back().await?;
                return Err(taken().into());
            }
            let stamp = write.create(&*desk.source, id, ScopeKind::Conference).await?;
            write.rows(id, vec![RowChange::Insert(Row::from(row))]).await?;
            membership::Entity::insert(member.clone().into_active_model()).exec_without_returning(write.at()).await?;
            write.note(Table::Conference.name(), id);
            write.note("membership", member.id);
            write.name("membership", edit.user);
            let edited = Edited::at(stamp, id);
            write.keep(edit.once.as_ref(), serde_json::to_string(&edited).map_err(AppError::internal)?).await?;
            let written = write.commit().await?;
            desk.committed(&written);
            desk.changed(id, stamp).await;
            refresh(&desk).await;
            Ok(edited)
        }
    })
    .await
}

/// Whether another conference has this slug, which is known only under the site's lock.
///
/// # Errors
/// If the database can't be read.
pub(super) async fn is_taken(write: &Write, row: &conference::Model) -> Result<bool, WriteError> {
    let same = conference::Entity::find()
        .filter(conference::Column::Slug.eq(row.slug.as_str()))
        .filter(conference::Column::Id.ne(row.id));
    Ok(same.count(write.at()).await? > 0)
}

/// Another conference has it.
pub(super) fn taken() -> Fault {
    Fault::new(FaultCode::Taken, &["slug"], "Another conference has this slug; take another.")
}

/// Deletes a conference: its members, stars, notices, webhooks and log with it, and its program if that is asked for.
///
/// # Errors
/// NOT_FOUND, CONFLICT; IN_USE if it is published, or has a program that is not to go; or the database's fault.
pub async fn delete(desk: &Arc<Desk>, edit: Edit, with_program: bool) -> Result<(), WriteError> {
    let id = edit.conference;
    desk.write(id, move |desk| {
        let edit = edit.clone();
        async move {
            let scopes = [SITE, id];
            let mut write = Write::begin(&desk.database, &*desk.source, &edit.user.to_string(), &scopes).await?;
            if write.replay(edit.once.as_ref()).await?.is_some() {
                write.roll_back().await?;
                return Ok(());
            }
            if let Err(refused) = erase(&desk, &edit, with_program, &mut write).await {
                let _ = write.roll_back().await;
                return Err(refused);
            }
            write.keep(edit.once.as_ref(), String::new()).await?;
            let written = write.commit().await?;
            desk.committed(&written);
            if let Some(site) = written.stamp(SITE) {
                desk.bell.ring(SITE, site.revision);
            }
            refresh(&desk).await;
            Ok(())
        }
    })
    .await
}

/// Whoever made or deleted a conference finds the directory so.
async fn refresh(desk: &Desk) {
    if let Err(error) = desk.programs.look().await {
        tracing::warn!(?error, "the directory has changed, and that can't be read yet");
    }
}

async fn erase(desk: &Desk, edit: &Edit, with_program: bool, write: &mut Write) -> Result<(), WriteError> {
    let id = edit.conference;
    let (before, after) = write.stamps(id).ok_or_else(|| AppError::internal("no scope is locked"))?;
    let program = super::edit::program_at(desk, write.at(), id, before).await?;
    let own = program.conference();
    Planning::at(after.revision, write.now(), edit.expected).unchanged(own.revision)?;
    if own.visibility == Visibility::Published {
        let message = "The conference is published; unpublish it first (unpublishConference).";
        return Err(Fault::new(FaultCode::InUse, &["id"], message).into());
    }
    let (rows, mut by) = (&program.rows, Vec::new());
    for (n, noun) in [
        (rows.panels.len(), "panel"),
        (rows.papers.len(), "paper"),
        (rows.sessions.len(), "session"),
        (rows.rooms.len(), "room"),
        (rows.tracks.len(), "track"),
    ] {
        if n > 0 {
            by.push(counted(n, noun));
        }
    }
    if rows.people.len() == 1 {
        by.push("1 person".into());
    } else if !rows.people.is_empty() {
        by.push(format!("{} people", rows.people.len()));
    }
    if !by.is_empty() && !with_program {
        let message = format!("The conference has {}; delete these first, or say `withProgram: true`.", by.join(", "));
        return Err(Fault::new(FaultCode::InUse, &["id"], message).into());
    }
    let at = write.at();
    Database::delete_notices_about(at, id).await?;
    star::Entity::delete_many().filter(star::Column::ConferenceId.eq(id)).exec(at).await?;
    calendar_address::Entity::delete_many().filter(calendar_address::Column::ConferenceId.eq(id)).exec(at).await?;
    Database::delete_program(at, id).await?;
    for row in draft::Entity::find().filter(draft::Column::ConferenceId.eq(id)).all(at).await? {
        draft_command::Entity::delete_many().filter(draft_command::Column::DraftId.eq(row.id)).exec(at).await?;
        draft::Entity::delete_by_id(row.id).exec(at).await?;
        change::Entity::delete_many().filter(change::Column::ScopeId.eq(row.id)).exec(at).await?;
        scope::Entity::delete_by_id(row.id).exec(at).await?;
    }
    Database::delete_webhooks(at, id).await?;
    Database::erase_imports(at, id).await?;
    let members = membership::Entity::find().filter(membership::Column::ConferenceId.eq(id)).all(at).await?;
    membership::Entity::delete_many().filter(membership::Column::ConferenceId.eq(id)).exec(at).await?;
    conference::Entity::delete_by_id(id).exec(at).await?;
    change::Entity::delete_many().filter(change::Column::ScopeId.eq(id)).exec(at).await?;
    scope::Entity::delete_by_id(id).exec(at).await?;
    let emails: Vec<String> = members.iter().filter_map(|row| row.email.clone()).collect();
    let mut users: Vec<Uuid> = Database::users_with_address(at, &emails).await?;
    users.extend(members.iter().filter_map(|row| row.user_id));
    write.note(Table::Conference.name(), id);
    for user in users {
        write.name("membership", user);
    }
    Ok(())
}
