//! A client that was written for the last release works with this one: `schema.graphql` takes nothing away from the
//! schema of that release (`stability/released.graphql`) that was not deprecated in it, and narrows nothing.

mod compare;

use std::path::Path;

use compare::breaks;

const RELEASED: &str = include_str!("stability/released.graphql");

#[test]
fn nothing_breaks_since_the_last_release() {
    let now = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql")).unwrap();
    let release = RELEASED.lines().next().unwrap();
    assert!(release.starts_with("# The schema of release "), "the first line says which release it is: {release}");
    let broken = breaks(RELEASED, &now);
    assert!(
        broken.is_empty(),
        "this breaks clients of the last release; deprecate it in one release, take it away in the next:\n{}",
        broken.join("\n")
    );
}

/// Each rule on the smallest schema that shows it: what was, what is, and the breaches.
#[track_caller]
fn check(released: &str, now: &str, expected: &[&str]) {
    let whole = |sdl: &str| format!("{sdl} type Query {{ a: Int }}");
    let broken = breaks(&whole(released), &whole(now));
    assert_eq!(broken, expected, "{released}\n→ {now}");
    // Nothing breaks by staying as it is.
    assert_eq!(breaks(&whole(released), &whole(released)), [""; 0]);
}

fn breach(released: &str, now: &str, expected: &str) {
    check(released, now, &[expected]);
}

fn allowed(released: &str, now: &str) {
    check(released, now, &[]);
}

