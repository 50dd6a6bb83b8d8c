use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{config::Config, error::ErrorCode};

fn limits() -> Limits {
    Config::load(None, std::iter::empty(), toml::Table::new()).unwrap().limits
}

fn verdict(query: &str) -> Result<Admitted, (ErrorCode, String)> {
    admit(query, None, &Map::new(), &limits()).map_err(|error| (error.code(), error.message().to_owned()))
}

/// Passes at the limit, and one above it is refused by that limit's name.
fn bounded(limit: &str, allowed: usize, document: impl Fn(usize) -> String) {
    verdict(&document(allowed)).unwrap_or_else(|error| panic!("{limit} at {allowed}: {error:?}"));
    let (code, message) = verdict(&document(allowed + 1)).unwrap_err();
    assert_eq!(code, ErrorCode::TooExpensive, "{limit}: {message}");
    assert!(message.contains(&format!(" {} ", allowed + 1)), "{message}");
    assert!(message.ends_with(&format!("the limit {limit} is {allowed}.")), "{message}");
}

/// As clients send it, `ofType` nine deep.
fn introspection() -> String {
    let mut of_type = "kind name".to_owned();
    for _ in 0..9 {
        of_type = format!("kind name ofType {{ {of_type} }}");
    }
    format!(
        "query IntrospectionQuery {{ __schema {{ description queryType {{ name kind }} mutationType {{ name kind }}
           subscriptionType {{ name kind }} types {{ ...FullType }}
           directives {{ name description isRepeatable locations args(includeDeprecated: true) {{ ...InputValue }} }} }} }}
         fragment FullType on __Type {{ kind name description specifiedByURL isOneOf
           fields(includeDeprecated: true) {{ name description
             args(includeDeprecated: true) {{ ...InputValue }} type {{ ...TypeRef }} isDeprecated deprecationReason }}
           inputFields(includeDeprecated: true) {{ ...InputValue }} interfaces {{ ...TypeRef }}
           enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }}
           possibleTypes {{ ...TypeRef }} }}
         fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }} defaultValue isDeprecated deprecationReason }}
         fragment TypeRef on __Type {{ {of_type} }}"
    )
}

const PAGE: &str = r#"
# A page as client libraries write it
query PaperPage($id: ID!, $with: Boolean = true, $first: Int = 10, $after: String) @live {
  node(id: $id) { __typename ...Paper_paper @arguments(first: $first) id }
}
fragment Paper_paper on Paper { title abstract authors { ...Author_authorship } ...Panel_paper @include(if: $with) id }
fragment Author_authorship on Authorship { affiliation person { id name } }
fragment Panel_paper on Paper { panel { id code title
  papers { ...on Paper { again: title, id } }
  sessions { startsAt(zone: {name: "Europe/\"Paris\"", list: [1, -2.5e3, null, true, ENUM, $after]}) } } }
"#;

/// What pages ask for: one paper, one panel, a day, the whole program, a page of papers, an own schedule.
const PAGES: &str = r#"
# One paper's page
query Q1($id: ID!) {
  node(id: $id) { ... on Paper { id title abstract
    authors { affiliation person { name affiliation } }
    panel { id code title }
    slots { position session { id number date startsAt endsAt rooms { room { id name } } } } } }
}
# One panel's page
query Q2($conference: String!, $code: String!) {
  conference(slug: $conference) { panel(code: $code) { id code title abstract
    convenors { person { name affiliation } }
    sessions { id startsAt endsAt rooms { room { name } }
      slots { paper { id title authors { person { name affiliation } } } } } } }
}
# One day's grid (180 sessions)
query Q3($conference: String!, $date: Date!) {
  conference(slug: $conference) { sessions(filter: {date: $date}, first: 500) { nodes { id number startsAt endsAt
    rooms { room { id name } }
    panel { id code title convenors { person { name } } } } } }
}
# The whole program, titles only (400 panels, 3,000 papers)
query Q4($conference: String!) {
  conference(slug: $conference) { panels(first: 500) { nodes { id code title
    papers { id title authors { person { name } } } } } }
}
# A page of 50 papers
query Q5($conference: String!, $after: String) {
  conference(slug: $conference) { papers(first: 50, after: $after) {
    nodes { id title authors { person { name } } panel { code } }
    pageInfo { hasNextPage endCursor } } }
}
# The viewer's own schedule (about 20 stars)
query Q6($conference: String!) {
  conference(slug: $conference) { viewerSchedule { items { ... on Paper { id title panel { code title }
    slots { session { id startsAt endsAt rooms { room { name } } } } } } } }
}
"#;

