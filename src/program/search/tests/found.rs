//! What is found, in which order, and what is shown of it.

use super::*;

/// The names of the hits are these and no others.
fn expect(asked: &Asked, queries: &[&str], expected: &[&str]) {
    for query in queries {
        assert_eq!(asked.names(query), expected, "{query}");
    }
}

#[test]
fn words_and_how_they_begin() {
    let asked = Asked::of(&small());
    // In a title, in an affiliation, in that of a paper's author.
    expect(&asked, &["kazak", "KAZAK", "kazakhs"], &["felt", "john"]);
    expect(&asked, &["kazakhstan felt", "felt kazak"], &["felt"]);
    expect(&asked, &["lighthouses"], &["soren"]);
    // The last word may be one letter so far; one before it may not.
    expect(&asked, &["garcia m"], &["maria", "felt"]);
    expect(&asked, &["m garcia"], &[]);
}

#[test]
fn accents_do_not_count() {
    let asked = Asked::of(&small());
    // Names before a paper by its author, that before an abstract.
    expect(&asked, &["Garcia", "García", "GARCI\u{301}A"], &["john", "maria", "felt", "cyr"]);
    expect(&asked, &["soren yilmaz", "SØREN YILMAZ", "søren yılmaz"], &["soren", "CULT03"]);
    expect(&asked, &["zurich"], &["gone"]);
}

#[test]
fn a_phrase_is_its_words_side_by_side_in_one_text() {
    let asked = Asked::of(&small());
    // A title before an abstract.
    expect(&asked, &["\"knowledge infrastructure\"", "“Knowledge  infrastructure”"], &["CULT04", "s3", "CULT03"]);
    expect(&asked, &["\"infrastructure knowledge\"", "\"knowledge infrastr\""], &[]);
    expect(&asked, &["knowledge infrastructure"], &["CULT04", "s3", "CULT03", "felt"]);
    // One keyword ends where the next begins.
    expect(&asked, &["\"textile steppe\""], &[]);
    expect(&asked, &["textile steppe"], &["felt"]);
    expect(&asked, &["\"wild or not"], &["wild"]);
}

#[test]
fn a_code_finds_its_panel_first() {
    let asked = Asked::of(&small());
    for query in ["CULT03", "cult03", "cult 03", "Cult-3", "\"cult03\"", "\"cult 03\""] {
        assert_eq!(asked.names(query)[0], "CULT03", "{query}");
    }
    expect(&asked, &["CULT03"], &["CULT03", "felt", "gone", "s1", "s2", "CULT04"]);
    // The letters of a code are a word of it; the other panel's abstract has it once more.
    assert_eq!(asked.names("cult")[..2], ["CULT04", "CULT03"]);
}

#[test]
fn tracks_people_keywords_and_sessions() {
    let asked = Asked::of(&small());
    expect(&asked, &["heri", "heritage craft"], &["CULT03"]);
    expect(&asked, &["prado"], &["maria", "felt"]);
    expect(&asked, &["lund observatory"], &["soren", "CULT03"]);
    expect(&asked, &["steppe"], &["felt"]);
    expect(&asked, &["looms"], &["s1"]);
}

#[test]
fn any_script() {
    let asked = Asked::of(&small());
    expect(&asked, &["Сергеева", "сергеева ольга", "серге"], &["olga"]);
    expect(&asked, &["киіз", "КИІЗ"], &["cyr"]);
    expect(&asked, &["المعرفة", "ٱلمعرفه"], &["wild"]);
    expect(&asked, &["القاهرة", "القــاهرة"], &["layla", "wild"]);
    expect(&asked, &["احمد", "أحمد"], &["layla"]);
    expect(&asked, &["林美玲", "美玲"], &["mei", "gone"]);
    expect(&asked, &["林", "玲"], &["mei", "gone"]);
    expect(&asked, &["知識", "識基", "基盤の歴史", "史"], &["cjk"]);
    expect(&asked, &["識知", "知基"], &[]);
    expect(&asked, &["ชุมชน", "ความรู้"], &["cjk"]);
    expect(&asked, &["서울", "\u{1109}\u{1165}\u{110b}\u{116e}\u{11af}", "대학"], &["min"]);
    expect(&asked, &["인프라"], &["cjk"]);
}

#[test]
fn typing_errors_come_last() {
    let asked = Asked::of(&small());
    expect(&asked, &["zepelins", "zeppeilns", "zepplins"], &["gone"]);
    expect(&asked, &["infrastrcutrue archives"], &["CULT04", "s3"]);
    // Nearly a name is less than exactly a word of an abstract; a code is never nearly another.
    let names = asked.names("garcie");
    assert_eq!(names, ["john", "maria", "felt", "cyr"]);
    expect(&asked, &["CULT05", "1003", "fetl"], &[]);
    expect(&asked, &["\"zepelins\""], &[]);
}

#[test]
fn nothing_is_an_operator() {
    let asked = Asked::of(&small());
    expect(&asked, &["", "  ", "%_%", "*", "\"", "\"\"", "?!…", "\u{640}", "()", "\u{0}", "^~:\\/"], &[]);
    expect(&asked, &["wild*", "+wild", "(wild", "wild%", "a_b and c", "-wild", "wild~", "/wild/"], &["wild"]);
    expect(&asked, &["title:felt", "wild~2", "wil?d", "felt OR loom"], &[]);
    expect(&asked, &["secretly", "example.org", "meet"], &[]);
}

