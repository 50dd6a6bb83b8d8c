//! Many clients in one process, which do as little as clients can.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::super::Broken;
use super::scene::ORIGIN;

/// A socket to a server.
pub(super) type Socket = WebSocketStream<TcpStream>;

/// Longer than anything takes that is not broken.
const LONG: Duration = Duration::from_secs(60);

/// How many handshakes are on their way at once.
const AT_ONCE: usize = 256;

/// What clients do first.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Greet as somebody (a cookie) and subscribe, from a cursor on.
    Subscription(String, Option<String>),
    /// Nothing.
    Broadcast,
}

/// What is waited for, and when it came.
#[derive(Debug, Default)]
struct Awaited {
    mark: String,
    came: Vec<Instant>,
    message: String,
    cursor: String,
}

#[derive(Debug, Default)]
struct Shared {
    awaited: Mutex<Awaited>,
    count: AtomicUsize,
    enough: Notify,
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Awaited> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Clients that are connected; dropped, they are gone.
pub(super) struct Clients {
    shared: Arc<Shared>,
    addresses: Vec<SocketAddr>,
    kind: Kind,
    subscribers: usize,
    reading: JoinSet<()>,
}

/// A message that all clients are to have.
pub(super) struct Waiting {
    shared: Arc<Shared>,
    subscribers: usize,
}

impl Clients {
    /// Connects so many, in turns to each address, and waits until each has heard what comes first.
    pub(super) async fn open(addresses: &[SocketAddr], subscribers: usize, kind: Kind) -> Result<Self, Broken> {
        let shared = Arc::new(Shared::default());
        let door = Arc::new(Semaphore::new(AT_ONCE));
        let mut coming = JoinSet::new();
        for n in 0..subscribers {
            let Some(address) = addresses.get(n % addresses.len().max(1)).copied() else { continue };
            let (kind, shared, door) = (kind.clone(), Arc::clone(&shared), Arc::clone(&door));
            coming.spawn(async move {
                let _turn = door.acquire_owned().await;
                enter(address, &kind, &shared).await
            });
        }
        let mut reading = JoinSet::new();
        while let Some(socket) = coming.join_next().await {
            let socket = socket.map_err(|error| Broken::new(error.to_string()))??;
            reading.spawn(read(socket, Arc::clone(&shared)));
        }
        Ok(Self { shared, addresses: addresses.to_vec(), kind, subscribers, reading })
    }

    /// All go, and come back at once from where they were.
    pub(super) async fn again(self) -> Result<Self, Broken> {
        let Self { shared, addresses, kind, subscribers, mut reading } = self;
        let kind = match kind {
            Kind::Subscription(cookie, _) => Kind::Subscription(cookie, Some(shared.lock().cursor.clone())),
            Kind::Broadcast => kind,
        };
        reading.shutdown().await;
        Self::open(&addresses, subscribers, kind).await
    }

    /// Waits for a message with this mark, from now on.
    pub(super) fn expect(&self, mark: &str) -> Waiting {
        let mut awaited = self.shared.lock();
        mark.clone_into(&mut awaited.mark);
        awaited.came = Vec::with_capacity(self.subscribers);
        drop(awaited);
        self.shared.count.store(self.subscribers, Ordering::SeqCst);
        Waiting { shared: Arc::clone(&self.shared), subscribers: self.subscribers }
    }

    /// The cursor of what came first.
    pub(super) fn cursor(&self) -> Result<String, Broken> {
        let cursor = self.shared.lock().cursor.clone();
        if cursor.is_empty() { Err(Broken::new("no cursor came")) } else { Ok(cursor) }
    }

