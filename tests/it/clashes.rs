//! Clashes of a whole program.

use plenary::demo;
use plenary::generate::{Options, generate};
use plenary::program::Program;
use plenary::program::clashes::{Severity, Wanted};
use serde_json::{Value, json};

use crate::support::files::{file, small};
use crate::support::{World, both};

/// The clashes of a program as `severity, what, session & session`.
async fn clashes(world: &World, json: &Value) -> Vec<String> {
    world.import(&file(json)).await;
    let program: Program = world.program("small").await.unwrap();
    let session = |ix: u32| program.rows.sessions[ix as usize].key.clone();
    let clashes = program.clashes();
    let lines = clashes.iter().map(|clash| {
        let what = match clash.wanted {
            Wanted::Room(ix) => &program.rows.rooms[ix as usize].key,
            Wanted::Person(ix) => &program.rows.people[ix as usize].key,
            Wanted::Viewer => panic!("nobody asks"),
        };
        let severity = match clash.severity {
            Severity::Fatal => "fatal",
            Severity::Warning => "warning",
        };
        let minutes = (clash.to - clash.from).num_minutes();
        format!("{severity} {what} {} & {} {minutes}", session(clash.first), session(clash.second))
    });
    lines.collect()
}

both! {
    async fn of_rooms_and_people(world) {
        let mut program = small();
        assert_eq!(clashes(world, &program).await, Vec::<String>::new());
        // The other panel meets in the same hall, half an hour into the first session, with a presenter of that as
        // its chair; its convenor is an author there.
        let other = &mut program["panels"][0]["sessions"][0];
        other["date"] = json!("2027-07-12");
        other["start"] = json!("10:00");
        other["end"] = json!("11:00");
        other["rooms"] = json!([{"room": "hall"}, {"room": "net"}]);
        other["roles"] = json!([{"person": "ann", "role": "CHAIR"}]);
        let expected = [
            "fatal hall p2-1 & p10-1 30",
            "fatal ann p2-1 & p10-1 30",
            "warning net p2-1 & p10-1 30",
            "warning dia p2-1 & p10-1 30",
        ];
        assert_eq!(clashes(world, &program).await, expected);
        // Half-open: to begin when the other ends is no clash.
        program["panels"][0]["sessions"][0]["start"] = json!("10:30");
        assert_eq!(clashes(world, &program).await, Vec::<String>::new());
        program["panels"][0]["sessions"][0]["start"] = json!("10:29");
        assert_eq!(clashes(world, &program).await.len(), 4);
        // What does not take place clashes with nothing.
        program["panels"][0]["sessions"][0]["status"] = json!("CANCELLED");
        assert_eq!(clashes(world, &program).await, Vec::<String>::new());
        program["panels"][0]["sessions"][0]["status"] = json!("SCHEDULED");
        program["panels"][1]["status"] = json!("CANCELLED");
        assert_eq!(clashes(world, &program).await, Vec::<String>::new());
        // Nor does what has no end yet.
        program["panels"][1]["status"] = json!("SCHEDULED");
        program["panels"][0]["sessions"][0]["end"] = json!(null);
        assert_eq!(clashes(world, &program).await, Vec::<String>::new());
    }

    /// What we make up can be held: no room and nobody is in two sessions at once.
    async fn of_what_is_made_up(world) {
        let options = Options { panels: 40, papers: 160, people: 200, seed: 3, slug: "generated".into() };
        for program in [demo::program(), generate(&options)] {
            world.import(&program).await;
            let program = world.program(&program.conference.slug).await.unwrap();
            assert!(program.index.sessions.len() > 30);
            assert_eq!(program.clashes(), []);
        }
    }
}
