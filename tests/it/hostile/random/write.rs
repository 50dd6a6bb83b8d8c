//! Honest documents by chance: valid by the schema, with what client libraries use, and of moderate size.

use std::collections::BTreeMap;

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, FieldDefinition, TypeKind, TypeSystemDefinition},
};
use serde_json::{Value, json};

use crate::support::World;

/// Fields of one document, at most: well below what its tokens allow.
const MOST_FIELDS: usize = 120;
/// Fields inside one another, at most.
const DEEPEST: usize = 7;

struct Field {
    name: String,
    of: String,
    arguments: Vec<String>,
    /// Without an argument it can't be asked.
    needs: bool,
}

/// What there is to write: the schema's fields by type, and ids that something has.
pub struct Words {
    types: BTreeMap<String, Vec<Field>>,
    nodes: Vec<String>,
    ids: Vec<String>,
}

fn base(ty: &BaseType) -> String {
    match ty {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => base(&inner.base),
    }
}

fn field(definition: &FieldDefinition) -> Field {
    let arguments = definition.arguments.iter();
    Field {
        name: definition.name.node.to_string(),
        of: base(&definition.ty.node.base),
        arguments: arguments.clone().map(|argument| argument.node.name.node.to_string()).collect(),
        needs: arguments.clone().any(|argument| !argument.node.ty.node.nullable),
    }
}

impl Words {
    pub async fn learn(world: &World) -> Self {
        let (mut types, mut nodes) = (BTreeMap::new(), Vec::new());
        for definition in parse_schema(plenary::graphql::sdl()).unwrap().definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let name = definition.node.name.node.to_string();
            let fields = match definition.node.kind {
                TypeKind::Object(object) => {
                    if object.implements.iter().any(|of| of.node == "Node") {
                        nodes.push(name.clone());
                    }
                    object.fields
                }
                TypeKind::Interface(interface) => interface.fields,
                _ => continue,
            };
            types.insert(name, fields.iter().map(|definition| field(&definition.node)).collect());
        }
        let query = r#"{ conference(slug: "small") { id papers { nodes { id } } rooms { id } people { nodes { id } }
            sessions { nodes { id rooms { id } slots { id } } } panels { nodes { id track { id } } } } }"#;
        let mut ids = Vec::new();
        collect(&world.data(query, Value::Null).await, &mut ids);
        Self { types, nodes, ids }
    }
}

fn collect(value: &Value, ids: &mut Vec<String>) {
    match value {
        Value::String(id) => ids.push(id.clone()),
        Value::Array(list) => list.iter().for_each(|value| collect(value, ids)),
        Value::Object(members) => members.values().for_each(|value| collect(value, ids)),
        _ => {}
    }
}

struct Writer<'a> {
    words: &'a Words,
    choices: std::vec::IntoIter<u16>,
    fragments: Vec<String>,
    fields: usize,
    names: usize,
}

/// An honest document, with its variables.
pub fn honest(words: &Words, choices: Vec<u16>) -> (String, Value) {
    let mut writer = Writer { words, choices: choices.into_iter(), fragments: Vec::new(), fields: 0, names: 0 };
    let id = words.ids[writer.choose(words.ids.len())].clone();
    let selection = writer.selection("Query", 0);
    let variables = "($slug: String!, $id: ID!, $ids: [ID!]!, $first: Int = 3, $yes: Boolean!, $no: Boolean = false)";
    // All are used, as a document must: whatever chance has left out.
    let used = r#"used: conference(slug: $slug) { id @include(if: $yes) name @skip(if: $no) papers(first: $first) { totalCount } }
        usedNode: node(id: $id) { __typename } usedNodes: nodes(ids: $ids) { id }"#;
    let document = format!("query Honest{variables} {{ {selection} {used} }} {}", writer.fragments.concat());
    (document, json!({"slug": "small", "id": id, "ids": [id], "yes": true}))
}