#[test]
fn honest_documents_pass() {
    verdict(&introspection()).unwrap();
    verdict("query Q($a: [Int!]! = [1]) { a }").unwrap();
    let variables = json!({"id": "x", "conference": "x", "code": "x", "date": "x"});
    for name in ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6"] {
        admit(PAGES, Some(name), variables.as_object().unwrap(), &limits()).unwrap();
    }
    verdict("\u{feff}{ a(text: \"\"\"[[[ { \\\"\"\" \"\"\") }").unwrap();
    let variables = json!({"id": "x"});
    let admitted = admit(PAGE, None, variables.as_object().unwrap(), &limits()).unwrap();
    assert_eq!((admitted.kind, admitted.name.as_deref()), (OperationType::Query, Some("PaperPage")));
}

#[test]
fn limits_hold_to_the_unit() {
    let nest = |times: usize, open: &str, core: &str, close: &str| {
        format!("{}{core}{}", open.repeat(times), close.repeat(times))
    };
    bounded("document_bytes", 16384, |bytes| format!("{{a}}{}", " ".repeat(bytes - 3)));
    bounded("tokens", 2000, |tokens| format!("{{b {{{}}}}}", " a".repeat(tokens - 5)));
    bounded("nesting", 40, |deep| format!("{{a(x: {})}}", nest(deep - 2, "[", "", "]")));
    bounded("nesting", 40, |deep| format!("{{a(x: {})}}", nest(deep - 2, "{x:", "1", "}")));
    bounded("nesting", 40, |deep| format!("query($v: {} = []) {{a}}", nest(deep - 1, "[", "Int", "]")));
    bounded("nesting", 40, |deep| format!("{{{}}}", nest(deep - 1, "...{", "a", "}")));
    bounded("nesting", 40, |sets| {
        let chain: String = (1..sets - 1).map(|n| format!("fragment F{n} on T {{...F{}}} ", n + 1)).collect();
        format!("{{...F1}} {chain} fragment F{} on T {{a}}", sets - 1)
    });
    bounded("root_fields", 20, |fields| format!("{{{} ...F}} fragment F on Query {{a b}}", " a".repeat(fields - 2)));
    bounded("aliases", 50, |aliases| {
        let here: String = (0..aliases - 2).map(|n| format!(" x{n}: b")).collect();
        format!("{{a {{{here} ...{{y: b}} ...F}}}} fragment F on T {{z: b c {{z: d}}}}")
    });
    bounded("directives", 50, |times| {
        format!("query @x {{a ...F @x}} fragment F on T @x {{b{}}}", " @x".repeat(times - 3))
    });
    bounded("depth", 15, |deep| nest(deep, "{a", "", "}"));
    bounded("depth", 15, |deep| format!("{{b ...{{...F}}}} fragment F on T {}", nest(deep, "{a", "", "}")));
    bounded("introspection_depth", 20, |deep| {
        format!("{{__schema {{types {}}}}}", nest(deep - 2, "{ofType ", "{name}", "}").replacen("{name}", "", 1))
    });
    bounded("introspection_nesting", 2, |lists| {
        format!("{{__type(name: \"Q\") {{{}}}}}", nest(lists, "fields {type {", "name", "}}"))
    });
    bounded("expanded_fields", 5000, |fields| {
        // 100 spreads of a fragment of 48 fields: 1 + 100 * 49 selections; and what lacks, singly.
        let (spreads, fragment) = (" ...F".repeat(100), " b".repeat(48));
        format!("{{a {{{spreads}{}}}}} fragment F on T {{{fragment}}}", " c".repeat(fields - 1 - 100 * 49))
    });
}

