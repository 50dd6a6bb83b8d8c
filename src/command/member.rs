//! Members: who is registered for a conference and who organizes it, known by e-mail address, so that they can be
//! named before they first log in. In the site's scope.

use std::collections::HashMap;
use std::sync::Arc;

use entity::enums::MemberRole;
use entity::{administrator, membership};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::write::{Once, SITE, Write, WriteError, Written};
use super::{Fault, FaultCode};
use crate::clock::Source;
use crate::command::desk::Desk;
use crate::db::Database;

/// Somebody who is to be a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The address, as [`address`](super::account::address) gives it.
    pub email: String,
    /// As registered; `None` leaves a name that is known.
    pub name: Option<String>,
    /// What the member may do.
    pub role: MemberRole,
}

/// What was done to the members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// The membership's id, of each entry in its order.
    pub ids: Vec<Uuid>,
    /// How many are new.
    pub added: usize,
    /// How many have another role or name.
    pub updated: usize,
}

/// What writes to the site without an application need: the command line's and the desk's writes are the same.
pub struct Clerk<'a> {
    /// The database.
    pub database: &'a Database,
    /// Time, ids and randomness.
    pub source: &'a dyn Source,
    /// `cli`, or a user's id.
    pub actor: &'a str,
}

impl Clerk<'_> {
    async fn begin(&self) -> Result<Write, WriteError> {
        Write::begin(self.database, self.source, self.actor, &[SITE]).await
    }

    /// Makes these members of the conference, or changes what they are. With `once` it is done once.
    ///
    /// # Errors
    /// INVALID if it would leave the conference without an organizer.
    pub async fn set(
        &self,
        conference: Uuid,
        entries: &[Entry],
        once: Option<&Once>,
    ) -> Result<(Changed, Written), WriteError> {
        let mut write = self.begin().await?;
        if let Some(kept) = write.replay(once).await? {
            write.roll_back().await?;
            let ids = serde_json::from_str(&kept).map_err(crate::error::AppError::internal)?;
            return Ok((Changed { ids, ..Changed::default() }, Written::default()));
        }
        let emails: Vec<String> = entries.iter().map(|entry| entry.email.clone()).collect();
        let mut found: HashMap<String, membership::Model> = membership::Entity::find()
            .filter(membership::Column::ConferenceId.eq(conference))
            .filter(membership::Column::Email.is_in(emails.iter().cloned()))
            .all(write.at())
            .await?
            .into_iter()
            .filter_map(|row| Some((row.email.clone()?, row)))
            .collect();
        let mut changed = Changed::default();
        let mut inserts = Vec::new();
        let mut touched = Vec::new();
        let mut demoted = false;
        for Entry { email, name, role } in entries {
            match found.get_mut(email) {
                Some(row) => {
                    changed.ids.push(row.id);
                    let name = name.clone().or_else(|| row.name.clone());
                    if (row.role, &row.name) == (*role, &name) {
                        continue;
                    }
                    demoted |= row.role == MemberRole::Organizer && *role != MemberRole::Organizer;
                    let mut active = row.clone().into_active_model();
                    active.role = ActiveValue::Set(*role);
                    active.name = ActiveValue::Set(name);
                    *row = active.update(write.at()).await?;
                    changed.updated += 1;
                    touched.push(row.clone());
                }
                None => {
                    let row = membership::Model {
                        id: self.source.id(),
                        conference_id: conference,
                        user_id: None,
                        email: Some(email.clone()),
                        name: name.clone(),
                        role: *role,
                        created_at: write.now(),
                    };
                    changed.ids.push(row.id);
                    changed.added += 1;
                    found.insert(email.clone(), row.clone());
                    touched.push(row.clone());
                    inserts.push(row);
                }
            }
        }
        for some in inserts.chunks(500) {
            let rows = some.iter().cloned().map(IntoActiveModel::into_active_model);
            membership::Entity::insert_many(rows).exec_without_returning(write.at()).await?;
        }
        if demoted && organizers(&write, conference).await? == 0 {
            write.roll_back().await?;
            return Err(last_organizer().into());
        }
        self.name(&mut write, &touched).await?;
        let ids = serde_json::to_string(&changed.ids).map_err(crate::error::AppError::internal)?;
        write.keep(once, ids).await?;
        Ok((changed, write.commit().await?))
    }

    /// Takes a member away: the one with this id, or this address.
    ///
    /// # Errors
    /// NOT_FOUND if the conference has no such member; INVALID if it is the last organizer.
    pub async fn remove(&self, conference: Uuid, who: Who<'_>, once: Option<&Once>) -> Result<Written, WriteError> {
        let mut write = self.begin().await?;
        if write.replay(once).await?.is_some() {
            write.roll_back().await?;
            return Ok(Written::default());
        }
        let all = membership::Entity::find().filter(membership::Column::ConferenceId.eq(conference));
        let found = match who {
            Who::Id(id) => all.filter(membership::Column::Id.eq(id)),
            Who::Email(email) => all.filter(membership::Column::Email.eq(email)),
        };
        let Some(row) = found.one(write.at()).await? else {
            write.roll_back().await?;
            return Err(Fault::not_found("id", "The conference has no such member.").into());
        };
        membership::Entity::delete_by_id(row.id).exec(write.at()).await?;
        if row.role == MemberRole::Organizer && organizers(&write, conference).await? == 0 {
            write.roll_back().await?;
            return Err(last_organizer().into());
        }
        self.name(&mut write, std::slice::from_ref(&row)).await?;
        write.keep(once, String::new()).await?;
        write.commit().await
    }

    /// Makes whoever has this address an administrator, or no longer one. Whether that changed anything.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn administrator(&self, email: &str, is: bool) -> Result<bool, WriteError> {
        let mut write = self.begin().await?;
        let found =
            administrator::Entity::find().filter(administrator::Column::Email.eq(email)).one(write.at()).await?;
        let row = match (found, is) {
            (Some(_), true) | (None, false) => {
                write.roll_back().await?;
                return Ok(false);
            }
            (None, true) => {
                let row =
                    administrator::Model { id: self.source.id(), email: email.to_owned(), created_at: write.now() };
                let active = row.clone().into_active_model();
                administrator::Entity::insert(active).exec_without_returning(write.at()).await?;
                row
            }
            (Some(row), false) => {
                administrator::Entity::delete_by_id(row.id).exec(write.at()).await?;
                row
            }
        };
        write.note("administrator", row.id);
        for user in Database::users_with_address(write.at(), &[email.to_owned()]).await? {
            write.name("administrator", user);
        }
        write.commit().await?;
        Ok(true)
    }

    /// Names in the site's log whose rights these memberships are.
    async fn name(&self, write: &mut Write, rows: &[membership::Model]) -> Result<(), WriteError> {
        let emails: Vec<String> = rows.iter().filter_map(|row| row.email.clone()).collect();
        let mut users = Database::users_with_address(write.at(), &emails).await?;
        users.extend(rows.iter().filter_map(|row| row.user_id));
        for row in rows {
            write.note("membership", row.id);
        }
        for user in users {
            write.name("membership", user);
        }
        Ok(())
    }
}

