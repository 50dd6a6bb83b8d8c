//! For how long an upload is kept, and what takes it along.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use plenary::app::App;
use plenary::config::Config;
use plenary::db::Database;
use plenary::live::tidy;
use serde_json::{Value, json};

use super::{desk_of, done_discard, edited, previews, uploaded};
use crate::desk::{done, organizer};
use crate::organize::faults;
use crate::support::files::{file, small};
use crate::support::people::Role;
use crate::support::{Counting, Settable, World, both, pools};

const ROWS: &str = "SELECT id FROM import_preview";

both! {
    /// A day; then it is as if it had never been there, and housekeeping forgets it.
    async fn a_day(world) {
        let start: DateTime<Utc> = "2027-01-01T12:00:00Z".parse().unwrap();
        let clock = Arc::new(Settable { now: Mutex::new(start), counting: Counting::default() });
        let config = Config::load(None, std::iter::empty(), toml::Table::new()).unwrap();
        let history = config.history;
        let database = Database::connect(&world.url, &pools()).await.unwrap();
        let world = &world.through(App::new(config, database, clock.clone()));
        let olga = organizer(world).await;
        let told = uploaded(world, &olga, "", &edited()).await;
        *clock.now.lock().unwrap() = start + TimeDelta::hours(24) - TimeDelta::seconds(1);
        tidy(world.app.desk(), history).await.unwrap();
        assert_eq!(previews(world, &olga).await[0]["id"], told["id"]);
        *clock.now.lock().unwrap() = start + TimeDelta::hours(24);
        assert_eq!(previews(world, &olga).await, json!([]));
        let refused = crate::desk::refused(world, &olga, "applyImport", json!({"id": told["id"]})).await;
        assert_eq!(refused, ("NOT_FOUND".to_owned(), "id".to_owned()));
        assert_eq!(world.rows(ROWS).await, 1);
        tidy(world.app.desk(), history).await.unwrap();
        assert_eq!(world.rows(ROWS).await, 0);
    }

    /// The newest five of one organizer; another's are not touched, and are everybody's to apply who organizes.
    async fn the_newest(world) {
        let olga = organizer(world).await;
        world.member("small", "odo@example.org", Role::Organizer).await;
        let odo = world.person("odo@example.org").await;
        let by_odo = uploaded(world, &odo, "", &edited()).await;
        let mut ids = Vec::new();
        for _ in 0..6 {
            ids.push(uploaded(world, &olga, "", &small()).await["id"].clone());
        }
        let seen = previews(world, &olga).await;
        let seen: Vec<&Value> = seen.as_array().unwrap().iter().map(|own| &own["id"]).collect();
        let newest: Vec<&Value> = ids[1..].iter().rev().chain([&by_odo["id"]]).collect();
        assert_eq!(seen, newest);
        done_discard(world, &odo, &ids[1]).await;
        done(world, &olga, "applyImport", json!({"id": by_odo["id"]}), "__typename").await;
        assert_eq!(world.rows(ROWS).await, 4);
    }

    /// With the account it goes, and with the conference.
    async fn taken_along(world) {
        let olga = organizer(world).await;
        world.member("small", "odo@example.org", Role::Organizer).await;
        let odo = world.person("odo@example.org").await;
        uploaded(world, &olga, "", &small()).await;
        uploaded(world, &odo, "", &edited()).await;
        let export = world.data_as(&odo, "{ viewer { export } }", json!({})).await["viewer"]["export"].take();
        let document: Value = serde_json::from_str(export.as_str().unwrap()).unwrap();
        assert_eq!(document["imports"].as_array().unwrap().len(), 1, "{document:#}");
        let delete = "mutation { deleteAccount(input: {name: \"odo\"}) { userErrors { code } } }";
        assert_eq!(world.data_as(&odo, delete, json!({})).await["deleteAccount"]["userErrors"], json!([]));
        assert_eq!(world.rows(ROWS).await, 1);
        let id = crate::organize::small(world).await;
        done(world, &olga, "unpublishConference", json!({ "id": id }), "__typename").await;
        let gone = json!({"input": {"id": id, "withProgram": true}});
        let delete = "mutation ($input: DeleteConferenceInput!) { deleteConference(input: $input) { userErrors { message } } }";
        assert_eq!(world.data_as(&olga, delete, gone).await["deleteConference"]["userErrors"], json!([]));
        assert_eq!(world.rows(ROWS).await, 0);
    }

    /// An id is of its conference: another's organizers can do nothing with it, however they write it.
    async fn foreign(world) {
        let olga = organizer(world).await;
        let told = uploaded(world, &olga, "", &edited()).await;
        let mut other = small();
        other["conference"]["slug"] = json!("other");
        world.import(&file(&other)).await;
        world.member("other", "otto@example.org", Role::Organizer).await;
        let otto = world.person("otto@example.org").await;
        let id = told["id"].as_str().unwrap();
        assert_eq!(faults(world, &otto, "applyImport", json!({ "id": id })).await, ["FORBIDDEN id"]);
        let mut bytes = URL_SAFE_NO_PAD.decode(id).unwrap();
        bytes[1..17].copy_from_slice(world.conference("other").await.as_bytes());
        let forged = URL_SAFE_NO_PAD.encode(bytes);
        assert_eq!(faults(world, &otto, "applyImport", json!({ "id": forged })).await, ["NOT_FOUND id"]);
        assert_eq!(desk_of(world, &otto, "discardImport", json!({ "id": forged }), "discardedId").await["userErrors"][0]["code"], "NOT_FOUND");
        let panel = world.id_of("panels", "code", "P2").await;
        assert_eq!(faults(world, &olga, "applyImport", json!({ "id": panel })).await, ["INVALID id"]);
        assert_eq!(world.rows(ROWS).await, 1);
    }
}

/// For whoever has a world at hand: how many uploads are kept.
pub async fn kept(world: &World) -> usize {
    world.rows(ROWS).await
}
