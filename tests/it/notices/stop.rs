//! Saying whether to be told, and the one click that ends it.

use axum::body::Body;
use axum::http::{Method, Request, header};
use plenary::auth::Scope;
use serde_json::{Value, json};

use super::{SET, Venue, WANTS, stop_path};
use crate::support::both;
use crate::support::people::Persona;

both! {
    async fn set(world) {
        let venue = Venue::new(world).await;
        let ada = venue.world().person("ada@example.org").await;
        let wants = async |who: &Persona| {
            venue.world().data_as(who, WANTS, json!({})).await["conference"]["viewerSchedule"]["wantsNotices"].take()
        };
        assert_eq!(wants(&ada).await, false, "nobody is told who has not asked for it");
        venue.wants(&ada, false).await;
        assert_eq!((venue.rows("notice_setting").await, venue.rows("notice_position").await), (0, 0));
        let revision = async || venue.rows("change WHERE entity = 'notice_setting'").await;
        for wanted in [true, true, false, false, true] {
            venue.wants(&ada, wanted).await;
        }
        assert_eq!(revision().await, 3, "done again nothing changes");
        assert_eq!(wants(&venue.world().person("eve@example.org").await).await, false, "another's");
        // Under one name it is done once.
        let id = venue.id().await;
        let named = |wanted: bool| json!({"input": {"conferenceId": id, "wanted": wanted, "clientMutationId": "n"}});
        let done = venue.world().data_as(&ada, SET, named(false)).await["setNotices"].take();
        assert_eq!((&done["wantsNotices"], &done["clientMutationId"]), (&json!(false), &json!("n")));
        venue.wants(&ada, true).await;
        let again = venue.world().data_as(&ada, SET, named(false)).await["setNotices"].take();
        assert_eq!((&again["userErrors"], &again["wantsNotices"]), (&json!([]), &json!(true)), "it is said what is set now");
        assert_eq!(wants(&ada).await, true, "it is not done a second time");
        let other = venue.world().data_as(&ada, SET, named(true)).await["setNotices"].take();
        assert_eq!(other["userErrors"][0]["field"], json!(["clientMutationId"]));
        // What is no conference.
        let panel = venue.world().id_of("panels", "code", "P2").await;
        let unknown = json!("Y29uZmVyZW5jZToAAAAAAAAAAAAAAAAAAAAB");
        for (id, code) in [(json!(panel), "INVALID"), (json!(""), "INVALID"), (unknown, "INVALID")] {
            let payload = venue.world().data_as(&ada, SET, json!({"input": {"conferenceId": id, "wanted": true}})).await;
            let error = &payload["setNotices"]["userErrors"][0];
            assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!(["conferenceId"])), "{id}");
            assert_eq!((&payload["setNotices"]["wantsNotices"], &payload["setNotices"]["cursor"]), (&Value::Null, &Value::Null));
        }
        // Who may.
        let input = json!({"input": {"conferenceId": id, "wanted": false}});
        assert_eq!(venue.world().code_as(&Persona::nobody(), SET, input.clone()).await, "UNAUTHENTICATED");
        let reads = venue.world().program_of(&ada, &[Scope::Read]).await;
        assert_eq!(venue.world().code_as(&reads, SET, input.clone()).await, "FORBIDDEN");
        assert_eq!(wants(&reads).await, true);
        let schedules = venue.world().program_of(&ada, &[Scope::Schedule]).await;
        assert_eq!(venue.world().data_as(&schedules, SET, input).await["setNotices"]["userErrors"], json!([]));
        assert_eq!(wants(&ada).await, false);
    }

    /// Where no mail is sent, or it is switched off, nobody can ask for it, and everybody can end it.
    async fn where_nothing_is_sent(world) {
        for settings in ["[mail]\nsmtp_url = \"\"", "[notices]\nenabled = false"] {
            let venue = Venue::with(world, settings).await;
            let ada = venue.world().person("ada@example.org").await;
            let payload = venue.set(&ada, true).await;
            assert_eq!((&payload["userErrors"][0]["code"], &payload["userErrors"][0]["field"]), (&json!("INVALID"), &json!(["wanted"])));
            venue.wants(&ada, false).await;
        }
    }

    /// To look changes nothing; one click ends it, also a mail program's, without a login; and again.
    async fn one_click(world) {
        let venue = Venue::with(world, "public_url = \"https://program.example\"").await;
        // Cookies have another name there.
        let (olga, ada) = (&venue.olga, venue.world().person("ada@example.org").await);
        let olga = venue.world().program_of(olga, &Scope::ALL).await;
        let ada = venue.world().program_of(&ada, &Scope::ALL).await;
        let venue = Venue { olga, ..venue };
        venue.wants(&ada, true).await;
        venue.star(&ada, &venue.early().await).await;
        venue.ends("10:45").await;
        venue.after(60).await;
        let [mail] = venue.mails().await.try_into().unwrap();
        assert_eq!(mail.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
        let path = stop_path(&mail);
        assert_eq!((path.len(), mail.header("List-Unsubscribe")), (9 + 86, format!("<https://program.example{path}>")));
        for _ in 0..3 {
            let page = venue.office.get(&path).await;
            assert_eq!(page.status, 200);
            assert!(page.text.contains("A small conference") && page.text.contains("<form method=\"post\">"), "{}", page.text);
            assert_eq!(page.headers[header::REFERRER_POLICY], "no-referrer");
            assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
            assert!(page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("default-src 'none'"));
        }
        assert_eq!(venue.office.page(Method::HEAD, &path, &[]).await.status, 200);
        assert_eq!(venue.office.page(Method::DELETE, &path, &[]).await.status, 405);
        let wants = async || venue.world().data_as(&ada, WANTS, json!({})).await["conference"]["viewerSchedule"]["wantsNotices"].take();
        assert_eq!(wants().await, true);
        // What is on its way, and what is to be told, is not sent.
        venue.after(600).await;
        venue.ends("11:00").await;
        venue.passes(60).await;
        venue.does("cancelSession", json!({ "id": venue.early().await })).await;
        venue.look().await;
        assert_eq!((venue.rows("notice").await, venue.rows("digest").await), (1, 2));
        for _ in 0..2 {
            let page = venue.office.post(&path, &[("List-Unsubscribe", "One-Click")]).await;
            assert_eq!(page.status, 200);
            assert!(!page.text.contains("<form"), "{}", page.text);
        }
        assert_eq!(wants().await, false);
        venue.after(3_600).await;
        venue.ends("12:00").await;
        venue.after(3_600).await;
        assert_eq!((venue.mails().await.len(), venue.rows("notice").await), (1, 0));
        assert!(!venue.office.get(&path).await.text.contains("<form"));
        // The link ends it again, in whatever form a mail program sends it.
        for (media, body) in [
            ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n"),
            ("application/x-www-form-urlencoded", ""),
            ("text/plain", "x"),
        ] {
            venue.wants(&ada, true).await;
            let request = Request::post(&path).header(header::CONTENT_TYPE, media).body(Body::from(body)).unwrap();
            assert_eq!(venue.office.raw(request).await.status, 200, "{media}");
            assert_eq!(wants().await, false, "{media}");
        }
    }

    /// A link that we have not made is none, and ends nothing.
    async fn wrong_links(world) {
        let venue = Venue::new(world).await;
        let (ada, eve) = (venue.fan("ada@example.org").await, venue.fan("eve@example.org").await);
        venue.ends("10:45").await;
        venue.after(60).await;
        let mails = venue.mails().await;
        assert_eq!(mails[0].header("List-Unsubscribe-Post"), "", "only https can be asked by a mail program");
        let path = stop_path(mails.iter().find(|mail| mail.to == ["ada@example.org"]).unwrap());
        let mut wrong = vec![format!("{path}x"), path[..path.len() - 1].to_owned(), "/notices/x".to_owned()];
        for at in [10, 20, 35, 60, 90] {
            let mut other = path.clone();
            let letter = if &other[at..=at] == "A" { "B" } else { "A" };
            other.replace_range(at..=at, letter);
            wrong.push(other);
        }
        // A message's link, or the same on another path.
        wrong.push(path.replace("/notices/", "/messages/"));
        for path in &wrong {
            for method in [Method::GET, Method::POST] {
                let page = venue.office.page(method, path, &[("do", "answer"), ("text", "x")]).await;
                assert_eq!(page.status, 404, "{path}");
            }
        }
        assert_eq!(venue.office.post(&path, &[]).await.status, 200);
        let data = venue.world().data_as(&eve, WANTS, json!({})).await;
        assert_eq!(data["conference"]["viewerSchedule"]["wantsNotices"], true, "hers alone");
        let data = venue.world().data_as(&ada, WANTS, json!({})).await;
        assert_eq!(data["conference"]["viewerSchedule"]["wantsNotices"], false);
    }

    /// Not too often, as with the pages of messages.
    async fn not_so_fast(world) {
        let venue = Venue::with(world, "[limits]\nlogins_per_second = 1\nlogins_burst = 2").await;
        let ask = async || {
            let mut request = Request::get("/notices/x").body(Body::empty()).unwrap();
            request.extensions_mut().insert(plenary::http::Peer("192.0.2.7:1000".parse().unwrap()));
            venue.office.raw(request).await
        };
        assert_eq!((ask().await.status.as_u16(), ask().await.status.as_u16()), (404, 404));
        // However slow this machine is, some time less than a second passes between two of them.
        let mut page = ask().await;
        for _ in 0..100 {
            if page.status == 429 {
                break;
            }
            page = ask().await;
        }
        assert_eq!(page.status, 429);
        assert!(page.headers.contains_key(header::RETRY_AFTER));
    }
}
