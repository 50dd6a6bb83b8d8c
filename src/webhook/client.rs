//! Asking a receiver: only at public addresses, within a time, without following where it points.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{ClientBuilder, header, redirect};

use super::address::{Refusal, check, is_public};
use crate::auth::provider::provide_cryptography;

/// How the server calls itself.
const NAME: &str = concat!("Plenary/", env!("CARGO_PKG_VERSION"));

/// How much of an answer is read, so that a receiver which writes a word or two is not cut off, and for how long.
const READ: usize = 16_384;
const READING: Duration = Duration::from_millis(500);

/// What is sent.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    /// Where to.
    pub url: String,
    /// The `webhook-id`.
    pub id: String,
    /// The `webhook-timestamp`.
    pub timestamp: i64,
    /// The `webhook-signature`.
    pub signature: String,
    /// The body: JSON.
    pub body: String,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// An answer, of this status.
    Answered {
        /// The HTTP status.
        status: u16,
        /// What its `Retry-After` says.
        retry_after: Option<String>,
    },
    /// The address is none that is asked.
    Refused(Refusal),
    /// No answer, and why in a word or two.
    Failed(&'static str),
}

/// The addresses of a name.
type LookedUp = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// Looks names up.
type Lookup = fn(String) -> LookedUp;

/// Gives the HTTP library the addresses to which it may connect, and no others: what is looked at is what is connected
/// to, so a name that leads elsewhere a moment later (rebinding) gains nothing.
struct Guard {
    allow_private: bool,
    look_up: Lookup,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (looking, all) = ((self.look_up)(name.as_str().to_owned()), self.allow_private);
        Box::pin(async move {
            // A name that leads nowhere and one that leads inside are told alike.
            let found = looking.await.unwrap_or_default();
            let good: Vec<SocketAddr> = found.into_iter().filter(|found| all || is_public(found.ip())).collect();
            if good.is_empty() {
                return Err(Refusal::NotPublic.into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

fn by_the_system(name: String) -> LookedUp {
    Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
}

/// The clients. Made when first needed: to read this system's certificates takes a moment.
pub(super) struct Client {
    allow_private: bool,
    timeout: Duration,
    look_up: Lookup,
    /// For http.
    plain: OnceLock<Option<reqwest::Client>>,
    /// For https.
    secure: OnceLock<Option<reqwest::Client>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("allow_private", &self.allow_private).finish_non_exhaustive()
    }
}

impl Client {
    /// One that waits so long for an answer.
    pub(super) fn new(allow_private: bool, timeout: Duration) -> Self {
        Self { allow_private, timeout, look_up: by_the_system, plain: OnceLock::new(), secure: OnceLock::new() }
    }

    /// Sends, once.
    pub(super) async fn send(&self, outgoing: Outgoing) -> Outcome {
        let Outgoing { url, id, timestamp, signature, body } = outgoing;
        // Again, though it was looked at when it was set: the library looks up no name where there is a number, and the
        // settings may have become stricter.
        let url = match check(&url, self.allow_private) {
            Ok(url) => url,
            Err(refusal) => return Outcome::Refused(refusal),
        };
        let Some(client) = self.of(url.scheme()) else { return Outcome::Failed("no HTTP client can be made") };
        let request = client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(body);
        match request.send().await {
            Ok(mut answer) => {
                let status = answer.status().as_u16();
                let retry_after = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
                let retry_after = retry_after.map(str::to_owned);
                // The status has come: whatever its body is, or is not, changes nothing.
                let _ = tokio::time::timeout(READING, read(&mut answer)).await;
                Outcome::Answered { status, retry_after }
            }
            Err(error) => failed(&error),
        }
    }

    fn of(&self, scheme: &str) -> Option<&reqwest::Client> {
        let client = if scheme == "http" {
            self.plain.get_or_init(|| build(self.basis().tls_certs_only([])))
        } else {
            self.secure.get_or_init(|| build(self.basis().https_only(true)))
        };
        client.as_ref()
    }

    fn basis(&self) -> ClientBuilder {
        provide_cryptography();
        reqwest::Client::builder()
            // A redirect is an answer like another, and not a good one.
            .redirect(redirect::Policy::none())
            // A proxy would look names up by itself.
            .no_proxy()
            // What is kept open is not looked at again.
            .pool_max_idle_per_host(0)
            .connect_timeout(self.timeout)
            .timeout(self.timeout)
            .user_agent(NAME)
            .dns_resolver(Arc::new(Guard { allow_private: self.allow_private, look_up: self.look_up }))
    }
}

async fn read(answer: &mut reqwest::Response) {
    let mut length = 0;
    while let Ok(Some(chunk)) = answer.chunk().await {
        length += chunk.len();
        if length > READ {
            return;
        }
    }
}

fn build(basis: ClientBuilder) -> Option<reqwest::Client> {
    basis.build().map_err(|error| tracing::error!(%error, "no webhook can be sent: no HTTP client can be made")).ok()
}

/// Why there is no answer: a word or two, none of them the other side's.
fn failed(error: &reqwest::Error) -> Outcome {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(deeper) = cause {
        if let Some(refusal) = deeper.downcast_ref::<Refusal>() {
            return Outcome::Refused(*refusal);
        }
        cause = deeper.source();
    }
    Outcome::Failed(if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke off"
    })
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use tokio::net::TcpListener;

    use super::*;

    fn outgoing(url: String) -> Outgoing {
        Outgoing { url, id: "id".into(), timestamp: 1, signature: "v1,x".into(), body: "{}".into() }
    }

    fn leads_inside(_: String) -> LookedUp {
        Box::pin(async { Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from(([10, 1, 2, 3], 0))]) })
    }

    fn leads_nowhere(_: String) -> LookedUp {
        Box::pin(async { Err(io::Error::other("no such name at ns.internal")) })
    }

    /// A name that looks public and leads inside when it is asked: nobody is connected to, and it is told as a name that
    /// leads nowhere is.
    #[tokio::test]
    async fn names_that_lead_inside_are_not_asked() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut told = Vec::new();
        for look_up in [leads_inside as Lookup, leads_nowhere] {
            let client = Client { look_up, ..Client::new(false, Duration::from_secs(5)) };
            // Plain http, past the check of the scheme: there is no certificate for the name.
            let by_name =
                client.basis().build().unwrap().post(format!("http://hooks.example.org:{port}/")).send().await;
            told.push(failed(&by_name.unwrap_err()));
            assert_eq!(client.send(outgoing(format!("https://hooks.example.org:{port}/"))).await, told[0]);
        }
        assert_eq!(told, [Outcome::Refused(Refusal::NotPublic), Outcome::Refused(Refusal::NotPublic)]);
        let nobody = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(nobody.is_err(), "somebody was connected to");
        // The same name is asked where that is allowed.
        let client = Client { look_up: leads_inside, ..Client::new(true, Duration::from_secs(5)) };
        let (asked, accepted) =
            tokio::join!(client.send(outgoing(format!("http://hooks.example.org:{port}/"))), async {
                drop(listener.accept().await.unwrap());
            });
        assert!(matches!(asked, Outcome::Failed(_)), "{asked:?} {accepted:?}");
    }

    /// Numbers are not looked up by anybody: they are looked at themselves.
    #[tokio::test]
    async fn numbers_that_are_inside_are_not_asked() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = Client::new(false, Duration::from_secs(5));
        for host in ["127.0.0.1", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "localhost", "0"] {
            let outcome = client.send(outgoing(format!("https://{host}:{port}/"))).await;
            assert_eq!(outcome, Outcome::Refused(Refusal::NotPublic), "{host}");
        }
        assert!(tokio::time::timeout(Duration::from_millis(50), listener.accept()).await.is_err());
    }
}
