//! What the queries ask for: given, or found out from the server itself.

use async_graphql::parser::parse_query;
use serde_json::{Map, Value, json};
use url::Url;

use super::load::{self, Answer, Shot};
use super::{Broken, Query};

/// The values that a variable can take by its name.
#[derive(Debug)]
pub(super) struct Known(Map<String, Value>);

const FIRST: &str = "{ conferences(first: 1) { nodes { slug } } }";
const CONFERENCE: &str = "query($slug: String!) { conference(slug: $slug) {
    panels(first: 500) { nodes { code papers { id } } }
    days { date sessions { id } } } }";

impl Known {
    /// Asks the server: its first conference or the one of this name; the panel in the middle, and the first paper of
    /// that panel or of the next that has any; the fullest day.
    pub(super) async fn ask(server: &Url, conference: Option<&str>) -> Result<Self, Broken> {
        let slug = match conference {
            Some(slug) => json!(slug),
            None => {
                let found = ask(server, &json!({ "query": FIRST })).await?;
                let slug = found.pointer("/data/conferences/nodes/0/slug").cloned();
                slug.ok_or_else(|| Broken::new("the server has no conference to ask for; import one"))?
            }
        };
        let found = ask(server, &json!({ "query": CONFERENCE, "variables": { "slug": slug } })).await?;
        let list = |path: &str| found.pointer(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let panels = list("/data/conference/panels/nodes");
        let middle = panels.get(panels.len().saturating_sub(1) / 2..).unwrap_or_default();
        let paper = middle.iter().chain(panels).find_map(|panel| panel.pointer("/papers/0/id"));
        let size = |day: &Value| day["sessions"].as_array().map_or(0, Vec::len);
        // The first of those that are equally full.
        let day = list("/data/conference/days").iter().rev().max_by_key(|day| size(day));
        let mut known = Map::new();
        let mut learn = |name: &str, value: Option<&Value>| {
            if let Some(value) = value {
                known.insert(name.to_owned(), value.clone());
            }
        };
        learn("conference", Some(&slug));
        learn("slug", Some(&slug));
        learn("code", middle.first().and_then(|panel| panel.get("code")));
        learn("id", paper);
        learn("date", day.and_then(|day| day.get("date")));
        learn("first", Some(&json!(50)));
        Ok(Self(known))
    }

    /// A query's variables: its own, else what is known, else nothing if the query can go without.
    pub(super) fn of(&self, query: &Query, own: Option<&Value>) -> Result<Map<String, Value>, Broken> {
        let name = &query.name;
        let mut given = match own {
            None => Map::new(),
            Some(Value::Object(given)) => given.clone(),
            Some(_) => return Err(Broken::new(format!("the variables of {name} must be an object"))),
        };
        let document =
            parse_query(&query.document).map_err(|error| Broken::new(format!("{name} can't be read: {error}")))?;
        for (_, operation) in document.operations.iter() {
            for definition in &operation.node.variable_definitions {
                let definition = &definition.node;
                let variable = definition.name.node.as_str();
                if given.contains_key(variable) {
                    continue;
                }
                match self.0.get(variable) {
                    Some(value) => {
                        given.insert(variable.to_owned(), value.clone());
                    }
                    None if definition.var_type.node.nullable || definition.default_value.is_some() => {}
                    None => {
                        return Err(Broken::new(format!(
                            "{name} needs ${variable}, which can't be found out; give it with --variables"
                        )));
                    }
                }
            }
        }
        Ok(given)
    }
}

async fn ask(server: &Url, body: &Value) -> Result<Value, Broken> {
    let answer = load::once(&Shot::post(server, body)?).await.and_then(Answer::checked)?;
    serde_json::from_slice(&answer).map_err(|error| Broken::new(format!("{server}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(document: &str) -> Query {
        Query { name: "Q".into(), document: document.into() }
    }

    #[test]
    fn what_is_given_comes_before_what_is_known() {
        let known = Known(Map::from_iter([("code".to_owned(), json!("P2")), ("date".to_owned(), json!("2026-07-13"))]));
        let asks = query("query($code: String!, $after: String, $first: Int! = 3) { a }");
        assert_eq!(Value::Object(known.of(&asks, None).unwrap()), json!({ "code": "P2" }));
        let own = json!({ "code": "P9", "after": "x" });
        assert_eq!(Value::Object(known.of(&asks, Some(&own)).unwrap()), own);
        let error = known.of(&query("query($other: ID!) { a }"), None).unwrap_err();
        assert!(error.0.contains("needs $other") && error.0.contains("--variables"), "{}", error.0);
        assert!(known.of(&asks, Some(&json!([]))).is_err() && known.of(&query("{"), None).is_err());
    }
}
