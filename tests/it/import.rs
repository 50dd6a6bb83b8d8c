//! Importing: the difference, as one revision, and its log.

use entity::enums::{Audience, Visibility};
use entity::{change, scope};
use plenary::command::commit::CommitError;
use plenary::command::import::{Mark, Noun, Options};
use plenary::db::Database;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::files::{bytes, file, small};
use crate::support::{World, both};

async fn id(world: &World) -> Uuid {
    Database::conference_id(world.database().reader(), "small").await.unwrap().unwrap()
}

async fn log(world: &World, scope: Uuid, revision: i64) -> Vec<change::Model> {
    change::Entity::find()
        .filter(change::Column::ScopeId.eq(scope))
        .filter(change::Column::Revision.eq(revision))
        .order_by_asc(change::Column::N)
        .all(world.database().reader())
        .await
        .unwrap()
}

async fn revision(world: &World, scope: Uuid) -> i64 {
    scope::Entity::find_by_id(scope).one(world.database().reader()).await.unwrap().unwrap().revision
}

const PRUNE: Options = Options { prune: true, dry_run: false, draft: false };

both! {
    /// The same file again is no revision; an edited one writes what was edited and nothing else.
    async fn only_what_was_edited(world) {
        let first = world.import(&file(&small())).await;
        assert_eq!(first.stamp.unwrap().revision, 1);
        assert_eq!(first.report.count(Mark::Added, Noun::Panel), 2);
        let again = world.import(&file(&small())).await;
        assert_eq!((again.rows, again.stamp.unwrap()), (0, first.stamp.unwrap()), "no revision, no new tag");
        assert!(again.report.is_empty());

        let mut edited = small();
        edited["panels"][1]["papers"][0]["title"] = json!("Zebras crossing");
        edited["panels"][1]["sessions"][0]["rooms"][1]["link"] = json!("https://meet.example/CANARY-new");
        let third = world.import(&file(&edited)).await;
        assert_eq!((third.stamp.unwrap().revision, third.rows), (2, 2));
        let lines = third.report.to_string();
        assert_eq!(lines, "~ paper x1  Zebras crossing  (title)\n~ session p2-1  (rooms)\n");

        let id = id(world).await;
        let rows = log(world, id, 2).await;
        let names: Vec<_> = rows.iter().map(|row| (row.n, row.entity.as_str())).collect();
        assert_eq!(names, [(1, "paper"), (2, "session_room")]);
        let tag = third.stamp.unwrap().tag;
        assert!(rows.iter().all(|row| row.tag == tag && row.actor == "test"));
        let (before, after): (Value, Value) = (
            serde_json::from_str(rows[0].before.as_deref().unwrap()).unwrap(),
            serde_json::from_str(rows[0].after.as_deref().unwrap()).unwrap(),
        );
        assert_eq!((&before["title"], &before["revision"]), (&json!("Zebra crossings"), &json!(1)));
        assert_eq!((&after["title"], &after["revision"]), (&json!("Zebras crossing"), &json!(2)));
        assert_eq!(log(world, id, 1).await.len(), first.rows);
    }

    /// What is exported, imported elsewhere and exported again is the same bytes.
    async fn export_and_import_come_round(world) {
        world.import(&file(&small())).await;
        let exported = world.export("small").await;
        let other = World::new(world.backend).await;
        other.import(&exported).await;
        assert_eq!(String::from_utf8(bytes(&other.export("small").await)), String::from_utf8(bytes(&exported)));
        let again = world.import(&exported).await;
        assert_eq!(again.rows, 0, "importing an export changes nothing:\n{}", again.report);

        for program in [plenary::demo::program(), generated(7)] {
            world.import(&program).await;
            let slug = &program.conference.slug;
            let exported = world.export(slug).await;
            other.import(&exported).await;
            assert_eq!(bytes(&other.export(slug).await), bytes(&exported));
            assert_eq!(world.import(&exported).await.rows, 0);
        }
    }

    /// What the file no longer has is listed and kept, and goes only with pruning.
    async fn pruning(world) {
        world.import(&file(&small())).await;
        let mut less = small();
        less["panels"].as_array_mut().unwrap().remove(0);
        less["panels"][0]["papers"].as_array_mut().unwrap().remove(2);
        less["panels"][0]["sessions"][1]["slots"].as_array_mut().unwrap().remove(0);
        less["rooms"].as_array_mut().unwrap().remove(0);
        less["panels"][0]["sessions"][0]["rooms"].as_array_mut().unwrap().remove(0);
        less["tracks"].as_array_mut().unwrap().remove(1);
        less["people"].as_array_mut().unwrap().remove(2);
        less["panels"][0]["roles"].as_array_mut().unwrap().remove(2);
        let less = file(&less);

        let kept = world.import(&less).await;
        let missing = Noun::ALL.map(|noun| kept.report.count(Mark::Missing, noun));
        assert_eq!(missing, [0, 1, 1, 1, 1, 1, 2], "of each noun");
        assert_eq!(Noun::ALL.map(|noun| kept.report.count(Mark::Removed, noun)), [0; 7]);
        let program = world.program("small").await.unwrap();
        assert_eq!((program.rows.panels.len(), program.rows.papers.len(), program.rows.sessions.len()), (2, 3, 4));
        assert_eq!(program.rows.slots.len(), 3, "a list within is what the file says");
        assert_eq!(world.import(&less).await.rows, 0);

        let pruned = world.import_with(&less, PRUNE).await.unwrap();
        assert_eq!(Noun::ALL.map(|noun| pruned.report.count(Mark::Removed, noun)), [0, 1, 1, 1, 1, 1, 2]);
        assert_eq!(world.export("small").await.panels.len(), 1);
        let other = World::new(world.backend).await;
        other.import(&less).await;
        assert_eq!(bytes(&other.export("small").await), bytes(&world.export("small").await));
        // No cascades: the log names every row that went.
        let id = id(world).await;
        let gone = log(world, id, pruned.stamp.unwrap().revision).await;
        assert!(gone.iter().all(|row| row.after.is_none() && row.before.is_some()));
        assert!(gone.iter().any(|row| row.entity == "authorship") && gone.iter().any(|row| row.entity == "participation"));
        assert_eq!(gone.len(), pruned.rows);
    }

    /// What is gone still shows: its owners' effective revisions rise.
    async fn owners_are_stamped(world) {
        world.import(&file(&small())).await;
        let mut edited = small();
        edited["panels"][1]["papers"][0]["authors"].as_array_mut().unwrap().remove(1);
        world.import(&file(&edited)).await;
        let program = world.program("small").await.unwrap();
        let paper = |key: &str| program.rows.papers.iter().position(|row| row.key == key).unwrap();
        let person = |key: &str| program.rows.people.iter().position(|row| row.key == key).unwrap();
        assert_eq!(program.rows.papers[paper("x1")].revision, 2, "an author left");
        assert_eq!(program.rows.people[person("dia")].revision, 2);
        assert_eq!(program.rows.papers[paper("x2")].revision, 1);
        assert_eq!(program.rows.people[person("ann")].revision, 1);
    }

    /// A dry run says what an import would do, and does nothing.
    async fn a_dry_run_writes_nothing(world) {
        let dry = Options { dry_run: true, ..Options::default() };
        let said = world.import_with(&file(&small()), dry).await.unwrap();
        assert_eq!(said.stamp, None);
        assert!(world.program("small").await.is_none());
        let done = world.import(&file(&small())).await;
        assert_eq!((said.report, said.rows), (done.report, done.rows));
        let mut edited = small();
        edited["conference"]["name"] = json!("Another name");
        let said = world.import_with(&file(&edited), dry).await.unwrap();
        assert_eq!(said.report.to_string(), "~ conference small  Another name  (name)\n");
        assert_eq!(world.program("small").await.unwrap().conference().name, "A small conference");
    }

    /// An import never changes whom a conference exists for; an absent setting is as it was.
    async fn settings(world) {
        let mut draft = small();
        draft["conference"]["settings"] =
            json!({"visibility": "DRAFT", "linkAudience": "PUBLIC", "linksOpenAt": "2027-07-12T06:00:00Z"});
        world.import(&file(&draft)).await;
        let own = |program: plenary::program::Program| program.conference().clone();
        let row = own(world.program("small").await.unwrap());
        assert_eq!((row.visibility, row.link_audience, row.links_open), (Visibility::Draft, Audience::Public, false));

        let mut published = small();
        published["conference"]["settings"] = json!({"visibility": "PUBLISHED"});
        assert_eq!(world.import(&file(&published)).await.rows, 0, "neither visibility nor what is absent");
        published["conference"]["settings"] = json!({"linksOpenAt": null});
        world.import(&file(&published)).await;
        let row = own(world.program("small").await.unwrap());
        assert_eq!((row.visibility, row.links_open_at, row.links_open), (Visibility::Draft, None, true));
        assert_eq!((row.link_audience, row.links_revision), (Audience::Public, 2));

        let other = World::new(world.backend).await;
        let as_draft = Options { draft: true, ..Options::default() };
        other.import_with(&file(&published), as_draft).await.unwrap();
        assert_eq!(other.program("small").await.unwrap().conference().visibility, Visibility::Draft);
        other.import_with(&file(&published), Options::default()).await.unwrap();
        assert_eq!(other.program("small").await.unwrap().conference().visibility, Visibility::Draft);
    }

    /// The conference's own row is in its scope and in the site's: a change of it bumps both, nothing else does.
    async fn the_directory_has_its_own_revision(world) {
        let site = Uuid::nil();
        world.import(&file(&small())).await;
        assert_eq!(revision(world, site).await, 1);
        let mut edited = small();
        edited["panels"][0]["title"] = json!("Later things");
        world.import(&file(&edited)).await;
        assert_eq!(revision(world, site).await, 1);
        edited["conference"]["name"] = json!("A renamed conference");
        world.import(&file(&edited)).await;
        assert_eq!((revision(world, site).await, revision(world, id(world).await).await), (2, 3));
        let rows = log(world, site, 2).await;
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].row_id, &rows[0].before, &rows[0].after), (id(world).await, &None, &None), "ids only");
    }

    /// Two panels may swap their codes in one import; a paper may move to another panel and keeps its id.
    async fn swaps_and_moves(world) {
        let mut keyed = small();
        for (n, key) in ["late", "early"].iter().enumerate() {
            keyed["panels"][n]["key"] = json!(key);
        }
        world.import(&file(&keyed)).await;
        let before = world.program("small").await.unwrap();
        let mut swapped = keyed.clone();
        swapped["panels"][0]["code"] = json!("P2");
        swapped["panels"][1]["code"] = json!("P10");
        let moved = swapped["panels"][1]["papers"].as_array_mut().unwrap().remove(1);
        swapped["panels"][0]["papers"] = json!([moved]);
        swapped["panels"][1]["sessions"][0]["slots"].as_array_mut().unwrap().remove(1);
        world.import(&file(&swapped)).await;
        let after = world.program("small").await.unwrap();
        let code = |program: &plenary::program::Program, key: &str| {
            program.rows.panels.iter().find(|row| row.key == key).unwrap().code.clone()
        };
        assert_eq!((code(&after, "late"), code(&after, "early")), ("P2".into(), "P10".into()));
        let paper = |program: &plenary::program::Program| {
            program.rows.papers.iter().find(|row| row.key == "x2").unwrap().clone()
        };
        assert_eq!(paper(&before).id, paper(&after).id);
        assert_ne!(paper(&before).panel_id, paper(&after).panel_id);
        let stamped = after.rows.panels.iter().all(|row| row.revision == 2);
        assert!(stamped, "the old panel and the new one");
    }

    /// What is kept must not collide with what the file has.
    async fn what_is_kept_may_be_in_the_way(world) {
        world.import(&file(&small())).await;
        let mut other = small();
        other["panels"][0]["key"] = json!("another");
        other["panels"][0]["sessions"] = json!([]);
        let refused = world.import_with(&file(&other), Options::default()).await;
        let Err(CommitError::Refused(faults)) = refused else { panic!("{refused:?}") };
        assert_eq!(faults[0].pointer, "/panels/0/code");
        assert!(faults[0].message.contains("--prune"), "{}", faults[0].message);
        assert_eq!(revision(world, id(world).await).await, 1, "nothing is written");
        world.import_with(&file(&other), PRUNE).await.unwrap();

        let mut renumbered = other.clone();
        renumbered["panels"][1]["sessions"][0]["key"] = json!("p2-1b");
        let refused = world.import_with(&file(&renumbered), Options::default()).await;
        let Err(CommitError::Refused(faults)) = refused else { panic!("{refused:?}") };
        assert_eq!(faults[0].pointer, "/panels/1/sessions/0/number");

        let mut moved = renumbered.clone();
        moved["conference"]["startsOn"] = json!("2029-07-12");
        moved["conference"]["endsOn"] = json!("2029-07-13");
        moved["panels"] = json!([]);
        let refused = world.import_with(&file(&moved), Options::default()).await;
        let Err(CommitError::Refused(faults)) = refused else { panic!("{refused:?}") };
        assert_eq!(faults[0].pointer, "/conference/startsOn");
        assert!(faults[0].message.contains("more than a year") && faults[0].message.contains("--prune"));

        // Half past one is skipped in Lisbon when summer time begins, and is a time like any other in Almaty.
        let mut far = small();
        far["conference"] = json!({"slug": "far", "name": "Far", "timeZone": "Asia/Almaty",
            "startsOn": "2027-03-28", "endsOn": "2027-03-28"});
        far["panels"] = json!([{"code": "A", "title": "A", "sessions":
            [{"key": "a1", "number": 1, "date": "2027-03-28", "start": "01:30", "end": "02:30"}]}]);
        world.import(&file(&far)).await;
        far["conference"]["timeZone"] = json!("Europe/Lisbon");
        far["panels"] = json!([]);
        let refused = world.import_with(&file(&far), Options::default()).await;
        let Err(CommitError::Refused(faults)) = refused else { panic!("{refused:?}") };
        assert_eq!(faults[0].pointer, "/conference/timeZone");
        world.import_with(&file(&far), PRUNE).await.unwrap();
    }

    /// Many importers at once: each revision is one of them, whole, and none is lost.
    async fn many_at_once(world) {
        let importers = (0..6).map(|n| {
            let mut own = small();
            own["conference"]["name"] = json!(format!("Name {n}"));
            own["panels"][0]["title"] = json!(format!("Title {n}"));
            async move {
                let another = world.another().await;
                let source: std::sync::Arc<dyn plenary::clock::Source> =
                    std::sync::Arc::new(plenary::clock::System);
                let committer = plenary::command::commit::Committer {
                    database: another.database(), source: &source, actor: "test", progress: &|_, _| {},
                };
                plenary::command::import::import(&committer, &file(&own).into(), Options::default()).await.unwrap()
            }
        });
        let done = all(importers.collect()).await;
        let mut revisions: Vec<i64> = done.iter().map(|it| it.stamp.unwrap().revision).collect();
        revisions.sort_unstable();
        assert_eq!(revisions, [1, 2, 3, 4, 5, 6]);
        let program = world.program("small").await.unwrap();
        let name = program.conference().name.clone();
        let title = program.rows.panels.iter().find(|row| row.key == "P10").unwrap().title.clone();
        assert_eq!(name.strip_prefix("Name "), title.strip_prefix("Title "), "one import, whole");
        assert_eq!(program.stamp.revision, 6);
        assert_eq!(revision(world, Uuid::nil()).await, 6);
    }
}

