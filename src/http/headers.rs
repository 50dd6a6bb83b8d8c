//! Headers that every answer has, and the layers that add others.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer,
        predicate::{And, NotForContentType, Predicate, SizeAbove},
    },
    cors::{AllowCredentials, AllowHeaders, AllowOrigin, CorsLayer},
};

/// Below this, in bytes, compressing costs more than it saves.
const WORTH: u16 = 1024;

/// How long a browser may remember what it was allowed, in seconds: two hours, the most that they take.
const REMEMBERED: u64 = 7_200;

/// Compresses answers for those who accept that; never a stream of events, which has to flow.
pub(super) fn compression(on: bool) -> CompressionLayer<And<SizeAbove, NotForContentType>> {
    let which = SizeAbove::new(WORTH).and(NotForContentType::const_new("text/event-stream"));
    CompressionLayer::new().gzip(on).quality(CompressionLevel::Fastest).compress_when(which)
}

/// Lets pages of these origins read answers: with a user's cookie those that are named, without one also `*`.
pub(super) fn cors(origins: &[String]) -> CorsLayer {
    let everyone = origins.iter().any(|origin| origin == "*");
    let named: Vec<HeaderValue> = origins
        .iter()
        .filter(|origin| *origin != "*")
        .filter_map(|origin| HeaderValue::from_str(origin).ok())
        .collect();
    let (with_cookies, allowed) = (named.clone(), named);
    let allowed = if everyone && with_cookies.is_empty() {
        AllowOrigin::any()
    } else {
        AllowOrigin::predicate(move |origin, _| everyone || allowed.contains(origin))
    };
    CorsLayer::new()
        .allow_credentials(AllowCredentials::predicate(move |origin, _| with_cookies.contains(origin)))
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([header::ETAG, header::RETRY_AFTER, HeaderName::from_static("x-request-id")])
        .max_age(std::time::Duration::from_secs(REMEMBERED))
}

/// Lets pages of all origins read what is the same for everybody: nobody is anybody here.
pub(super) fn everyone() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::any())
        .allow_methods([Method::GET])
        .allow_headers([header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE])
        .expose_headers([header::ETAG, header::LAST_MODIFIED, header::RETRY_AFTER])
        .max_age(std::time::Duration::from_secs(REMEMBERED))
}

/// What every answer has unless its handler has said otherwise: it is not kept, it is what its media type says, it can
/// do nothing in a browser and nobody frames it.
pub(super) fn secure(headers: &mut HeaderMap, over_https: bool) {
    let fixed = [
        (header::CACHE_CONTROL, "private, no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    // A year, as browsers' own list of such sites wants it.
    let https = over_https.then_some((header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"));
    for (name, value) in fixed.into_iter().chain(https) {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
