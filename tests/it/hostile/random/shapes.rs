//! Hostile documents by chance: shapes that cost more than they weigh, in any size, and honest ones with mistakes.

use proptest::prelude::*;

const TOKENS: &[&str] = &[
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
    "subscription",
    "Paper",
    "Query",
    "$id",
    "$first",
    "!",
    "=",
    "@include(if: $yes)",
    "@skip",
    "\"",
    "\"\"\"",
    "\\u",
    "#",
    "\n",
    "\0",
    "\u{feff}",
    "1",
    "-1",
    "1e999",
    "99999999999999999999",
    "true",
    "null",
    "__schema",
    "__typename",
    "papers",
    "panel",
    "...F1",
    "é",
];

type Edit = (prop::sample::Index, prop::sample::Index, u8, &'static str);

/// Mistakes: where, how far, what kind, and a token for those that put one in.
pub fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u8..4, prop::sample::select(TOKENS));
    prop::collection::vec(edit, 1..6)
}

pub fn edited(query: &str, edits: &[Edit]) -> String {
    let mut words: Vec<&str> = query.split_whitespace().collect();
    for (from, to, kind, token) in edits {
        if words.is_empty() {
            break;
        }
        let (from, to) = (from.index(words.len()), to.index(words.len()));
        let (from, to) = (from.min(to), from.max(to));
        match kind {
            0 => words.insert(from, token),
            1 => words[from] = token,
            2 => drop(words.drain(from..to)),
            _ => {
                let again = words[from..to].to_vec();
                words.splice(to..to, again);
            }
        }
    }
    words.join(" ")
}

pub fn hostile() -> impl Strategy<Value = String> {
    let nested = (0_usize..8_000, 0_usize..8).prop_map(|(times, kind)| {
        let (before, open, close, after) = [
            ("{conference(slug:", "[", "]", "){id}}"),
            ("{conference(slug:", "{x:", "}", "){id}}"),
            ("query($v:String=", "[", "]", "){conference(slug:$v){id}}"),
            ("query($v:", "[", "]", "){conference(slug:$v){id}}"),
            ("", "{conferences", "}", ""),
            ("{", "...{", "}", "}"),
            ("{__schema{types{", "fields{type{", "}}", "}}}"),
            ("{__type(name:\"Node\"){", "possibleTypes{interfaces{", "}}", "}}"),
        ][kind];
        format!("{before}{}name{}{after}", open.repeat(times), close.repeat(times))
    });
    let loops = (1_usize..8, 0_usize..4, 1_usize..12).prop_map(|(times, kind, aliases)| {
        let (open, core, close) = [
            ("papers { panel { ", "code", "} }"),
            ("papers { authors { person { authorships { paper { panel { ", "title", "} } } } } }"),
            ("sessions { slots { paper { panel { ", "abstract", "} } } }"),
            ("papers { slots { session { panel { ", "id", "} } } }"),
        ][kind];
        let deep = format!("{}{core}{}", open.repeat(times), close.repeat(times));
        let again: String = (0..aliases).map(|n| format!("a{n}: panels {{ nodes {{ {deep} }} }} ")).collect();
        format!("{{ conference(slug: \"wide\") {{ {again} }} }}")
    });
    // Any fragment spreads any: most have cycles.
    let fragments = prop::collection::vec(prop::collection::vec(0_usize..20, 0..6), 1..20).prop_map(|all| {
        let body = |of: &Vec<usize>| {
            of.iter().map(|n| format!("...F{n} papers{{panel{{papers{{...F{n}}}}}}} ")).collect::<String>()
        };
        let written = all.iter().enumerate().map(|(n, of)| format!("fragment F{n} on Panel {{ code {} }} ", body(of)));
        format!("{{ conference(slug: \"wide\") {{ panels {{ nodes {{ ...F0 }} }} }} }} {}", written.collect::<String>())
    });
    // Forward only: no cycles, so that the sizes are reckoned to the end.
    let doubling = (1_usize..60, 1_usize..10, any::<bool>()).prop_map(|(chain, fan, lists)| {
        let spread = |n: usize| if lists { format!("papers{{panel{{...F{n}}}}} ") } else { format!("...F{n} ") };
        let links: String =
            (0..chain).map(|n| format!("fragment F{n} on Panel{{{}}} ", spread(n + 1).repeat(fan))).collect();
        format!("{{conference(slug:\"wide\"){{panels{{nodes{{...F0}}}}}}}} {links} fragment F{chain} on Panel{{code}}")
    });
    let wide = (1_usize..3_000, 0_usize..8).prop_map(|(times, kind)| {
        let item = |n: usize| match kind {
            0 => format!("a{n}: id "),
            1 => "id ".to_owned(),
            2 => "id @include(if: true) ".to_owned(),
            3 => "...F ".to_owned(),
            4 => format!("a{n}: papers(first: 500) {{ nodes {{ title }} }} "),
            5 => format!("a: papers(first: {n}) {{ totalCount }} "),
            6 => format!("a{n}: papers(first: 0, filter: {{keyword: \"{n}\"}}) {{ totalCount }} "),
            _ => format!("x{n} "),
        };
        let all: String = (0..times).map(item).collect();
        format!("{{ conference(slug: \"wide\") {{ {all} }} }} fragment F on Conference {{ name }}")
    });
    let definitions = (1_usize..800, 0_usize..4).prop_map(|(times, kind)| {
        let item = |n: usize| match kind {
            0 => format!("query Q{n} {{ __typename }} "),
            1 => format!("fragment F{n} on Query {{ __typename }} "),
            2 => format!("query ($v{n}: Int) {{ __typename }} "),
            _ => format!("fragment F{n} on Query {{ ...F{} }} ", n + 1),
        };
        format!("{{ __typename }} {}", (0..times).map(item).collect::<String>())
    });
    let tokens = prop::collection::vec(prop::sample::select(TOKENS), 0..200).prop_map(|tokens| tokens.join(" "));
    prop_oneof![nested, loops, fragments, doubling, wide, definitions, tokens, any::<String>()]
}
