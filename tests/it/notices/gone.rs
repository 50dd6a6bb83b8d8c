//! Accounts, programs and mails that go.

use chrono::TimeDelta;
use entity::outbox;
use plenary::live::tidy;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{Venue, stop_path};
use crate::support::both;
use crate::support::smtp::Turn;

both! {
    /// Everything about oneself is in the export, and nothing is left of an account that goes; it is told nothing more.
    async fn an_account(world) {
        let venue = Venue::new(world).await;
        let (ada, eve) = (venue.fan("ada@example.org").await, venue.fan("eve@example.org").await);
        venue.ends("10:45").await;
        venue.after(60).await;
        venue.ends("10:50").await;
        venue.look().await;
        let data = venue.world().data_as(&ada, "{ viewer { export } }", json!({})).await;
        let document: Value = serde_json::from_str(data["viewer"]["export"].as_str().unwrap()).unwrap();
        for list in ["noticeSettings", "notices", "digests"] {
            assert_eq!(document[list].as_array().unwrap().len(), 1, "{list}: {document:#}");
        }
        assert_eq!(document["noticeSettings"][0]["wanted"], true);
        assert!(document["digests"][0]["text"].as_str().unwrap().contains("10:45"));
        let delete = "mutation { deleteAccount(input: {name: \"ada\"}) { userErrors { code } } }";
        assert_eq!(venue.world().data_as(&ada, delete, json!({})).await["deleteAccount"]["userErrors"], json!([]));
        for table in ["notice_setting", "notice", "digest", "outbox"] {
            assert_eq!(venue.rows(table).await, 1, "{table}: of the other alone");
        }
        venue.after(600).await;
        assert_eq!(venue.sent_to().await, ["ada@example.org", "eve@example.org", "eve@example.org"]);
        let path = stop_path(venue.mails().await.iter().find(|mail| mail.to == ["eve@example.org"]).unwrap());
        let delete = delete.replace("ada", "eve");
        assert_eq!(venue.world().data_as(&eve, &delete, json!({})).await["deleteAccount"]["userErrors"], json!([]));
        assert_eq!(venue.office.get(&path).await.status, 200);
        assert_eq!(venue.office.post(&path, &[]).await.status, 200, "she is told nothing any more");
    }

    /// Of a program that is not published nobody is told, and its mails are not sent.
    async fn a_program_that_is_not_published(world) {
        let venue = Venue::new(world).await;
        venue.fan("ada@example.org").await;
        let id = json!({ "id": venue.id().await });
        venue.ends("10:45").await;
        venue.passes(60).await;
        venue.ends("10:50").await;
        venue.look().await;
        assert_eq!((venue.rows("digest").await, venue.rows("notice").await), (1, 1));
        let early = venue.early().await;
        venue.does("unpublishConference", id.clone()).await;
        venue.after(600).await;
        assert_eq!((venue.sent_to().await.len(), venue.rows("notice").await), (0, 0));
        let when = json!({"id": early, "date": "2027-07-13", "startTime": "08:30", "endTime": "10:30"});
        venue.does("scheduleSession", when).await;
        venue.after(60).await;
        venue.does("publishConference", id.clone()).await;
        venue.after(600).await;
        assert_eq!((venue.sent_to().await.len(), venue.rows("notice").await), (0, 0), "what is new when it comes is known");
        venue.ends("10:55").await;
        venue.after(600).await;
        assert_eq!(venue.sent_to().await.len(), 1);
        // And when it goes altogether, all of this goes with it.
        venue.ends("11:00").await;
        venue.look().await;
        venue.does("unpublishConference", id.clone()).await;
        let gone = "mutation ($id: ID!) { deleteConference(input: {id: $id, withProgram: true}) { userErrors { code message } } }";
        let gone = venue.world().data_as(&venue.olga, gone, id).await;
        assert_eq!(gone["deleteConference"]["userErrors"], json!([]));
        for table in ["notice_setting", "notice_position", "notice", "digest", "outbox"] {
            assert_eq!(venue.rows(table).await, 0, "{table}");
        }
        venue.after(600).await;
        assert_eq!(venue.sent_to().await.len(), 1);
    }

    /// Digests are forgotten after a week, sent or given up; never one that is still to be sent.
    async fn what_is_old_is_forgotten(world) {
        let venue = Venue::new(world).await;
        venue.fan("ada@example.org").await;
        venue.told("ann@canary.example").await;
        venue.office.sink.then([Turn::Take, Turn::Recipient("550 no")]);
        venue.ends("10:45").await;
        venue.after(60).await;
        let bob = venue.office.user("Bob").await;
        venue.office.sent(&bob, json!({})).await;
        let counts = async || {
            tidy(venue.office.app_of().desk(), venue.office.app_of().config().history).await.unwrap();
            (venue.rows("digest").await, venue.rows("outbox").await)
        };
        assert_eq!(counts().await, (2, 3));
        venue.office.later(TimeDelta::days(8));
        assert_eq!(counts().await, (0, 1), "the message is still to be sent");
        venue.ends("11:00").await;
        venue.passes(60).await;
        venue.office.later(TimeDelta::days(8));
        assert_eq!(counts().await, (2, 3));
        let all = outbox::Entity::find().all(venue.world().database().reader()).await.unwrap();
        assert_eq!(all.iter().filter(|row| row.digest_id.is_some() && row.message_id.is_none()).count(), 2);
    }
}
