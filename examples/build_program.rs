//! Builds a conference from nothing, through the API alone.
//!
//! ```sh
//! cargo run --release -- demo                                         # in another terminal
//! cargo run --release -- admin grant organizer@example.org            # lets one of the demo's people make conferences
//! cargo run --release -- export demo -o program.json                  # any program file will do
//! cargo run --release --example build_program -- http://127.0.0.1:8000/graphql TOKEN program.json
//! ```
//!
//! `TOKEN` is an access token with the scope `organize` of an administrator of the site. For the demo: log in at
//! `/auth/login` as its organizer, and ask at `/graphql`
//! `mutation { createAccessToken(input: {name: "build", scopes: [ORGANIZE]}) { token userErrors { message } } }`.
//!
//! `plenary import` reads such a file in one go: this shows how a program of your own does it, one mutation after the
//! other, in the order in which things refer to each other:
//!
//! 1. `createConference`, which makes a draft that only you see;
//! 2. tracks, rooms and people, which refer to nothing;
//! 3. panels with their participations, papers with their authors;
//! 4. sessions, with their rooms, and then the papers that are given in them;
//! 5. `setLinkSettings`, and `publishConference` when all is there.
//!
//! Each mutation answers with `userErrors`: what is wrong, where in the input, and how to mend it. Each has a
//! `clientMutationId` of its own here: if an answer is lost, it can be sent again and is done once.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

/// A conference that is being built.
struct Builder<'a> {
    client: reqwest::Client,
    endpoint: &'a str,
    token: &'a str,
    /// Names of mutations are unique: by this, and how many there were.
    run: &'a str,
    sent: usize,
}

/// What went wrong, for a person.
type Failure = String;

impl Builder<'_> {
    /// Sends a mutation; `answer` is what of the payload is asked for. Gives the payload.
    async fn mutate(&mut self, name: &str, mut input: Value, answer: &str) -> Result<Value, Failure> {
        self.sent += 1;
        input["clientMutationId"] = json!(format!("{}-{}", self.run, self.sent));
        let input_type = format!("{}{}Input!", name[..1].to_uppercase(), &name[1..]);
        let query = format!(
            "mutation ($input: {input_type}) {{ {name}(input: $input) {{ {answer} userErrors {{ code field message }} }} }}"
        );
        let body = json!({"query": query, "variables": {"input": input}}).to_string();
        let request = self
            .client
            .post(self.endpoint)
            .bearer_auth(self.token)
            .header("content-type", "application/json")
            .body(body)
            .send();
        let text = request.await.map_err(|error| error.to_string())?.text().await.map_err(|error| error.to_string())?;
        let mut answer: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
        let payload = answer["data"][name].take();
        let errors = payload["userErrors"].as_array();
        if errors.is_none_or(|errors| !errors.is_empty()) {
            return Err(format!(
                "{name} with {input}: {}",
                if payload.is_null() { &answer["errors"] } else { &payload }
            ));
        }
        Ok(payload)
    }

    /// The id of what a mutation has made.
    async fn make(&mut self, name: &str, input: Value, made: &str) -> Result<String, Failure> {
        let payload = self.mutate(name, input, &format!("{made} {{ id }}")).await?;
        text(&payload[made]["id"])
    }

    /// Everyone who has a part in a panel or a session.
    async fn parts(&mut self, name: &str, field: &str, id: &str, of: &Value, people: &Ids) -> Result<(), Failure> {
        let mut parts = Vec::new();
        for role in list(of, "roles") {
            let person = people.get(&text(&role["person"])?);
            parts.push(json!({"personId": person, "role": role["role"], "affiliation": role["affiliation"]}));
        }
        if !parts.is_empty() {
            self.mutate(name, json!({field: id, "participations": parts}), "cursor").await?;
        }
        Ok(())
    }

    async fn panel(&mut self, conference: &str, panel: &Value, ids: &Known) -> Result<(), Failure> {
        let fields = ["code", "title", "key", "kind", "shortAbstract", "abstract", "url", "language"];
        let mut input = picked(panel, &fields);
        input["conferenceId"] = json!(conference);
        // In a file a panel's key is its code, unless it has another.
        if input["key"].is_null() {
            input["key"] = panel["code"].clone();
        }
        input["trackId"] = json!(panel["track"].as_str().and_then(|code| ids.tracks.get(code)));
        let id = self.make("createPanel", input, "panel").await?;
        self.parts("setPanelParticipations", "panelId", &id, panel, &ids.people).await?;
        let mut papers = Ids::new();
        for paper in list(panel, "papers") {
            let mut input = picked(paper, &["title", "key", "abstract", "type", "language", "keywords", "url"]);
            input["panelId"] = json!(id);
            let own = self.make("createPaper", input, "paper").await?;
            let mut authors = Vec::new();
            for author in list(paper, "authors") {
                let mut input = picked(author, &["affiliation", "presenting"]);
                input["personId"] = json!(ids.people.get(&text(&author["person"])?));
                authors.push(input);
            }
            self.mutate("setAuthorships", json!({"paperId": own, "authorships": authors}), "cursor").await?;
            if paper["status"] == "WITHDRAWN" {
                self.mutate("withdrawPaper", json!({ "id": own }), "cursor").await?;
            }
            papers.insert(text(&paper["key"])?, own);
        }
        for session in list(panel, "sessions") {
            self.session(&id, session, &papers, ids).await?;
        }
        if panel["status"] == "CANCELLED" {
            self.mutate("cancelPanel", json!({ "id": id }), "cursor").await?;
        }
        Ok(())
    }

    async fn session(&mut self, panel: &str, session: &Value, papers: &Ids, ids: &Known) -> Result<(), Failure> {
        let mut input = picked(session, &["key", "number", "title", "date", "fold"]);
        input["panelId"] = json!(panel);
        input["startTime"] = session["start"].clone();
        input["endTime"] = session["end"].clone();
        let id = self.make("createSession", input, "session").await?;
        self.parts("setSessionParticipations", "sessionId", &id, session, &ids.people).await?;
        let mut rooms = Ids::new();
        for room in list(session, "rooms") {
            let key = text(&room["room"])?;
            let input = json!({"sessionId": id, "roomId": ids.rooms.get(&key), "url": room["link"]});
            rooms.insert(key, self.make("assignSessionRoom", input, "sessionRoom").await?);
        }
        let mut slots = Vec::new();
        for slot in list(session, "slots") {
            slots.push(json!({
                "paperId": papers.get(&text(&slot["paper"])?),
                "startTime": slot["start"],
                "minutes": slot["minutes"],
                "sessionRoomId": slot["room"].as_str().and_then(|key| rooms.get(key)),
            }));
        }
        if !slots.is_empty() {
            self.mutate("setSlots", json!({"sessionId": id, "slots": slots}), "cursor").await?;
        }
        if session["status"] == "CANCELLED" {
            self.mutate("cancelSession", json!({ "id": id }), "cursor").await?;
        }
        Ok(())
    }
}