/// Polls all at once.
async fn all<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut futures: Vec<_> = futures.into_iter().map(|it| (Box::pin(it), None)).collect();
    std::future::poll_fn(|context| {
        let mut ready = true;
        for (future, done) in &mut futures {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *done = Some(value),
                    std::task::Poll::Pending => ready = false,
                }
            }
        }
        if ready { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    futures.into_iter().filter_map(|(_, done)| done).collect()
}

fn generated(seed: u64) -> plenary::format::program_file::ProgramFile {
    let options =
        plenary::generate::Options { panels: 12, papers: 50, people: 40, seed, slug: format!("generated-{seed}") };
    plenary::generate::generate(&options)
}

/// Any program over any other: afterwards it is the same as if it had been imported alone.
#[test]
fn any_program_over_any_other() {
    use crate::support::{Backend, runtime};
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};
    let mut runner = TestRunner::new(Config::with_cases(24));
    let sizes = (0usize..6, 0usize..20, 0usize..12, any::<u64>());
    let result = runner.run(&(sizes.clone(), sizes), |(old, new)| {
        let program = |(panels, papers, people, seed)| {
            plenary::generate::generate(&plenary::generate::Options {
                panels,
                papers,
                people,
                seed,
                slug: "any".into(),
            })
        };
        runtime().block_on(async {
            let world = World::new(Backend::Sqlite).await;
            world.import(&program(old)).await;
            world.import_with(&program(new), PRUNE).await.unwrap();
            let alone = World::new(Backend::Sqlite).await;
            alone.import(&program(new)).await;
            prop_assert_eq!(world.export("any").await, alone.export("any").await);
            prop_assert_eq!(world.import_with(&program(new), PRUNE).await.unwrap().rows, 0);
            Ok(())
        })
    });
    result.unwrap();
}
