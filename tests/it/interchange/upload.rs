//! A file is uploaded, looked at, and then imported or not.

mod door;
mod formats;
mod kept;
mod memory;
mod together;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::desk::{desk, done, organizer, revision};
use crate::organize::{faults, fresh, small as id_of_small};
use crate::support::files::small;
use crate::support::people::{Persona, With};
use crate::support::{Answer, World, both};

/// The request that uploads this.
pub fn request(who: &Persona, address: &str, headers: &[(&str, &str)], body: Body) -> Request<Body> {
    let mut request = Request::post(address);
    request = match &who.with {
        With::Nothing => request,
        With::Bearer(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        With::Cookie(token) => request
            .header(header::COOKIE, format!("plenary_session={}", token.text()))
            .header(header::ORIGIN, "http://127.0.0.1:8000"),
    };
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body).unwrap()
}

/// What an upload of a program file is answered with.
async fn upload_to(world: &World, who: &Persona, address: &str, file: &Value) -> Answer {
    let json = [("content-type", "application/json")];
    world.send(request(who, address, &json, Body::from(file.to_string()))).await
}

/// The same, of the small conference; it is kept.
pub async fn uploaded(world: &World, who: &Persona, parameters: &str, file: &Value) -> Value {
    let answer = upload_to(world, who, &format!("/c/small/import{parameters}"), file).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{:#}", answer.body);
    answer.body
}

/// The previews as an organizer sees them.
async fn previews(world: &World, who: &Persona) -> Value {
    let query =
        "{ conference(slug: \"small\") { importPreviews { id createdAt expiresAt format prune timeZone byteCount
        revision user { name } changes(first: 500) { totalCount nodes { mark kind key label fields } }
        totals { mark kind count } notes { place message } warnings faults { place message } } } }";
    world.data_as(who, query, json!({})).await["conference"]["importPreviews"].take()
}

