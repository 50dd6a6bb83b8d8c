//! A browser without a screen: keeps cookies, and goes where it is told.

use std::collections::BTreeMap;

use reqwest::{Client, Method, StatusCode, Url, header, redirect};

/// What a page came to.
#[derive(Clone, Debug)]
pub struct Page {
    pub url: Url,
    pub status: StatusCode,
    pub headers: header::HeaderMap,
    pub text: String,
}

impl Page {
    /// Where it sends the browser.
    pub fn location(&self) -> Option<Url> {
        let location = self.headers.get(header::LOCATION)?.to_str().unwrap();
        Some(self.url.join(location).unwrap())
    }
}

/// Somebody's browser. A clone has the same cookies, and goes its own way from there.
#[derive(Clone, Debug)]
pub struct Browser {
    client: Client,
    /// By server: here every port is one.
    pub cookies: BTreeMap<(String, String), String>,
}

fn server(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap(), url.port_or_known_default().unwrap())
}

impl Browser {
    pub fn new() -> Self {
        // Another test may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { client: Client::builder().redirect(redirect::Policy::none()).build().unwrap(), cookies: BTreeMap::new() }
    }

    async fn send(&mut self, method: Method, url: &Url, form: Option<&[(&str, &str)]>, origin: Option<&str>) -> Page {
        let own = server(url);
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|((server, _), _)| *server == own)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        let mut request = self.client.request(method, url.clone());
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        if let Some(form) = form {
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        }
        let answer = request.send().await.unwrap_or_else(|error| panic!("{url}: {error:?}"));
        let (status, headers) = (answer.status(), answer.headers().clone());
        for line in headers.get_all(header::SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let key = (own.clone(), name.to_owned());
            if value.is_empty() {
                self.cookies.remove(&key);
            } else {
                self.cookies.insert(key, value.to_owned());
            }
        }
        Page { url: url.clone(), status, headers, text: answer.text().await.unwrap() }
    }

    /// A page, wherever it may send the browser.
    pub async fn get(&mut self, url: &Url) -> Page {
        self.send(Method::GET, url, None, None).await
    }

    /// A form, sent from a page of this origin.
    pub async fn post(&mut self, url: &Url, form: &[(&str, &str)], origin: Option<&str>) -> Page {
        self.send(Method::POST, url, Some(form), origin).await
    }

    /// Goes on from a page for as long as it sends the browser on, but not to what `stop` says.
    pub async fn follow(&mut self, mut page: Page, stop: impl Fn(&Url) -> bool) -> Page {
        for _ in 0..20 {
            match page.location() {
                Some(next) if !stop(&next) => page = self.get(&next).await,
                _ => return page,
            }
        }
        panic!("sent in circles: {}", page.url);
    }
}