#[test]
fn operations_are_reckoned_together_but_roots_singly() {
    let one = " a".repeat(15);
    let two = format!("query A {{{one}}} query B {{{one}}}");
    admit(&two, Some("B"), &Map::new(), &limits()).unwrap();
    let heavy = format!("{{a {{{}}}}} fragment F on T {{{}}}", " ...F".repeat(60), " b".repeat(59));
    let two = format!("query A {heavy} query B {{a {{{}}}}}", " ...F".repeat(60));
    assert_eq!(admit(&two, Some("B"), &Map::new(), &limits()).unwrap_err().code(), ErrorCode::TooExpensive);
}

#[test]
fn fragments_that_contain_themselves_are_refused() {
    for query in [
        "{...A} fragment A on T {...A}",
        "{...A} fragment A on T {b {...B}} fragment B on T {...{...A}}",
        "{a} fragment A on T {...B ...C} fragment B on T {...C} fragment C on T {...A}",
    ] {
        let (code, message) = verdict(query).unwrap_err();
        assert_eq!(code, ErrorCode::ValidationFailed);
        assert!(message.starts_with("The fragment \"A\" contains itself"), "{message}");
    }
    verdict("{...A ...B} fragment A on T {...C} fragment B on T {...C} fragment C on T {a ...Unknown}").unwrap();
}

#[test]
fn doubling_fragments_are_reckoned_not_walked() {
    let doubling: String = (0..100).map(|n| format!("fragment F{n} on T {{...F{m} ...F{m}}}", m = n + 1)).collect();
    let started = Instant::now();
    let (code, message) = verdict(&format!("{{...F0}} {doubling} fragment F100 on T {{a}}")).unwrap_err();
    assert_eq!(code, ErrorCode::TooExpensive, "{message}");
    assert!(started.elapsed() < patience());
}

#[test]
fn what_can_not_be_read_says_where() {
    let (code, message) = verdict("{\n  a(x: ]\n}").unwrap_err();
    assert_eq!(code, ErrorCode::ParseFailed);
    assert!(message.starts_with("The document can't be read at line 2, column 8: expected "), "{message}");
    for query in
        ["{", "", "query", "{}", "{a} {b}", "query A {a} query A {b}", "{ a(x: \"", "fragment F on T {a}", "\0"]
    {
        let (code, message) = verdict(query).unwrap_err();
        assert_eq!(code, ErrorCode::ParseFailed, "{query}");
        assert!(!message.contains('\n') && message.ends_with('.'), "{message}");
    }
}

#[test]
fn the_operation_must_be_named_and_there() {
    let two = "query A {a} mutation B {b}";
    let code = |query, name| admit(query, name, &Map::new(), &limits()).map(|a| a.kind).map_err(|e| e.code());
    assert_eq!(code(two, None), Err(ErrorCode::BadUserInput));
    assert_eq!(code(two, Some("C")), Err(ErrorCode::BadUserInput));
    assert_eq!(code("{a}", Some("A")), Err(ErrorCode::BadUserInput));
    assert_eq!(code(two, Some("B")), Ok(OperationType::Mutation));
}

#[test]
fn required_variables_must_be_there() {
    let query = "query Q($a: Int!, $b: Int! = 1, $c: Int) { x(a: $a, b: $b, c: $c) }";
    let fault = |variables: Value| {
        admit(query, None, variables.as_object().unwrap(), &limits())
            .map(|_| ())
            .map_err(|error| (error.code(), error.message().to_owned()))
    };
    fault(json!({"a": 1})).unwrap();
    fault(json!({"a": 1, "c": null, "unknown": null})).unwrap();
    for (variables, says) in [
        (json!({}), "The variable \"$a\" of the required type \"Int!\" is missing."),
        (json!({"a": null}), "The variable \"$a\" of the required type \"Int!\" is null."),
        (json!({"a": 1, "b": null}), "The variable \"$b\" of the required type \"Int!\" is null."),
    ] {
        assert_eq!(fault(variables), Err((ErrorCode::BadUserInput, says.to_owned())));
    }
}

