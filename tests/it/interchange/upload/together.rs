//! Two instances, one upload.

use serde_json::json;

use super::kept::kept;
use super::{edited, uploaded};
use crate::desk::{desk, organizer, revision};
use crate::support::{Backend, run, within_two_seconds};

/// Whichever instance is asked can apply what another has taken in; of two that are asked at once one does.
#[test]
fn one_applies() {
    run(Backend::Postgres, async |world| {
        let olga = organizer(&world).await;
        let other = world.through(world.another().await);
        for _ in 0..3 {
            // Each finds something to do, and then takes it back.
            let told = uploaded(&world, &olga, "", &edited()).await;
            let before = revision(&world).await;
            let input = json!({"id": told["id"]});
            let (one, two) = tokio::join!(
                desk(&world, &olga, "applyImport", input.clone(), "revision"),
                desk(&other, &olga, "applyImport", input.clone(), "revision")
            );
            let refused: Vec<_> = [&one, &two].into_iter().filter(|payload| payload["revision"].is_null()).collect();
            assert_eq!(refused.len(), 1, "{one} {two}");
            assert_eq!(refused[0]["userErrors"][0]["code"], "NOT_FOUND");
            within_two_seconds("both see it", async || {
                other.sweep().await;
                world.sweep().await;
                revision(&world).await == before + 1 && revision(&other).await == before + 1
            })
            .await;
            assert_eq!(kept(&world).await, 0);
            let id = crate::organize::small(&world).await;
            let undo = json!({"conferenceId": id, "revision": before + 1});
            let undone = desk(&other, &olga, "undoRevision", undo, "__typename").await;
            assert_eq!(undone["userErrors"], json!([]));
            world.sweep().await;
        }
    });
}

/// The same name on both: it is done once, and both say so.
#[test]
fn the_same_name() {
    run(Backend::Postgres, async |world| {
        let olga = organizer(&world).await;
        let other = world.through(world.another().await);
        let told = uploaded(&world, &olga, "", &edited()).await;
        let before = revision(&world).await;
        let input = json!({"id": told["id"], "clientMutationId": "once"});
        let (one, two) = tokio::join!(
            desk(&world, &olga, "applyImport", input.clone(), "revision"),
            desk(&other, &olga, "applyImport", input.clone(), "revision")
        );
        for payload in [one, two] {
            assert_eq!((&payload["revision"], &payload["userErrors"]), (&json!(before + 1), &json!([])));
        }
    });
}
