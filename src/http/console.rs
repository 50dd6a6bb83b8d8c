//! The console: a page of our own on which a person tries queries. It needs nothing from anywhere else.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, header},
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
    answer("text/html; charset=utf-8", include_str!("console/page.html"), POLICY)
}

/// Its style.
pub(super) async fn style() -> Response<Body> {
    answer("text/css; charset=utf-8", include_str!("console/style.css"), POLICY)
}

/// Its script.
pub(super) async fn script() -> Response<Body> {
    answer("text/javascript; charset=utf-8", include_str!("console/script.js"), POLICY)
}

/// A page or a part of one, with what it may do.
pub(super) fn answer(media: &'static str, text: &'static str, policy: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    // The same address answers queries too.
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    response
}