/// Documents built to cost more than they weigh.
fn hostile() -> impl Strategy<Value = String> {
    let nested = (0_usize..8000, 0_usize..6).prop_map(|(times, kind)| {
        let (before, open, close, after) = [
            ("{a(x:", "[", "]", ")}"),
            ("{a(x:", "{x:", "}", ")}"),
            ("", "{a", "}", ""),
            ("{", "...{", "}", "}"),
            ("query($v:", "[", "]", "){a}"),
            ("query($v:Int=", "[", "]", "){a}"),
        ][kind];
        format!("{before}{}1{}{after}", open.repeat(times), close.repeat(times))
    });
    let unended = (0_usize..8000, "[\\[{(\"]{1,3}").prop_map(|(times, open)| format!("{{a(x:{}", open.repeat(times)));
    let fragments = prop::collection::vec(prop::collection::vec(0_usize..40, 1..8), 1..40).prop_map(|spreads| {
        let mut document = "{...F0}".to_owned();
        for (name, of) in spreads.iter().enumerate() {
            let of: String = of.iter().map(|n| format!(" ...F{n} b{n}: b @x {{...F{n}}}")).collect();
            document.push_str(&format!("fragment F{name} on T {{a{of}}}"));
        }
        document
    });
    // Forward only: no cycles, so that the sizes are reckoned to the end.
    let doubling = (1_usize..120, 1_usize..5).prop_map(|(chain, fan)| {
        let links: String =
            (0..chain).map(|n| format!("fragment F{n} on T{{{}}}", format!(" ...F{}", n + 1).repeat(fan))).collect();
        format!("{{...F0}}{links} fragment F{chain} on T{{a}}")
    });
    let wide = (1_usize..3000, "( ?x: a| a@x| ...F| a\\(x:1,x:2\\))")
        .prop_map(|(times, what)| format!("{{a{{{}}}}} fragment F on T {{a}}", what.repeat(times)));
    let tokens = prop::collection::vec(
        prop::sample::select(vec![
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            ":",
            "...",
            "on",
            "fragment",
            "query",
            "mutation",
            "a",
            "F",
            "$v",
            "!",
            "=",
            "@x",
            "\"",
            "\"\"\"",
            "\\",
            "#",
            "\n",
            "1",
            "-1",
            "1.5e9",
            "1e999",
            "99999999999999999999",
            "true",
            "null",
            "\u{feff}",
            "é",
            "\\u",
            "{a}",
            "{a(x:",
        ]),
        0..200,
    )
    .prop_map(|tokens| tokens.join(" "));
    prop_oneof![nested, unended, fragments, doubling, wide, tokens, "\\PC{0,200}", any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_document_gets_its_verdict_in_time(query in hostile()) {
        let started = Instant::now();
        let _ = verdict(&query);
        prop_assert!(started.elapsed() < patience(), "{:?}", started.elapsed());
    }

    #[test]
    fn what_passes_is_as_small_as_it_seems(query in hostile()) {
        if let Ok(admitted) = verdict(&query) {
            // Written out in full, which only something small can be.
            let mut budget = 5000;
            for (_, operation) in admitted.document.operations.iter() {
                prop_assert!(write_out(&operation.node.selection_set.node, &admitted.document, 1, &mut budget));
            }
        }
    }
}

/// Walks a selection set with its fragments; `false`: over the budget or over the nesting.
fn write_out(
    set: &async_graphql::parser::types::SelectionSet,
    document: &ExecutableDocument,
    level: usize,
    budget: &mut usize,
) -> bool {
    use async_graphql::parser::types::Selection;
    if level > 40 {
        return false;
    }
    set.items.iter().all(|selection| {
        let Some(left) = budget.checked_sub(1) else { return false };
        *budget = left;
        let below = match &selection.node {
            Selection::Field(field) => &field.node.selection_set.node,
            Selection::InlineFragment(inline) => &inline.node.selection_set.node,
            Selection::FragmentSpread(spread) => match document.fragments.get(&spread.node.fragment_name.node) {
                Some(fragment) => &fragment.node.selection_set.node,
                None => return true,
            },
        };
        below.items.is_empty() || write_out(below, document, level + 1, budget)
    })
}

/// How long a refusal may take: a quarter of a second, as is promised; more where other work shares the machine (`CI`).
fn patience() -> Duration {
    Duration::from_millis(if std::env::var_os("CI").is_some() { 2_000 } else { 250 })
}
