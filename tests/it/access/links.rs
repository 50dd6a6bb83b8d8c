//! No path of the schema leads to a link that somebody may not have.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::enums::ImportFormat;
use plenary::auth::Scope;
use plenary::command::preview::{How, Upload, keep};
use serde_json::{Value, json};

use crate::support::files::{file, small};
use crate::support::people::{Persona, Role, claims};
use crate::support::{World, both};

/// The type that holds a link.
const LINK: &str = "JoinLink";

/// How many fields a path has at most, the link's own left out.
const LONGEST: usize = 6;

/// How many paths go into one document.
const AT_ONCE: usize = 16;

/// The schema as introspection shows it: of each type its fields with their type and whether they need an argument,
/// and what a value of it can be.
struct Graph {
    fields: BTreeMap<String, Vec<(String, String, bool)>>,
    possible: BTreeMap<String, Vec<String>>,
    /// The types from which a link can be reached.
    leads: BTreeSet<String>,
}

fn named(kind: &Value) -> String {
    match kind["ofType"].is_object() {
        true => named(&kind["ofType"]),
        false => kind["name"].as_str().unwrap().to_owned(),
    }
}

impl Graph {
    async fn of(world: &World) -> Self {
        let kind = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
        let query = format!(
            "{{ __schema {{ types {{ name possibleTypes {{ name }}
                fields {{ name type {{ {kind} }} args {{ defaultValue type {{ kind }} }} }} }} }} }}"
        );
        let data = world.data(&query, json!({})).await;
        let (mut fields, mut possible) = (BTreeMap::new(), BTreeMap::new());
        for it in data["__schema"]["types"].as_array().unwrap() {
            let name = it["name"].as_str().unwrap().to_owned();
            let own = it["fields"].as_array().into_iter().flatten().map(|field| {
                let needs = field["args"].as_array().unwrap().iter();
                let needs = needs.clone().any(|arg| arg["type"]["kind"] == "NON_NULL" && arg["defaultValue"].is_null());
                (field["name"].as_str().unwrap().to_owned(), named(&field["type"]), needs)
            });
            fields.insert(name.clone(), own.collect::<Vec<_>>());
            let types = it["possibleTypes"].as_array().into_iter().flatten();
            possible.insert(name, types.map(|it| it["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>());
        }
        let mut leads: BTreeSet<String> = [LINK.to_owned()].into();
        loop {
            let more: Vec<String> = fields
                .iter()
                .filter(|(name, own)| {
                    let by_field = own.iter().any(|(_, to, _)| leads.contains(to));
                    !leads.contains(*name) && (by_field || possible[*name].iter().any(|it| leads.contains(it)))
                })
                .map(|(name, _)| name.clone())
                .collect();
            if more.is_empty() {
                return Self { fields, possible, leads };
            }
            leads.extend(more);
        }
    }

    /// Every path without a loop from this type to a link, as a selection.
    fn paths(&self, from: &str, seen: &mut Vec<String>, args: &Args, found: &mut Vec<String>, so_far: &str) {
        if from == LINK {
            let close = "}".repeat(so_far.matches('{').count() - so_far.matches('}').count());
            found.push(format!("{so_far} access url opensAt inherited {close}"));
            return;
        }
        if seen.len() > LONGEST || !self.leads.contains(from) || seen.iter().any(|it| it == from) {
            return;
        }
        seen.push(from.to_owned());
        for kind in &self.possible[from] {
            if self.leads.contains(kind) {
                seen.pop();
                self.paths(kind, seen, args, found, &format!("{so_far} ... on {kind} {{"));
                seen.push(from.to_owned());
            }
        }
        // What an interface has, its types have too.
        let own = if self.possible[from].is_empty() { self.fields[from].as_slice() } else { &[] };
        for (name, to, needs) in own {
            if !self.leads.contains(to) {
                continue;
            }
            let calls = match args.get(&(from, name.as_str())) {
                Some(calls) => calls.clone(),
                None if *needs => {
                    panic!("{from}.{name} needs arguments: say which, that links are looked for behind it")
                }
                None => vec![String::new()],
            };
            for call in calls {
                self.paths(to, seen, args, found, &format!("{so_far} {name}{call} {{"));
            }
        }
        seen.pop();
    }
}

type Args = BTreeMap<(&'static str, &'static str), Vec<String>>;

/// The id of a file that somebody has uploaded.
async fn uploaded(world: &World) -> String {
    let (conference, user) = (world.conference("small").await, world.person("uploader@example.org").await.user);
    let how = How { format: ImportFormat::Program, prune: false, time_zone: None };
    let upload = Upload { conference, user, how, bytes: small().to_string().into_bytes() };
    let row = keep(world.app.desk(), upload).await.unwrap();
    // As the ids of previews are made.
    let id = [&[24], conference.as_bytes().as_slice(), row.id.as_bytes()].concat();
    URL_SAFE_NO_PAD.encode(id)
}

/// With what the fields are asked that need to be.
async fn args(world: &World) -> Args {
    let panel = world.id_of("panels", "code", "P2").await;
    let paper = world.id_of("papers", "title", "Zebra crossings").await;
    let session = world.id_of("sessions", "startTime", "09:00").await;
    let person = world.id_of("people", "name", "Ann Lee").await;
    let data = world
        .data(
            r#"{ conference(slug: "small") { id tracks { id } rooms { id }
                sessions { nodes { rooms { id } slots { id } } } } }"#,
            json!({}),
        )
        .await;
    let own = &data["conference"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let used = own["sessions"]["nodes"].as_array().unwrap().iter().find(|it| it["slots"][0].is_object()).unwrap();
    let ids = [
        text(&own["id"]),
        text(&own["tracks"][0]["id"]),
        text(&own["rooms"][1]["id"]),
        text(&used["rooms"][0]["id"]),
        text(&used["slots"][0]["id"]),
        panel.clone(),
        paper.clone(),
        session.clone(),
        person.clone(),
    ];
    let upload = uploaded(world).await;
    let starred = [&panel, &paper, &session].map(|id| format!("(input: {{id: \"{id}\"}})")).to_vec();
    [
        (("Query", "conference"), vec!["(slug: \"small\")".to_owned()]),
        (("Query", "node"), ids.iter().map(|id| format!("(id: \"{id}\")")).collect()),
        (("Query", "nodes"), vec![format!("(ids: {})", json!(ids))]),
        (("Conference", "panel"), vec!["(code: \"P2\")".to_owned()]),
        (("Conference", "search"), vec!["(query: \"things\")".to_owned()]),
        (("Mutation", "star"), starred.clone()),
        (("Mutation", "unstar"), starred),
        // As somebody who read long ago: whoever may change them gets them as they are now, and nothing is changed.
        (("Mutation", "setRoomLink"), old(&format!("id: \"{}\"", ids[2]))),
        (("Mutation", "setSessionRoomLink"), old(&format!("id: \"{}\"", ids[3]))),
        (("Mutation", "removeSessionRoom"), old(&format!("id: \"{}\"", ids[3]))),
        (("Mutation", "assignSessionRoom"), old(&format!("sessionId: \"{session}\", roomId: \"{}\"", ids[2]))),
        (("Mutation", "scheduleSession"), old(&format!("id: \"{session}\""))),
        (("Mutation", "cancelSession"), old(&format!("id: \"{session}\""))),
        (("Mutation", "restoreSession"), old(&format!("id: \"{session}\""))),
        (("Mutation", "withdrawPaper"), old(&format!("id: \"{paper}\""))),
        (("Mutation", "restorePaper"), old(&format!("id: \"{paper}\""))),
        (("Mutation", "moveSlot"), old(&format!("id: \"{}\"", ids[4]))),
        (("Mutation", "announce"), old(&format!("conferenceId: \"{}\", text: \"\"", ids[0]))),
        (("Mutation", "setLinkSettings"), old(&format!("conferenceId: \"{}\", linkAudience: PUBLIC", ids[0]))),
        (("Draft", "node"), ids.iter().map(|id| format!("(id: \"{id}\")")).collect()),
        // What makes something is sent with what nobody can do.
        (
            ("Mutation", "createConference"),
            vec![
                "(input: {slug: \"-\", name: \"\", timeZone: \"UTC\", startsOn: \"2027-01-01\", endsOn: \"2027-01-01\"})"
                    .to_owned(),
            ],
        ),
        (("Mutation", "updateConference"), old(&format!("id: \"{}\"", ids[0]))),
        (("Mutation", "publishConference"), old(&format!("id: \"{}\"", ids[0]))),
        (("Mutation", "unpublishConference"), old(&format!("id: \"{}\"", ids[0]))),
        (("Mutation", "undoRevision"), old(&format!("conferenceId: \"{}\", revision: -1", ids[0]))),
        (("Mutation", "applyImport"), old(&format!("id: \"{upload}\""))),
        (("Mutation", "createTrack"), old(&format!("conferenceId: \"{}\", code: \"\", name: \"\"", ids[0]))),
        (("Mutation", "updateTrack"), old(&format!("id: \"{}\"", ids[1]))),
        (("Mutation", "createRoom"), old(&format!("conferenceId: \"{}\", name: \"\"", ids[0]))),
        (("Mutation", "updateRoom"), old(&format!("id: \"{}\"", ids[2]))),
        (("Mutation", "swapRooms"), old(&format!("firstId: \"{}\", secondId: \"{0}\"", ids[2]))),
        (("Mutation", "createPerson"), old(&format!("conferenceId: \"{}\", name: \"\"", ids[0]))),
        (("Mutation", "updatePerson"), old(&format!("id: \"{person}\""))),
        (("Mutation", "splitPerson"), old(&format!("id: \"{person}\", paperIds: [\"{paper}\"]"))),
        (("Mutation", "mergePersons"), old(&format!("id: \"{person}\", personIds: [\"{person}\"]"))),
        (("Mutation", "createPanel"), old(&format!("conferenceId: \"{}\", code: \"\", title: \"\"", ids[0]))),
        (("Mutation", "updatePanel"), old(&format!("id: \"{panel}\""))),
        (("Mutation", "cancelPanel"), old(&format!("id: \"{panel}\""))),
        (("Mutation", "restorePanel"), old(&format!("id: \"{panel}\""))),
        (("Mutation", "setPanelParticipations"), old(&format!("panelId: \"{panel}\", participations: []"))),
        (("Mutation", "createSession"), old(&format!("panelId: \"{panel}\""))),
        (("Mutation", "updateSession"), old(&format!("id: \"{session}\""))),
        (("Mutation", "setSessionParticipations"), old(&format!("sessionId: \"{session}\", participations: []"))),
        (("Mutation", "setSlots"), old(&format!("sessionId: \"{session}\", slots: []"))),
        (("Mutation", "createPaper"), old(&format!("panelId: \"{panel}\", title: \"\""))),
        (("Mutation", "updatePaper"), old(&format!("id: \"{paper}\""))),
        (("Mutation", "movePaper"), old(&format!("id: \"{paper}\""))),
        (("Mutation", "setAuthorships"), old(&format!("paperId: \"{paper}\", authorships: []"))),
        (("Mutation", "sendMessageToAuthor"), vec![format!("(input: {{personId: \"{person}\", text: \"x\"}})")]),
    ]
    .into()
}

