//! What one side must never learn of the other, and what nobody can put into a mail.

use plenary::command::import::Options;
use serde_json::json;

use super::{ANN, Office};
use crate::support::both;
use crate::support::files::{file, small};

both! {
    /// A whole exchange: in nothing that either receives is the other's address, or any of its parts.
    async fn neither_sees_the_others_address(world) {
        let office = Office::new(world).await;
        // A login provider that has no better name than the address.
        let bob = office.user("bobsecret@sender.example").await;
        office.sent(&bob, json!({ "text": "One" })).await;
        let workers = office.workers(1);
        office.all_done().await;
        let first = office.sink.taken()[0].clone();
        let page = office.get(&first.path()).await;
        assert_eq!(office.answer(&first.path(), "Two").await.status, 200);
        office.all_done().await;
        let second = office.sink.taken()[1].clone();
        assert_eq!(second.to, ["bobsecret@sender.example"]);
        let answer_page = office.get(&second.path()).await;
        assert_eq!(office.answer(&second.path(), "Three").await.status, 200);
        office.all_done().await;
        workers.stop().await;
        let [_, _, third] = office.sink.taken().try_into().unwrap();
        assert_eq!(third.to, [ANN]);
        for (what, text) in [("mail", first.everything()), ("mail", third.everything()), ("page", page.text)] {
            for secret in ["bobsecret", "sender.example"] {
                assert!(!text.to_lowercase().contains(secret), "{what}: {text}");
            }
        }
        for (what, text) in [("mail", second.everything()), ("page", answer_page.text)] {
            for secret in [ANN, "canary.example", "canary"] {
                assert!(!text.to_lowercase().contains(secret), "{what}: {text}");
            }
        }
        assert!(first.text().starts_with("An attendee writes to you"), "{}", first.text());
        assert!(second.text().starts_with("Ann Lee writes to you"), "{}", second.text());
        // One exchange, in mail programs too.
        let thread = first.header("Message-ID");
        assert_eq!((second.header("References"), third.header("In-Reply-To")), (thread.clone(), thread));
        let ids = [first.header("Message-ID"), second.header("Message-ID"), third.header("Message-ID")];
        assert!(ids.iter().all(|id| id.ends_with("@plenary.example>")), "{ids:?}");
        for mail in [&first, &second, &third] {
            assert_eq!((mail.header("Reply-To"), mail.header("Sender"), mail.header("Cc")), Default::default());
            assert_eq!(mail.from, "noreply@plenary.example");
        }
    }

    /// Whatever is written, in whichever field: it is one mail with our headers, and says what was written.
    async fn nothing_can_be_put_into_a_mail(world) {
        let office = Office::with(world, "[messages]\nper_sender_hour = 1000").await;
        // What a program's titles and names may have in them.
        let mut program = small();
        program["conference"]["name"] = json!("Conf: <x> =?utf-8?q?x?= \u{202e}");
        program["people"][0]["name"] = json!("Ann Lee");
        office.world.import_with(&file(&program), Options::default()).await.unwrap();
        let mallory = office.user("Mallory\r\nBcc: eve\u{202e}").await;
        let long = "x".repeat(4000);
        let texts = [
            "a\n.\nb",
            ".\r\n.\r\nMAIL FROM:<eve@evil.example>\r\n..",
            "\n\nBcc: eve@evil.example\n\nBody",
            "From here on\nTo: you\n--boundary",
            &long,
            "=?utf-8?b?QmNjOg==?= =0D=0A.=0D=0A",
            "äöü 漢字 \u{1f600}\t|",
        ];
        let workers = office.workers(1);
        for (n, text) in texts.iter().enumerate() {
            let subject = format!("{n} =?utf-8?b?DQpCY2M6IGV2ZUBldmlsLmV4YW1wbGU=?= Bcc: eve@evil.example, {}", "ü".repeat(40));
            office.sent(&mallory, json!({ "text": text, "subject": subject })).await;
            office.all_done().await;
            let taken = office.sink.taken();
            assert_eq!(taken.len(), n + 1, "one mail each");
            let mail = taken.last().unwrap();
            assert_eq!(mail.to, [ANN]);
            let expected = [
                "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted",
                "X-Auto-Response-Suppress", "List-Unsubscribe", "Content-Transfer-Encoding",
            ];
            assert_eq!(mail.headers(), expected, "{}", mail.data);
            let quoted: String = text.trim().replace("\r\n", "\n").lines().map(|line| format!("> {line}\n")).collect();
            assert!(mail.text().contains(&quoted), "{}", mail.text());
            assert!(mail.text().starts_with("MalloryBcc: eve writes to you (Conf: <x>"), "{}", mail.text());
            assert!(!mail.text().contains('\u{202e}'));
            assert!(mail.data.is_ascii(), "what every mail server takes");
        }
        workers.stop().await;
    }
}
