//! The page behind the link in a mail.

use axum::body::Body;
use axum::http::{Method, Request, header};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Office, Somebody};
use crate::support::both;
use crate::support::smtp::Taken;

/// What Ann gets of this.
async fn mailed(office: &Office, who: &Somebody, text: &str) -> Taken {
    office.sent(who, json!({ "text": text })).await;
    let workers = office.workers(1);
    office.all_done().await;
    workers.stop().await;
    office.sink.taken().pop().unwrap()
}

both! {
    async fn a_message_is_answered(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        let path = mailed(&office, &bob, "<script>alert('x')</script>\n\"&\"").await.path();
        let page = office.get(&path).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("Bob writes to you") && page.text.contains("&lt;script&gt;alert"), "{}", page.text);
        assert!(!page.text.contains("<script"), "{}", page.text);
        let header = |name: &str| page.headers.get(name).unwrap().to_str().unwrap();
        assert_eq!(
            header("content-security-policy"),
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        assert_eq!((header("referrer-policy"), header("cache-control")), ("no-referrer", "no-store"));
        assert_eq!((header("x-frame-options"), header("content-type")), ("DENY", "text/html; charset=utf-8"));
        // Sent twice by a finger that was too fast: one answer.
        for _ in 0..2 {
            let page = office.answer(&path, "A line\r\nand another").await;
            assert_eq!(page.status, 200, "{}", page.text);
            assert!(page.text.contains("is stored"), "{}", page.text);
        }
        let workers = office.workers(1);
        office.all_done().await;
        workers.stop().await;
        let [_, answer] = office.sink.taken().try_into().unwrap();
        assert_eq!(answer.to, ["Bob@sender.example".to_lowercase()]);
        assert_eq!(answer.header("Subject"), "[A small conference] Re: Your message");
        assert!(answer.text().contains("> A line\n> and another\n"), "{}", answer.text());
        let query = "{ viewer { messages { nodes { direction text person { name } } } } }";
        let mine = office.ask(&bob, query, json!({})).await;
        let newest = &mine["data"]["viewer"]["messages"]["nodes"][0];
        let expected = json!({ "direction": "TO_SENDER", "text": "A line\nand another", "person": { "name": "Ann Lee" } });
        assert_eq!(*newest, expected);
        // Whoever began can answer in turn, by the link in that mail, within the limits of whoever writes to authors.
        let back = office.get(&answer.path()).await;
        assert!(back.text.contains("Ann Lee writes to you") && !back.text.contains("refuse-"), "{}", back.text);
        assert_eq!(office.answer(&answer.path(), "Thank you").await.status, 200);
        assert_eq!(office.stored().await.len(), 3);
        let refusing = office.post(&answer.path(), &[("do", "refuse-all"), ("sure", "yes")]).await;
        assert_eq!(refusing.status, 409, "only a person on the program refuses");
    }

    /// Programs that read mail follow links, with all that can be asked without saying that something is to be done.
    async fn looking_changes_nothing(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        let path = mailed(&office, &bob, "Hello").await.path();
        let before = (office.stored().await, office.outbox().await, office.person("Ann Lee").await);
        for query in ["", "?do=answer&text=Gotcha", "?do=refuse-all&sure=yes", "?do=refuse-sender&sure=yes"] {
            for method in [Method::GET, Method::HEAD] {
                assert_eq!(office.page(method, &format!("{path}{query}"), &[]).await.status, 200);
            }
            for method in [Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH] {
                assert_eq!(office.page(method, &format!("{path}{query}"), &[]).await.status, 405);
            }
            let post = office.post(&format!("{path}{query}"), &[]).await;
            assert_eq!(post.status, 400, "what is to be done stands in the form: {}", post.text);
        }
        for unsure in [&[("do", "refuse-all")][..], &[("do", "refuse-sender"), ("sure", "no")], &[("do", "refuse-all"), ("sure", "")]] {
            let page = office.post(&path, unsure).await;
            assert_eq!(page.status, 422);
            assert!(page.text.contains("tick the box"), "{}", page.text);
        }
        let forms = [
            ("application/json", "{\"do\":\"answer\",\"text\":\"x\"}".to_owned(), 400),
            ("text/plain", "do=answer&text=x".to_owned(), 400),
            ("multipart/form-data; boundary=x", "do=answer&text=x".to_owned(), 400),
            ("application/x-www-form-urlencoded", "do=answer&do=refuse-all&text=x".to_owned(), 400),
            ("application/x-www-form-urlencoded", format!("do=answer&text={}", "x".repeat(70_000)), 400),
            ("application/x-www-form-urlencoded", format!("do=answer&text={}", "x".repeat(5_001)), 422),
            ("application/x-www-form-urlencoded", "do=answer&text=+%0D%0A+".to_owned(), 422),
            ("application/x-www-form-urlencoded", "do=answer&text=%00".to_owned(), 422),
        ];
        for (media, body, status) in forms {
            let request = Request::post(&path).header(header::CONTENT_TYPE, media).body(Body::from(body.clone())).unwrap();
            assert_eq!(office.raw(request).await.status, status, "{media} {:.60}", body);
        }
        // What was written is not lost with what was wrong with it.
        let page = office.post(&path, &[("do", "answer"), ("text", "\"><b>a\u{1}")]).await;
        assert!(page.text.contains("&quot;&gt;&lt;b&gt;a"), "{}", page.text);
        assert_eq!((office.stored().await, office.outbox().await, office.person("Ann Lee").await), before);
        let longest = "漢".repeat(5_000);
        assert_eq!(office.answer(&path, &longest).await.status, 200, "the longest answer fits into a form");
    }

    async fn a_link_is_good_for_one_message_and_180_days(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        let one = mailed(&office, &bob, "The first").await.path();
        let two = mailed(&office, &bob, "The second").await.path();
        assert!(office.get(&one).await.text.contains("The first") && office.get(&two).await.text.contains("The second"));
        let (token, other) = (one.strip_prefix("/messages/").unwrap(), two.strip_prefix("/messages/").unwrap());
        // The one's name with the other's proof, letters changed, cut, grown, and none at all.
        let crossed = format!("{}{}", &token[..22], &other[22..]);
        let flipped = token.strip_suffix(|_: char| true).unwrap().to_owned() + if token.ends_with('A') { "B" } else { "A" };
        let forged = [&crossed, &flipped, &token[..63], &format!("{token}A"), &"A".repeat(64), "x", "%00", "..%2f..", "%ff"];
        for forged in forged {
            let path = format!("/messages/{forged}");
            for page in [office.get(&path).await, office.answer(&path, "Hello").await] {
                assert!(matches!(page.status.as_u16(), 404 | 400), "{forged}: {}", page.status);
                assert!(!page.text.contains("The first") && !page.text.contains("The second"), "{forged}");
            }
        }
        // Another server's.
        let row = office.stored().await.remove(0);
        let theirs = plenary::mail::ReplyKey::new([7; 32]).token(row.id);
        assert_eq!(office.get(&format!("/messages/{theirs}")).await.status, 404);
        // Another instance's are the same.
        assert!(office.another().await.get(&one).await.text.contains("The first"));
        office.later(TimeDelta::days(180) - TimeDelta::seconds(1));
        assert_eq!(office.get(&one).await.status, 200);
        office.later(TimeDelta::seconds(1));
        let pages = [
            office.get(&one).await,
            office.answer(&one, "Too late").await,
            office.post(&one, &[("do", "refuse-all"), ("sure", "yes")]).await,
        ];
        for page in pages {
            assert_eq!(page.status, 410);
            assert!(!page.text.contains("The first"), "{}", page.text);
        }
        assert_eq!(office.stored().await.len(), 2);
        assert_eq!(office.person("Ann Lee").await["acceptsMessages"], true);
    }

    /// The key is in the database, the links are not; several instances that start at once share the key.
    async fn one_key(world) {
        let office = Office::new(world).await;
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let other = office.another().await;
            asking.spawn(async move {
                let desk = other.app_of().desk();
                let key = desk.post.key(&desk.database, &*desk.source).await.unwrap();
                key.token(uuid::Uuid::from_u128(1))
            });
        }
        let mut tokens = asking.join_all().await;
        tokens.dedup();
        assert_eq!(tokens.len(), 1);
        let bob = office.user("Bob").await;
        let mail = mailed(&office, &bob, "Hello").await;
        let token = mail.path().replace("/messages/", "");
        let everything = json!([office.stored().await, office.outbox().await]);
        assert!(!everything.to_string().contains(&token[22..]), "{everything:#}");
        assert!(!everything.to_string().contains("canary"), "nor addresses: {everything:#}");
        assert_ne!(everything, Value::Null);
    }
}