#[test]
fn types() {
    breach("type T { a: Int }", "", "T is gone");
    breach("enum E { A }", "", "E is gone");
    breach("scalar S", "", "S is gone");
    breach("type T { a: U } type U { b: Int }", "type T { a: Int } type U { b: Int }", "T.a is Int, was U");
    breach("type T { a: Int }", "interface T { a: Int }", "T is an interface, was an object");
    breach("input T { a: Int }", "type T { a: Int }", "T is an object, was an input object");
    allowed("", "type T { a: Int }");
    allowed("scalar S", r#"scalar S @specifiedBy(url: "https://s.example")"#);
    allowed(r#""Old." type T { a: Int }"#, r#""New." type T { "So." a: Int }"#);
    // A type goes with the deprecated fields that were of it.
    let released = "type T { a: U @deprecated b: Int } type U { c: V! } enum V { X }";
    allowed(released, "type T { b: Int }");
    let one_is_not = "interface N { b: U } type T { a: U @deprecated } type U { c: Int }";
    check(one_is_not, "interface N { c: Int } type T { c: Int }", &["N.b is gone", "U is gone"]);
}

#[test]
fn fields() {
    breach("type T { a: Int b: Int }", "type T { a: Int }", "T.b is gone");
    breach("interface T { a: Int b: Int }", "interface T { a: Int }", "T.b is gone");
    allowed("type T { a: Int }", "type T { a: Int b: Int }");
    allowed("type T { a: Int }", "type T { a: Int @deprecated }");
    allowed(r#"type T { a: Int b: Int @deprecated(reason: "a") }"#, "type T { a: Int }");
    breach("type T { a: Int! }", "type T { a: Int }", "T.a is Int, was Int!");
    breach("type T { a: [Int!]! }", "type T { a: [Int]! }", "T.a is [Int]!, was [Int!]!");
    breach("type T { a: [Int!]! }", "type T { a: [Int!] }", "T.a is [Int!], was [Int!]!");
    breach("type T { a: Int }", "type T { a: String }", "T.a is String, was Int");
    breach("type T { a: Int }", "type T { a: [Int] }", "T.a is [Int], was Int");
    breach("type T { a: [Int] }", "type T { a: Int }", "T.a is Int, was [Int]");
    // Deprecated is not gone: it still works as it did.
    breach("type T { a: Int! @deprecated }", "type T { a: Int @deprecated }", "T.a is Int, was Int!");
    allowed("type T { a: Int }", "type T { a: Int! }");
    allowed("type T { a: [[Int]] }", "type T { a: [[Int!]!]! }");
}

#[test]
fn arguments() {
    breach("type T { a(x: Int): Int }", "type T { a: Int }", "T.a(x:) is gone");
    allowed("type T { a(x: Int @deprecated): Int }", "type T { a: Int }");
    allowed("type T { a: Int }", "type T { a(x: Int): Int }");
    allowed("type T { a: Int }", "type T { a(x: Int! = 1): Int }");
    breach("type T { a: Int }", "type T { a(x: Int!): Int }", "T.a(x:) is new and required");
    breach("type T { a(x: Int): Int }", "type T { a(x: Int!): Int }", "T.a(x:) is Int!, was Int");
    breach("type T { a(x: [Int]): Int }", "type T { a(x: [Int!]): Int }", "T.a(x:) is [Int!], was [Int]");
    breach("type T { a(x: Int): Int }", "type T { a(x: ID): Int }", "T.a(x:) is ID, was Int");
    breach("type T { a(x: Int! = 1): Int }", "type T { a(x: Int!): Int }", "T.a(x:) is required, had a default");
    allowed("type T { a(x: Int!): Int }", "type T { a(x: Int): Int }");
    allowed("type T { a(x: [Int!]!): Int }", "type T { a(x: [Int]): Int }");
    allowed("type T { a(x: Int!): Int }", "type T { a(x: Int! = 1): Int }");
    breach("directive @d(x: Int) on FIELD", "directive @d on FIELD", "@d(x:) is gone");
    breach("directive @d on FIELD", "directive @d(x: Int!) on FIELD", "@d(x:) is new and required");
    allowed("directive @d on FIELD", "directive @d(x: Int) on FIELD | QUERY");
    breach("directive @d on FIELD | QUERY", "directive @d on FIELD", "@d on QUERY is gone");
    breach("directive @d on FIELD", "", "@d is gone");
}

#[test]
fn inputs() {
    breach("input I { a: Int b: Int }", "input I { a: Int }", "I.b is gone");
    allowed("input I { a: Int b: Int @deprecated }", "input I { a: Int }");
    allowed("input I { a: Int }", "input I { a: Int b: Int c: Int! = 1 }");
    breach("input I { a: Int }", "input I { a: Int b: Int! }", "I.b is new and required");
    breach("input I { a: Int }", "input I { a: Int! }", "I.a is Int!, was Int");
    breach("input I { a: Int }", "input I { a: [Int] }", "I.a is [Int], was Int");
    breach("input I { a: Int! = 1 }", "input I { a: Int! }", "I.a is required, had a default");
    allowed("input I { a: Int! }", "input I { a: Int }");
}

#[test]
fn enums_unions_and_interfaces() {
    breach("enum E { A B }", "enum E { A }", "E.B is gone");
    allowed("enum E { A B @deprecated }", "enum E { A }");
    allowed("enum E { A }", "enum E { B A }");
    let types = "type A { a: Int } type B { a: Int }";
    breach(&format!("{types} union U = A | B"), &format!("{types} union U = A"), "U may no longer be B");
    allowed(&format!("{types} union U = A"), &format!("{types} union U = A | B"));
    let nodes = "interface N { a: Int } type T";
    breach(&format!("{nodes} implements N {{ a: Int }}"), &format!("{nodes} {{ a: Int }}"), "T is no longer a N");
    allowed(&format!("{nodes} {{ a: Int }}"), &format!("{nodes} implements N {{ a: Int }}"));
    // What an interface's field gives may still be that type, also where no field says so.
    breach("interface N { a: Int } type T implements N { a: Int }", "interface N { a: Int }", "T is gone");
}

#[test]
fn roots() {
    let with = |root: &str| format!("schema {{ query: Query {root} }} type M {{ a: Int }}");
    breach(&with("mutation: M"), &with(""), "mutations are no longer of M");
    allowed(&with(""), &with("mutation: M"));
}