#[test]
fn a_query_has_an_end() {
    assert_eq!(Query::parse(&"x".repeat(10_240)), Err(TooLong { chars: 10_240 }));
    assert_eq!(TooLong { chars: 1_001 }.to_string(), "the query has 1001 characters; at most 1000 are allowed");
    assert!(Query::parse(&"щ".repeat(1_000)).is_ok());
    let many = Query::parse(&"felt ".repeat(40)).unwrap();
    assert_eq!(many.terms.len(), MAX_TERMS);
    expect(&Asked::of(&small()), &["felt ".repeat(40).as_str()], &["felt", "CULT03", "s1", "s2"]);
}

#[test]
fn only_what_is_asked_for() {
    let asked = Asked::of(&small());
    let of = |kinds: &[Kind]| {
        let found = asked.page("garcia", &Wanted { kinds: Some(kinds), first: 10, after: None });
        assert_eq!(found.total, found.hits.len());
        found.hits.iter().map(|hit| asked.name(hit)).collect::<Vec<_>>()
    };
    assert_eq!(of(&[Kind::Paper]), ["felt", "cyr"]);
    assert_eq!(of(&[Kind::Person, Kind::Person]), ["john", "maria"]);
    assert!(of(&[]).is_empty());
    // What does not take place is still on the program.
    expect(&asked, &["zeppelins"], &["gone"]);
    assert_eq!(asked.names("archives"), ["CULT04", "s3"]);
}

#[test]
fn pages_follow_each_other() {
    let asked = Asked::of(&small());
    for query in ["c", "cult", "garcia", "a", "felt"] {
        let all = asked.page(query, &Wanted { first: 100, ..Wanted::default() });
        assert!(!all.has_next && !all.has_previous);
        for first in 1..4 {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = asked.page(query, &Wanted { kinds: None, first, after: after.clone() });
                assert_eq!((page.total, page.has_previous), (all.total, after.is_some()));
                seen.extend_from_slice(&page.hits);
                assert_eq!(page.has_next, seen.len() < all.total);
                let Some(last) = page.hits.last().filter(|_| page.has_next) else { break };
                after = Some(asked.corpus().stands(last));
            }
            assert_eq!(seen, all.hits, "{query}");
        }
    }
    // A cursor at what is gone stands where that was.
    let last = asked.page("garcia", &Wanted { first: 1, ..Wanted::default() }).hits[0];
    let at = Standing { id: Uuid::max(), key: "john garcib".into(), ..asked.corpus().stands(&last) };
    let rest = asked.page("garcia", &Wanted { kinds: None, first: 10, after: Some(at) });
    assert_eq!(rest.hits.iter().map(|hit| asked.name(hit)).collect::<Vec<_>>(), ["maria", "felt", "cyr"]);
    let none = asked.page("garcia", &Wanted::default());
    assert_eq!((none.hits.len(), none.total, none.has_next), (0, 4, true));
}

#[test]
fn snippets_show_where() {
    let asked = Asked::of(&small());
    assert_eq!(asked.shown("garcia maria"), [(Field::Name, "[María] [García]".to_owned())]);
    assert_eq!(asked.shown("cult03")[0], (Field::Code, "[CULT03]".to_owned()));
    assert_eq!(asked.shown("3 cult")[0], (Field::Code, "[CULT03]".to_owned()));
    assert_eq!(
        asked.shown("felt prado"),
        [(Field::Title, "Kazakhstan in [felt]".to_owned()), (Field::Affiliation, "Museo del [Prado]".to_owned()),]
    );
    assert_eq!(asked.shown("基盤"), [(Field::Title, "知識[基盤]の歴史".to_owned())]);
    assert_eq!(asked.shown("القاهره wild")[1], (Field::Abstract, "تاريخ المعرفةُ في [القـــاهرة]".to_owned()));
    assert_eq!(asked.shown("zepelins"), [(Field::Title, "[Zeppelins] over Zürich".to_owned())]);
}

#[test]
fn a_long_text_is_cut_between_words() {
    let asked = Asked::of(&small());
    let query = Query::parse("\"knowledge infrastructure\" menders").unwrap();
    let panel = asked.search.find(asked.corpus(), &query, &Wanted { first: 1, ..Wanted::default() }).unwrap().hits[0];
    let shown = snippets(asked.corpus(), &query, &panel);
    let [snippet] = shown.as_slice() else { panic!("{shown:?}") };
    let parts: Vec<_> = snippet.parts.iter().map(|part| (part.text.as_str(), part.matched)).collect();
    assert_eq!(parts[1..5], [("knowledge infrastructure", true), (" and its ", false), ("menders", true), parts[4]]);
    assert_eq!(parts[0], ("is said of rivers. At last a word on ", false));
    let text: String = parts.iter().map(|(text, _)| *text).collect();
    assert!((120..=160).contains(&text.chars().count()), "{text}");
    assert!(text.ends_with(char::is_alphabetic), "{text}");
    assert!(snippet.cut_before && snippet.cut_after);
}
