//! Which of the two media types of GraphQL a client wants.

use axum::http::{HeaderMap, header::ACCEPT};

/// The media type of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/json`: the older; a document that fails is still answered with 200.
    Json,
    /// `application/graphql-response+json`: the status tells whether the document could be run.
    GraphqlResponse,
}

/// How well a media type fits: quality in thousandths, then how exactly it was named.
type Fit = (u16, u8);

impl Media {
    /// As a header says it.
    pub(super) fn header(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        }
    }

    /// The one to answer with; `None`: neither is accepted. Who names no preference gets `application/json`; who
    /// names both alike gets the newer one.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let ranges: Vec<&str> = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .collect();
        if ranges.iter().all(|range| range.trim().is_empty()) {
            return Some(Self::Json);
        }
        let json = fit(&ranges, "json");
        let newer = fit(&ranges, "graphql-response+json");
        match (json.0, newer.0) {
            (0, 0) => None,
            _ if newer > json || (newer == json && newer.1 == 2) => Some(Self::GraphqlResponse),
            _ => Some(Self::Json),
        }
    }
}

/// The most exact range that covers `application/<subtype>` decides.
fn fit(ranges: &[&str], subtype: &str) -> Fit {
    let mut best: Option<(u8, u16)> = None;
    for range in ranges {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let exactness = match name.split_once('/') {
            Some(("*", "*")) => 0,
            Some(("application", "*")) => 1,
            Some(("application", named)) if named == subtype => 2,
            _ => continue,
        };
        if let Some(quality) = quality(parts) {
            best = best.max(Some((exactness, quality)));
        }
    }
    best.map_or((0, 0), |(exactness, quality)| (quality, exactness))
}

/// Thousandths; `None`: the range asks for an encoding other than UTF-8, or its quality can't be read.
fn quality<'a>(parameters: impl Iterator<Item = &'a str>) -> Option<u16> {
    let mut quality = 1000;
    for (name, value) in parameters.filter_map(|parameter| parameter.split_once('=')) {
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => {
                let number: f32 = value.parse().ok().filter(|number| (0.0..=1.0).contains(number))?;
                // From 0 to 1000 by the line above.
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
                let thousandths = (number * 1000.0).round() as u16;
                quality = thousandths;
            }
            "charset" if !value.eq_ignore_ascii_case("utf-8") => return None,
            _ => {}
        }
    }
    Some(quality)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences() {
        const JSON: Option<Media> = Some(Media::Json);
        const NEWER: Option<Media> = Some(Media::GraphqlResponse);
        for (accept, expected) in [
            ("", JSON),
            ("*/*", JSON),
            ("application/*", JSON),
            ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
            ("application/json", JSON),
            ("APPLICATION/JSON; charset=UTF-8", JSON),
            ("application/graphql-response+json", NEWER),
            ("application/graphql-response+json, application/json;q=0.9", NEWER),
            ("application/graphql-response+json, application/json", NEWER),
            ("application/json, application/graphql-response+json", NEWER),
            ("application/json, */*", JSON),
            ("application/graphql-response+json, */*", NEWER),
            ("application/graphql-response+json;q=0.5, application/json;q=0.6", JSON),
            ("application/graphql-response+json;q=0, */*", JSON),
            ("application/json;q=0, */*;q=0.1", NEWER),
            ("application/json;q=0", None),
            ("application/json; charset=latin-1", None),
            ("application/json; q=nonsense", None),
            ("text/html", None),
            ("nonsense", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().unwrap());
            assert_eq!(Media::accepted(&headers), expected, "{accept}");
        }
        assert_eq!(Media::accepted(&HeaderMap::new()), JSON);
    }
}