impl Writer<'_> {
    /// A number below `n`; the first when the choices are used up, so that every document comes to an end.
    fn choose(&mut self, n: usize) -> usize {
        usize::from(self.choices.next().unwrap_or_default()) % n
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.choose(n) == n - 1
    }

    fn selection(&mut self, of: &str, depth: usize) -> String {
        let words = self.words;
        let mut written = "__typename ".to_owned();
        for _ in 0..=self.choose(if depth == 0 { 3 } else { 5 }) {
            let all = &words.types[of];
            let field = &all[self.choose(all.len())];
            let written_field = self.field(field, depth);
            let condition = ["", "", " @include(if: $yes)", " @skip(if: $no)", " @include(if: false)"][self.choose(5)];
            written += &match self.choose(6) {
                0..=2 => written_field,
                3 => format!("... on {of}{condition} {{ {written_field} }} "),
                4 => format!("...{condition} {{ {written_field} }} "),
                _ => {
                    self.names += 1;
                    let name = format!("F{}", self.names);
                    self.fragments.push(format!("fragment {name} on {of} {{ __typename {written_field} }} "));
                    format!("...{name}{condition} ")
                }
            };
        }
        if of == "Node" {
            let of = &words.nodes[self.choose(words.nodes.len())];
            written += &format!("... on {of} {{ {} }} ", self.selection(of, depth));
        }
        written
    }

    fn field(&mut self, field: &Field, depth: usize) -> String {
        let composite = self.words.types.contains_key(&field.of);
        if self.fields >= MOST_FIELDS || (composite && depth >= DEEPEST) {
            return "__typename ".to_owned();
        }
        self.fields += 1;
        let arguments = self.arguments(field);
        // With arguments under a name of its own: otherwise two of them would not merge.
        let alias = if !arguments.is_empty() || self.one_in(4) {
            self.names += 1;
            format!("a{}: ", self.names)
        } else {
            String::new()
        };
        let name = &field.name;
        if composite {
            format!("{alias}{name}{arguments} {{ {} }} ", self.selection(&field.of, depth + 1))
        } else {
            format!("{alias}{name}{arguments} ")
        }
    }

    fn arguments(&mut self, field: &Field) -> String {
        if field.arguments.is_empty() || (!field.needs && self.one_in(3)) {
            return String::new();
        }
        let has = |name: &str| field.arguments.iter().any(|argument| argument == name);
        let mut given = Vec::new();
        for argument in &field.arguments {
            given.push(match argument.as_str() {
                "slug" => "slug: $slug".to_owned(),
                "code" => format!("code: {:?}", ["P2", "P10", "é", ""][self.choose(4)]),
                "query" => format!("query: {:?}", ["zebra", "\"early things\"", "été", "*:*", ""][self.choose(5)]),
                "format" => format!("format: {}", ["SCHEDULE_XML", "PAPERS_CSV", "PROGRAM_JSON"][self.choose(3)]),
                "id" => "id: $id".to_owned(),
                "ids" => "ids: $ids".to_owned(),
                "date" => r#"date: "2027-07-12""#.to_owned(),
                "first" if !has("last") || self.one_in(2) => {
                    ["first: $first", "first: 2", "first: 0"][self.choose(3)].to_owned()
                }
                "filter" => self.filter(&field.of),
                _ => continue,
            });
        }
        if has("last") && !given.iter().any(|given| given.starts_with("first")) {
            given.push(["last: 2", "last: $first", "last: 1, before: null"][self.choose(3)].to_owned());
        }
        if given.is_empty() { String::new() } else { format!("({})", given.join(", ")) }
    }

    fn filter(&mut self, of: &str) -> String {
        let all = match of {
            "PanelConnection" => {
                [r#"{date: "2027-07-12"}"#, "{kinds: [PANEL, WORKSHOP]}", "{status: SCHEDULED, trackIds: []}"]
            }
            "PaperConnection" => [r#"{keyword: "ete"}"#, "{status: ACCEPTED}", "{}"],
            "PersonConnection" => [r#"{nameContains: "a"}"#, "{role: CHAIR}", r#"{country: "GB"}"#],
            "SessionConnection" => ["{timing: TIMED}", r#"{from: "2027-07-12T00:00:00Z"}"#, "{kinds: PANEL}"],
            _ => ["null"; 3],
        };
        format!("filter: {}", all[self.choose(all.len())])
    }
}
