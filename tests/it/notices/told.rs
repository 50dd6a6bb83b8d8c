//! Who is told what.

use serde_json::json;

use super::{Venue, said, stop_path};
use crate::desk::session_room;
use crate::organize::session_of;
use crate::support::both;
use crate::support::people::Role;

both! {
    /// Whoever presents in a session or has starred it, and has asked for it, gets one mail; nobody else does.
    async fn a_session_moves(world) {
        let venue = Venue::new(world).await;
        let early = venue.early().await;
        venue.fan("ada@example.org").await;
        venue.told("ann@canary.example").await;
        venue.dia().await;
        // By its panel, and by a paper in it.
        let (pia, pat) = (venue.told("pia@example.org").await, venue.told("pat@example.org").await);
        venue.star(&pia, &venue.world().id_of("panels", "code", "P2").await).await;
        venue.star(&pat, &venue.world().id_of("papers", "title", "Zebra crossings").await).await;
        // Who never asked for it, who has thought better of it, whom it does not concern.
        let eve = venue.world().person("eve@example.org").await;
        venue.star(&eve, &early).await;
        let eva = venue.fan("eva@example.org").await;
        venue.wants(&eva, false).await;
        let far = venue.told("far@example.org").await;
        venue.star(&far, &session_of(venue.world(), "P2", 2).await).await;
        venue.star(&far, &venue.world().id_of("papers", "title", "Middles").await).await;
        venue.world().member("small", "meg@example.org", Role::Attendee).await;
        venue.told("meg@example.org").await;
        // Whose address nobody has verified is not known by it.
        let claims = crate::support::people::claims("cem@canary.example");
        let cem = plenary::command::account::Claims { email_verified: false, ..claims };
        let cem = venue.world().person_with(cem).await;
        assert_eq!(venue.set(&cem, true).await["userErrors"][0]["field"], json!(["wanted"]));

        venue.ends("10:45").await;
        venue.look().await;
        assert_eq!(venue.sent_to().await, Vec::<String>::new(), "it may be moved again");
        venue.after(59).await;
        assert_eq!(venue.sent_to().await, Vec::<String>::new());
        venue.after(1).await;
        let to = ["ada@example.org", "ann@canary.example", "dia@elsewhere.example", "pat@example.org", "pia@example.org"];
        assert_eq!(venue.sent_to().await, to);
        venue.after(3_600).await;
        assert_eq!(venue.sent_to().await.len(), to.len(), "once");
        let mails = venue.mails().await;
        let mail = mails.iter().find(|mail| mail.to == ["ada@example.org"]).unwrap();
        assert_eq!(mail.header("Subject"), "[A small conference] P2.1 “Early things” is at another time");
        assert_eq!(mail.header("From"), "Plenary <noreply@plenary.example>");
        assert_eq!((mail.from.as_str(), mail.header("To").as_str()), ("noreply@plenary.example", "ada@example.org"));
        assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
        assert_eq!((mail.header("Reply-To"), mail.header("Cc")), (String::new(), String::new()));
        let ids: std::collections::HashSet<String> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
        assert_eq!(ids.len(), to.len());
        let text = mail.text();
        let token = stop_path(mail);
        insta::assert_snapshot!("a_digest", text.replace(&token, "/notices/TOKEN"));
    }

    /// All kinds of changes, and how each is told.
    async fn what_is_told(world) {
        let venue = Venue::new(world).await;
        let ada = venue.told("ada@example.org").await;
        let (early, night) = (venue.early().await, session_of(venue.world(), "P2", 2).await);
        let (dated, open) = (session_of(venue.world(), "P10", 1).await, session_of(venue.world(), "P10", 2).await);
        let (p2, hall) = (venue.world().id_of("panels", "code", "P2").await, venue.world().id_of("rooms", "name", "Hall").await);
        let net = venue.world().id_of("rooms", "name", "Online").await;
        let zebra = venue.world().id_of("papers", "title", "Zebra crossings").await;
        for id in [&early, &night, &dated, &open, &zebra] {
            venue.star(&ada, id).await;
        }
        let conference = venue.id().await;
        let mut told = String::new();
        let in_hall = session_room(venue.world(), "P2.1 Hall").await;
        let slots = "{ conference(slug: \"small\") { papers { nodes { title slots { id session { number } } } } } }";
        let slots = venue.world().data(slots, json!({})).await;
        let papers = slots["conference"]["papers"]["nodes"].as_array().unwrap();
        let slots = papers.iter().find(|paper| paper["title"] == "Zebra crossings").unwrap()["slots"].as_array().unwrap().clone();
        let slot = slots.iter().find(|slot| slot["session"]["number"] == 1).unwrap()["id"].clone();
        let steps = [
            ("scheduleSession", json!({"id": early, "date": "2027-07-12", "startTime": "08:30", "endTime": "10:30"})),
            ("scheduleSession", json!({"id": dated, "date": "2027-07-13", "startTime": "12:00", "endTime": "13:00"})),
            ("scheduleSession", json!({"id": open, "date": "2027-07-13"})),
            ("scheduleSession", json!({"id": dated, "date": null})),
            ("removeSessionRoom", json!({ "id": in_hall })),
            ("assignSessionRoom", json!({"sessionId": dated, "roomId": hall})),
            ("updateRoom", json!({"id": hall, "name": "Great Hall"})),
            ("cancelSession", json!({ "id": night })),
            ("restoreSession", json!({ "id": night })),
            ("cancelPanel", json!({ "id": p2 })),
            ("restorePanel", json!({ "id": p2 })),
            ("withdrawPaper", json!({ "id": zebra })),
            ("restorePaper", json!({ "id": zebra })),
            ("moveSlot", json!({"id": slot, "sessionId": night, "startTime": null})),
            ("updateConference", json!({"id": conference, "timeZone": "Europe/Paris"})),
            ("deleteSession", json!({ "id": dated })),
        ];
        for (n, (name, input)) in steps.into_iter().enumerate() {
            venue.does(name, input).await;
            venue.after(600).await;
            let mails = venue.mails().await;
            assert_eq!(mails.len(), n + 1, "{name}");
            let mail = mails.last().unwrap();
            told += &format!("{name}\n{}\n{}\n", mail.header("Subject"), said(mail));
        }
        insta::assert_snapshot!("what_is_told", told);
        // Nothing of this is told: links, texts, orders, people, and another zone with the same clocks.
        let before = venue.mails().await.len();
        for (name, input) in [
            ("setRoomLink", json!({"id": net, "url": "https://meet.example/CANARY-other"})),
            ("setSessionRoomLink", json!({"id": session_room(venue.world(), "P2.1 Online").await, "url": "https://meet.example/CANARY-third"})),
            ("updatePanel", json!({"id": p2, "title": "Earliest things"})),
            ("updatePaper", json!({"id": zebra, "title": "Zebras"})),
            ("updateRoom", json!({"id": net, "capacity": 7})),
            ("setSessionParticipations", json!({"sessionId": early, "participations": []})),
            ("updateConference", json!({"id": conference, "timeZone": "Europe/Brussels"})),
            ("announce", json!({"conferenceId": conference, "text": "Tea!"})),
        ] {
            venue.does(name, input).await;
            venue.after(600).await;
            assert_eq!((venue.mails().await.len(), venue.rows("notice").await), (before, 0), "{name}");
        }
    }

    /// What is taken back before anybody is told is told to nobody; and ten changes in ten minutes are two mails at most.
    async fn settled(world) {
        let venue = Venue::new(world).await;
        venue.fan("ada@example.org").await;
        venue.ends("10:45").await;
        venue.look().await;
        assert_eq!(venue.rows("notice").await, 1);
        venue.is_back().await;
        venue.after(60).await;
        assert_eq!((venue.sent_to().await.len(), venue.rows("notice").await), (0, 0));
        for minute in 0..10 {
            venue.ends(&format!("11:{minute:02}")).await;
            venue.after(60).await;
        }
        assert_eq!(venue.sent_to().await.len(), 1, "the rest waits");
        assert_eq!(venue.last().await, "P2.1 “Early things”\n  was: Mon 12 Jul 2027, 09:00–10:30, Hall, Online\n  is now: Mon 12 Jul 2027, 08:30–11:00, Hall, Online\n");
        venue.after(60).await;
        assert_eq!(venue.sent_to().await.len(), 2);
        assert_eq!(venue.last().await, "P2.1 “Early things”\n  was: Mon 12 Jul 2027, 08:30–11:00, Hall, Online\n  is now: Mon 12 Jul 2027, 08:30–11:09, Hall, Online\n", "what she was told last, and what is so now");
        // Several things are one mail, also what has only just changed.
        venue.after(600).await;
        venue.ends("10:30").await;
        venue.after(59).await;
        venue.does("cancelSession", json!({ "id": session_of(venue.world(), "P2", 2).await })).await;
        let ann = venue.told("ann@canary.example").await;
        venue.does("withdrawPaper", json!({ "id": venue.world().id_of("papers", "title", "Zebra crossings").await })).await;
        venue.after(60).await;
        let mails = venue.mails().await;
        let to_ann = mails.iter().filter(|mail| mail.to == ["ann@canary.example"]).collect::<Vec<_>>();
        assert_eq!((mails.len(), to_ann.len()), (4, 1), "{:?}", ann.user);
        assert_eq!(to_ann[0].header("Subject"), "[A small conference] 2 changes of the program");
        insta::assert_snapshot!("several_at_once", said(to_ann[0]));
    }

    /// However many are to be told, one look tells them all, fifty in a transaction.
    async fn many(world) {
        let venue = Venue::new(world).await;
        for n in 0..51 {
            venue.fan(&format!("fan{n}@example.org")).await;
        }
        venue.ends("10:45").await;
        venue.passes(60).await;
        assert_eq!((venue.rows("notice").await, venue.rows("digest").await), (0, 51));
    }

    /// It does not matter who writes: an import tells as the API does, and what a draft holds is told when it is released.
    async fn whoever_writes(world) {
        let venue = Venue::new(world).await;
        venue.fan("ada@example.org").await;
        venue.imports(|program| {
            program["panels"][1]["sessions"][0]["start"] = json!("08:00");
            program["panels"][1]["sessions"][0]["rooms"][0]["room"] = json!("net");
            program["panels"][1]["sessions"][0]["rooms"].as_array_mut().unwrap().remove(1);
        }).await;
        venue.after(60).await;
        assert_eq!(venue.last().await, "P2.1 “Early things”\n  was: Mon 12 Jul 2027, 09:00–10:30, Hall, Online\n  is now: Mon 12 Jul 2027, 08:00–10:30, Online\n");
        let early = venue.early().await;
        venue.does("updateSession", json!({"id": early, "endTime": "10:40", "draft": true})).await;
        venue.after(600).await;
        assert_eq!(venue.sent_to().await.len(), 1, "a draft is nobody's business");
        venue.does("releaseDraft", json!({"conferenceId": venue.id().await, "name": "Two"})).await;
        venue.after(60).await;
        assert_eq!(venue.sent_to().await.len(), 2);
        // What an import no longer has.
        venue.imports(|program| {
            program["panels"].as_array_mut().unwrap().remove(1);
        }).await;
        venue.after(600).await;
        assert_eq!(venue.last().await, "P2.1 “Early things”\n  was: Mon 12 Jul 2027, 08:00–10:40, Online\n  It is no longer on the program.\n");
    }

    /// What is over is told to nobody: whoever tidies up afterwards moves nobody.
    async fn what_is_over(world) {
        let venue = Venue::new(world).await;
        venue.fan("ada@example.org").await;
        let end: chrono::DateTime<chrono::Utc> = "2027-07-12T09:45:00Z".parse().unwrap();
        *venue.office.clock.now.lock().unwrap() = end;
        let olga = venue.world().person("olga@example.org").await;
        let venue = Venue { olga, ..venue };
        venue.ends("10:40").await;
        venue.after(60).await;
        assert_eq!((venue.sent_to().await.len(), venue.rows("notice").await), (0, 0));
        venue.ends("12:00").await;
        venue.after(60).await;
        assert_eq!(venue.sent_to().await.len(), 1, "it goes on");
    }
}
