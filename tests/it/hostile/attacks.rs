//! What is sent: documents that cost more than they weigh, and bytes that are hardly requests.

use serde_json::{Value, json};

use super::wire::{self, Answer};

/// How an attack must end.
#[derive(Clone, Copy, Debug)]
pub enum Expected {
    /// Refused, without data, with this code.
    Code(&'static str),
    /// Refused with this HTTP status.
    Status(u16),
    /// The connection was cut.
    Cut,
    /// It only looks bad, and costs nothing: answered, with or without errors.
    Answered,
}

use Expected::{Answered, Code, Cut, Status};

impl Expected {
    pub fn is(&self, answer: &Answer) -> bool {
        match self {
            Code(code) => answer.code().as_deref() == Some(code) && is_empty(&answer.json()["data"]),
            Status(status) => answer.status == *status,
            Cut => answer.status == 0,
            Answered => answer.status == 200 && answer.code().is_none_or(|code| code != "INTERNAL"),
        }
    }
}

/// Whether there is nothing in it. A field that refuses a value leaves nulls around it.
fn is_empty(data: &Value) -> bool {
    match data {
        Value::Null => true,
        Value::Object(members) => members.values().all(is_empty),
        _ => false,
    }
}

const EXPENSIVE: Expected = Code("TOO_EXPENSIVE");
const INVALID: Expected = Code("VALIDATION_FAILED");
const UNREADABLE: Expected = Code("PARSE_FAILED");
const BAD: Expected = Code("BAD_USER_INPUT");

fn nest(times: usize, open: &str, core: &str, close: &str) -> String {
    format!("{}{core}{}", open.repeat(times), close.repeat(times))
}

fn each(times: usize, item: impl Fn(usize) -> String) -> String {
    (0..times).map(item).collect()
}

/// `fragments` levels of fragments, each spreading the next one `fan` times.
fn fan_out(fragments: usize, fan: usize, on: &str, core: &str) -> String {
    let level = |n: usize| format!("fragment F{n} on {on} {{ {} }} ", format!("...F{} ", n + 1).repeat(fan));
    format!("{} fragment F{fragments} on {on} {{ {core} }}", each(fragments, level))
}

fn conference(fields: &str) -> String {
    format!(r#"{{ conference(slug: "wide") {{ {fields} }} }}"#)
}

fn panels(fields: &str) -> String {
    conference(&format!("panels {{ nodes {{ {fields} }} }}"))
}

/// Of all that runs before it is refused, what takes the most memory.
pub fn authors_of_papers() -> String {
    let chain = "authors { person { authorships { paper { ";
    panels(&format!("papers {{ {} }}", nest(2, chain, "id", "} } } }")))
}

/// Bodies of requests, each with its name.
pub fn documents() -> Vec<(String, String, Expected)> {
    let mut all: Vec<(String, String, Expected)> = Vec::new();
    let mut add = |name: &str, query: String, variables: Value, expected| {
        all.push((name.to_owned(), json!({"query": query, "variables": variables}).to_string(), expected));
    };
    nested(&mut add);
    fragments(&mut add);
    many(&mut add);
    within_the_door(&mut add);
    texts(&mut add);
    all
}

type Add<'a> = dyn FnMut(&str, String, Value, Expected) + 'a;

fn nested(add: &mut Add) {
    for (what, open, close) in [("lists", "[", "]"), ("objects", "{x:", "}")] {
        for (times, expected) in [(35, INVALID), (45, EXPENSIVE), (4_000, EXPENSIVE), (50_000, EXPENSIVE)] {
            let value = nest(times, open, "1", close);
            let argument = format!("{{ conference(slug: {value}) {{ id }} }}");
            add(&format!("{times} {what} in an argument"), argument, Value::Null, expected);
            let default = format!("query ($v: String = {value}) {{ conference(slug: $v) {{ id }} }}");
            add(&format!("{times} {what} in a default"), default, Value::Null, expected);
        }
        let open_only = format!("{{ conference(slug: {}", open.repeat(4_000));
        add(&format!("4,000 {what} never closed"), open_only, Value::Null, EXPENSIVE);
    }
    let query = "query ($v: String!) { conference(slug: $v) { id } }";
    for (what, close) in [("lists", Value::Array as fn(Vec<Value>) -> Value), ("objects", |list| json!({"x": list[0]}))]
    {
        // The JSON around it and the list or object itself take three.
        for (times, expected) in [(35, BAD), (45, EXPENSIVE), (120, EXPENSIVE)] {
            let value = (0..times).fold(json!(1), |value, _| close(vec![value]));
            add(&format!("{times} {what} in a variable"), query.to_owned(), json!({"v": value}), expected);
        }
    }
    let types = format!("query ($v: {}) {{ conferences {{ totalCount }} }}", nest(5_000, "[", "Int", "]"));
    add("a type of 5,000 lists", types, Value::Null, EXPENSIVE);
    add("5,000 selections", nest(5_000, "{a", "", "}"), Value::Null, EXPENSIVE);
    add("5,000 inline fragments", format!("{{{}}}", nest(5_000, "...{", "a", "}")), Value::Null, EXPENSIVE);
    let lists = ["fields { type {", "possibleTypes { interfaces {", "interfaces { possibleTypes {"];
    for list in lists {
        for times in [3, 9, 200] {
            let deep = format!("{{ __schema {{ types {{ {} }} }} }}", nest(times, list, "name", "} }"));
            add(&format!("{list} {times} times"), deep, Value::Null, EXPENSIVE);
            let deep = format!("{{ __type(name: \"Node\") {{ {} }} }}", nest(times, list, "name", "} }"));
            add(&format!("{list} {times} times, of one type"), deep, Value::Null, EXPENSIVE);
        }
    }
    for times in 2..6 {
        let deep = panels(&nest(times, "papers { panel {", "code", "} }"));
        add(&format!("papers and panel, {times} times"), deep, Value::Null, EXPENSIVE);
    }
    add("authors of papers of authors of papers", authors_of_papers(), Value::Null, EXPENSIVE);
}

fn fragments(add: &mut Add) {
    for (fragments, fan) in [(30, 2), (8, 8), (4, 20), (35, 3)] {
        for (on, place) in [("Paper", panels("papers { ...F0 }")), ("Query", "{ ...F0 }".to_owned())] {
            let core = if on == "Paper" { "title" } else { "__typename" };
            let document = format!("{place} {}", fan_out(fragments, fan, on, core));
            add(&format!("{fragments} fragments on {on} that spread {fan} times"), document, Value::Null, EXPENSIVE);
        }
        let document = format!("{{ __schema {{ types {{ ...F0 }} }} }} {}", fan_out(fragments, fan, "__Type", "name"));
        add(
            &format!("{fragments} fragments of introspection that spread {fan} times"),
            document,
            Value::Null,
            EXPENSIVE,
        );
        let unused = format!("{{ __typename }} {}", fan_out(fragments, fan, "Query", "__typename"));
        add(&format!("{fragments} unused fragments that spread {fan} times"), unused, Value::Null, EXPENSIVE);
    }
    for around in [1, 2, 3, 100] {
        let cycle = each(around, |n| format!("fragment F{n} on Query {{ ...F{} }} ", (n + 1) % around));
        for (what, place) in [("", "{ ...F0 }"), (" that nothing spreads", "{ __typename }")] {
            let expected = if around == 100 { EXPENSIVE } else { INVALID };
            let name = format!("a cycle of {around} fragments{what}");
            // A hundred are refused for their nesting or for the cycle, whichever is seen first.
            add(&name, format!("{place} {cycle}"), Value::Null, if around == 100 { INVALID } else { expected });
        }
    }
}

fn many(add: &mut Add) {
    const MANY: usize = 10_000;
    let inside = |item: &dyn Fn(usize) -> String| conference(&each(MANY, item));
    add("aliases", inside(&|n| format!("a{n}: id ")), Value::Null, EXPENSIVE);
    add("fields", inside(&|_| "id ".to_owned()), Value::Null, EXPENSIVE);
    add("spreads", inside(&|_| "...F ".to_owned()) + "fragment F on Conference { id }", Value::Null, EXPENSIVE);
    add("directives", conference(&format!("id {}", "@skip(if: false) ".repeat(MANY))), Value::Null, EXPENSIVE);
    add("unknown directives", conference(&format!("id {}", "@a".repeat(MANY))), Value::Null, EXPENSIVE);
    add("operations", each(MANY, |n| format!("query Q{n} {{ __typename }} ")), Value::Null, EXPENSIVE);
    add("fragments", each(MANY, |n| format!("fragment F{n} on Query {{ __typename }} ")), Value::Null, EXPENSIVE);
    let variables = each(MANY, |n| format!("$v{n}: Int "));
    add("variables", format!("query ({variables}) {{ __typename }}"), Value::Null, EXPENSIVE);
    let arguments = each(MANY, |n| format!("a{n}: 1 "));
    add("arguments", format!("{{ conference({arguments}) {{ id }} }}"), Value::Null, EXPENSIVE);
    add("values", format!("{{ nodes(ids: [{}]) {{ id }} }}", "1 ".repeat(MANY)), Value::Null, EXPENSIVE);
    let ids: Vec<String> = (0..MANY).map(|n| n.to_string()).collect();
    add("ids", "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }".to_owned(), json!({"ids": ids}), EXPENSIVE);
}

/// As much as the door lets through: the library validates it, and it may run.
fn within_the_door(add: &mut Add) {
    let same = |times: usize, field: &str| conference(&format!("panels {{ nodes {{ {} }} }}", field.repeat(times)));
    add("one field 1,900 times", same(1_900, "code "), Value::Null, Answered);
    add("one field 400 times with fields", same(400, "track { id } "), Value::Null, Answered);
    let unlike = conference(&each(49, |n| format!("a: papers(first: {n}) {{ totalCount }} ")));
    add("fields that do not merge", unlike, Value::Null, INVALID);
    let unused = each(280, |n| format!("fragment F{n} on Query {{ __typename }} "));
    add("280 unused fragments", format!("{{ __typename }} {unused}"), Value::Null, Answered);
    let operations = each(390, |n| format!("query Q{n} {{ __typename }} "));
    add("390 operations", operations, Value::Null, BAD);
    let variables = each(480, |n| format!("$v{n}: Int "));
    add("480 unused variables", format!("query ({variables}) {{ __typename }}"), Value::Null, INVALID);
    let unknown = conference(&each(1_900, |n| format!("f{n} ")));
    add("1,900 unknown fields", unknown, Value::Null, INVALID);
    let chain = each(35, |n| format!("fragment F{n} on Query {{ ...F{} }} ", n + 1));
    add(
        "a chain of 35 fragments",
        format!("{{ ...F0 }} {chain} fragment F35 on Query {{ __typename }}"),
        Value::Null,
        Answered,
    );
    let pages = each(19, |n| {
        format!(
            r#"c{n}: conference(slug: "wide") {{ papers(first: 500) {{ nodes {{ title abstract a: abstract authors {{ person {{ name }} }} }} }} }} "#
        )
    });
    add("19 times all papers", format!("{{ {pages} }}"), Value::Null, EXPENSIVE);
    let pages =
        conference(&each(50, |n| format!("p{n}: papers(first: 500) {{ edges {{ cursor node {{ abstract }} }} }} ")));
    add("50 times all abstracts", pages, Value::Null, EXPENSIVE);
    let filters =
        conference(&each(50, |n| format!(r#"p{n}: papers(first: 0, filter: {{keyword: "k{n}"}}) {{ totalCount }} "#)));
    add("50 filters", filters, Value::Null, Answered);
    add("a page too large", conference("papers(first: 501) { totalCount }"), Value::Null, EXPENSIVE);
    add(
        "a page too large for a number",
        conference(&format!("papers(first: {}) {{ totalCount }}", "9".repeat(400))),
        Value::Null,
        UNREADABLE,
    );
}

fn texts(add: &mut Add) {
    let ask = "query ($v: String!) { conference(slug: $v) { id } }";
    add("a long text", format!("{{ conference(slug: \"{}\") {{ id }} }}", "x".repeat(16_000)), Value::Null, Answered);
    add(
        "a longer text",
        format!("{{ conference(slug: \"{}\") {{ id }} }}", "x".repeat(100_000)),
        Value::Null,
        EXPENSIVE,
    );
    add(
        "a block of quotes",
        format!("{{ conference(slug: \"\"\"{}", "\\\"\"\"".repeat(3_000)),
        Value::Null,
        Expected::Code("PARSE_FAILED"),
    );
    add("a text without end", format!("{{ conference(slug: \"{}", "\\\"".repeat(7_000)), Value::Null, UNREADABLE);
    add("a long name", format!("{{ {} }}", "x".repeat(16_000)), Value::Null, INVALID);
    add("a long comment", format!("{{ __typename }} #{}", "x".repeat(16_000)), Value::Null, Answered);
    add("many lines", format!("{}{{ __typename }}", "\n".repeat(16_000)), Value::Null, Answered);
    add("a long text in a variable", ask.to_owned(), json!({"v": "x".repeat(200_000)}), Answered);
    add("a long id", "query ($v: ID!) { node(id: $v) { id } }".to_owned(), json!({"v": "A".repeat(200_000)}), BAD);
    add(
        "a long page cursor",
        "query ($v: String) { conferences(after: $v) { totalCount } }".to_owned(),
        json!({"v": "A".repeat(200_000)}),
        BAD,
    );
    add(
        "a long history cursor",
        "query ($v: Cursor) { conference(slug: \"wide\", atLeast: $v) { id } }".to_owned(),
        json!({"v": "A".repeat(200_000)}),
        BAD,
    );
    add("NUL in a document", "{ \0 }".to_owned(), Value::Null, UNREADABLE);
    add("NUL in a text", ask.to_owned(), json!({"v": "wide\0"}), Answered);
    add("not a character", "{ \u{fffe} }".to_owned(), Value::Null, UNREADABLE);
    for (value, expected) in [("1e999999999", UNREADABLE), ("-0", Answered), ("99999999999999999999999999", INVALID)] {
        add(
            &format!("the number {value}"),
            conference(&format!("papers(first: {value}) {{ totalCount }}")),
            Value::Null,
            expected,
        );
    }
}

/// Whole requests, with what may come of each.
pub fn requests() -> Vec<(&'static str, Vec<u8>, Vec<Expected>)> {
    let json = "content-type: application/json\r\n";
    let honest = br#"{"query":"{ __typename }"}"#;
    let body = |bytes: &[u8]| wire::post_bytes(json, bytes);
    let typed = |header: &str| wire::post_bytes(header, honest);
    let head = |headers: &str| {
        format!("GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n")
            .into_bytes()
    };
    let raw = |text: &str| text.as_bytes().to_vec();
    let posting = |headers: &str, rest: &str| {
        raw(&format!("POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{json}{headers}\r\n{rest}"))
    };
    let refused = || vec![Status(400), Cut];
    vec![
        ("50,000 lists in JSON", body(nest(50_000, "[", "", "]").as_bytes()), vec![EXPENSIVE]),
        ("50,000 objects in JSON", body(nest(40_000, "{\"x\":", "1", "}").as_bytes()), vec![EXPENSIVE]),
        ("50,000 lists never closed", body("[".repeat(50_000).as_bytes()), vec![EXPENSIVE]),
        (
            "50,000 lists in variables",
            body(format!(r#"{{"query":"{{ __typename }}","variables":{}}}"#, nest(50_000, "[", "", "]")).as_bytes()),
            vec![EXPENSIVE],
        ),
        (
            "50,000 lists in extensions",
            body(format!(r#"{{"query":"{{ __typename }}","extensions":{}}}"#, nest(50_000, "[", "", "]")).as_bytes()),
            vec![EXPENSIVE],
        ),
        (
            "20,000 members",
            body(format!("{{{}\"query\":\"{{ __typename }}\"}}", each(20_000, |n| format!("\"k{n}\":1,"))).as_bytes()),
            vec![Answered],
        ),
        (
            "a batch",
            body(format!("[{}]", vec![r#"{"query":"{ __typename }"}"#; 1_000].join(",")).as_bytes()),
            vec![Status(400)],
        ),
        ("a large body", body(&vec![b' '; 5_000_000]), vec![Status(413), Cut]),
        ("invalid UTF-8", body(b"{\"query\":\"{ \xff\xfe\xc0\xaf }\"}"), vec![Status(400)]),
        ("half a surrogate", body(br#"{"query":"{ \ud800 }"}"#), vec![Status(400)]),
        ("NUL bytes", body(&[0; 10_000]), vec![Status(400)]),
        ("NUL in JSON", body(b"{\"query\":\"{ __typename \0 }\"}"), vec![Status(400)]),
        (
            "a large number in JSON",
            body(br#"{"query":"{ __typename }","variables":{"v":1e999999}}"#),
            vec![Status(400)],
        ),
        ("no content type", typed(""), vec![Status(415)]),
        ("text", typed("content-type: text/plain\r\n"), vec![Status(415)]),
        ("a form", typed("content-type: application/x-www-form-urlencoded\r\n"), vec![Status(415)]),
        ("an upload", typed("content-type: multipart/form-data; boundary=x\r\n"), vec![Status(415)]),
        ("a content type of 10 KB", typed(&format!("content-type: {}\r\n", "a/".repeat(5_000))), vec![Status(415)]),
        ("UTF-16", typed("content-type: application/json; charset=utf-16\r\n"), vec![Status(415)]),
        ("compressed", typed(&format!("{json}content-encoding: gzip\r\n")), vec![Status(415)]),
        ("Accept of 10 KB", head(&format!("accept: {}\r\n", "a/b;q=0.1,".repeat(1_000))), vec![Status(406)]),
        ("1 MB in one header", head(&format!("x: {}\r\n", "y".repeat(1_000_000))), vec![Status(431), Cut]),
        ("1 MB of headers", head(&each(50_000, |n| format!("x-{n}: yyyyyyyyyy\r\n"))), vec![Status(431), Cut]),
        ("500 headers", head(&each(500, |n| format!("x-{n}: y\r\n"))), vec![Status(431), Cut]),
        (
            "a URL of 1 MB",
            wire::get_url(&format!("/graphql?query={}", "x".repeat(1_000_000))),
            vec![Status(414), Status(431), Cut],
        ),
        ("3,000 parameters", wire::get_url(&format!("/graphql?{}", "a=b&".repeat(3_000))), vec![Status(400)]),
        ("a parameter twice", wire::get_url("/graphql?query=%7Ba%7D&query=%7Bb%7D"), vec![Status(400)]),
        ("bad escapes", wire::get_url("/graphql?query=%ff%00%zz%"), vec![UNREADABLE]),
        (
            "lists in a parameter",
            wire::get_url(&format!("/graphql?query=%7Ba%7D&variables={}", "[".repeat(10_000))),
            vec![EXPENSIVE],
        ),
        ("a length below zero", posting("content-length: -1\r\n", "x"), refused()),
        ("a length that is none", posting("content-length: 1e3\r\n", "x"), refused()),
        ("a length of many digits", posting(&format!("content-length: {}\r\n", "9".repeat(100)), "x"), refused()),
        ("a length of terabytes", posting("content-length: 9999999999999\r\n", "x"), vec![Status(413)]),
        ("two lengths", posting("content-length: 1\r\ncontent-length: 2\r\n", "xx"), refused()),
        (
            "a length and chunks",
            posting("content-length: 5\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
            refused(),
        ),
        (
            "chunks without end",
            posting(
                "transfer-encoding: chunked\r\n",
                &"1000\r\n"
                    .to_owned()
                    .chars()
                    .chain(std::iter::repeat_n(' ', 4_096))
                    .chain("\r\n".chars())
                    .collect::<String>()
                    .repeat(200),
            ),
            vec![Status(413), Cut],
        ),
        ("a chunk that is none", posting("transfer-encoding: chunked\r\n", "zz\r\n"), refused()),
        (
            "extensions of chunks",
            posting("transfer-encoding: chunked\r\n", &format!("1;{}\r\n", "x".repeat(1_000_000))),
            refused(),
        ),
        ("NUL in a header", head("x: \0\r\n"), refused()),
        ("a header without a name", head(": y\r\n"), refused()),
        ("no request at all", raw(&"\0\u{7f}garbage\r\n\r\n".repeat(100)), refused()),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(50), refused()),
        ("HTTP/2", raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), vec![Status(505), Status(400), Cut]),
        ("an unknown method", raw("BREW /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"), vec![Status(405)]),
        ("a mutation by GET", wire::get_url("/graphql?query=mutation%7Ba%7D"), vec![Status(405), UNREADABLE, INVALID]),
    ]
}
