//! What each setting may be, beyond its type.

use std::net::SocketAddr;

use toml::{Table, Value};
use tracing_subscriber::EnvFilter;
use url::Url;

use super::{network, providers};
use crate::db;
use crate::mail::{self, Smtp};

/// The names of all settings.
pub(super) const NAMES: [&str; 88] = [
    "listen",
    "database_url",
    "redis_url",
    "data_dir",
    "public_url",
    "trusted_proxies",
    "cors_origins",
    "compression",
    "metrics_listen",
    "log.format",
    "log.level",
    "log.slow_ms",
    "database.read_connections",
    "database.write_connections",
    "database.sweep_connections",
    "database.acquire_timeout_ms",
    "database.lock_timeout_ms",
    "database.writes_waiting",
    "login.idle_hours",
    "login.absolute_hours",
    "mail.smtp_url",
    "mail.files",
    "mail.from",
    "mail.timeout_ms",
    "mail.poll_ms",
    "messages.per_sender_hour",
    "messages.per_recipient_day",
    "webhooks.enabled",
    "webhooks.allow_private",
    "webhooks.timeout_ms",
    "webhooks.per_conference",
    "webhooks.poll_ms",
    "notices.enabled",
    "notices.settle_seconds",
    "notices.every_minutes",
    "notices.poll_ms",
    "snapshot.sweep_interval_ms",
    "snapshot.idle_seconds",
    "history.keep_days",
    "calendar.refresh_minutes",
    "calendar.personal",
    "graphql.introspection",
    "graphql.console",
    "graphql.graphiql",
    "limits.body_bytes",
    "limits.document_bytes",
    "limits.tokens",
    "limits.nesting",
    "limits.expanded_fields",
    "limits.root_fields",
    "limits.aliases",
    "limits.directives",
    "limits.depth",
    "limits.introspection_depth",
    "limits.introspection_nesting",
    "limits.page_size",
    "limits.ids",
    "limits.search_chars",
    "limits.cold_conferences",
    "limits.resolved_fields",
    "limits.answer_bytes",
    "limits.documents_at_once",
    "limits.large_fields",
    "limits.large_at_once",
    "limits.large_waiting",
    "limits.requests_per_second",
    "limits.requests_burst",
    "limits.run_ms",
    "limits.body_ms",
    "limits.upload_bytes",
    "limits.upload_ms",
    "limits.uploads_at_once",
    "limits.header_ms",
    "limits.header_bytes",
    "limits.logins_per_second",
    "limits.logins_burst",
    "limits.provider_ms",
    "limits.sockets",
    "limits.sockets_per_user",
    "limits.sockets_per_address",
    "limits.operations_per_socket",
    "limits.message_bytes",
    "limits.init_ms",
    "limits.write_ms",
    "limits.ping_ms",
    "limits.acks_per_second",
    "limits.ack_ms",
    "limits.drain_ms",
];

/// The range of a whole number.
fn range(name: &str) -> Option<(i64, i64)> {
    Some(match name {
        "database.read_connections" | "database.write_connections" | "database.sweep_connections" => (1, 1000),
        "database.acquire_timeout_ms" | "database.lock_timeout_ms" => (1, 600_000),
        "database.writes_waiting" => (1, 1_000_000),
        "login.idle_hours" | "login.absolute_hours" => (1, 87_600),
        "mail.timeout_ms" | "mail.poll_ms" => (10, 600_000),
        "messages.per_sender_hour" | "messages.per_recipient_day" => (1, 1_000_000),
        "webhooks.timeout_ms" | "webhooks.poll_ms" => (10, 600_000),
        "webhooks.per_conference" => (1, 1_000),
        "notices.settle_seconds" => (1, 86_400),
        "notices.every_minutes" => (1, 1_440),
        "notices.poll_ms" => (10, 600_000),
        "snapshot.sweep_interval_ms" => (10, 600_000),
        "snapshot.idle_seconds" => (1, 31_536_000),
        "history.keep_days" => (0, 36_500),
        "calendar.refresh_minutes" => (1, 10_080),
        "limits.body_bytes" => (1024, 67_108_864),
        "limits.document_bytes" => (64, 1_048_576),
        "limits.tokens" => (10, 200_000),
        // The parser and the library recurse into brackets: no more than their stack bears.
        "limits.nesting" => (3, 60),
        "limits.depth" | "limits.introspection_depth" => (1, 60),
        "limits.introspection_nesting" => (1, 10),
        "limits.expanded_fields" => (1, 100_000),
        "limits.root_fields" | "limits.aliases" | "limits.directives" => (1, 10_000),
        "limits.requests_per_second" | "limits.requests_burst" | "limits.logins_per_second" | "limits.logins_burst" => {
            (1, 1_000_000)
        }
        "limits.resolved_fields" => (100, 100_000_000),
        "limits.answer_bytes" => (1024, 1_073_741_824),
        "limits.page_size" | "limits.ids" => (1, 10_000),
        "limits.run_ms" | "limits.body_ms" | "limits.header_ms" | "limits.provider_ms" => (10, 600_000),
        "limits.upload_bytes" => (1024, 1_073_741_824),
        "limits.upload_ms" => (10, 3_600_000),
        "limits.uploads_at_once" => (1, 1_000),
        "limits.documents_at_once" | "limits.large_at_once" | "limits.large_waiting" => (1, 1_000_000),
        "limits.large_fields" => (1, 100_000_000),
        "limits.sockets"
        | "limits.sockets_per_user"
        | "limits.sockets_per_address"
        | "limits.operations_per_socket"
        | "limits.acks_per_second" => (1, 1_000_000),
        "limits.message_bytes" => (1_024, 16_777_216),
        "limits.init_ms" | "limits.write_ms" | "limits.ping_ms" | "limits.ack_ms" | "limits.drain_ms" => (10, 600_000),
        "limits.search_chars" => (1, 1_000),
        "limits.cold_conferences" => (1, 10_000),
        "log.slow_ms" => (1, 600_000),
        // The HTTP library holds at least this much.
        "limits.header_bytes" => (8192, 1_048_576),
        _ => return None,
    })
}

