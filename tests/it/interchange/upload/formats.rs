//! Files in the formats of others, as they are uploaded.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::request;
use crate::desk::{done, organizer};
use crate::interchange::found;
use crate::organize::fresh;
use crate::support::people::Persona;
use crate::support::{World, both};

/// A schedule of one event, with this said of the conference too.
fn schedule_xml(conference: &str) -> String {
    format!(
        "<schedule>\n<conference><acronym>small</acronym><title>A small conference</title>{conference}</conference>\n\
         <day date=\"2027-07-12\"><room name=\"Hall\">\n<event id=\"7\" guid=\"0190a5f0-7c61-7c3a-9f2e-000000000007\">\
         <date>2027-07-12T09:00:00+09:00</date><start>09:00</start><duration>01:00</duration><room>Hall</room>\
         <title>Tides</title></event>\n</room></day>\n</schedule>"
    )
}

/// The same as the other format has it.
fn schedule_json(conference: &Value) -> String {
    let event = json!({
        "id": 7, "guid": "0190a5f0-7c61-7c3a-9f2e-000000000007", "date": "2027-07-12T09:00:00+09:00", "start": "09:00",
        "duration": "01:00", "room": "Hall", "title": "Tides"
    });
    let mut own = json!({
        "acronym": "small", "title": "A small conference",
        "days": [{"date": "2027-07-12", "rooms": {"Hall": [event]}}]
    });
    own.as_object_mut().unwrap().extend(conference.as_object().unwrap().clone());
    json!({"schedule": {"conference": own}}).to_string()
}

/// What an upload is answered with.
async fn sent(world: &World, who: &Persona, parameters: &str, media: &str, file: &str) -> (StatusCode, Value) {
    let address = format!("/c/small/import{parameters}");
    let answer = world.send(request(who, &address, &[("content-type", media)], Body::from(file.to_owned()))).await;
    (answer.status, answer.body)
}

/// That it is kept and applied; what its preview said.
async fn applied(world: &World, who: &Persona, parameters: &str, media: &str, file: &str) -> Value {
    let (status, told) = sent(world, who, parameters, media, file).await;
    assert_eq!(status, StatusCode::CREATED, "{told:#}");
    done(world, who, "applyImport", json!({"id": told["id"]}), "__typename").await;
    fresh(world, "small").await;
    told
}

/// The conference's time zone, and when the event begins there.
async fn tides(world: &World) -> (String, String, String) {
    let program: Value = serde_json::from_str(&found(world, "/c/small/program.json").await).unwrap();
    let panels = program["panels"].as_array().unwrap();
    let own = panels.iter().find(|panel| panel["title"] == "Tides").unwrap_or_else(|| panic!("{program:#}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let session = &own["sessions"][0];
    (text(&program["conference"]["timeZone"]), text(&session["date"]), text(&session["start"]))
}

fn changed<'a>(told: &'a Value, mark: &str, kind: &str) -> Vec<&'a Value> {
    let changes = told["changes"].as_array().unwrap().iter();
    changes.filter(|change| change["mark"] == mark && change["kind"] == kind).collect()
}

