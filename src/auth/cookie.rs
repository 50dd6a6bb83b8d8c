//! The cookie of a login session (RFC 6265bis).
//!
//! Over https its name begins with `__Host-`, so that no other host and no plain connection can have set it. On loopback
//! http, where browsers would not take that, it has a plain name.

use axum::http::{HeaderMap, HeaderValue, header};

use super::token::Token;

/// A cookie of ours that holds a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// Its name on loopback http.
    pub plain: &'static str,
    /// Its name over https.
    pub host: &'static str,
}

/// Of a login session.
pub const SESSION: Cookie = Cookie { plain: "plenary_session", host: "__Host-plenary" };

/// Of a browser that is at a provider's.
pub const FLOW: Cookie = Cookie { plain: "plenary_login", host: "__Host-plenary-login" };

impl Cookie {
    const fn name(self, secure: bool) -> &'static str {
        if secure { self.host } else { self.plain }
    }

    /// The token that the request brings in it.
    #[must_use]
    pub fn read(self, headers: &HeaderMap, secure: bool) -> Option<Token> {
        let pairs = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut found = pairs
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == self.name(secure))
            .map(|(_, value)| Token::read(value));
        // Of two with one name, one may be somebody else's work.
        match (found.next(), found.next()) {
            (Some(token), None) => token,
            _ => None,
        }
    }

    /// `Set-Cookie`: for so many seconds.
    #[must_use]
    pub fn set(self, token: Token, seconds: i64, secure: bool) -> Option<HeaderValue> {
        self.header(&token.text(), seconds, secure)
    }

    /// `Set-Cookie` that takes it away.
    #[must_use]
    pub fn clear(self, secure: bool) -> Option<HeaderValue> {
        self.header("", 0, secure)
    }

    fn header(self, value: &str, seconds: i64, secure: bool) -> Option<HeaderValue> {
        let name = self.name(secure);
        let secure = if secure { "; Secure" } else { "" };
        HeaderValue::from_str(&format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (header::COOKIE, line.parse().unwrap())).collect()
    }

    #[test]
    fn there_and_back() {
        let token = Token::new([7; 32]);
        for secure in [false, true] {
            let set = SESSION.set(token, 60, secure).unwrap();
            let set = set.to_str().unwrap();
            let pair = set.split(';').next().unwrap();
            assert_eq!(SESSION.read(&headers(&[&format!("other=1; {pair}; more=2")]), secure), Some(token));
            assert_eq!(SESSION.read(&headers(&[pair]), !secure), None, "the other name");
            assert_eq!(FLOW.read(&headers(&[pair]), secure), None, "another cookie");
            assert_eq!(SESSION.read(&headers(&[pair, pair]), secure), None, "twice");
            assert!(set.contains("; HttpOnly; SameSite=Lax") && set.contains("; Path=/;"));
            assert_eq!(set.contains("; Secure"), secure);
            assert_eq!(set.starts_with("__Host-"), secure);
        }
        for nonsense in ["", "plenary_session", "plenary_session=", "plenary_session=short", ";;=;"] {
            assert_eq!(SESSION.read(&headers(&[nonsense]), false), None, "{nonsense}");
        }
    }
}
