//! `plenary member …` and `plenary admin …`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use entity::enums::MemberRole;
use uuid::Uuid;

use super::{Common, Failure, open, say};
use crate::clock::System;
use crate::command::account::address;
use crate::command::member::{Changed, Clerk, Entry, Who};
use crate::command::write::WriteError;
use crate::db::Database;

/// The largest registration list.
const MOST_BYTES: u64 = 20_000_000;

/// How many members are written at once: nobody else waits long for the site.
const BATCH: usize = 500;

/// How many members are listed at once.
const PAGE: u64 = 500;

/// The longest name, in characters.
const LONGEST_NAME: usize = 300;

/// Who is registered for a conference and who organizes it.
#[derive(Args, Debug)]
pub struct MemberArgs {
    #[command(subcommand)]
    what: Member,
    #[command(flatten)]
    common: Common,
}

/// What a member may do.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Role {
    /// Is registered
    Attendee,
    /// Makes and changes the program
    Organizer,
}

#[derive(Subcommand, Debug)]
enum Member {
    /// Make somebody a member, or change what they are
    Set {
        /// The conference's slug
        slug: String,
        /// The address that they log in with
        email: String,
        /// What they may do
        #[arg(long, value_enum, default_value = "attendee")]
        role: Role,
        /// Their name
        #[arg(long)]
        name: Option<String>,
    },
    /// Register everyone on a list: CSV with a column `email` and, if you like, `name`; or one address a line
    Import {
        /// The conference's slug
        slug: String,
        /// The list, in UTF-8; `-` reads standard input
        file: PathBuf,
        /// What they may do
        #[arg(long, value_enum, default_value = "attendee")]
        role: Role,
    },
    /// End somebody's membership
    Remove {
        /// The conference's slug
        slug: String,
        /// The address that they are registered with
        email: String,
    },
    /// List the members: role, whether they have logged in, address and name
    List {
        /// The conference's slug
        slug: String,
    },
}

/// Who may create conferences.
#[derive(Args, Debug)]
pub struct AdminArgs {
    #[command(subcommand)]
    what: Admin,
    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand, Debug)]
enum Admin {
    /// Make whoever logs in with this address an administrator
    Grant {
        /// The address, which the login provider must have verified
        email: String,
    },
    /// Make them one no longer
    Revoke {
        /// The address
        email: String,
    },
}

/// `plenary member …`.
pub(super) async fn run(args: MemberArgs, env: Vec<(String, String)>) -> Result<(), Failure> {
    let config = args.common.load(env, toml::Table::new(), Some("warn"))?;
    let database = open(&config).await?;
    let done = member(&database, args.what).await;
    database.close().await;
    done
}

async fn member(database: &Database, what: Member) -> Result<(), Failure> {
    let clerk = Clerk { database, source: &System, actor: "cli" };
    match what {
        Member::Set { slug, email, role, name } => {
            let conference = conference(database, &slug).await?;
            let entry =
                Entry { email: valid(&email)?, name: name.map(|name| named(&name)).transpose()?, role: role.into() };
            let (changed, _) = clerk.set(conference, &[entry], None).await.map_err(failure)?;
            tell(&slug, &changed)
        }
        Member::Import { slug, file, role } => {
            let entries = list(&file, role.into())?;
            let conference = conference(database, &slug).await?;
            let mut all = Changed::default();
            for some in entries.chunks(BATCH) {
                let (changed, _) = clerk.set(conference, some, None).await.map_err(failure)?;
                all.added += changed.added;
                all.updated += changed.updated;
                all.ids.extend(changed.ids);
            }
            tell(&slug, &all)
        }
        Member::Remove { slug, email } => {
            let conference = conference(database, &slug).await?;
            clerk.remove(conference, Who::Email(&valid(&email)?), None).await.map_err(failure)?;
            say(format!("{slug}: one member fewer."))
        }
        Member::List { slug } => {
            let conference = conference(database, &slug).await?;
            let mut after = None;
            loop {
                let page = database.members(conference, after, PAGE).await.map_err(|error| unread(&error))?;
                for member in &page.members {
                    let row = &member.row;
                    let joined = if member.user.is_some() { "logged in" } else { "not yet  " };
                    let email = row.email.as_deref().unwrap_or("(by account)");
                    let name = row.name.as_deref().or(member.user.as_ref().map(|user| user.name.as_str()));
                    let line = format!("{:9}  {joined}  {email}  {}", row.role.as_str(), name.unwrap_or_default());
                    say(line.trim_end())?;
                }
                after = page.members.last().map(|member| member.row.id);
                if !page.has_next {
                    return Ok(());
                }
            }
        }
    }
}

/// `plenary admin …`.
pub(super) async fn admin(args: AdminArgs, env: Vec<(String, String)>) -> Result<(), Failure> {
    let config = args.common.load(env, toml::Table::new(), Some("warn"))?;
    let (email, is) = match &args.what {
        Admin::Grant { email } => (valid(email)?, true),
        Admin::Revoke { email } => (valid(email)?, false),
    };
    let database = open(&config).await?;
    let clerk = Clerk { database: &database, source: &System, actor: "cli" };
    let changed = clerk.administrator(&email, is).await.map_err(failure);
    database.close().await;
    say(match (is, changed?) {
        (true, true) => format!("Whoever logs in with {email}, verified by the login provider, is an administrator."),
        (true, false) => format!("{email} is an administrator's address already."),
        (false, true) => format!("{email} is an administrator's address no longer."),
        (false, false) => format!("{email} is no administrator's address."),
    })
}

