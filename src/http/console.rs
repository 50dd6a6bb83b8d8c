//! The console: a page of our own on which a person tries queries. It needs nothing from anywhere else.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Response, header},
};

/// What the page may do: run our script, use our style, ask us. Nothing else, and nobody may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Whether it is a person's browser that asks, which wants a page: no GraphQL client names text/html.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted
        .flat_map(|value| value.split(','))
        .any(|range| range.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case("text/html")))
}

/// The page.
pub(super) fn page() -> Response<Body> {
    answer("text/html; charset=utf-8", include_str!("console/page.html"))
}

/// Its style.
pub(super) async fn style() -> Response<Body> {
    answer("text/css; charset=utf-8", include_str!("console/style.css"))
}

/// Its script.
pub(super) async fn script() -> Response<Body> {
    answer("text/javascript; charset=utf-8", include_str!("console/script.js"))
}

fn answer(media: &'static str, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 6] = [
        (header::CONTENT_TYPE, media),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        // The same address answers queries too.
        (header::VARY, "Accept"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
