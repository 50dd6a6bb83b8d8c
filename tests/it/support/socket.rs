//! A server that listens, and clients with a socket open to it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use plenary::app::App;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::people::{Persona, With};

/// Longer than anything takes: what has not come by then never comes.
const LONG: Duration = Duration::from_secs(20);

/// An application that is served, or another process that serves.
pub struct Server {
    pub address: SocketAddr,
    app: Option<Arc<App>>,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<std::io::Result<()>>>,
}

impl Server {
    pub async fn of(app: &Arc<App>) -> Self {
        Self::at(app, "127.0.0.1:0".parse().unwrap()).await
    }

    /// At this address, where another has just listened.
    pub async fn at(app: &Arc<App>, address: SocketAddr) -> Self {
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = Arc::clone(app);
        let serving = tokio::spawn(async move { running.run(listener, async { drop(stopped.await) }).await });
        Self { address, app: Some(Arc::clone(app)), stop: Some(stop), serving: Some(serving) }
    }

    /// What is served at this address by another process.
    pub const fn elsewhere(address: SocketAddr) -> Self {
        Self { address, app: None, stop: None, serving: None }
    }

    /// The application, which must be of this process.
    pub fn app(&self) -> &App {
        self.app.as_ref().unwrap()
    }

    /// Tells it to stop.
    pub fn drain(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until it has stopped.
    pub async fn stopped(mut self) {
        self.drain();
        let serving = self.serving.take().unwrap();
        tokio::time::timeout(LONG, serving).await.expect("the server does not stop").unwrap().unwrap();
    }

    /// A socket as an attendee's browser opens it, greeted.
    pub async fn socket(&self, who: &Persona) -> Socket {
        let mut socket = self.open(who).await.unwrap();
        assert_eq!(socket.greet(json!({})).await, json!({"type": "connection_ack"}));
        socket
    }

    /// A socket that was let in; `None` if nobody is there to let it in, or not now.
    pub async fn greeted(&self, who: &Persona) -> Option<Socket> {
        let opened = tokio::time::timeout(Duration::from_secs(3), async {
            let mut socket = self.open(who).await.ok()?;
            socket.try_say(json!({"type": "connection_init"})).await.ok()?;
            let greeting = socket.wait().await.ok()?;
            (greeting["type"] == "connection_ack").then_some(socket)
        });
        opened.await.ok().flatten()
    }

    /// A socket that has not said anything yet.
    pub async fn open(&self, who: &Persona) -> Result<Socket, Error> {
        let mut headers = vec![("origin", "http://127.0.0.1:8000".to_owned())];
        match &who.with {
            With::Nothing => {}
            With::Bearer(token) => headers.push(("authorization", format!("Bearer {token}"))),
            With::Cookie(token) => headers.push(("cookie", format!("plenary_session={}", token.text()))),
        }
        self.connect(Some("graphql-transport-ws"), &headers).await
    }

    /// A socket opened with these headers.
    pub async fn connect(&self, protocol: Option<&str>, headers: &[(&'static str, String)]) -> Result<Socket, Error> {
        let mut request = format!("ws://{}/graphql", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        if let Some(protocol) = protocol {
            request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_str(protocol).unwrap());
        }
        let (stream, _) = connect_async(request).await?;
        Ok(Socket { stream })
    }
}

/// A client's end of a socket.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    pub async fn say(&mut self, message: Value) {
        self.say_text(&message.to_string()).await;
    }

    pub async fn say_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    pub async fn say_bytes(&mut self, bytes: &'static [u8]) {
        self.stream.send(Message::binary(bytes)).await.unwrap();
    }

    /// The same, to somebody who may be gone.
    pub async fn try_say(&mut self, message: Value) -> Result<(), Error> {
        self.stream.send(Message::text(message.to_string())).await
    }

    /// Says `connection_init`, and gives back what comes.
    pub async fn greet(&mut self, payload: Value) -> Value {
        self.say(json!({"type": "connection_init", "payload": payload})).await;
        self.hear().await
    }

    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({"query": query, "variables": variables});
        self.say(json!({"type": "subscribe", "id": id, "payload": payload})).await;
    }

    /// The next message; panics with the code if the socket is closed.
    pub async fn hear(&mut self) -> Value {
        match self.hear_or_closed().await {
            Ok(message) => message,
            Err(closed) => panic!("closed: {closed:?}"),
        }
    }

    /// The data of the next message, which must be a `next` of this operation.
    pub async fn next(&mut self, id: &str) -> Value {
        let mut message = self.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("next"), &json!(id)), "{message:#}");
        assert_eq!(message["payload"].get("errors"), None, "{message:#}");
        message["payload"]["data"].take()
    }

    /// The errors of the next message, which must be an `error` of this operation.
    pub async fn error(&mut self, id: &str) -> Value {
        let mut message = self.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!(id)), "{message:#}");
        message["payload"].take()
    }

    /// The code and the reason with which the socket is closed; what comes before is dropped.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Err(closed) = self.hear_or_closed().await {
                return closed;
            }
        }
    }

    /// The next message, or the code and the reason with which the socket is closed (1006: cut).
    pub async fn hear_or_closed(&mut self) -> Result<Value, (u16, String)> {
        tokio::time::timeout(LONG, self.wait()).await.expect("nothing comes")
    }

    /// The same, however long it takes.
    pub async fn wait(&mut self) -> Result<Value, (u16, String)> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => {
                    // The other half of the farewell.
                    let _ = tokio::time::timeout(LONG, self.stream.next()).await;
                    return Err((frame.code.into(), frame.reason.to_string()));
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Err((1006, String::new())),
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            }
        }
    }

    /// Asserts that nothing is on its way: an answer to a ping is the next that comes.
    pub async fn quiet(&mut self) {
        self.say(json!({"type": "ping", "payload": {"quiet": true}})).await;
        assert_eq!(self.hear().await, json!({"type": "pong", "payload": {"quiet": true}}));
    }
}
