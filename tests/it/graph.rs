//! The graph: what is asked of a program and what is answered.

use axum::body::Body;
use axum::http::{Request, header};
use plenary::cursor::Cursor;
use plenary::db::Stamp;
use serde_json::{Value, json};

use crate::support::files::{file, small};
use crate::support::{World, both};

async fn small_world(world: &World) {
    world.import(&file(&small())).await;
}

/// What a list of the conference `small` has, by one field.
async fn list(world: &World, list: &str, field: &str) -> Vec<String> {
    let query = format!("{{ conference(slug: \"small\") {{ {list} {{ nodes {{ {field} }} }} }} }}");
    let data = world.data(&query, json!({})).await;
    let name = list.split(['(', ' ']).next().unwrap();
    let nodes = data["conference"][name]["nodes"].as_array().unwrap().clone();
    nodes.iter().map(|node| node[field].as_str().map_or_else(|| node[field].to_string(), str::to_owned)).collect()
}

/// The ids of the nodes of a list of the conference `small`.
async fn id_of(world: &World, connection: &str, field: &str, value: &str) -> String {
    let query = format!("{{ conference(slug: \"small\") {{ {connection} {{ nodes {{ id {field} }} }} }} }}");
    let data = world.data(&query, json!({})).await;
    let nodes = data["conference"][connection]["nodes"].as_array().unwrap().clone();
    nodes.iter().find(|node| node[field] == value).unwrap()["id"].as_str().unwrap().to_owned()
}

