//! `plenary demo`.

use std::sync::Arc;

use entity::enums::MemberRole;

use super::serve::{ServeArgs, kept_in, listen, told_to_stop, until_told};
use super::{Failure, open, say};
use crate::app::App;
use crate::clock::{Source, System};
use crate::command::commit::Committer;
use crate::command::import::{Options, import};
use crate::command::member::{Clerk, Entry};
use crate::db::Database;
use crate::demo::identity::{self, Identity, Somebody};

/// Makes the demo's conference unless it is there, and serves it.
pub(super) async fn run(args: ServeArgs, env: Vec<(String, String)>) -> Result<(), Failure> {
    let mut config = args.load(env)?;
    // Nobody is written to by a demo, unless its mail server is set.
    config.mail.files |= config.mail.smtp_url.is_empty();
    let listener = listen(&mut config).await?;
    let source: Arc<dyn Source> = Arc::new(System);
    let identity = Identity::new(&config, Arc::clone(&source)).map_err(Failure::new)?;
    config.providers.insert(identity::NAME.into(), identity.settings());
    let database = open(&config).await?;
    let there = Database::conference_id(database.reader(), crate::demo::SLUG).await;
    let there = there.map_err(|error| Failure::new(format!("the database can't be read: {error}")))?.is_some();
    if !there {
        let committer = Committer { database: &database, source: &source, actor: "system", progress: &|_, _| {} };
        import(&committer, &crate::demo::program().into(), Options::default())
            .await
            .map_err(|error| Failure::new(format!("the demo's conference can't be made: {error:?}")))?;
    }
    register(&database, &source).await?;
    let kept = kept_in(&config).map_or_else(|| "in the database".to_owned(), |path| format!("in {}", path.display()));
    let app = App::new(config, database, source);
    app.also_serve(identity.router());
    let base = app.config().public();
    let told = told_to_stop()?;
    let mail = app.desk().post.directory().map(|directory| directory.display().to_string());
    say(welcome(&base, &kept, there, mail.as_deref()))?;
    until_told(&app, listener, told).await
}

/// Makes the people of the demo's login provider what they are said to be, unless somebody is a member already.
async fn register(database: &Database, source: &Arc<dyn Source>) -> Result<(), Failure> {
    let unread = |error| Failure::new(format!("the database can't be read: {error}"));
    let Some(demo) = Database::conference_id(database.reader(), crate::demo::SLUG).await.map_err(unread)? else {
        return Ok(());
    };
    if database.members(demo, None, 1).await.map_err(unread)?.total > 0 {
        return Ok(());
    }
    let entry = |who: &Somebody, role| Entry { email: who.email.into(), name: Some(who.name.into()), role };
    let attendees = identity::ATTENDEES.iter().map(|who| entry(who, MemberRole::Attendee));
    let members: Vec<Entry> = attendees.chain([entry(&identity::ORGANIZER, MemberRole::Organizer)]).collect();
    let clerk = Clerk { database, source: &**source, actor: "system" };
    let set = clerk.set(demo, &members, None).await;
    set.map(|_| ()).map_err(|error| Failure::new(format!("the demo's people can't be registered: {error:?}")))
}

/// What a newcomer reads first.
fn welcome(base: &str, kept: &str, again: bool, mail: Option<&str>) -> String {
    let kept = if again { format!("{kept}, as you left it") } else { kept.to_owned() };
    let mail = match mail {
        Some(directory) => format!("No mail leaves this machine: messages to authors are written into {directory}."),
        None => "Mail is sent by the mail server that is set.".to_owned(),
    };
    let ask = |query: &str| {
        let query = query.replace('"', "\\\"");
        format!("  curl {base}/graphql -H 'Content-Type: application/json' -d '{{\"query\":\"{query}\"}}'")
    };
    [
        format!("Plenary's demo answers at {base}/graphql. Its conference is kept {kept}."),
        String::new(),
        "Three queries to try, from another terminal:".into(),
        String::new(),
        "1. The days of the conference, and what is on:".into(),
        ask(r#"{ conference(slug: "demo") { name days { date sessions { startTime panel { code title } rooms { room { name } } } } } }"#),
        String::new(),
        "2. A panel with its people and papers:".into(),
        ask(r#"{ conference(slug: "demo") { panel(code: "CULT03") { title chairs { person { name } implied } papers { title authors { person { name } affiliation } } } } }"#),
        String::new(),
        "3. Papers, with where and when each is given, and whether there is a link to join:".into(),
        ask(r#"{ conference(slug: "demo") { papers(first: 5) { totalCount nodes { title slots { session { date startTime rooms { room { name } link { access } } } } } } } }"#),
        String::new(),
        format!("In a browser, {base}/graphql shows a page with these and others to try, search among them."),
        format!("Log in at {base}/auth/login as one of the conference's people, who are all invented."),
        mail,
        "Stop with Ctrl-C; run again, and everything is as you left it.".into(),
    ]
    .join("\n")
}
