//! What a conference leaves to convenors, chairs and authors, and what not.

use serde_json::json;

use super::{administrator, faults, small};
use crate::desk::{done, organizer, session_room};
use crate::support::World;
use crate::support::both;
use crate::support::people::Persona;

/// The conference allows it.
async fn allow(world: &World, olga: &Persona, what: &str, allowed: bool) {
    let id = small(world).await;
    done(world, olga, "updateConference", json!({"id": id, what: allowed}), "__typename").await;
}

both! {
    /// A convenor changes and reorders the papers of the own panel, where the conference lets convenors.
    async fn convenors(world) {
        let olga = organizer(world).await;
        // Ann convenes P2, by her address; Día convenes P10.
        let ann = world.person("ann@canary.example").await;
        let mut claims = crate::support::people::claims("dia@example.org");
        claims.orcid = Some("0000-0002-1825-0097".into());
        let dia = world.person_with(claims).await;
        let paper = world.id_of("papers", "title", "Middles").await;
        let patch = json!({"id": paper, "title": "Muddles"});
        assert_eq!(faults(world, &ann, "updatePaper", patch.clone()).await, ["FORBIDDEN id"]);
        allow(world, &olga, "convenorsEditPapers", true).await;
        assert_eq!(faults(world, &dia, "updatePaper", patch.clone()).await, ["FORBIDDEN id"]);
        done(world, &ann, "updatePaper", patch.clone(), "paper { title }").await;
        done(world, &ann, "movePaper", json!({"id": paper, "position": 1}), "paper { title }").await;
        // Neither away from it, nor the identifier that the organizers' own system knows it by, nor anything else.
        let p10 = world.id_of("panels", "code", "P10").await;
        let p2 = world.id_of("panels", "code", "P2").await;
        for (name, input) in [
            ("movePaper", json!({"id": paper, "panelId": p10})),
            ("updatePaper", json!({"id": paper, "key": "mine"})),
            ("deletePaper", json!({ "id": paper })),
            ("updatePanel", json!({"id": p2, "title": "Mine"})),
            ("createPaper", json!({"panelId": p2, "title": "Mine"})),
            ("withdrawPaper", json!({ "id": paper })),
        ] {
            let wrong = faults(world, &ann, name, input).await;
            assert!(wrong.len() == 1 && wrong[0].starts_with("FORBIDDEN "), "{name}: {wrong:?}");
        }
        allow(world, &olga, "convenorsEditPapers", false).await;
        assert_eq!(faults(world, &ann, "updatePaper", patch).await, ["FORBIDDEN id"]);
    }

    /// An author changes the own abstract and nothing else, where the conference lets authors.
    async fn authors(world) {
        let olga = organizer(world).await;
        let ann = world.person("ann@canary.example").await;
        let own = world.id_of("papers", "title", "Zebra crossings").await;
        let other = world.id_of("papers", "title", "Middles").await;
        let patch = json!({"id": own, "abstract": "Now in colour."});
        assert_eq!(faults(world, &ann, "updatePaper", patch.clone()).await, ["FORBIDDEN id"]);
        allow(world, &olga, "authorsEditAbstracts", true).await;
        done(world, &ann, "updatePaper", patch, "paper { abstract }").await;
        assert_eq!(faults(world, &ann, "updatePaper", json!({"id": own, "title": "Mine"})).await, ["FORBIDDEN id"]);
        assert_eq!(faults(world, &ann, "updatePaper", json!({"id": other, "abstract": "Mine"})).await, ["FORBIDDEN id"]);
        // Of an address that nobody has verified nothing follows.
        let mut claims = crate::support::people::claims("cem@example.org");
        claims.email = Some("ann@canary.example".into());
        claims.email_verified = false;
        let imposter = world.person_with(claims).await;
        assert_eq!(faults(world, &imposter, "updatePaper", json!({"id": own, "abstract": "Mine"})).await, ["FORBIDDEN id"]);
    }

    /// A chair replaces the own session's link, where the conference lets chairs; also one who chairs unnamed.
    async fn chairs(world) {
        let olga = organizer(world).await;
        let ann = world.person("ann@canary.example").await;
        let (own, other) = (session_room(world, "P2.1 Online").await, session_room(world, "P2.2 Online").await);
        let link = |id: &str| json!({"id": id, "url": "https://meet.example/new"});
        assert_eq!(faults(world, &ann, "setSessionRoomLink", link(&own)).await, ["FORBIDDEN id"]);
        allow(world, &olga, "chairsSetLinks", true).await;
        let shown = "sessionRoom { link { url } }";
        let payload = done(world, &ann, "setSessionRoomLink", link(&own), shown).await;
        assert_eq!(payload["sessionRoom"]["link"]["url"], "https://meet.example/new");
        // P2.2 has a chair of its own.
        assert_eq!(faults(world, &ann, "setSessionRoomLink", link(&other)).await, ["FORBIDDEN id"]);
        let room = world.id_of("rooms", "name", "Online").await;
        assert_eq!(faults(world, &ann, "setRoomLink", link(&room)).await, ["FORBIDDEN id"]);
        let root = administrator(world).await;
        assert_eq!(faults(world, &root, "setSessionRoomLink", link(&own)).await, ["FORBIDDEN id"]);
    }
}