both! {
    /// A schedule is known by what it is; what of it has no place is told with where it is.
    async fn schedules(world) {
        let olga = organizer(world).await;
        let xml = schedule_xml("<weather>fine</weather>");
        let json = schedule_json(&json!({"weather": "fine"}));
        for (media, file, format, place) in [
            ("application/octet-stream", &xml, "SCHEDULE_XML", "line 2, <conference>"),
            ("text/xml", &xml, "SCHEDULE_XML", "line 2, <conference>"),
            ("application/json", &json, "SCHEDULE_JSON", "/schedule/conference"),
            ("application/octet-stream", &json, "SCHEDULE_JSON", "/schedule/conference"),
        ] {
            let (status, told) = sent(world, &olga, "", media, file).await;
            assert_eq!((status, &told["format"]), (StatusCode::CREATED, &json!(format)), "{told:#}");
            assert_eq!(told["notes"][0]["place"], place, "{told:#}");
            assert!(told["notes"][0]["message"].as_str().unwrap().contains("weather"), "{told:#}");
            let panels = changed(&told, "ADDED", "PANEL");
            assert_eq!((panels.len(), changed(&told, "ADDED", "SESSION").len()), (1, 1), "{told:#}");
            assert!(panels[0]["label"].as_str().unwrap().contains("Tides"));
            assert!(changed(&told, "REMOVED", "PANEL").is_empty() && !changed(&told, "MISSING", "PANEL").is_empty());
        }
        for (media, file) in [("text/xml", &xml), ("application/json", &json)] {
            let told = applied(world, &olga, "", media, file).await;
            assert_eq!(changed(&told, "ADDED", "PANEL").len(), usize::from(media == "text/xml"), "it is the same: {told:#}");
            for export in ["schedule.xml", "schedule.json"] {
                let text = found(world, &format!("/c/small/{export}")).await;
                assert!(text.contains("Tides") && text.contains("Early things"), "{text}");
            }
        }
    }

    /// The time zone is the one that is asked for, else the file's own, else the conference's.
    async fn time_zones(world) {
        let olga = organizer(world).await;
        let (lisbon, tokyo) = ("Europe/Lisbon", "Asia/Tokyo");
        let named = "<time_zone_name>Asia/Tokyo</time_zone_name>";
        let as_json = json!({"time_zone_name": tokyo});
        for (parameters, media, file, zone, start) in [
            ("", "text/xml", schedule_xml(""), lisbon, "01:00"),
            ("?timeZone=Europe/Lisbon", "text/xml", schedule_xml(named), lisbon, "01:00"),
            ("", "text/xml", schedule_xml(named), tokyo, "09:00"),
            ("?timeZone=Europe/Lisbon", "application/json", schedule_json(&as_json), lisbon, "01:00"),
            ("", "application/json", schedule_json(&as_json), tokyo, "09:00"),
            ("", "application/json", schedule_json(&json!({})), tokyo, "09:00"),
            ("?timeZone=Asia/Almaty", "application/json", schedule_json(&json!({})), "Asia/Almaty", "05:00"),
        ] {
            let told = applied(world, &olga, parameters, media, &file).await;
            assert_eq!(told["timeZone"], parameters.strip_prefix("?timeZone=").map_or(Value::Null, |zone| json!(zone)));
            assert_eq!(tides(world).await, (zone.into(), "2027-07-12".into(), start.into()), "{parameters} {media}");
        }
    }

    /// A table is laid over the program.
    async fn tables(world) {
        let olga = organizer(world).await;
        let papers = found(world, "/c/small/papers.csv").await;
        let file = papers.replace("Zebra crossings", "Zebras cross");
        assert_ne!(file, papers);
        for media in ["text/csv", "application/octet-stream"] {
            let (status, told) = sent(world, &olga, "", media, &file).await;
            assert_eq!((status, &told["format"]), (StatusCode::CREATED, &json!("CSV")), "{told:#}");
            assert_eq!(told["notes"], json!([]));
            let expected = json!([{"mark": "CHANGED", "kind": "PAPER", "key": "x1", "label": "Zebras cross", "fields": ["title"]}]);
            assert_eq!(told["changes"], expected);
        }
        applied(world, &olga, "", "text/csv", &file).await;
        assert_eq!(found(world, "/c/small/papers.csv").await, file);
    }

    /// What is wrong is told with its place, and nothing is changed.
    async fn faulty(world) {
        let olga = organizer(world).await;
        let dump = world.dump().await;
        let papers = found(world, "/c/small/papers.csv").await;
        let mut lines: Vec<String> = papers.lines().map(str::to_owned).collect();
        lines[2] = lines[2].replace("bob", "nobody");
        let table = lines.join("\n");
        assert_ne!(table.trim(), papers.trim().replace("\r\n", "\n"));
        let xml = schedule_xml("<time_zone_name>Mars/Olympus</time_zone_name>");
        for (media, file, place, said) in [
            ("text/csv", table.as_str(), "papers, line 3, authors", "nobody"),
            ("text/xml", &xml, "line 2, <conference>", "time zone"),
            ("text/xml", "<schedule>\n<conference></schedule>", "line 2 (in line 2, <conference>)", "not XML"),
        ] {
            let (status, told) = sent(world, &olga, "", media, file).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told:#}");
            let fault = &told["faults"][0];
            assert_eq!(fault["place"], place, "{told:#}");
            assert!(fault["message"].as_str().unwrap().contains(said), "{told:#}");
        }
        assert_eq!(world.dump().await, dump, "nothing is kept");
    }

    /// A workbook is told what to do with it, however it is sent.
    async fn packed(world) {
        let olga = organizer(world).await;
        for (file, said) in [("PK\u{3}\u{4}\u{14}", "save the sheet as CSV in UTF-8"), ("BZh91AY", "(bzip2); unpack it")] {
            for media in ["text/csv", "application/json", "application/octet-stream"] {
                let (status, told) = sent(world, &olga, "", media, file).await;
                assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{told:#}");
                assert!(told["errors"][0]["message"].as_str().unwrap().contains(said), "{told:#}");
            }
        }
    }
}