/// Which member.
#[derive(Clone, Copy, Debug)]
pub enum Who<'a> {
    /// By the membership's id.
    Id(Uuid),
    /// By the address.
    Email(&'a str),
}

async fn organizers(write: &Write, conference: Uuid) -> Result<u64, WriteError> {
    let all = membership::Entity::find()
        .filter(membership::Column::ConferenceId.eq(conference))
        .filter(membership::Column::Role.eq(MemberRole::Organizer));
    Ok(all.count(write.at()).await?)
}

fn last_organizer() -> Fault {
    Fault::new(FaultCode::Invalid, &["role"], "This is the conference's last organizer; make another one first.")
}

/// Makes somebody a member, at the desk.
///
/// # Errors
/// See [`Clerk::set`].
pub async fn set_member(
    desk: &Arc<Desk>,
    by: Uuid,
    conference: Uuid,
    entry: Entry,
    once: Option<Once>,
) -> Result<Changed, WriteError> {
    let work = move |desk: Arc<Desk>, entry: Entry, once: Option<Once>| async move {
        let actor = by.to_string();
        let clerk = Clerk { database: &desk.database, source: &*desk.source, actor: &actor };
        let (changed, written) = clerk.set(conference, &[entry], once.as_ref()).await?;
        desk.committed(&written);
        Ok(changed)
    };
    desk.write(SITE, move |desk| work(desk, entry.clone(), once.clone())).await
}

/// Takes a member away, at the desk.
///
/// # Errors
/// See [`Clerk::remove`].
pub async fn remove_member(
    desk: &Arc<Desk>,
    by: Uuid,
    conference: Uuid,
    member: Uuid,
    once: Option<Once>,
) -> Result<(), WriteError> {
    let work = move |desk: Arc<Desk>, once: Option<Once>| async move {
        let actor = by.to_string();
        let clerk = Clerk { database: &desk.database, source: &*desk.source, actor: &actor };
        let written = clerk.remove(conference, Who::Id(member), once.as_ref()).await?;
        desk.committed(&written);
        Ok(())
    };
    desk.write(SITE, move |desk| work(desk, once.clone())).await
}