/// The whole answer: status, headers, body.
async fn answered(world: &World, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
    let response = world.app.router().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// The small program with a panel renamed, a room added, a paper gone, and without the link of a room.
fn edited() -> Value {
    let mut edited = small();
    edited["panels"][0]["title"] = json!("Later things");
    edited["rooms"].as_array_mut().unwrap().push(json!({"key": "roof", "name": "Roof"}));
    edited["rooms"][1].as_object_mut().unwrap().remove("link");
    edited["panels"][1]["papers"].as_array_mut().unwrap().remove(1);
    edited["panels"][1]["sessions"][0]["slots"].as_array_mut().unwrap().remove(1);
    edited
}

both! {
    /// Nothing is changed before it is applied; then it is one revision, which its user made and can take back.
    async fn looked_at_and_applied(world) {
        let olga = organizer(world).await;
        let (before, was) = (revision(world).await, world.export("small").await);
        let dump = world.dump().await;
        let answer = upload_to(world, &olga, "/c/small/import?prune=true", &edited()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{:#}", answer.body);
        let told = answer.body;
        assert_eq!((revision(world).await, world.export("small").await), (before, was.clone()), "nothing is changed");
        assert_ne!(world.dump().await, dump, "it is kept");
        assert_eq!(told["conference"], json!({"id": id_of_small(world).await, "slug": "small"}));
        assert_eq!((&told["revision"], &told["format"], &told["prune"]), (&json!(before), &json!("PROGRAM"), &json!(true)));
        assert_eq!((&told["createdAt"], &told["expiresAt"]), (&json!("2027-01-01T12:00:00Z"), &json!("2027-01-02T12:00:00Z")));
        let change = |mark: &str, kind: &str, key: &str, label: &str, fields: &[&str]|
            json!({"mark": mark, "kind": kind, "key": key, "label": label, "fields": fields});
        let changes = json!([
            change("CHANGED", "ROOM", "net", "Online", &["link"]),
            change("ADDED", "ROOM", "roof", "Roof", &[]),
            change("CHANGED", "PANEL", "P10", "P10 Later things", &["title"]),
            change("REMOVED", "PAPER", "x2", "Ångström’s apples", &[]),
            change("CHANGED", "SESSION", "p2-1", "", &["slots"]),
        ]);
        assert_eq!(told["changes"], changes);
        assert_eq!(told["totals"], json!([
            {"mark": "ADDED", "kind": "ROOM", "count": 1}, {"mark": "CHANGED", "kind": "ROOM", "count": 1},
            {"mark": "CHANGED", "kind": "PANEL", "count": 1}, {"mark": "CHANGED", "kind": "SESSION", "count": 1},
            {"mark": "REMOVED", "kind": "PAPER", "count": 1},
        ]));
        assert_eq!(told["warnings"], json!(["the file takes away 1 link to a room; a public export has none of them"]));
        assert!(!told.to_string().to_lowercase().contains("canary"), "{told:#}");
        // The schema says the same.
        let seen = previews(world, &olga).await;
        assert_eq!(seen.as_array().unwrap().len(), 1);
        assert_eq!(seen[0]["changes"], json!({"totalCount": 5, "nodes": changes}));
        assert_eq!((&seen[0]["user"]["name"], &seen[0]["faults"]), (&json!("olga"), &json!([])));
        for same in ["id", "createdAt", "expiresAt", "format", "prune", "timeZone", "byteCount", "revision", "totals", "notes", "warnings"] {
            assert_eq!(seen[0][same], told[same], "{same}");
        }
        let input = json!({"id": told["id"], "expectedRevision": before, "clientMutationId": "a"});
        let payload = done(world, &olga, "applyImport", input.clone(), "revision conference { revision }").await;
        assert_eq!((&payload["revision"], &payload["conference"]["revision"]), (&json!(before + 1), &json!(before + 1)));
        fresh(world, "small").await;
        assert_eq!(previews(world, &olga).await, json!([]), "it is gone");
        let query = "{ conference(slug: \"small\") { history(first: 1) { nodes { revision by user { name } editCount } } } }";
        let history = world.data_as(&olga, query, json!({})).await["conference"]["history"]["nodes"][0].take();
        assert_eq!((&history["revision"], &history["user"]["name"]), (&json!(before + 1), &json!("olga")));
        // Sent again it is done once; by another name there is nothing to do any more.
        let again = done(world, &olga, "applyImport", input, "revision").await;
        assert_eq!((again["revision"].as_i64(), revision(world).await), (Some(before + 1), before + 1));
        assert_eq!(faults(world, &olga, "applyImport", json!({"id": told["id"]})).await, ["NOT_FOUND id"]);
        let same = uploaded(world, &olga, "?prune=true", &edited()).await;
        assert_eq!(same["changes"], json!([]), "it is as the file says");
        done_discard(world, &olga, &same["id"]).await;
        let undo = json!({"conferenceId": id_of_small(world).await, "revision": before + 1});
        done(world, &olga, "undoRevision", undo, "__typename").await;
        fresh(world, "small").await;
        assert_eq!(world.export("small").await, was, "taken back");
    }

    /// What somebody changes meanwhile is seen in the preview, is a CONFLICT for whoever has not seen it, and is otherwise
    /// what the import is planned on.
    async fn meanwhile(world) {
        let olga = organizer(world).await;
        let told = uploaded(world, &olga, "", &edited()).await;
        assert!(told["totals"].to_string().contains("MISSING") && !told["totals"].to_string().contains("REMOVED"));
        let panel = world.id_of("panels", "code", "P10").await;
        done(world, &olga, "updatePanel", json!({"id": panel, "title": "Later things"}), "__typename").await;
        let net = world.id_of("rooms", "name", "Online").await;
        done(world, &olga, "setRoomLink", json!({"id": net, "url": null}), "__typename").await;
        let seen = previews(world, &olga).await;
        assert_eq!(seen[0]["changes"]["totalCount"], told["changeCount"].as_i64().unwrap() - 2, "{seen:#}");
        assert_eq!((&seen[0]["warnings"], &seen[0]["revision"]), (&json!([]), &json!(revision(world).await)));
        let input = json!({"id": told["id"], "expectedRevision": told["revision"]});
        assert_eq!(faults(world, &olga, "applyImport", input.clone()).await, ["CONFLICT expectedRevision"]);
        let payload = desk(world, &olga, "applyImport", input, "revision conference { revision }").await;
        assert_eq!((&payload["revision"], &payload["conference"]["revision"]), (&Value::Null, &json!(revision(world).await)));
        let input = json!({"id": told["id"], "expectedRevision": revision(world).await});
        done(world, &olga, "applyImport", input, "__typename").await;
        fresh(world, "small").await;
        assert_eq!(world.export("small").await.rooms.len(), 3);
    }

    /// The conference's own fields are imported too, which concerns the directory; a file that changes nothing is no
    /// revision.
    async fn own_fields(world) {
        let olga = organizer(world).await;
        let mut renamed = small();
        renamed["conference"]["name"] = json!("A larger conference");
        let told = uploaded(world, &olga, "", &renamed).await;
        assert_eq!(told["changes"][0]["kind"], "CONFERENCE");
        done(world, &olga, "applyImport", json!({"id": told["id"]}), "__typename").await;
        let listed = world.data("{ conferences { nodes { name } } }", json!({})).await;
        assert_eq!(listed["conferences"]["nodes"][0]["name"], "A larger conference");
        let before = revision(world).await;
        let told = uploaded(world, &olga, "", &renamed).await;
        assert_eq!((&told["changes"], &told["totals"]), (&json!([]), &json!([])));
        let payload = done(world, &olga, "applyImport", json!({"id": told["id"]}), "revision").await;
        assert_eq!((payload["revision"].as_i64(), revision(world).await), (Some(before), before));
        assert_eq!(previews(world, &olga).await, json!([]));
    }

    /// What a file is taken for a fault of is told with its place, all at once, and nothing is kept.
    async fn faulty(world) {
        let olga = organizer(world).await;
        let dump = world.dump().await;
        let mut wrong = small();
        wrong["panels"][0]["kind"] = json!("PARTY");
        wrong["panels"][1]["roles"][0]["person"] = json!("ann@canary.example");
        wrong["rooms"][1]["link"] = json!("ftp://CANARY.example");
        let answer = upload_to(world, &olga, "/c/small/import", &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let list = answer.body["faults"].as_array().unwrap();
        let places: Vec<&str> = list.iter().map(|fault| fault["place"].as_str().unwrap()).collect();
        assert_eq!(places, ["/rooms/1/link", "/panels/0/kind", "/panels/1/roles/0/person"]);
        assert!(!answer.body.to_string().to_lowercase().contains("canary"), "{:#}", answer.body);
        let mut other = small();
        other["conference"]["slug"] = json!("large");
        let answer = upload_to(world, &olga, "/c/small/import", &other).await;
        assert_eq!((answer.status, &answer.body["faults"][0]["place"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/conference/slug")));
        // A kept panel has the code that the file gives to another.
        let mut taken = small();
        taken["panels"][0]["key"] = json!("new");
        let answer = upload_to(world, &olga, "/c/small/import", &taken).await;
        assert_eq!((answer.status, &answer.body["faults"][0]["place"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/panels/0/code")));
        assert!(answer.body["faults"][0]["message"].as_str().unwrap().contains("prune=true"), "{:#}", answer.body);
        for (body, said) in [
            (&b"{\"version\": 1,"[..], "cut short"),
            (b"[1, 2]", "object"),
            (b"\xff\xfe{\0}\0", "UTF-16"),
            (b"{\"version\": \"\xe9\"}", "not UTF-8"),
            (b"", "empty"),
        ] {
            let json = [("content-type", "application/json")];
            let answer = world.send(request(&olga, "/c/small/import", &json, Body::from(body))).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{:#}", answer.body);
            assert!(answer.body["faults"][0]["message"].as_str().unwrap().contains(said), "{said}: {:#}", answer.body);
        }
        assert_eq!(world.dump().await, dump, "nothing is kept");
    }

    /// A preview that can't be applied any more says why, and so does applying it; nothing is half done.
    async fn no_longer_possible(world) {
        let olga = organizer(world).await;
        let mut added = small();
        added["panels"].as_array_mut().unwrap().push(json!({"code": "P3", "title": "New things"}));
        let told = uploaded(world, &olga, "", &added).await;
        let id = id_of_small(world).await;
        done(world, &olga, "createPanel", json!({"conferenceId": id, "code": "P3", "title": "Mine"}), "__typename").await;
        let seen = previews(world, &olga).await;
        assert_eq!(seen[0]["faults"][0]["place"], "/panels/2/code", "{seen:#}");
        assert_eq!((&seen[0]["changes"]["totalCount"], &seen[0]["totals"]), (&json!(0), &json!([])));
        let input = json!({"id": told["id"]});
        assert_eq!(faults(world, &olga, "applyImport", input.clone()).await, ["INVALID id"]);
        let payload = desk(world, &olga, "applyImport", input.clone(), "__typename").await;
        let message = payload["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.starts_with("/panels/2/code: "), "{message}");
        // A fault does not use it up.
        let gone = desk_of(world, &olga, "discardImport", input.clone(), "discardedId").await;
        assert_eq!((&gone["discardedId"], &gone["userErrors"]), (&input["id"], &json!([])));
        let gone = desk_of(world, &olga, "discardImport", input, "discardedId").await;
        assert_eq!((&gone["discardedId"], &gone["userErrors"][0]["code"]), (&Value::Null, &json!("NOT_FOUND")));
    }

    /// The changes come in pages, and a cursor is good for its own preview alone.
    async fn in_pages(world) {
        let olga = organizer(world).await;
        let told = uploaded(world, &olga, "", &edited()).await;
        uploaded(world, &olga, "?prune=true", &edited()).await;
        let query = "query ($after: String) { conference(slug: \"small\") { importPreviews { id changes(first: 2, after: $after) {
            nodes { key } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } } } } }";
        let page = async |after: Value| {
            let answer = world.ask_as(&olga, query, json!({ "after": after })).await.body;
            let all = answer["data"]["conference"]["importPreviews"].clone();
            let own = all.as_array().and_then(|all| all.iter().find(|own| own["id"] == told["id"]).cloned());
            (own.map(|own| own["changes"].clone()), answer["errors"].clone())
        };
        let (first, _) = page(Value::Null).await;
        let first = first.unwrap();
        assert_eq!(first["pageInfo"]["hasNextPage"], true);
        // The other preview refuses it: of another list.
        let (_, errors) = page(first["pageInfo"]["endCursor"].clone()).await;
        assert_eq!(errors[0]["extensions"]["code"], "BAD_USER_INPUT");
        let others = previews(world, &olga).await;
        done_discard(world, &olga, &others[0]["id"]).await;
        let (mut keys, mut after) = (Vec::new(), Value::Null);
        loop {
            let (page, errors) = page(after).await;
            let page = page.unwrap_or_else(|| panic!("{errors}"));
            keys.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["key"].clone()));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        let all: Vec<Value> = told["changes"].as_array().unwrap().iter().map(|change| change["key"].clone()).collect();
        assert_eq!(keys, all);
    }
}

/// What a mutation without a cursor answers.
async fn desk_of(world: &World, who: &Persona, name: &str, input: Value, fields: &str) -> Value {
    let input_type = format!("{}{}Input!", name[..1].to_uppercase(), &name[1..]);
    let query = format!(
        "mutation ($input: {input_type}) {{ {name}(input: $input) {{
            clientMutationId userErrors {{ code field message }} {fields} }} }}"
    );
    world.data_as(who, &query, json!({ "input": input })).await[name].take()
}

async fn done_discard(world: &World, who: &Persona, id: &Value) {
    let payload = desk_of(world, who, "discardImport", json!({ "id": id }), "discardedId").await;
    assert_eq!((&payload["discardedId"], &payload["userErrors"]), (id, &json!([])));
}
