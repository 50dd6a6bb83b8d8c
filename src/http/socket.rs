//! GraphQL over WebSocket: the protocol `graphql-transport-ws` of npm's graphql-ws, at `/graphql`.
//!
//! One task a socket. A subscription is asked for its next step only when its last one is written, and the operations of
//! a socket take turns; so a slow reader gets the newest state, and a busy operation keeps none waiting.

mod connection;
mod crowd;
mod protocol;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

pub(super) use crowd::Place;
pub use crowd::Sockets;

use self::connection::Connection;
use self::protocol::{Close, PROTOCOL};
use super::access::Caller;
use super::{Asking, Door};
use crate::auth::accounts::Credential;
use crate::error::AppError;

/// tungstenite would take 128 KiB for each socket.
const READ_BUFFER: usize = 1_024;

/// How long the other side may take to answer a close.
const FAREWELL: Duration = Duration::from_secs(1);

/// Whether a request asks for a socket.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    headers.get(header::UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Opens a socket.
pub(super) async fn open(door: Arc<Door>, request: axum::extract::Request, caller: Caller) -> Response {
    let (mut parts, _) = request.into_parts();
    if *door.draining.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "This server is about to stop; come again.\n").into_response();
    }
    let credential = match credential(&door, &parts.headers) {
        Ok(credential) => credential,
        // Pages that may not act for a user may not connect at all: a socket has no other check.
        Err(_) => return (StatusCode::FORBIDDEN, "Pages of this origin may not connect.\n").into_response(),
    };
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(refused) => return refused.into_response(),
    };
    let largest = door.limits.message_bytes;
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(largest)
        .max_frame_size(largest);
    let asking = Asking {
        request_id: Arc::clone(&caller.request_id),
        at_least: None,
        client: caller.client,
        credential,
        mutates: false,
        resume: None,
    };
    upgrade.on_upgrade(move |mut socket| async move {
        let close = if socket.protocol().is_some_and(|chosen| chosen.as_bytes() == PROTOCOL.as_bytes()) {
            Connection::new(&door, asking).run(&mut socket).await
        } else {
            Some(Close::SUBPROTOCOL)
        };
        if let Some(close) = close {
            Box::pin(farewell(&mut socket, close)).await;
        }
    })
}

/// The login that the upgrade brings. A cookie counts only with an origin that is allowed: browsers always send one.
fn credential(door: &Door, headers: &HeaderMap) -> Result<Option<Credential>, AppError> {
    match headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default()) {
        Some(origin) if !door.origins.allow(origin) => Err(AppError::bad_input("this origin is not allowed")),
        Some(_) => door.origins.credential(&axum::http::Method::GET, headers, door.secure),
        None => {
            let mut without = headers.clone();
            without.remove(header::COOKIE);
            door.origins.credential(&axum::http::Method::GET, &without, door.secure)
        }
    }
}

/// Says why, and waits a moment for the answer, so that what was said arrives.
async fn farewell(socket: &mut WebSocket, close: Close) {
    let frame = CloseFrame { code: close.code, reason: Utf8Bytes::from(close.reason.into_owned()) };
    let said = async {
        socket.send(Message::Close(Some(frame))).await.ok()?;
        while let Some(Ok(_)) = socket.recv().await {}
        Some(())
    };
    // Whoever does not answer is gone.
    let _ = tokio::time::timeout(FAREWELL, said).await;
}