both! {
    /// The paper given twice, in one query.
    async fn a_paper_given_twice(world) {
        small_world(world).await;
        let data = world.data(
            r#"{ conference(slug: "small") { papers(filter: {keyword: "ete"}) { nodes {
                title status keywords
                authors { position presenting affiliation person { name affiliation country } }
                panel { code title }
                slots { position startTime startsAt minutes
                    session { number date startTime endTime endDate startsAt endsAt timing
                        rooms { room { name kind } link { access url inherited opensAt } } } } } } } }"#,
            json!({}),
        ).await;
        insta::assert_json_snapshot!("a_paper_given_twice", data);
    }

    /// With no chair named the convenors chair; a panel's chairs chair its sessions.
    async fn implied_chairs(world) {
        small_world(world).await;
        let part = "role implied affiliation person { name }";
        let data = world.data(
            &format!(
                r#"{{ conference(slug: "small") {{ panel(code: "P2") {{
                    convenors {{ {part} }} chairs {{ {part} session {{ id }} }} discussants {{ {part} }} moderators {{ {part} }}
                    sessions {{ number chairs {{ {part} panel {{ code }} session {{ number }} }} }} }} }} }}"#
            ),
            json!({}),
        ).await;
        insta::assert_json_snapshot!("implied_chairs", data);
    }

    /// Panels by code, papers by title, people by name, sessions by start with what is to be announced last.
    async fn orders(world) {
        small_world(world).await;
        assert_eq!(list(world, "panels", "code").await, ["P2", "P10"]);
        assert_eq!(list(world, "papers", "title").await, ["Ångström’s apples", "Middles", "Zebra crossings"]);
        assert_eq!(list(world, "people", "name").await, ["Ann Lee", "Bob Müller", "Cem Öz", "Día García"]);
        assert_eq!(list(world, "sessions", "timing").await, ["TIMED", "TIMED", "DATE_ONLY", "UNSCHEDULED"]);
        let data = world.data(
            r#"{ conference(slug: "small") { tracks { code panels { totalCount nodes { code } } } rooms { name sessions { number } }
                days { date sessions { panel { code } number } } } }"#,
            json!({}),
        ).await;
        insta::assert_json_snapshot!("orders", data);
    }

    async fn filters(world) {
        small_world(world).await;
        let ids = world.data(r#"{ conference(slug: "small") { tracks { id } rooms { id } } }"#, json!({})).await;
        let (track, hall) = (&ids["conference"]["tracks"][1]["id"], &ids["conference"]["rooms"][0]["id"]);
        let dia = id_of(world, "people", "name", "Día García").await;
        let cem = id_of(world, "people", "name", "Cem Öz").await;
        let early = id_of(world, "panels", "code", "P2").await;

        let panels = async |filter: String| list(world, &format!("panels(filter: {{{filter}}})"), "code").await;
        assert_eq!(panels(format!("trackIds: [{track}]")).await, ["P10"]);
        assert_eq!(panels("trackIds: []".into()).await, Vec::<String>::new());
        assert_eq!(panels("kinds: [WORKSHOP, FILM]".into()).await, ["P10"]);
        assert_eq!(panels("status: CANCELLED".into()).await, Vec::<String>::new());
        assert_eq!(panels("date: \"2027-07-12\"".into()).await, ["P2"]);
        assert_eq!(panels(format!("roomId: {hall}")).await, ["P2"]);
        assert_eq!(panels(format!("personId: \"{dia}\"")).await, ["P2", "P10"]);
        assert_eq!(panels(format!("personId: \"{cem}\", kinds: [WORKSHOP]")).await, Vec::<String>::new());

        let papers = async |filter: String| list(world, &format!("papers(filter: {{{filter}}})"), "title").await;
        assert_eq!(papers(format!("trackIds: [{track}]")).await, Vec::<String>::new());
        assert_eq!(papers(format!("panelId: \"{early}\"")).await.len(), 3);
        assert_eq!(papers("status: WITHDRAWN".into()).await, ["Middles"]);
        assert_eq!(papers(format!("personId: \"{dia}\"")).await, ["Zebra crossings"]);
        assert_eq!(papers("keyword: \"ÉTE\"".into()).await, ["Zebra crossings"]);
        assert_eq!(papers("keyword: \"et\"".into()).await, Vec::<String>::new());

        let people = async |filter: &str| list(world, &format!("people(filter: {{{filter}}})"), "name").await;
        assert_eq!(people("role: CHAIR").await, ["Día García"]);
        assert_eq!(people("country: \"GB\"").await, ["Ann Lee"]);
        assert_eq!(people("nameContains: \"GARC\"").await, ["Día García"]);
        assert_eq!(people("nameContains: \"garcía\"").await, ["Día García"]);

        let sessions = async |filter: String| list(world, &format!("sessions(filter: {{{filter}}})"), "number").await;
        assert_eq!(sessions("date: \"2027-07-12\"".into()).await, ["1", "2"]);
        assert_eq!(sessions("timing: UNSCHEDULED".into()).await, ["2"]);
        assert_eq!(sessions(format!("roomId: {hall}")).await, ["1"]);
        assert_eq!(sessions(format!("trackIds: [{track}]")).await, ["1", "2"]);
        assert_eq!(sessions("kinds: [PANEL]".into()).await, ["1", "2"]);
        assert_eq!(sessions("status: SCHEDULED".into()).await.len(), 4);
        // The first session is 08:00–09:30 UTC; intervals are half-open on both sides.
        assert_eq!(sessions("from: \"2027-07-12T09:30:00Z\"".into()).await, ["2"]);
        assert_eq!(sessions("from: \"2027-07-12T09:29:59Z\"".into()).await, ["1", "2"]);
        assert_eq!(sessions("to: \"2027-07-12T08:00:00Z\"".into()).await, Vec::<String>::new());
        assert_eq!(sessions("to: \"2027-07-12T08:00:01Z\"".into()).await, ["1"]);
        assert_eq!(
            sessions("from: \"2027-07-12T23:10:00+01:00\", to: \"2027-07-12T23:11:00+01:00\"".into()).await,
            ["2"]
        );
    }

    /// No canary reaches whoever is not logged in: not through any field of the schema.
    async fn no_link_and_no_address_gets_out(world) {
        world.import(&file(&small())).await;
        let link = "access url opensAt inherited";
        let room = format!("id revision name kind capacity link {{ {link} }}");
        let use_of = format!("id revision room {{ {room} sessions {{ id }} }} link {{ {link} }}");
        let person = "id revision name affiliation country orcid url biography";
        let part = format!("role affiliation implied person {{ {person} }}");
        let paper = format!(
            "id title abstract type language status keywords url authors {{ position affiliation presenting person {{ {person} }} }}
             slots {{ id position startTime startsAt minutes sessionRoom {{ {use_of} }} session {{ rooms {{ {use_of} }} }} }}"
        );
        let query = format!(
            "{{ conference(slug: \"small\") {{ id slug name url linkAudience linksOpenAt revision cursor rooms {{ {room} }}
                days {{ date sessions {{ id rooms {{ {use_of} }} }} }}
                people {{ edges {{ cursor node {{ {person} authorships {{ affiliation }} participations {{ {part} }} }} }} }}
                papers {{ nodes {{ {paper} }} }}
                panels {{ nodes {{ id code title shortAbstract abstract convenors {{ {part} }} chairs {{ {part} }}
                    sessions {{ id title rooms {{ {use_of} }} slots {{ id }} }} papers {{ {paper} }} }} }} }} }}"
        );
        let answer = world.data(&query, json!({})).await.to_string();
        assert!(answer.contains("SIGN_IN") && answer.contains("Zebra"), "{answer}");
        for secret in ["CANARY", "canary.example"] {
            assert!(!answer.contains(secret), "{secret} in {answer}");
        }
    }

    /// What nobody may see does not exist: a draft is null, and so are its nodes, as is what never was.
    async fn drafts_do_not_exist(world) {
        small_world(world).await;
        let paper = id_of(world, "papers", "title", "Middles").await;
        let conference = world.data(r#"{ conference(slug: "small") { id } }"#, json!({})).await;
        let ids = json!({ "ids": [paper, conference["conference"]["id"]] });
        let draft = World::new(world.backend).await;
        let mut hidden = small();
        hidden["conference"]["settings"] = json!({"visibility": "DRAFT"});
        // The same order of the same things, so the same ids.
        draft.import(&file(&hidden)).await;
        let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } conference(slug: \"small\") { id name } conferences { totalCount nodes { id } } }";
        let seen = world.data(query, ids.clone()).await;
        assert_eq!(seen["nodes"].as_array().unwrap().iter().filter(|node| node.is_null()).count(), 0);
        let before = draft.database().statements();
        let unseen = draft.data(query, ids).await;
        assert_eq!(
            unseen,
            json!({"nodes": [null, null], "conference": null, "conferences": {"totalCount": 0, "nodes": []}})
        );
        assert!(draft.database().statements() <= before + 2, "the directory at most");
        assert_eq!(draft.data(r#"{ conference(slug: "nowhere") { id } }"#, json!({})).await, json!({"conference": null}));
    }

    /// Reading a program runs no SQL, once it is loaded, however much is asked.
    async fn no_sql(world) {
        let options = plenary::generate::Options { panels: 400, papers: 3_000, people: 6_000, seed: 3, slug: "big".into() };
        world.import(&plenary::generate::generate(&options)).await;
        let query = r#"query Q4($conference: String!) { conference(slug: $conference) { panels(first: 500) { nodes {
            id code title papers { id title authors { person { name } } } } } } }"#;
        let first = world.data(query, json!({"conference": "big"})).await;
        assert_eq!(first["conference"]["panels"]["nodes"].as_array().unwrap().len(), 400);
        let before = world.database().statements();
        assert_eq!(world.data(query, json!({"conference": "big"})).await, first);
        assert_eq!(world.database().statements(), before, "SQL statements");
        let papers: usize =
            first["conference"]["panels"]["nodes"].as_array().unwrap().iter().map(|it| it["papers"].as_array().unwrap().len()).sum();
        assert_eq!(papers, 3_000);
    }

    /// Every node is fetched again by its id, as what it is.
    async fn nodes_refetch(world) {
        small_world(world).await;
        announce(world).await;
        let data = world.data(
            r#"{ conference(slug: "small") { __typename id tracks { __typename id } rooms { __typename id }
                people { nodes { __typename id } } papers { nodes { __typename id slots { __typename id } } }
                panels { nodes { __typename id } } announcements { __typename id text at session { number } }
                sessions { nodes { __typename id rooms { __typename id } } } } }"#,
            json!({}),
        ).await;
        assert_eq!(data["conference"]["announcements"][0]["text"], "The coffee is *late*.");
        let mut found = Vec::new();
        collect(&data, &mut found);
        let kinds: std::collections::BTreeSet<_> = found.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(
            kinds.into_iter().collect::<Vec<_>>(),
            ["Announcement", "Conference", "Panel", "Paper", "Person", "Room", "Session", "SessionRoom", "Slot", "Track"]
        );
        for (kind, id) in &found {
            let again = world.data("query ($id: ID!) { node(id: $id) { __typename id } }", json!({"id": id})).await;
            assert_eq!(again, json!({"node": {"__typename": kind, "id": id}}));
        }
        let ids: Vec<_> = found.iter().map(|(_, id)| id).collect();
        let all = world.data("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({"ids": ids})).await;
        let all: Vec<_> = all["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap()).collect();
        assert_eq!(all, ids);
    }

    /// Ids that are none, of the wrong type or of another conference are said to be so.
    async fn wrong_ids(world) {
        small_world(world).await;
        world.import(&plenary::demo::program()).await;
        let panel = id_of(world, "panels", "code", "P2").await;
        let other = world.data(r#"{ conference(slug: "demo") { rooms { id } } }"#, json!({})).await;
        let other = other["conference"]["rooms"][0]["id"].as_str().unwrap();
        let node = "query ($id: ID!) { node(id: $id) { id } }";
        for garbage in ["", "x", "UGFuZWw6MQ==", "💥", &panel[1..], &"A".repeat(10_000)] {
            assert_eq!(world.code(node, json!({"id": garbage})).await, "BAD_USER_INPUT", "{garbage}");
        }
        let by_room = "query ($id: ID!) { conference(slug: \"small\") { sessions(filter: {roomId: $id}) { totalCount } } }";
        let answer = world.ask(by_room, json!({"id": panel})).await;
        assert_eq!(answer["errors"][0]["message"], "`filter.roomId` takes the id of a Room; this is the id of a Panel.");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
        let answer = world.ask(by_room, json!({"id": other})).await;
        assert_eq!(
            answer["errors"][0]["message"],
            "`filter.roomId` takes the id of a Room of this conference; this one belongs to another."
        );
        // One wrong id among many leaves the others their answers.
        let answer = world.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({"ids": [panel, "x"]})).await;
        assert_eq!(answer["data"], json!({"nodes": [{"id": panel}, null]}));
        assert_eq!(answer["errors"][0]["path"], json!(["nodes", 1]));
        let many: Vec<_> = std::iter::repeat_n(&panel, 101).collect();
        let code = world.code("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({"ids": many})).await;
        assert_eq!(code, "TOO_EXPENSIVE");
    }

    /// Revisions rise with what they cover, and with nothing else.
    async fn effective_revisions(world) {
        small_world(world).await;
        let query = r#"{ conference(slug: "small") { revision
            panels { nodes { code revision } } rooms { name revision } sessions { nodes { number timing revision rooms { room { name } revision } } }
            papers { nodes { title revision slots { revision } } } people { nodes { name revision } } tracks { revision } } }"#;
        let mut edited = small();
        edited["rooms"][1]["link"] = json!("https://meet.example/CANARY-changed");
        world.import(&file(&edited)).await;
        edited["panels"][0]["roles"] = json!([]);
        world.import(&file(&edited)).await;
        insta::assert_json_snapshot!("effective_revisions", world.data(query, json!({})).await);
    }

    /// What is inherited counts: the conference's zone and link settings, and the panel's chairs.
    async fn inherited_revisions(world) {
        small_world(world).await;
        let revisions = async || {
            let query = r#"{ conference(slug: "small") { rooms { revision } papers { nodes { slots { revision } } }
                sessions { nodes { panel { code } number revision rooms { revision } } } } }"#;
            let answer = world.data(query, json!({})).await;
            let own = &answer["conference"];
            let list = |value: &Value| value.as_array().unwrap().iter().map(|node| node["revision"].as_i64().unwrap()).max();
            let session = |code: &str, number: i64| {
                let nodes = own["sessions"]["nodes"].as_array().unwrap();
                nodes.iter().find(|node| node["panel"]["code"] == code && node["number"] == number).unwrap().clone()
            };
            (
                list(&own["rooms"]).unwrap(),
                session("P2", 1)["revision"].as_i64().unwrap(),
                session("P2", 2)["revision"].as_i64().unwrap(),
                list(&session("P2", 1)["rooms"]).unwrap(),
                own["papers"]["nodes"].as_array().unwrap().iter().filter_map(|paper| list(&paper["slots"])).max().unwrap(),
            )
        };
        assert_eq!(revisions().await, (1, 1, 1, 1, 1));
        let mut edited = small();
        edited["conference"]["timeZone"] = json!("Asia/Almaty");
        world.import(&file(&edited)).await;
        assert_eq!(revisions().await, (1, 2, 2, 2, 2), "other instants");
        edited["conference"]["settings"] = json!({"linkAudience": "SIGNED_IN"});
        world.import(&file(&edited)).await;
        assert_eq!(revisions().await, (3, 2, 2, 3, 2), "other access");
        edited["panels"][1]["roles"].as_array_mut().unwrap().push(json!({"person": "dia", "role": "CHAIR"}));
        world.import(&file(&edited)).await;
        assert_eq!(revisions().await.1, 4, "the panel's chair chairs it");
        assert_eq!(revisions().await.2, 2, "this one has a chair of its own");
    }

    /// A cursor is a floor: an instance that is behind catches up first; one of another history is ignored.
    async fn at_least(world) {
        small_world(world).await;
        let behind = world.another().await;
        let ask = async |query: String, header: Option<String>| {
            let mut request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
            if let Some(cursor) = header {
                request = request.header("Plenary-At-Least", cursor);
            }
            let request = request.body(Body::from(json!({"query": query}).to_string())).unwrap();
            let response = tower::ServiceExt::oneshot(behind.router(), request).await.unwrap();
            let bytes = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
            serde_json::from_slice::<Value>(&bytes).unwrap()
        };
        let plain = || r#"{ conference(slug: "small") { name revision cursor } }"#.to_owned();
        let old = ask(plain(), None).await;
        assert_eq!(old["data"]["conference"]["revision"], 1);
        let mut edited = small();
        edited["conference"]["name"] = json!("A newer name");
        world.import(&file(&edited)).await;
        let new = world.data(&plain(), json!({})).await;
        let cursor = new["conference"]["cursor"].as_str().unwrap().to_owned();
        assert_eq!(ask(plain(), None).await["data"]["conference"]["revision"], 1, "nothing has swept");

        let asked = ask(format!(r#"{{ conference(slug: "small", atLeast: "{cursor}") {{ name revision }} }}"#), None).await;
        assert_eq!(asked["data"]["conference"], json!({"name": "A newer name", "revision": 2}));

        let conference = Cursor::decode(&cursor).unwrap().positions[0].scope;
        for (revision, tag) in [(99, 1), (2, 12345)] {
            let strange = Cursor::of(conference, Stamp { revision, tag }, entity::enums::Audience::Public).encode();
            let loads = behind.programs().loads();
            let answer = ask(plain(), Some(strange)).await;
            assert_eq!(answer["data"]["conference"]["revision"], 2, "{answer}");
            assert_eq!(behind.programs().loads(), loads, "a forged floor loads nothing");
        }
        edited["conference"]["name"] = json!("The newest name");
        world.import(&file(&edited)).await;
        let new = world.data(&plain(), json!({})).await;
        let answer = ask(plain(), Some(new["conference"]["cursor"].as_str().unwrap().to_owned())).await;
        assert_eq!(answer["data"], new, "the header is a floor too");

        let answer = ask(plain(), Some("garbage".into())).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
        let code = world.code(r#"{ conference(slug: "small", atLeast: "garbage") { name } }"#, json!({})).await;
        assert_eq!(code, "BAD_USER_INPUT");
    }
}

/// Everything with an id in an answer, and what it is.
fn collect(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(object) => {
            if let (Some(kind), Some(id)) = (object.get("__typename"), object.get("id")) {
                found.push((kind.as_str().unwrap().to_owned(), id.as_str().unwrap().to_owned()));
            }
            object.values().for_each(|value| collect(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

/// A notice, committed as a command would.
async fn announce(world: &World) {
    use plenary::command::commit::{Committer, Target};
    use plenary::program::row::{Row, RowChange};
    let program = world.program("small").await.unwrap();
    let committer =
        Committer { database: world.database(), source: world.app.source(), actor: "test", progress: &|_, _| {} };
    let session = program.rows.sessions[0].id;
    let made = committer
        .commit(Target::Existing(program.id()), |program, planning| {
            Ok::<_, ()>(vec![RowChange::Insert(Row::from(entity::announcement::Model {
                id: world.app.source().id(),
                conference_id: program.unwrap().id(),
                session_id: Some(session),
                text: "The coffee is *late*.".into(),
                at: planning.now,
                revision: 0,
            }))])
        })
        .await;
    assert!(made.is_ok());
    world.sweep().await;
}