    /// What came last.
    pub(super) fn message(&self) -> String {
        self.shared.lock().message.clone()
    }
}

impl Waiting {
    /// When it came to each.
    pub(super) async fn all(self) -> Result<Vec<Instant>, Broken> {
        let waiting = async {
            while self.shared.count.load(Ordering::SeqCst) > 0 {
                self.shared.enough.notified().await;
            }
        };
        let waited = tokio::time::timeout(LONG, waiting).await;
        let left = self.shared.count.load(Ordering::SeqCst);
        waited.map_err(|_| Broken::new(format!("{left} of {} never had the change", self.subscribers)))?;
        Ok(std::mem::take(&mut self.shared.lock().came))
    }
}

/// Comes in; who is told to come back does.
async fn enter(address: SocketAddr, kind: &Kind, shared: &Shared) -> Result<Socket, Broken> {
    let Kind::Subscription(cookie, after) = kind else {
        let mut socket = dial(address, "/", None).await?;
        hear(&mut socket).await?;
        return Ok(socket);
    };
    let limit = Instant::now() + LONG;
    loop {
        match greet(address, cookie).await {
            Ok(socket) => return subscribed(socket, after.as_deref(), shared).await,
            Err(broken) if Instant::now() > limit => return Err(broken),
            Err(_) => tokio::time::sleep(Duration::from_millis(500)).await,
        }
    }
}

async fn greet(address: SocketAddr, cookie: &str) -> Result<Socket, Broken> {
    let mut socket = dial(address, "/graphql", Some(cookie)).await?;
    say(&mut socket, r#"{"type":"connection_init"}"#.to_owned()).await?;
    let ack = hear(&mut socket).await?;
    if !ack.contains("connection_ack") {
        return Err(Broken::new(format!("not let in: {ack}")));
    }
    Ok(socket)
}

async fn subscribed(mut socket: Socket, after: Option<&str>, shared: &Shared) -> Result<Socket, Broken> {
    say(&mut socket, super::subscribe(after)).await?;
    let first: Value = serde_json::from_str(&hear(&mut socket).await?).unwrap_or_default();
    let update = &first["payload"]["data"]["sessionRoomChanged"];
    let cursor = update["cursor"].as_str().ok_or_else(|| Broken::new(format!("no subscription: {first}")))?;
    cursor.clone_into(&mut shared.lock().cursor);
    Ok(socket)
}

async fn read(mut socket: Socket, shared: Arc<Shared>) {
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let now = Instant::now();
        let mut awaited = shared.lock();
        if awaited.mark.is_empty() || !text.contains(awaited.mark.as_str()) {
            continue;
        }
        awaited.came.push(now);
        if awaited.message.is_empty() || awaited.came.len() == 1 {
            text.as_str().clone_into(&mut awaited.message);
            if let Some((_, rest)) = text.split_once(r#""cursor":""#)
                && let Some((cursor, _)) = rest.split_once('"')
            {
                cursor.clone_into(&mut awaited.cursor);
            }
        }
        drop(awaited);
        if shared.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            shared.enough.notify_one();
        }
    }
}

/// Opens a socket.
pub(super) async fn dial(address: SocketAddr, path: &str, cookie: Option<&str>) -> Result<Socket, Broken> {
    let broken = |error: &dyn std::fmt::Display| Broken::new(format!("{address}: {error}"));
    let request = format!("ws://{address}{path}").into_client_request();
    let mut request = request.map_err(|error| broken(&error))?;
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
    if let Some(cookie) = cookie {
        let cookie = HeaderValue::from_str(&format!("plenary_session={cookie}")).map_err(|error| broken(&error))?;
        request.headers_mut().insert("cookie", cookie);
        request.headers_mut().insert("origin", HeaderValue::from_static(ORIGIN));
    }
    let stream = TcpStream::connect(address).await.map_err(|error| broken(&error))?;
    let config = WebSocketConfig::default().read_buffer_size(1_024).write_buffer_size(0);
    let opened = tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await;
    opened.map(|(socket, _)| socket).map_err(|error| broken(&error))
}

pub(super) async fn say(socket: &mut Socket, text: String) -> Result<(), Broken> {
    socket.send(Message::text(text)).await.map_err(|error| Broken::new(error.to_string()))
}

/// The next text.
pub(super) async fn hear(socket: &mut Socket) -> Result<String, Broken> {
    let next = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => return Err(Broken::new(format!("closed: {other}"))),
                Some(Err(error)) => return Err(Broken::new(error.to_string())),
                None => return Err(Broken::new("closed")),
            }
        }
    };
    tokio::time::timeout(LONG, next).await.map_err(|_| Broken::new("nothing comes"))?
}
