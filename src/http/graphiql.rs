//! GraphiQL, for those who enable it: the browser loads it from its CDN, each file pinned by its hash, and this page
//! alone may do so.

use axum::{body::Body, http::Response};

use super::console::answer;

/// What the page may do: run and show what comes from the CDN and from us, and ask us. It sets styles as it goes, which
/// a policy can't tell from ones that are written into the page.
const POLICY: &str = "default-src 'none'; script-src 'self' https://cdn.jsdelivr.net/npm/; \
                      style-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net/npm/; img-src 'self' data:; \
                      font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page.
pub(super) async fn page() -> Response<Body> {
    answer("text/html; charset=utf-8", include_str!("graphiql/page.html"), POLICY)
}

/// What starts it.
pub(super) async fn script() -> Response<Body> {
    answer("text/javascript; charset=utf-8", include_str!("graphiql/start.js"), POLICY)
}

/// Its style.
pub(super) async fn style() -> Response<Body> {
    answer("text/css; charset=utf-8", include_str!("graphiql/style.css"), POLICY)
}
