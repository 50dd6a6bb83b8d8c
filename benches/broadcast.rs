//! A bare broadcast over axum's WebSocket: what one change to many costs when nothing is known of rights, cursors or
//! protocols. `plenary bench live --baseline ws://127.0.0.1:7110/` measures it beside Plenary.
//!
//! `cargo bench --bench broadcast -- 127.0.0.1:7110`

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement stops at the first surprise, and prints")]

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use tokio::sync::broadcast;

/// As Plenary's: tungstenite's own 128 KiB would be most of what a socket holds.
const READ_BUFFER: usize = 1_024;

#[tokio::main]
async fn main() {
    let address = std::env::args().find(|argument| argument.contains(':'));
    let address = address.unwrap_or_else(|| "127.0.0.1:7110".to_owned());
    let (all, _) = broadcast::channel::<Utf8Bytes>(16);
    let router = Router::new().route("/", any(open)).with_state(all);
    let listener = tokio::net::TcpListener::bind(&address).await.unwrap();
    println!("broadcasting on ws://{address}/; stop with Ctrl-C");
    axum::serve(listener, router).await.unwrap();
}

async fn open(State(all): State<broadcast::Sender<Utf8Bytes>>, upgrade: WebSocketUpgrade) -> Response {
    let upgrade = upgrade.protocols(["graphql-transport-ws"]).read_buffer_size(READ_BUFFER).write_buffer_size(0);
    upgrade.on_upgrade(move |socket| pass(socket, all))
}

/// Whatever one says, all others hear.
async fn pass(mut socket: WebSocket, all: broadcast::Sender<Utf8Bytes>) {
    let mut heard = all.subscribe();
    let hello = format!("{{\"pid\":{}}}", std::process::id());
    if socket.send(Message::text(hello)).await.is_err() {
        return;
    }
    loop {
        tokio::select! {
            said = socket.recv() => match said {
                Some(Ok(Message::Text(text))) => drop(all.send(text)),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            text = heard.recv() => {
                let Ok(text) = text else { return };
                if socket.send(Message::Text(text)).await.is_err() {
                    return;
                }
            }
        }
    }
}
