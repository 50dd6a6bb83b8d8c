//! Talking to a mail server: in two steps, so that it is known whether it may have taken a mail.

use std::net::IpAddr;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use url::{Host, Url};

use super::transport::Failure;

/// What a mail server's address has to be.
pub const ADDRESS: &str = "empty, smtps://USER:PASSWORD@HOST:PORT, smtp://USER:PASSWORD@HOST:PORT?tls=required, or \
                           smtp://HOST:PORT; a password only where it is encrypted or stays on this machine";

/// Refusals that concern this server's login there, not the mail: somebody will mend them.
const OF_THE_LOGIN: [u16; 4] = [530, 534, 535, 538];

/// How long to wait for the end of a conversation in which everything is said.
const PARTING: Duration = Duration::from_secs(5);

/// How a connection is made secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    /// It is from the first byte.
    Wrapped,
    /// By STARTTLS, or there is none.
    Required,
    /// By STARTTLS where that is offered.
    Opportunistic,
    /// Not at all.
    Plain,
}

/// A mail server.
pub struct Smtp {
    host: String,
    port: u16,
    security: Security,
    login: Option<(String, String)>,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

impl Smtp {
    /// The mail server at this address.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let mut parameters = url.query_pairs();
        let tls = parameters.next();
        let (security, port) = match (url.scheme(), tls.as_ref().map(|(name, value)| (&**name, &**value))) {
            ("smtps", None) => (Security::Wrapped, 465),
            ("smtp", Some(("tls", "required"))) => (Security::Required, 587),
            ("smtp", Some(("tls", "opportunistic"))) => (Security::Opportunistic, 587),
            ("smtp", None) => (Security::Plain, 25),
            _ => return None,
        };
        let (host, here) = match url.host()? {
            Host::Domain(name) => {
                // The library reads no numbers in addresses of this kind.
                let here = name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
                (name.to_owned(), here)
            }
            Host::Ipv4(address) => (address.to_string(), address.is_loopback()),
            Host::Ipv6(address) => (address.to_string(), address.is_loopback()),
        };
        let login = match (unescaped(url.username())?, url.password()) {
            (user, Some(password)) => Some((user, unescaped(password)?)),
            (user, None) if user.is_empty() => None,
            (_, None) => return None,
        };
        let secret = matches!(security, Security::Wrapped | Security::Required) || here;
        let right = !host.is_empty()
            && parameters.next().is_none()
            && matches!(url.path(), "" | "/")
            && url.fragment().is_none()
            && (login.is_none() || secret);
        right.then(|| Self { host, port: url.port().unwrap_or(port), security, login })
    }

    /// A connection on which mails can be handed over. It may be given up at any moment: nothing is handed over yet.
    ///
    /// # Errors
    /// Why there is none: nothing that the mail is to blame for.
    pub(super) async fn open(&self, hello: &str, timeout: Duration) -> Result<AsyncSmtpConnection, Failure> {
        let opened = tokio::time::timeout(timeout, self.connect(hello, timeout)).await;
        let opened = opened.map_err(|_| Failure::passing("timeout"))?;
        opened.map_err(|error| Failure { permanent: false, ..failure(&error) })
    }

    async fn connect(
        &self,
        hello: &str,
        timeout: Duration,
    ) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let hello = ClientId::Domain(hello.to_owned());
        let tls = || TlsParameters::new(self.host.clone());
        let wrapped = match self.security {
            Security::Wrapped => Some(tls()?),
            Security::Required | Security::Opportunistic | Security::Plain => None,
        };
        let server = (self.host.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, Some(timeout), &hello, wrapped, None).await?;
        let start = match self.security {
            Security::Required => true,
            Security::Opportunistic => connection.can_starttls(),
            Security::Wrapped | Security::Plain => false,
        };
        if start {
            connection.starttls(tls()?, &hello).await?;
        }
        if let Some((user, password)) = &self.login {
            connection.auth(DEFAULT_MECHANISMS, &Credentials::new(user.clone(), password.clone())).await?;
        }
        Ok(connection)
    }

    /// Hands a mail over. Once this is begun it is to be waited for: the server may have taken the mail.
    ///
    /// # Errors
    /// Why the server has not taken it, or that it did not say.
    pub(super) async fn deliver(
        mut connection: AsyncSmtpConnection,
        envelope: &Envelope,
        mail: &[u8],
        timeout: Duration,
    ) -> Result<(), Failure> {
        let delivered = match tokio::time::timeout(timeout, connection.send(envelope, mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => return Err(Failure::passing("timeout")),
        };
        // What is said after that changes nothing, so nobody waits for it.
        tokio::spawn(async move {
            let _ = tokio::time::timeout(PARTING, connection.abort()).await;
        });
        delivered
    }
}

/// A user's name or a password as it was before it was put into an address.
fn unescaped(text: &str) -> Option<String> {
    // Forms escape the same way, but for these two.
    let text = text.replace('+', "%2B").replace('&', "%26");
    match url::form_urlencoded::parse(format!("x={text}").as_bytes()).next() {
        Some((_, value)) if !value.contains('\u{fffd}') => Some(value.into_owned()),
        _ => None,
    }
}

/// In a word or two of ours: what the server says may repeat an address.
fn failure(error: &lettre::transport::smtp::Error) -> Failure {
    if let Some(code) = error.status() {
        let code = u16::from(code);
        let permanent = error.is_permanent() && !OF_THE_LOGIN.contains(&code);
        return Failure { class: format!("smtp {code}"), permanent };
    }
    if error.is_client() {
        return Failure { class: "not supported by the mail server".into(), permanent: true };
    }
    let class = if error.is_timeout() {
        "timeout"
    } else if error.is_tls() {
        "tls"
    } else if error.is_response() {
        "unreadable answer"
    } else {
        "connection"
    };
    Failure::passing(class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let read = |text: &str| Smtp::read(text).map(|smtp| (smtp.host, smtp.port, smtp.security, smtp.login));
        let login = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(read("smtp://localhost"), Some(("localhost".into(), 25, Security::Plain, None)));
        assert_eq!(read("smtp://[::1]:2525"), Some(("::1".into(), 2525, Security::Plain, None)));
        assert_eq!(
            read("smtps://me%40example.org:p%2Fw+d%26&x@mail.example.org"),
            Some(("mail.example.org".into(), 465, Security::Wrapped, login("me@example.org", "p/w+d&&x")))
        );
        assert_eq!(
            read("smtp://u:p@mail.example.org?tls=required"),
            Some(("mail.example.org".into(), 587, Security::Required, login("u", "p")))
        );
        assert!(read("smtp://u:p@127.0.0.1:2525").is_some(), "it stays on this machine");
        for wrong in [
            "",
            "localhost:25",
            "http://localhost",
            "smtp://",
            "smtp://u:p@mail.example.org",
            "smtp://u:p@mail.example.org?tls=opportunistic",
            "smtp://u@localhost",
            "smtp://localhost?tls=maybe",
            "smtp://localhost?tls=required&x=1",
            "smtps://localhost?tls=required",
            "smtp://localhost/path",
            "smtp://localhost#x",
            "smtp://u:%ff@localhost",
        ] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
        assert!(!format!("{:?}", Smtp::read("smtps://u:hunter2@mail.example.org")).contains("hunter2"));
    }
}