impl From<Role> for MemberRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Attendee => Self::Attendee,
            Role::Organizer => Self::Organizer,
        }
    }
}

async fn conference(database: &Database, slug: &str) -> Result<Uuid, Failure> {
    let found = Database::conference_id(database.reader(), slug).await.map_err(|error| unread(&error))?;
    found.ok_or_else(|| Failure::new(format!("there is no conference {slug}; import it first")))
}

fn unread(error: &sea_orm::DbErr) -> Failure {
    Failure::new(format!("the database can't be read: {error}"))
}

fn valid(email: &str) -> Result<String, Failure> {
    address(email).ok_or_else(|| Failure::new(format!("{email:?} is no e-mail address")))
}

fn named(name: &str) -> Result<String, Failure> {
    let name = name.trim();
    let right = !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    let wrong = || Failure::new(format!("a name has 1 to {LONGEST_NAME} characters, and no line breaks"));
    right.then(|| name.to_owned()).ok_or_else(wrong)
}

fn tell(slug: &str, changed: &Changed) -> Result<(), Failure> {
    let (total, added, updated) = (changed.ids.len(), changed.added, changed.updated);
    let unchanged = total - added - updated;
    say(format!("{slug}: {added} added, {updated} changed, {unchanged} as they were."))
}

fn failure(error: WriteError) -> Failure {
    match error {
        WriteError::Refused(faults) => {
            Failure::new(faults.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join("\n"))
        }
        WriteError::Database(error) => Failure::new(format!("the database failed; nothing is changed: {error}")),
        WriteError::App(error) => Failure::new(error.message().to_owned()),
    }
}

/// The entries of a registration list; all of its faults, if it has any.
fn list(file: &Path, role: MemberRole) -> Result<Vec<Entry>, Failure> {
    let name = file.display().to_string();
    let text = text(file).map_err(|error| Failure::new(format!("{name} can't be read: {error}")))?;
    entries(&text, role)
        .map_err(|faults| Failure::new(format!("{name} has faults; nobody is registered:\n{}", faults.join("\n"))))
}

fn text(file: &Path) -> io::Result<String> {
    let source: Box<dyn Read> =
        if file == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(file)?) };
    let mut bytes = Vec::new();
    source.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::other("it is larger than 20 MB, the limit"));
    }
    let text = String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8; save it as that"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The most faults that are told.
const MOST_FAULTS: usize = 50;

/// The entries of a list: CSV with a header line that names `email`, or one address a line. An address that comes again
/// is the same member.
fn entries(text: &str, role: MemberRole) -> Result<Vec<Entry>, Vec<String>> {
    let semicolons = text.lines().next().is_some_and(|line| line.contains(';'));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(if semicolons { b';' } else { b',' })
        .from_reader(text.as_bytes());
    let (mut column, mut names) = (0, None);
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    let mut seen = std::collections::HashSet::new();
    for (n, record) in reader.records().enumerate() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                faults.push(error.to_string());
                break;
            }
        };
        let named = |wanted: &[&str]| record.iter().position(|field| wanted.contains(&field.to_lowercase().as_str()));
        if n == 0
            && let Some(found) = named(&["email", "e-mail", "email address", "e-mail address"])
        {
            (column, names) = (found, named(&["name", "full name"]));
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        let email = record.get(column).unwrap_or_default();
        let name = names.and_then(|names| record.get(names)).filter(|name| !name.is_empty());
        match (address(email), name.map(self::named).transpose()) {
            (None, _) => faults.push(format!("line {line}: {email:?} is no e-mail address")),
            (_, Err(fault)) => faults.push(format!("line {line}: {}", fault.0)),
            (Some(email), Ok(name)) => {
                if seen.insert(email.clone()) {
                    entries.push(Entry { email, name, role });
                }
            }
        }
        if faults.len() > MOST_FAULTS {
            faults.push("and more".into());
            break;
        }
    }
    if entries.is_empty() && faults.is_empty() {
        faults.push("it names nobody".into());
    }
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, Option<String>)>, Vec<String>> {
        let pair = |entry: Entry| (entry.email, entry.name);
        entries(text, MemberRole::Attendee).map(|found| found.into_iter().map(pair).collect())
    }

    #[test]
    fn lists() {
        let ada = || vec![("ada@example.org".to_owned(), Some("Ada Byron".to_owned()))];
        assert_eq!(read("Name,Email\nAda Byron,Ada@Example.org\n").unwrap(), ada());
        assert_eq!(read("email;paid;name\r\n ada@example.org ;yes;\"Ada Byron\"\r\n").unwrap(), ada());
        assert_eq!(read("email,name\nada@example.org,Ada Byron\nADA@example.org,Somebody\n").unwrap(), ada());
        assert_eq!(read("ada@example.org\n\nbob@example.org").unwrap().len(), 2);
        assert_eq!(read("email\nnobody\nada@example.org\n").unwrap_err(), ["line 2: \"nobody\" is no e-mail address"]);
        assert_eq!(read("").unwrap_err(), ["it names nobody"]);
        let many = "x\n".repeat(500);
        assert_eq!(read(&many).unwrap_err().len(), MOST_FAULTS + 2);
    }
}
