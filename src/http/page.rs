//! Pages for people: no script, one style, and forms that lead where they are meant to.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use maud::{DOCTYPE, Markup, html};

/// Where the style is.
pub(crate) const STYLE: &str = "/auth/style.css";

/// A page before it is sent.
pub(crate) struct Page {
    /// What the browser's tab says, and the heading.
    pub(crate) title: String,
    /// What it is about.
    pub(crate) body: Markup,
    /// The status it is sent with.
    pub(crate) status: StatusCode,
    /// Where its forms may lead beside here, as a source of the Content Security Policy. A form that is sent here and
    /// answered by sending the browser elsewhere leads there too.
    pub(crate) form_to: Option<String>,
}

impl Page {
    pub(crate) fn new(title: impl Into<String>, body: Markup) -> Self {
        Self { title: title.into(), body, status: StatusCode::OK, form_to: None }
    }

    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn form_to(mut self, source: String) -> Self {
        self.form_to = Some(source);
        self
    }

    /// The answer.
    pub(crate) fn respond(self) -> Response<Body> {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    title { (self.title) " · Plenary" }
                    link rel="stylesheet" href=(STYLE);
                }
                body {
                    main {
                        p.brand { "Plenary" }
                        h1 { (self.title) }
                        (self.body)
                    }
                }
            }
        };
        let mut response = Response::new(Body::from(page.into_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Without any referrer a browser would not say either that a form of ours was sent from here.
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        let to = self.form_to.map(|source| format!(" {source}")).unwrap_or_default();
        let policy = format!(
            "default-src 'none'; style-src 'self'; form-action 'self'{to}; base-uri 'none'; frame-ancestors 'none'"
        );
        // A source that can't stand in a header can't be sent a form either; what remains is stricter.
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

/// Sends the browser elsewhere, to be asked for with GET.
pub(crate) fn see_other(to: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match HeaderValue::from_str(to) {
        Ok(to) => {
            headers.insert(header::LOCATION, to);
        }
        Err(_) => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
    }
    response
}

/// The style.
pub(crate) async fn style() -> Response<Body> {
    let mut response = Response::new(Body::from(include_str!("page/style.css")));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    response
}
