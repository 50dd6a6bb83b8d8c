//! Accounts: logging in and out, tokens, what is stored about a user, and its end.

mod erase;
mod login;
mod tokens;

pub use erase::erase;
pub use login::{Claims, Flow, LoggedIn, begin_flow, end_session, log_in, log_out, take_flow};
pub use tokens::{AppCode, Minted, exchange_code, mint_token, revoke_token, store_code};

/// An address as it is stored and compared: without blanks around it, in lower case; `None` if it is no address.
#[must_use]
pub fn address(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let parsed: lettre::Address = text.parse().ok()?;
    (parsed.user().len() + parsed.domain().len() < 254).then_some(text)
}