fn old(input: &str) -> Vec<String> {
    vec![format!("(input: {{{input}, expectedRevision: 0}})")]
}

/// All paths, from both roots, as documents of a few each.
async fn documents(world: &World) -> (usize, Vec<String>) {
    let (graph, args) = (Graph::of(world).await, args(world).await);
    let mut documents = Vec::new();
    let mut count = 0;
    for (root, keyword) in [("Query", "query"), ("Mutation", "mutation")] {
        let mut paths = Vec::new();
        graph.paths(root, &mut Vec::new(), &args, &mut paths, "");
        count += paths.len();
        for some in paths.chunks(AT_ONCE) {
            let fields: Vec<String> =
                some.iter().enumerate().map(|(n, path)| format!("p{n}: {}", path.trim_start())).collect();
            documents.push(format!("{keyword} {{ {} }}", fields.join("\n")));
        }
    }
    (count, documents)
}

/// The links in an answer: access, and whether there is one.
fn links(value: &Value, found: &mut BTreeSet<(String, bool)>) {
    match value {
        Value::Object(members) => {
            if let (Some(access), Some(url)) = (members.get("access"), members.get("url")) {
                found.insert((access.as_str().unwrap().to_owned(), !url.is_null()));
            }
            members.values().for_each(|value| links(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| links(value, found)),
        _ => {}
    }
}

/// Everyone there can be, with the audience that they are.
async fn everyone(world: &World) -> Vec<(&'static str, &'static str, Persona)> {
    let mut other = small();
    other["conference"]["slug"] = json!("other");
    // Its links are not what is asked for here.
    other["rooms"][1].as_object_mut().unwrap().remove("link");
    other["panels"][1]["sessions"][0]["rooms"][1].as_object_mut().unwrap().remove("link");
    other["people"][0]["email"] = json!("zoe@canary.example");
    world.import(&file(&other)).await;
    let on_program = |orcid: Option<&str>, email: &str, verified: bool| plenary::command::account::Claims {
        orcid: orcid.map(str::to_owned),
        email_verified: verified,
        ..claims(email)
    };
    let stranger = world.person("stranger@example.org").await;
    let neighbour = world.person("neighbour@example.org").await;
    world.member("other", "neighbour@example.org", Role::Organizer).await;
    let attendee = world.person("attendee@example.org").await;
    world.member("small", "attendee@example.org", Role::Attendee).await;
    let author = world.person_with(on_program(None, "ann@canary.example", true)).await;
    let liar = world
        .person_with(plenary::command::account::Claims {
            subject: "liar".into(),
            ..on_program(None, "ann@canary.example", false)
        })
        .await;
    let by_orcid = world.person_with(on_program(Some("0000-0002-1825-0097"), "dia@nowhere.example", true)).await;
    let organizer = world.person("organizer@example.org").await;
    world.member("small", "organizer@example.org", Role::Organizer).await;
    let gone = world.person("gone@example.org").await;
    world.member("small", "gone@example.org", Role::Attendee).await;
    world.no_member("small", "gone@example.org").await;
    let out = world.person("out@example.org").await;
    world.member("small", "out@example.org", Role::Organizer).await;
    plenary::command::account::log_out(world.app.desk(), out.token()).await.unwrap();
    let reads = world.program_of(&organizer, &[Scope::Read]).await;
    let stars = world.program_of(&attendee, &[Scope::Schedule]).await;
    let organizes = world.program_of(&organizer, &[Scope::Organize]).await;
    vec![
        ("signed out", "PUBLIC", Persona::nobody()),
        ("logged out", "PUBLIC", out),
        ("attendee by a token that may not read", "PUBLIC", stars),
        ("stranger", "SIGNED_IN", stranger),
        ("organizer of another conference", "SIGNED_IN", neighbour),
        ("author by an address that is not verified", "SIGNED_IN", liar),
        ("no longer registered", "SIGNED_IN", gone),
        ("attendee", "ATTENDEE", attendee),
        ("author", "ATTENDEE", author),
        ("convenor by ORCID", "ATTENDEE", by_orcid),
        ("organizer by a token that reads", "ATTENDEE", reads),
        ("organizer", "ORGANIZER", organizer),
        ("organizer by a token", "ORGANIZER", organizes),
    ]
}

/// What somebody of this audience gets of a link for this audience: written out, not computed.
fn expected(for_whom: &str, open: bool, asks: &str) -> &'static str {
    let (before, after) = match (for_whom, asks) {
        (_, "ORGANIZER") => ("OPEN", "OPEN"),
        ("ORGANIZER", _) => ("NONE", "NONE"),
        ("PUBLIC", _) | ("SIGNED_IN", "SIGNED_IN" | "ATTENDEE") | ("ATTENDEE", "ATTENDEE") => ("LATER", "OPEN"),
        ("SIGNED_IN" | "ATTENDEE", "PUBLIC") => ("SIGN_IN", "SIGN_IN"),
        ("ATTENDEE", "SIGNED_IN") => ("REGISTER", "REGISTER"),
        other => panic!("{other:?}"),
    };
    if open { after } else { before }
}

both! {
    async fn every_path_as_everyone(world) {
        // So many documents that nobody may send them so fast.
        let world = &world.through(world.another_with("limits.requests_per_second = 1000000").await);
        world.import(&file(&small())).await;
        let people = everyone(world).await;
        let (count, documents) = documents(world).await;
        assert!(count > 150, "only {count} paths to a link");
        for for_whom in ["PUBLIC", "SIGNED_IN", "ATTENDEE", "ORGANIZER"] {
            for open in [false, true] {
                let mut program = small();
                let opens = if open { Value::Null } else { json!("2099-01-01T00:00:00Z") };
                program["conference"]["settings"] = json!({"linkAudience": for_whom, "linksOpenAt": opens});
                world.import(&file(&program)).await;
                for (name, asks, who) in &people {
                    let wanted = expected(for_whom, open, asks);
                    world.sweep().await;
                    let said = world.data_as(who, r#"{ conference(slug: "small") { viewerAudience } }"#, json!({})).await;
                    assert_eq!(said["conference"]["viewerAudience"], *asks, "{name}");
                    let mut found = BTreeSet::new();
                    for document in &documents {
                        let answer = world.ask_as(who, document, json!({})).await.body;
                        let mut here = BTreeSet::new();
                        links(&answer, &mut here);
                        let right = |(access, url): &(String, bool)| {
                            (access == wanted || access == "NONE") && *url == (access == "OPEN")
                        };
                        assert!(here.iter().all(right), "{name}, links for {for_whom}: {here:?} in {document}");
                        let canary = answer.to_string().contains("CANARY");
                        assert!(!canary || wanted == "OPEN", "{name}, links for {for_whom}: {document}");
                        found.extend(here);
                    }
                    assert!(found.contains(&(wanted.to_owned(), wanted == "OPEN")), "{name} sees {found:?}");
                }
            }
        }
    }

    /// Only the links change: whoever may not have them gets the same bytes, whatever they ask.
    async fn no_answer_tells_them_apart(world) {
        let mut program = small();
        world.import(&file(&program)).await;
        let documents = [
            r#"{ conference(slug: "small") { search(query: "CANARY meet example") { totalCount } rooms { link { access url inherited } } } }"#,
            r#"{ conference(slug: "small") { sessions { nodes { id title rooms { link { access url } room { name link { url } } } } } } }"#,
            r#"{ conference(slug: "small") { papers(filter: {keyword: "meet"}) { totalCount } people(filter: {nameContains: "meet"}) { totalCount } } }"#,
        ];
        let stranger = world.person("stranger@example.org").await;
        let mut before = Vec::new();
        for round in 0..2 {
            for (n, document) in documents.iter().enumerate() {
                for who in [&Persona::nobody(), &stranger] {
                    let answer = world.data_as(who, document, json!({})).await.to_string();
                    if round == 0 {
                        before.push(answer);
                    } else {
                        assert!(before.contains(&answer), "{n}: {answer}");
                    }
                }
            }
            program["rooms"][1]["link"] = json!("https://meet.example/CANARY-another");
            program["panels"][1]["sessions"][0]["rooms"][1]["link"] = json!("https://meet.example/CANARY-new");
            world.import(&file(&program)).await;
        }
    }
}
