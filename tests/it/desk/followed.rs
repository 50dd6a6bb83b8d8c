//! A program that follows its log is the program that is loaded afresh.

use plenary::program::Program;
use serde_json::json;

use super::{desk, organizer, session_rooms};
use crate::support::files::{file, small};
use crate::support::{World, both};

async fn held(world: &World) -> std::sync::Arc<Program> {
    let id = world.conference("small").await;
    world.app.programs().program(id).await.unwrap().unwrap()
}

/// What is held is what a fresh load gives: rows, what is derived from them, and the end of the log.
async fn assert_fresh(world: &World) {
    let (held, fresh) = (held(world).await, world.program("small").await.unwrap());
    assert_eq!(held.stamp, fresh.stamp);
    assert_eq!(held.rows, fresh.rows);
    assert_eq!(held.index, fresh.index);
    assert_eq!(held.tail, fresh.tail);
}

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

both! {
    /// Random commands by two instances: each follows the other, and itself, by the log alone.
    async fn by_random_commands(world) {
        let olga = organizer(world).await;
        let other = world.through(world.another().await);
        for world in [world, &other] {
            held(world).await;
            // The first that is followed of the site says only where it stands.
            world.app.programs().directory().await.unwrap();
            world.sweep().await;
        }
        let loads = (world.app.programs().loads(), other.app.programs().loads());
        let query = "{ conference(slug: \"small\") { id rooms { id } papers { nodes { id } }
            sessions { nodes { id slots { id } } } } }";
        let conference = world.data(query, json!({})).await["conference"].take();
        let ids = |list: &serde_json::Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
        };
        let (rooms, papers) = (ids(&conference["rooms"]), ids(&conference["papers"]["nodes"]));
        let sessions = ids(&conference["sessions"]["nodes"]);
        let slots: Vec<String> =
            conference["sessions"]["nodes"].as_array().unwrap().iter().flat_map(|session| ids(&session["slots"])).collect();
        let mut dice = Dice(20_270_712);
        let mut done = 0;
        for n in 0..60 {
            let one = |dice: &mut Dice, of: &[String]| of[dice.roll(of.len())].clone();
            let url = [json!(null), json!(format!("https://a.example/{n}"))][dice.roll(2)].clone();
            let (name, input) = match dice.roll(9) {
                0 => ("setRoomLink", json!({"id": one(&mut dice, &rooms), "url": url})),
                1 => {
                    let (session, room) = (one(&mut dice, &sessions), one(&mut dice, &rooms));
                    ("assignSessionRoom", json!({"sessionId": session, "roomId": room, "url": url}))
                }
                2 => {
                    let all = session_rooms(world).await;
                    if all.is_empty() {
                        continue;
                    }
                    ("removeSessionRoom", json!({"id": all[dice.roll(all.len())].1}))
                }
                3 => ("cancelSession", json!({"id": one(&mut dice, &sessions)})),
                4 => ("restoreSession", json!({"id": one(&mut dice, &sessions)})),
                5 => {
                    let (from, to) = (dice.roll(12), dice.roll(11) + 12);
                    let when = json!({"id": one(&mut dice, &sessions), "date": "2027-07-13",
                        "startTime": format!("{from:02}:00"), "endTime": format!("{to:02}:00")});
                    ("scheduleSession", when)
                }
                6 => {
                    let name = ["withdrawPaper", "restorePaper"][dice.roll(2)];
                    (name, json!({"id": one(&mut dice, &papers)}))
                }
                7 => {
                    let to = json!({"id": one(&mut dice, &slots), "sessionId": one(&mut dice, &sessions), "position": dice.roll(3) + 1});
                    ("moveSlot", to)
                }
                _ => ("announce", json!({"conferenceId": conference["id"], "text": format!("Notice {n}.")})),
            };
            let by = if dice.roll(2) == 0 { world } else { &other };
            let payload = desk(by, &olga, name, input, "__typename").await;
            done += usize::from(payload["cursor"].is_string());
            world.sweep().await;
            other.sweep().await;
            assert_fresh(world).await;
            assert_fresh(&other).await;
        }
        assert!(done > 30, "{done}");
        assert_eq!((world.app.programs().loads(), other.app.programs().loads()), loads, "nothing was loaded whole");
        assert!(other.app.programs().followed() > 20);
    }

    /// What the log does not lead to is loaded: an import by another program, more than is followed, a restored database.
    async fn or_loaded(world) {
        let olga = organizer(world).await;
        held(world).await;
        let mut edited = small();
        edited["panels"][0]["title"] = json!("Other things");
        edited["tracks"].as_array_mut().unwrap().push(json!({"code": "T3", "name": "Three"}));
        let followed = world.app.programs().followed();
        world.import(&file(&edited)).await;
        assert_fresh(world).await;
        assert!(world.app.programs().followed() > followed, "an import is followed too");
        // As a backup that was played back: what is held never was.
        world.execute("UPDATE scope SET tag = tag + 1 WHERE id IN (SELECT id FROM conference)").await;
        world.execute("UPDATE change SET tag = tag + 1 WHERE revision = (SELECT max(revision) FROM scope WHERE id IN (SELECT id FROM conference))").await;
        let loads = world.app.programs().loads();
        world.sweep().await;
        assert_fresh(world).await;
        assert_eq!(world.app.programs().loads(), loads + 1);
        let conference = world.data("{ conference(slug: \"small\") { id } }", json!({})).await["conference"]["id"].take();
        desk(world, &olga, "announce", json!({"conferenceId": conference, "text": "Still here."}), "__typename").await;
        assert_fresh(world).await;
    }
}
