//! Each change is told once, whoever crashes and whatever is down.

use std::sync::Arc;

use chrono::TimeDelta;
use plenary::notice::look;
use serde_json::json;
use tokio::sync::Notify;

use super::{Venue, said, stop_path};
use crate::support::smtp::Turn;
use crate::support::{both, within_two_seconds};

both! {
    /// Whoever stops between two steps loses nothing: another instance goes on, from what is stored.
    async fn after_a_crash(world) {
        let venue = Venue::new(world).await;
        venue.fan("ada@example.org").await;
        venue.ends("10:45").await;
        // Seen, and no more.
        venue.look().await;
        let second = Venue { office: venue.office.another().await, olga: venue.olga.clone() };
        second.office.later(TimeDelta::seconds(60));
        // Made into a digest, and no more.
        second.look().await;
        assert_eq!((second.rows("notice").await, second.rows("digest").await, second.rows("outbox").await), (0, 1, 1));
        let third = Venue { office: venue.office.another().await, olga: venue.olga.clone() };
        third.after(3_600).await;
        assert_eq!(third.sent_to().await, ["ada@example.org"]);
        // What nobody had seen yet is seen by whoever starts next.
        third.ends("11:00").await;
        drop(third);
        let fourth = Venue { office: venue.office.another().await, olga: venue.olga.clone() };
        fourth.after(600).await;
        assert_eq!(fourth.sent_to().await.len(), 2);
    }

    /// Several instances at once tell each change once.
    async fn several_instances(world) {
        let venue = Venue::new(world).await;
        let others = [venue.office.another().await, venue.office.another().await];
        for name in ["ada", "bob", "cy", "di"] {
            venue.fan(&format!("{name}@example.org")).await;
        }
        let desks: Vec<_> = others.iter().chain([&venue.office]).map(|office| Arc::clone(office.app_of().desk())).collect();
        let all_look = async || {
            for looked in futures_util::future::join_all(desks.iter().map(look)).await {
                assert!(looked.unwrap().is_empty());
            }
        };
        for end in ["10:40", "10:50", "11:00"] {
            venue.ends(end).await;
            all_look().await;
            assert_eq!(venue.rows("notice").await, 4);
            venue.office.later(TimeDelta::minutes(10));
            all_look().await;
            assert_eq!(venue.rows("notice").await, 0);
            venue.mails().await;
        }
        let to = venue.sent_to().await;
        assert_eq!(to.len(), 12, "{to:?}");
        assert!(venue.mails().await.iter().all(|mail| said(mail).matches("P2.1").count() == 1));
    }

    /// A mail server that is down is tried again. What changes meanwhile waits, and is told by the next mail.
    async fn a_mail_server_that_is_down(world) {
        let venue = Venue::new(world).await;
        venue.fan("ada@example.org").await;
        venue.office.sink.then([Turn::Greet("421 not now"), Turn::HangUp, Turn::HangUpAfterData]);
        venue.ends("10:45").await;
        venue.passes(60).await;
        for (attempts, minutes) in [(1, 15), (2, 15), (3, 30)] {
            let workers = venue.office.workers(2);
            venue.office.tried(attempts).await;
            workers.stop().await;
            venue.ends(&format!("11:0{attempts}")).await;
            venue.passes(60).await;
            assert_eq!(venue.rows("digest").await, 1, "nothing more is made while one is on its way");
            venue.office.later(TimeDelta::minutes(minutes));
        }
        let mails = venue.mails().await;
        assert_eq!(mails.len(), 2);
        assert_eq!(mails[0].data, mails[1].data, "receivers know it for the same");
        assert_eq!(stop_path(&mails[0]), stop_path(&mails[1]));
        venue.look().await;
        assert_eq!(venue.mails().await.len(), 2, "and then ten minutes pass");
        venue.after(600).await;
        assert_eq!(venue.last().await, "P2.1 “Early things”\n  was: Mon 12 Jul 2027, 08:30–10:45, Hall, Online\n  is now: Mon 12 Jul 2027, 08:30–11:03, Hall, Online\n");
    }

    /// Where the log does not lead on nobody is told, and from there on everybody is.
    async fn a_log_that_does_not_lead_on(world) {
        let venue = Venue::new(world).await;
        venue.fan("ada@example.org").await;
        venue.ends("10:45").await;
        venue.ends("10:50").await;
        // Pruned: its first rows are of a later state.
        let conference = "scope_id = (SELECT conference_id FROM notice_position)";
        venue.world().execute(&format!("DELETE FROM change WHERE {conference} AND revision < 3")).await;
        venue.after(60).await;
        assert_eq!((venue.rows("notice").await, venue.rows("digest").await), (0, 0));
        venue.ends("10:55").await;
        // Of another history.
        venue.world().execute("UPDATE notice_position SET tag = tag + 1").await;
        venue.after(60).await;
        assert_eq!((venue.rows("notice").await, venue.rows("digest").await), (0, 0));
        venue.ends("11:00").await;
        venue.world().execute("UPDATE notice_position SET revision = revision + 100").await;
        venue.after(60).await;
        assert_eq!((venue.rows("notice").await, venue.rows("digest").await), (0, 0));
        venue.ends("11:05").await;
        venue.after(60).await;
        assert_eq!(venue.last().await, "P2.1 “Early things”\n  was: Mon 12 Jul 2027, 08:30–11:00, Hall, Online\n  is now: Mon 12 Jul 2027, 08:30–11:05, Hall, Online\n");
    }

    /// After a revision that says too much everybody is told again: its own size is no matter of the next one.
    async fn after_much(world) {
        let venue = Venue::new(world).await;
        venue.fan("ada@example.org").await;
        venue.imports(|program| {
            let people = program["people"].as_array_mut().unwrap();
            people.extend((0..20_100).map(|n| json!({"key": format!("p{n}"), "name": format!("Person {n}")})));
        }).await;
        venue.look().await;
        venue.ends("10:45").await;
        venue.after(60).await;
        assert_eq!(venue.sent_to().await, ["ada@example.org"]);
    }

    /// An instance that can't load a program as it is now says nothing of it as it was, and what another has looked through
    /// stays so.
    async fn an_instance_that_is_behind(world) {
        let venue = Venue::new(world).await;
        venue.fan("ada@example.org").await;
        let second = Venue { office: venue.office.another().await, olga: venue.olga.clone() };
        second.ends("10:45").await;
        second.look().await;
        let position = async || venue.rows("notice_position WHERE revision = (SELECT max(revision) FROM scope WHERE id = conference_id)").await;
        assert_eq!((position().await, venue.rows("notice").await), (1, 1));
        // The first can neither follow the log nor read it all.
        venue.world().execute("DELETE FROM change WHERE scope_id = (SELECT conference_id FROM notice_position) AND revision < 2").await;
        venue.world().hide("announcement").await;
        venue.office.later(TimeDelta::seconds(60));
        venue.look().await;
        assert_eq!((position().await, venue.rows("notice").await, venue.rows("digest").await), (1, 1, 0));
        venue.world().unhide("announcement").await;
        venue.after(0).await;
        assert_eq!(venue.last().await, "P2.1 “Early things”\n  was: Mon 12 Jul 2027, 09:00–10:30, Hall, Online\n  is now: Mon 12 Jul 2027, 08:30–10:45, Hall, Online\n");
    }

    /// The server itself looks, and tells.
    async fn the_server_tells(world) {
        let venue = Venue::with(world, "[notices]\npoll_ms = 10").await;
        venue.fan("ada@example.org").await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stop = Arc::new(Notify::new());
        let (app, stopped) = (Arc::clone(venue.office.app_of()), Arc::clone(&stop));
        let serving = tokio::spawn(async move { app.run(listener, async move { stopped.notified().await }).await });
        venue.ends("10:45").await;
        within_two_seconds("it is seen", || async { venue.rows("notice").await == 1 }).await;
        venue.office.later(TimeDelta::seconds(60));
        within_two_seconds("it is sent", || async { venue.office.sink.taken().len() == 1 }).await;
        stop.notify_one();
        serving.await.unwrap().unwrap();
    }
}