/// The settings that break their rule, and what they must be. Never says what a value is: it may be a secret.
pub(super) fn broken(settings: &Table) -> Vec<(String, String)> {
    let mut faults: Vec<(String, String)> = NAMES
        .into_iter()
        .filter_map(|name| {
            let mut parts = name.split('.');
            let first = settings.get(parts.next()?)?;
            let value = parts.try_fold(first, |value, part| value.as_table()?.get(part))?;
            fault(name, value).map(|fault| (name.to_owned(), fault))
        })
        .collect();
    faults.extend(providers::broken(settings));
    faults
}

fn fault(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Integer(number) => {
            let (least, most) = range(name)?;
            (!(least..=most).contains(number)).then(|| format!("between {least} and {most}, not {number}"))
        }
        Value::String(text) => text_fault(name, text).map(str::to_owned),
        Value::Array(items) if name == "cors_origins" => items
            .iter()
            .filter_map(Value::as_str)
            .find(|item| *item != "*" && !is_origin(item))
            .map(|item| format!("a list of origins (https://app.example.org) or \"*\"; {item:?} is neither")),
        Value::Array(items) => items
            .iter()
            .filter_map(Value::as_str)
            .find(|item| network(item).is_none())
            .map(|item| format!("a list of addresses (10.0.0.1) and networks (10.0.0.0/8); {item:?} is neither")),
        Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Table(_) => None,
    }
}

fn text_fault(name: &str, text: &str) -> Option<&'static str> {
    let (right, wanted) = match name {
        "listen" => (text.parse::<SocketAddr>().is_ok(), "an address and a port, such as 127.0.0.1:8000 or [::1]:8000"),
        "database_url" => (text.is_empty() || db::is_address(text), db::ADDRESS),
        "redis_url" => (
            text.is_empty() || (text.starts_with("redis://") && redis::parse_redis_url(text).is_some()),
            "empty or an address that begins with redis:// (without TLS: rediss:// is not spoken)",
        ),
        "data_dir" => (!text.is_empty(), "a directory"),
        "public_url" => (
            text.is_empty() || Url::parse(text).is_ok_and(|url| is_public(&url)),
            "empty or an http or https address without user, query and fragment, such as https://program.example.org",
        ),
        "metrics_listen" => (
            text.is_empty() || text.parse::<SocketAddr>().is_ok(),
            "empty or an address and a port, such as 127.0.0.1:9464",
        ),
        "mail.smtp_url" => (text.is_empty() || Smtp::read(text).is_some(), mail::ADDRESS),
        "mail.from" => (
            text.is_empty() || mail::sender(text).is_some(),
            "empty or an address, also with a name, such as Plenary <noreply@example.org>",
        ),
        "log.format" => (matches!(text, "human" | "json"), "human or json"),
        "log.level" => (
            !text.is_empty() && EnvFilter::builder().parse(text).is_ok(),
            "error, warn, info, debug or trace, also for one part, as in info,sqlx=warn",
        ),
        _ => return None,
    };
    (!right).then_some(wanted)
}

/// Whether a browser would send this as an origin.
fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| is_public(&url) && url.origin().ascii_serialization() == text)
}

fn is_public(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_whole_number_has_a_range_that_has_its_default() {
        let defaults: Table = super::super::DEFAULTS.parse().unwrap();
        for name in NAMES {
            let mut parts = name.split('.');
            let first = &defaults[parts.next().unwrap()];
            let value = parts.fold(first, |value, part| &value[part]);
            assert_eq!(value.is_integer(), range(name).is_some(), "{name}");
            assert_eq!(fault(name, value), None, "{name}");
            if let Some((least, most)) = range(name) {
                assert!(
                    fault(name, &Value::Integer(least - 1)).is_some()
                        && fault(name, &Value::Integer(most + 1)).is_some()
                );
                // What is kept for ever is kept for 0 days.
                assert!(least >= 1 || name == "history.keep_days", "{name}: nothing may be 0");
            }
        }
    }
}
