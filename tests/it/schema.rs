//! The schema as its users read it.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Backend, World, runtime};

/// `schema.graphql` is what the code says. This test writes it, and fails if it was out of date.
#[test]
fn the_file_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let sdl = plenary::graphql::sdl();
    let file = std::fs::read_to_string(&path).unwrap_or_default();
    if file != sdl {
        std::fs::write(&path, &sdl).unwrap();
    }
    assert!(file == sdl, "schema.graphql was out of date and has been written; read the difference and commit it");
}

fn introspect() -> Value {
    runtime().block_on(async {
        let world = World::new(Backend::Sqlite).await;
        world
            .data(
                "{ __schema { types { name kind description specifiedByURL
                    fields { name description args { name description } }
                    inputFields { name description } enumValues { name description }
                    interfaces { name } possibleTypes { name } } } }",
                json!({}),
            )
            .await["__schema"]["types"]
            .take()
    })
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

/// Everything is described: types, fields, arguments, inputs, enum values.
#[test]
fn everything_is_described() {
    let mut bare = Vec::new();
    let mut look = |value: &Value, path: String| {
        // Descriptions are a product surface: a word is none.
        if value["description"].as_str().is_none_or(|text| text.trim().len() < 8) {
            bare.push(path);
        }
    };
    let types = introspect();
    for kind in types.as_array().unwrap() {
        let name = kind["name"].as_str().unwrap();
        if name.starts_with("__") {
            continue;
        }
        look(kind, name.to_owned());
        for field in list(kind, "fields") {
            let path = format!("{name}.{}", field["name"].as_str().unwrap());
            look(field, path.clone());
            for argument in list(field, "args") {
                look(argument, format!("{path}({})", argument["name"].as_str().unwrap()));
            }
        }
        for (of, sign) in [("inputFields", "."), ("enumValues", ".")] {
            for member in list(kind, of) {
                look(member, format!("{name}{sign}{}", member["name"].as_str().unwrap()));
            }
        }
    }
    assert_eq!(bare, Vec::<String>::new(), "not described");
}

/// What the design promises to clients is there, by its name.
#[test]
fn the_promised_names_are_there() {
    let types = introspect();
    let fields = |name: &str| -> Vec<String> {
        let kind = types.as_array().unwrap().iter().find(|kind| kind["name"] == name);
        let kind = kind.unwrap_or_else(|| panic!("no type {name}"));
        list(kind, "fields")
            .chain(list(kind, "inputFields"))
            .chain(list(kind, "enumValues"))
            .map(|field| field["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let promised = [
        ("Query", "node nodes conference conferences"),
        (
            "Conference",
            "id slug name url timeZone startsOn endsOn visibility linkAudience linksOpenAt revision cursor tracks \
             rooms days panel panels papers people sessions announcements",
        ),
        ("Day", "date sessions"),
        ("Track", "id code name panels revision"),
        ("Room", "id name kind capacity link sessions revision"),
        ("Person", "id name affiliation country orcid url biography authorships participations revision"),
        (
            "Panel",
            "id code title kind track url language shortAbstract abstract status convenors chairs discussants \
             moderators speakers papers sessions revision",
        ),
        ("Participation", "person role affiliation implied"),
        (
            "Session",
            "id panel number title status date startTime endTime endDate startsAt endsAt timing convenors chairs \
             discussants moderators speakers rooms slots revision",
        ),
        ("SessionRoom", "id session room link revision"),
        ("JoinLink", "access url opensAt inherited"),
        ("LinkAccess", "NONE SIGN_IN REGISTER LATER OPEN"),
        ("Slot", "id session paper position startTime startsAt minutes sessionRoom revision"),
        ("Paper", "id title abstract type language status keywords url authors panel slots revision"),
        ("Authorship", "person paper position affiliation presenting"),
        ("Announcement", "id text session at revision"),
        ("PanelFilter", "trackIds kinds status date roomId personId"),
        ("PaperFilter", "trackIds panelId status personId keyword"),
        ("PersonFilter", "role country nameContains"),
        ("SessionFilter", "date from to roomId trackIds kinds status timing"),
        ("PanelConnection", "edges nodes pageInfo totalCount"),
        ("PanelEdge", "cursor node"),
        ("Audience", "PUBLIC SIGNED_IN ATTENDEE ORGANIZER"),
        ("Timing", "TIMED DATE_ONLY UNSCHEDULED"),
    ];
    for (name, names) in promised {
        let found = fields(name);
        for field in names.split_whitespace() {
            assert!(found.iter().any(|it| it == field), "{name}.{field} is missing: {found:?}");
        }
    }
}

/// The schema knows no SQL and no table: `graphql/` asks the snapshot.
#[test]
fn resolvers_do_not_know_the_database() {
    let mut dirs = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/graphql")];
    while let Some(dir) = dirs.pop() {
        for file in std::fs::read_dir(dir).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains("sea_orm"), "{}", path.display());
        }
    }
}
