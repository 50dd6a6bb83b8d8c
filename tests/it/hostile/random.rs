//! Documents by chance, in the schema's own words, through the door and through the router: none stalls it, none
//! brings a panic, and what is honest is never refused.

mod shapes;
mod write;

use std::cell::RefCell;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use plenary::config::{Config, Limits};
use plenary::http::guard;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestRunner};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use super::{ALONE, patience, timed};
use crate::support::files::{file, small};
use crate::support::{Backend, World, runtime};

/// A case: what is sent, and how it must be taken.
#[derive(Debug)]
enum Sent {
    /// A document that must be answered, with its variables.
    Honest(String, Value),
    /// A document that may be anything.
    Hostile(String),
    /// A body that may be anything.
    Bytes(Vec<u8>),
}

/// Choices, one after another: what is made of them shrinks as they do.
fn choices() -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), 0..400)
}

fn sent(words: &'static write::Words) -> impl Strategy<Value = Sent> {
    let honest = || choices().prop_map(|choices| write::honest(words, choices));
    let mutated =
        (honest(), shapes::edits()).prop_map(|((query, _), edits)| Sent::Hostile(shapes::edited(&query, &edits)));
    let bytes = (honest(), prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)).prop_map(
        |((query, variables), edits)| {
            let mut body = json!({"query": query, "variables": variables}).to_string().into_bytes();
            for (at, byte) in edits {
                let at = at.index(body.len());
                body[at] = byte;
            }
            Sent::Bytes(body)
        },
    );
    prop_oneof![
        8 => honest().prop_map(|(query, variables)| Sent::Honest(query, variables)),
        3 => mutated,
        4 => shapes::hostile().prop_map(Sent::Hostile),
        1 => bytes,
        1 => prop::collection::vec(any::<u8>(), 0..2_000).prop_map(Sent::Bytes),
    ]
}

#[derive(Default)]
struct Seen {
    honest: usize,
    refused: usize,
    answered: usize,
    slowest_verdict: Duration,
    slowest_answer: Duration,
}

struct Trial<'a> {
    runtime: &'a tokio::runtime::Runtime,
    /// A small program, in which what is honest is small too.
    small: &'a World,
    /// One in which little asks for much.
    wide: &'a World,
    limits: Limits,
    seen: RefCell<Seen>,
}

impl Trial<'_> {
    fn door(&self, query: &str, variables: &Map<String, Value>) -> TestCaseResult {
        let (took, _) = timed(|| guard::admit(query, None, variables, &self.limits).is_ok());
        let mut seen = self.seen.borrow_mut();
        seen.slowest_verdict = seen.slowest_verdict.max(took);
        prop_assert!(took < patience(), "a verdict after {took:?}");
        Ok(())
    }

    fn router(&self, world: &World, body: &[u8]) -> Result<Value, TestCaseError> {
        let (took, answer) = timed(|| {
            let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
            let request = request.body(Body::from(body.to_vec())).unwrap();
            self.runtime.block_on(async {
                let response = world.app.router().oneshot(request).await.unwrap();
                response.into_body().collect().await.unwrap().to_bytes()
            })
        });
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let mut seen = self.seen.borrow_mut();
        seen.slowest_answer = seen.slowest_answer.max(took);
        prop_assert!(took < patience(), "an answer after {took:?}");
        prop_assert!(answer.is_object(), "{answer}");
        for error in answer["errors"].as_array().into_iter().flatten() {
            // A panic is answered with INTERNAL.
            let code = error["extensions"]["code"].as_str();
            prop_assert!(code.is_some_and(|code| code != "INTERNAL"), "{answer}");
        }
        Ok(answer)
    }

    fn case(&self, sent: Sent) -> TestCaseResult {
        let body =
            |query: &str, variables: &Value| json!({"query": query, "variables": variables}).to_string().into_bytes();
        let answer = match sent {
            Sent::Honest(query, variables) => {
                self.door(&query, variables.as_object().unwrap())?;
                let answer = self.router(self.small, &body(&query, &variables))?;
                prop_assert!(answer.get("errors").is_none() && answer["data"].is_object(), "{query}\n{answer}");
                self.seen.borrow_mut().honest += 1;
                return Ok(());
            }
            Sent::Hostile(query) => {
                self.door(&query, &Map::new())?;
                self.router(self.wide, &body(&query, &Value::Null))?
            }
            Sent::Bytes(body) => self.router(self.wide, &body)?,
        };
        let mut seen = self.seen.borrow_mut();
        *if answer.get("errors").is_some() { &mut seen.refused } else { &mut seen.answered } += 1;
        Ok(())
    }
}

/// 1,000 cases; in the long form (`PLENARY_TEST_LONG=1`) 10,000.
#[test]
fn by_chance() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let runtime = runtime();
    let sizes = plenary::generate::Options { panels: 1, papers: 500, people: 50, seed: 2, slug: "wide".into() };
    let [small, wide] = [file(&small()), plenary::generate::generate(&sizes)].map(|program| {
        runtime.block_on(async {
            let world = World::new(Backend::Sqlite).await;
            world.import(&program).await;
            world
        })
    });
    let words = Box::leak(Box::new(runtime.block_on(write::Words::learn(&small))));
    let limits = Config::load(None, std::iter::empty(), toml::Table::new()).unwrap().limits;
    let trial = Trial { runtime: &runtime, small: &small, wide: &wide, limits, seen: RefCell::default() };
    let cases = if std::env::var_os("PLENARY_TEST_LONG").is_some() { 10_000 } else { 1_000 };
    let config = ProptestConfig { cases, source_file: Some(file!()), ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&sent(words), |sent| trial.case(sent));
    let seen = trial.seen.borrow();
    eprintln!(
        "{} honest documents answered; of the hostile {} refused, {} answered; slowest verdict {:?}, slowest answer {:?}",
        seen.honest, seen.refused, seen.answered, seen.slowest_verdict, seen.slowest_answer
    );
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    assert!(seen.honest > 300 && seen.refused > 100 && seen.answered > 0, "each kind has come up");
}
