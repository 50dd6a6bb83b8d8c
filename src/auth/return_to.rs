//! Where the browser goes after a login: a path of our own site and nothing else.

use url::Url;

/// The most characters of one.
const LONGEST: usize = 2_000;

/// Where the browser goes when nothing else was asked for, or something that it must not be sent to.
pub const HOME: &str = "/";

/// The path of ours that was asked for, or [`HOME`] if it is none.
///
/// A browser reads `\` as `/`, drops tabs and line ends and takes what begins with two slashes for another host's
/// address, so what matters is not what the text looks like but where it leads: it is resolved as a browser does it,
/// and what comes out is used, not what came in.
#[must_use]
pub fn own_path(asked: &str) -> String {
    own(asked).unwrap_or_else(|| HOME.to_owned())
}

fn own(asked: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>');
    if asked.len() > LONGEST || !asked.starts_with('/') || !asked.bytes().all(plain) {
        return None;
    }
    // Any origin will do: a path leads to the same one wherever it is resolved.
    let base = Url::parse("https://own.invalid").ok()?;
    let url = base.join(asked).ok()?;
    if url.origin() != base.origin() || !url.username().is_empty() {
        return None;
    }
    let path = url.path();
    // A slash that is only written otherwise is one to whoever decodes it on the way.
    let first = path.get(1..).unwrap_or_default().to_ascii_lowercase();
    if first.starts_with(['/', '\\']) || first.starts_with("%2f") || first.starts_with("%5c") {
        return None;
    }
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let fragment = url.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
    Some(format!("{path}{query}{fragment}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_of_ours_are_kept() {
        for path in ["/", "/graphql", "/a/b?c=%2F%2Fd&e=f#g", "/ok@evil.example", "/a//b", "/a:b", "/%C3%A9", "/a%2fb"]
        {
            assert_eq!(own_path(path), path);
        }
        assert_eq!(own_path("/a/../b"), "/b");
    }

    #[test]
    fn everything_else_is_home() {
        let long = format!("/{}", "a".repeat(LONGEST));
        for other in [
            "",
            "a",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "\\\\evil.example",
            "https:evil.example",
            "https://evil.example/",
            "http:/evil.example",
            "/%2f%2fevil.example",
            "/%2Fevil.example",
            "/%5Cevil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "\t//evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/a\r\nSet-Cookie: x=y",
            " /a",
            "/a b",
            "/é",
            "/./\\evil.example",
            "/..//evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "/%2e//evil.example",
            "///evil.example",
            "?a",
            "#a",
            "@evil.example",
            "/\u{0}a",
            &long,
        ] {
            assert_eq!(own_path(other), HOME, "{other:?}");
        }
    }

    /// Letters that addresses are made of, close together, as somebody who tries would put them.
    fn tried() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            Just("/".to_owned()),
            Just("\\".to_owned()),
            Just("//".to_owned()),
            Just(".".to_owned()),
            Just("..".to_owned()),
            Just("%2f".to_owned()),
            Just("%5C".to_owned()),
            Just("%2e".to_owned()),
            Just("\t".to_owned()),
            Just("\n".to_owned()),
            Just("@".to_owned()),
            Just(":".to_owned()),
            Just("?".to_owned()),
            Just("#".to_owned()),
            Just("https:".to_owned()),
            Just("evil.example".to_owned()),
            "\\PC{0,3}",
        ];
        prop::collection::vec(part, 0..10).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn what_is_accepted_stays_here(asked in prop_oneof![tried(), tried().prop_map(|rest| format!("/{rest}"))]) {
            let path = own_path(&asked);
            for public in ["https://program.example.org", "http://127.0.0.1:8000"] {
                let public = Url::parse(public).unwrap();
                let there = public.join(&path).unwrap();
                prop_assert_eq!(there.origin(), public.origin(), "{:?} became {:?}", asked, path);
                prop_assert_eq!(there.username(), "");
                // Also when it is pasted behind the address.
                let pasted = Url::parse(&format!("{}{path}", public.as_str().trim_end_matches('/'))).unwrap();
                prop_assert_eq!(pasted.origin(), public.origin());
            }
            prop_assert!(path.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(own_path(&path), path.clone(), "once more changes nothing");
        }
    }
}
