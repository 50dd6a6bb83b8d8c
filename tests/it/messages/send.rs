//! Sending: what is stored and mailed, and what is refused.

use axum::http::Method;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{ANN, Office};
use crate::support::both;

both! {
    /// It is stored before it is acknowledged, and mailed once.
    async fn a_message_arrives(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        let paper = "{ conference(slug: \"small\") { papers { nodes { id title authors { person { name } } } } } }";
        let papers = office.world.data(paper, json!({})).await;
        let papers = papers["conference"]["papers"]["nodes"].as_array().unwrap().clone();
        let zebra = papers.iter().find(|paper| paper["title"] == "Zebra crossings").unwrap()["id"].clone();
        let sent = office
            .sent(&bob, json!({ "text": " How do zebras\r\ncross? ", "subject": "Zebras – ça va?", "paperId": zebra }))
            .await;
        assert_eq!(
            sent,
            json!({
                "id": sent["id"], "direction": "TO_AUTHOR", "person": { "name": "Ann Lee" },
                "paper": { "title": "Zebra crossings" }, "subject": "Zebras – ça va?",
                "text": "How do zebras\ncross?", "delivery": "QUEUED",
            })
        );
        assert_eq!((office.stored().await.len(), office.outbox().await.len()), (1, 1), "stored, and no worker runs");
        let workers = office.workers(2);
        office.all_done().await;
        workers.stop().await;
        let [mail] = office.sink.taken().try_into().unwrap();
        assert_eq!((mail.from.as_str(), mail.to.as_slice()), ("noreply@plenary.example", [ANN.to_owned()].as_slice()));
        assert_eq!(mail.header("From"), "Plenary <noreply@plenary.example>");
        assert_eq!(mail.header("To"), ANN);
        assert_eq!(mail.header("Subject"), "[A small conference] Zebras – ça va?");
        assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
        assert_eq!(mail.header("Reply-To"), "");
        assert_eq!(mail.header("List-Unsubscribe"), format!("<{}>", mail.link()));
        assert!(mail.header("Date").starts_with("Fri, 01 Jan 2027 12:00:00"), "{}", mail.header("Date"));
        let text = mail.text();
        for said in ["Bob writes to you about the paper “Zebra crossings” (A small conference):", "> How do zebras\n> cross?\n"] {
            assert!(text.contains(said), "{text}");
        }
        assert!(mail.link().starts_with("http://127.0.0.1:8000/messages/") && mail.path().len() == 10 + 64, "{text}");
        assert!(!mail.everything().contains("canary-"), "no link to a room");
        let query = "{ viewer { messages { totalCount nodes { id delivery } } } }";
        let answer = office.ask(&bob, query, json!({})).await;
        let mine = json!({ "totalCount": 1, "nodes": [{ "id": sent["id"], "delivery": "SENT" }] });
        assert_eq!(answer["data"]["viewer"]["messages"], mine);
        // Nobody else sees it, by whatever id.
        let eve = office.user("Eve").await;
        let answer = office.ask(&eve, query, json!({})).await;
        assert_eq!(answer["data"]["viewer"]["messages"]["totalCount"], 0, "{answer:#}");
        let answer = office.ask(&eve, "query($id: ID!) { node(id: $id) { id } }", json!({ "id": sent["id"] })).await;
        assert_eq!(answer["data"]["node"], Value::Null, "{answer:#}");
    }

    async fn what_is_wrong_is_said(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        let invalid = |field: &str| vec![("INVALID".to_owned(), json!([field]))];
        for text in ["", " \n ", "bell\u{7}", "nul\u{0}"] {
            assert_eq!(office.refused(&bob, json!({ "text": text })).await, invalid("text"), "{text:?}");
        }
        assert_eq!(office.refused(&bob, json!({ "text": "é".repeat(5001) })).await, invalid("text"));
        for subject in ["a\r\nBcc: eve@evil.example", "a\nb", "\u{1b}[0m", &"é".repeat(151)] {
            assert_eq!(office.refused(&bob, json!({ "subject": subject })).await, invalid("subject"), "{subject:?}");
        }
        let both = office.refused(&bob, json!({ "subject": "a\nb", "text": "" })).await;
        assert_eq!(both, [invalid("subject"), invalid("text")].concat(), "all at once");
        // Somebody without an address, somebody who is not there, something that is nobody.
        let cem = office.person("Cem Öz").await;
        assert_eq!(cem["acceptsMessages"], false);
        assert_eq!(office.person("Ann Lee").await["acceptsMessages"], true);
        let to = |id: &Value| json!({ "personId": id });
        assert_eq!(office.refused(&bob, to(&cem["id"])).await, [("FORBIDDEN".to_owned(), json!(["personId"]))]);
        assert_eq!(office.refused(&bob, to(&json!("nonsense"))).await, invalid("personId"));
        let papers = office.world.data("{ conference(slug: \"small\") { id papers { nodes { id title } } } }", json!({})).await;
        let conference = &papers["conference"];
        assert_eq!(office.refused(&bob, to(&conference["id"])).await, invalid("personId"));
        let of_others = conference["papers"]["nodes"].as_array().unwrap().iter().find(|paper| paper["title"] == "Middles");
        let about = json!({ "paperId": of_others.unwrap()["id"] });
        assert_eq!(office.refused(&bob, about).await, [("NOT_FOUND".to_owned(), json!(["paperId"]))]);
        assert_eq!(office.refused(&bob, json!({ "paperId": conference["id"] })).await, invalid("paperId"));
        // Whoever could not be answered.
        let una = office.user_with("Una", false).await;
        assert_eq!(office.refused(&una, json!({})).await, [("INVALID".to_owned(), Value::Null)]);
        assert_eq!((office.stored().await.len(), office.outbox().await.len()), (0, 0));
        // Nobody.
        let query = "mutation { sendMessageToAuthor(input: { personId: \"x\", text: \"x\" }) { message { id } } }";
        assert_eq!(office.world.code(query, json!({})).await, "UNAUTHENTICATED");
    }

    async fn a_message_is_sent_once_under_one_name(world) {
        let office = Office::new(world).await;
        let (bob, eve) = (office.user("Bob").await, office.user("Eve").await);
        let input = json!({ "clientMutationId": "one" });
        let first = office.sent(&bob, input.clone()).await;
        let again = office.another().await;
        assert_eq!(again.sent(&bob, input.clone()).await["id"], first["id"]);
        let other = json!({ "clientMutationId": "one", "text": "Something else" });
        assert_eq!(office.refused(&bob, other).await, [("INVALID".to_owned(), json!(["clientMutationId"]))]);
        assert_ne!(office.sent(&eve, input).await["id"], first["id"], "another user's name");
        assert_eq!(office.outbox().await.len(), 2);
    }

    async fn without_a_mail_server_nobody_is_written_to(world) {
        let office = Office::with(world, "[mail]\nsmtp_url = \"\"").await;
        let bob = office.user("Bob").await;
        assert_eq!(office.refused(&bob, json!({})).await, [("INVALID".to_owned(), Value::Null)]);
        assert_eq!(office.stored().await.len(), 0);
    }

    /// Mails as files are their owner's alone.
    async fn mails_as_files(world) {
        let office = Office::with(world, "[mail]\nfiles = true").await;
        let bob = office.user("Bob").await;
        office.sent(&bob, json!({})).await;
        let workers = office.workers(1);
        office.all_done().await;
        workers.stop().await;
        let directory = office.data_dir().join("mail");
        let files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        let [path] = files.as_slice() else { panic!("{files:?}") };
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with("20270101T120000.000000Z-") && name.ends_with(".eml"), "{name}");
        let mail = std::fs::read_to_string(path).unwrap();
        assert!(mail.contains(&format!("To: {ANN}\r\n")) && mail.contains("> Hello\r\n"), "{mail}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&directory), mode(path)), (0o700, 0o600));
        }
        assert_eq!(office.sink.connections(), 0);
    }

    /// Of a deleted account nothing is mailed any more, and what was has no sender.
    async fn an_account_goes(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        office.sent(&bob, json!({ "text": "The first" })).await;
        let workers = office.workers(1);
        office.all_done().await;
        workers.stop().await;
        office.sent(&bob, json!({ "text": "The second" })).await;
        let delete = "mutation { deleteAccount(input: { name: \"Bob\" }) { userId userErrors { message } } }";
        let answer = office.ask(&bob, delete, json!({})).await;
        assert_eq!(answer["data"]["deleteAccount"]["userErrors"], json!([]), "{answer:#}");
        let workers = office.workers(1);
        office.later(TimeDelta::days(1));
        office.all_done().await;
        workers.stop().await;
        let [mail] = office.sink.taken().try_into().unwrap();
        assert!(office.stored().await.iter().all(|row| row.sender_id.is_none()));
        let page = office.get(&mail.path()).await;
        assert!(page.text.contains("has deleted the account") && !page.text.contains("Bob"), "{}", page.text);
        assert!(page.text.contains("The first"), "{}", page.text);
        assert_eq!(office.answer(&mail.path(), "Who are you?").await.status, 422);
        let refuse = office.page(Method::POST, &mail.path(), &[("do", "refuse-sender"), ("sure", "yes")]).await;
        assert_eq!(refuse.status, 409);
        assert_eq!(office.stored().await.len(), 2);
    }

    /// An export has what was written, and nothing of the other's address.
    async fn an_export_has_them(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        office.sent(&bob, json!({ "text": "For the record" })).await;
        let answer = office.ask(&bob, "{ viewer { export } }", json!({})).await;
        let export = answer["data"]["viewer"]["export"].as_str().unwrap_or_else(|| panic!("{answer:#}"));
        assert!(export.contains("For the record") && !export.contains("recipient_hash") && !export.contains(ANN), "{export}");
    }
}
