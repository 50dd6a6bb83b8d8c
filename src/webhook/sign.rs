//! Signatures, by which a receiver knows that it is this server that tells it (Standard Webhooks 1.0.0, "Signature
//! scheme", symmetric).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// What a signature of this kind begins with.
const VERSION: &str = "v1";

/// A secret's text: 256 bits that nobody can guess.
#[must_use]
pub fn new_secret(bits: [u8; 32]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(bits))
}

/// What is signed: which delivery, when it is sent (seconds since 1970), and its body, byte for byte.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    /// The `webhook-id`.
    pub id: &'a str,
    /// The `webhook-timestamp`.
    pub timestamp: i64,
    /// The body.
    pub body: &'a str,
}

impl Signing<'_> {
    /// The `webhook-signature`: one signature by each of these secrets, in order. `None` if one of them is none.
    pub fn by<'s>(&self, secrets: impl IntoIterator<Item = &'s str>) -> Option<String> {
        let signatures: Option<Vec<String>> = secrets.into_iter().map(|secret| self.signature(secret)).collect();
        signatures.filter(|signatures| !signatures.is_empty()).map(|signatures| signatures.join(" "))
    }

    fn signature(&self, secret: &str) -> Option<String> {
        let key = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(format!("{}.{}.", self.id, self.timestamp).as_bytes());
        mac.update(self.body.as_bytes());
        Some(format!("{VERSION},{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example by which the specification's libraries are tested.
    #[test]
    fn a_known_signature() {
        let signing =
            Signing { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: r#"{"test": 2432232314}"# };
        let signature = signing.by(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_no_secret_signs_nothing() {
        let signing = Signing { id: "a", timestamp: 1, body: "{}" };
        let good = new_secret([7; 32]);
        assert_eq!(good.len(), 50);
        assert_eq!(signing.by([]), None);
        for wrong in ["", "whsec_", "whsec_%%%", "abc"] {
            let by = signing.by([good.as_str(), wrong]);
            assert_eq!(by.is_some(), wrong == "whsec_", "{wrong}");
        }
        let two = signing.by([good.as_str(), new_secret([8; 32]).as_str()]).unwrap();
        let both: Vec<&str> = two.split(' ').collect();
        assert!(both.len() == 2 && both[0] != both[1] && both.iter().all(|it| it.starts_with("v1,")), "{two}");
    }
}