/// Ids by the keys that the file has.
type Ids = HashMap<String, String>;

/// What others refer to.
struct Known {
    tracks: Ids,
    rooms: Ids,
    people: Ids,
}

/// Builds the program of this file under this slug; gives the conference's id. `run` is a name that was never used.
///
/// # Errors
/// The first mutation that was refused.
pub async fn build(endpoint: &str, token: &str, run: &str, slug: &str, program: &Value) -> Result<String, Failure> {
    // Which cryptography TLS uses is for the program to say; whoever said so before has.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Builder { client: reqwest::Client::new(), endpoint, token, run, sent: 0 };
    let own = &program["conference"];
    let mut input = picked(own, &["name", "timeZone", "startsOn", "endsOn", "url"]);
    input["slug"] = json!(slug);
    let conference = builder.make("createConference", input, "conference").await?;
    let mut ids = Known { tracks: Ids::new(), rooms: Ids::new(), people: Ids::new() };
    for track in list(program, "tracks") {
        let mut input = picked(track, &["code", "name"]);
        input["conferenceId"] = json!(conference);
        ids.tracks.insert(text(&track["code"])?, builder.make("createTrack", input, "track").await?);
    }
    for room in list(program, "rooms") {
        let mut input = picked(room, &["name", "key", "kind", "capacity"]);
        input["conferenceId"] = json!(conference);
        input["url"] = room["link"].clone();
        ids.rooms.insert(text(&room["key"])?, builder.make("createRoom", input, "room").await?);
    }
    for person in list(program, "people") {
        let fields = ["name", "key", "affiliation", "country", "orcid", "email", "url", "biography"];
        let mut input = picked(person, &fields);
        input["conferenceId"] = json!(conference);
        ids.people.insert(text(&person["key"])?, builder.make("createPerson", input, "person").await?);
    }
    for panel in list(program, "panels") {
        builder.panel(&conference, panel, &ids).await?;
    }
    let settings = &own["settings"];
    let mut input = picked(settings, &["linkAudience", "linksOpenAt"]);
    if input.as_object().is_some_and(|input| !input.is_empty()) {
        input["conferenceId"] = json!(conference);
        builder.mutate("setLinkSettings", input, "cursor").await?;
    }
    if settings["visibility"] == "PUBLISHED" {
        builder.mutate("publishConference", json!({ "id": conference }), "cursor").await?;
    }
    Ok(conference)
}

/// Those of an object's properties that are there.
fn picked(of: &Value, names: &[&str]) -> Value {
    let there = names.iter().filter_map(|name| Some(((*name).to_owned(), of.get(name)?.clone())));
    Value::Object(there.collect::<Map<_, _>>())
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> Result<String, Failure> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("expected a text, found {value}"))
}

#[expect(clippy::print_stdout, reason = "a program for the command line")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, token, file] = arguments.as_slice() else {
        return Err("usage: build_program http://HOST/graphql TOKEN program.json".into());
    };
    let read = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let program: Value = serde_json::from_slice(&read).map_err(|error| format!("{file}: {error}"))?;
    let slug = format!("{}-built", text(&program["conference"]["slug"])?);
    let run = format!("{slug}-{}", std::process::id());
    let id = build(endpoint, token, &run, &slug, &program).await?;
    println!("{slug} is built: {id}");
    Ok(())
}
