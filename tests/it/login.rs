//! Logging in: against a certified provider, against providers that lie, and as apps do.

mod apps;
mod flow;
mod lies;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use plenary::app::App;
use plenary::clock::System;
use plenary::config::Config;
use plenary::db::Database;
use plenary::demo::identity::{self, Identity};
use reqwest::{StatusCode, Url};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::support::browser::{Browser, Page};
use crate::support::{World, pools};

const SECRET: &str = "a secret of the client";

/// A script in node that serves until it is dropped.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Node {
    /// Starts it; with the line that it prints when it serves.
    fn start(script: &str, argument: &str) -> (Self, String) {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/npm");
        let child = Command::new("node")
            .current_dir(dir)
            .args([script, argument])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node could not be started; ./test installs what these tests need");
        let mut node = Self(child);
        let mut lines = BufReader::new(node.0.stdout.take().unwrap()).lines();
        // What it says before is of no interest.
        let said = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with(['h', '{']));
        let said = said.unwrap_or_else(|| panic!("{script} says nothing"));
        // Whatever it says afterwards is read, so that it is never stuck for that.
        std::thread::spawn(move || lines.for_each(drop));
        (node, said)
    }
}

/// A server with login providers, at an address of its own, on a world's database.
struct Site {
    base: Url,
    app: Arc<App>,
    _stop: oneshot::Sender<()>,
}

impl Site {
    /// `providers` makes the settings' sections of the address that the providers are to send browsers back to.
    async fn open(world: &World, providers: impl FnOnce(&str) -> Vec<(String, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut settings = format!(
            "listen = \"{}\"\n[limits]\nprovider_ms = 1500\n[apps.reader]\nlabel = \"The Reader\"\n\
             redirect_uris = [\"http://127.0.0.1/back\", \"org.example.reader:/back\"]\n",
            listener.local_addr().unwrap()
        );
        for (name, issuer) in providers(&base) {
            settings += &format!(
                "[providers.{name}]\nkind = \"oidc\"\nissuer = \"{issuer}\"\nclient_id = \"plenary\"\n\
                 client_secret = \"{SECRET}\"\nlabel = \"The {name}\"\n"
            );
        }
        let mut config = Config::load(None, std::iter::empty(), settings.parse().unwrap()).unwrap();
        let source: Arc<dyn plenary::clock::Source> = Arc::new(System);
        let demo = Identity::new(&config, Arc::clone(&source)).unwrap();
        config.providers.insert(identity::NAME.into(), demo.settings());
        let database = Database::connect(&world.url, &pools()).await.unwrap();
        let app = App::new(config, database, source);
        app.also_serve(demo.router());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = Arc::clone(&app);
        tokio::spawn(async move { running.run(listener, async { drop(stopped.await) }).await });
        Self { base: base.parse().unwrap(), app, _stop: stop }
    }

    fn at(&self, path: &str) -> Url {
        self.base.join(path).unwrap()
    }

    /// As a page of ours says where it is from.
    fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// What somebody's browser is answered.
    async fn ask(&self, browser: &Browser, query: &str) -> Value {
        let cookies: Vec<String> = browser.cookies.iter().map(|((_, name), value)| format!("{name}={value}")).collect();
        let request = axum::http::Request::post("/graphql")
            .header("content-type", "application/json")
            .header("origin", self.origin())
            .header("cookie", cookies.join("; "))
            .body(axum::body::Body::from(json!({ "query": query }).to_string()))
            .unwrap();
        let answer = tower::ServiceExt::oneshot(self.app.router(), request).await.unwrap();
        let bytes = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    /// The name of whoever is logged in at this browser.
    async fn name(&self, browser: &Browser) -> Option<String> {
        let answer = self.ask(browser, "{ viewer { user { name } } }").await;
        answer["data"]["viewer"]["user"]["name"].as_str().map(str::to_owned)
    }

    /// Logs in as one of the demo's people: one click on the provider, one on the person.
    async fn demo_login(&self, browser: &mut Browser, somebody: &str, return_to: &str) -> Page {
        let mut start = self.at("/auth/login/demo");
        start.query_pairs_mut().append_pair("return_to", return_to);
        let page = browser.get(&start).await;
        let people = browser.follow(page, |_| false).await;
        assert_eq!(people.status, StatusCode::OK, "{}", people.text);
        let (action, form) = form(&people, somebody);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let back = browser.post(&action, &form, Some(&self.origin())).await;
        let callback = back.location().unwrap_or_else(|| panic!("{}", back.text));
        browser.get(&callback).await
    }
}

/// The form of a page that has this text in it: where it goes, and what it sends.
fn form(page: &Page, with: &str) -> (Url, Vec<(String, String)>) {
    let found = page.text.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap());
    let form = found.clone().find(|form| form.contains(with));
    let form = form.unwrap_or_else(|| panic!("no form with {with} in {}", page.text));
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        Some(rest.split('"').next().unwrap().replace("&amp;", "&"))
    };
    let action = attribute(form, "action").map_or(page.url.clone(), |action| page.url.join(&action).unwrap());
    let mut fields = Vec::new();
    for tag in form.split('<').filter(|tag| tag.starts_with("input") || tag.starts_with("button")) {
        let whole = tag.split('>').next().unwrap();
        let chosen = whole.starts_with("input") || tag.contains(with) || whole.contains(with);
        if let (true, Some(name), Some(value)) = (chosen, attribute(whole, "name"), attribute(whole, "value")) {
            fields.push((name, value));
        }
    }
    (action, fields)
}
