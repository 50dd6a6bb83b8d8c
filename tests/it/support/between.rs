//! What stands between two programs and can fail them: a trap at a commit, a wire that goes dead.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

/// Where a server is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// It has asked for the commit, which the database has not seen.
    BeforeCommit,
    /// The database has committed, which the server has not heard.
    AfterCommit,
}

struct Trap {
    point: Point,
    /// What the transaction has written.
    mark: Vec<u8>,
    sprung: oneshot::Sender<()>,
}

/// Between a server and PostgreSQL, without TLS: passes everything on, until a trap is sprung.
pub struct Between {
    pub address: SocketAddr,
    trap: Arc<Mutex<Option<Trap>>>,
    dead: watch::Sender<bool>,
}

impl Between {
    pub async fn new(upstream: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let trap = Arc::default();
        let dead = watch::Sender::new(false);
        let (own, is_dead) = (Arc::clone(&trap), dead.clone());
        tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let Ok(far) = TcpStream::connect(&upstream).await else { continue };
                tokio::spawn(pass(near, far, Arc::clone(&own), is_dead.subscribe()));
            }
        });
        Self { address, trap, dead }
    }

    /// The transaction that writes this text is the one that is caught; ends when it is, and nothing passes on its
    /// connection any more.
    pub fn arm(&self, point: Point, mark: &str) -> oneshot::Receiver<()> {
        let (sprung, caught) = oneshot::channel();
        *self.trap.lock().unwrap() = Some(Trap { point, mark: mark.into(), sprung });
        caught
    }

    /// Nothing passes any more, and nobody is told: as if a cable were cut; or it does again.
    pub fn cut(&self, cut: bool) {
        self.dead.send_replace(cut);
    }
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Ends when either end does.
async fn pass(near: TcpStream, far: TcpStream, trap: Arc<Mutex<Option<Trap>>>, mut dead: watch::Receiver<bool>) {
    let (mut from_near, mut to_near) = near.into_split();
    let (mut from_far, mut to_far) = far.into_split();
    let (mut out, mut back) = (vec![0; 65_536], vec![0; 65_536]);
    let mut marked = false;
    let mut committing: Option<oneshot::Sender<()>> = None;
    loop {
        tokio::select! {
            read = from_near.read(&mut out) => {
                let Ok(n @ 1..) = read else { return };
                let said = &out[..n];
                let mut held = None;
                {
                    let mut trap = trap.lock().unwrap();
                    if let Some(it) = trap.as_ref() {
                        marked |= holds(said, &it.mark);
                        if marked && holds(said, b"COMMIT") {
                            held = trap.take();
                        }
                    }
                }
                match held {
                    Some(Trap { point: Point::BeforeCommit, sprung, .. }) => {
                        let _ = sprung.send(());
                        return gone(from_near).await;
                    }
                    Some(Trap { sprung, .. }) => committing = Some(sprung),
                    None => {}
                }
                if dead.wait_for(|dead| !dead).await.is_err() || to_far.write_all(said).await.is_err() {
                    return;
                }
            }
            read = from_far.read(&mut back) => {
                let Ok(n @ 1..) = read else { return };
                if let Some(sprung) = committing.take() {
                    let _ = sprung.send(());
                    return gone(from_near).await;
                }
                if dead.wait_for(|dead| !dead).await.is_err() || to_near.write_all(&back[..n]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Until the other end is gone.
async fn gone(mut end: tokio::net::tcp::OwnedReadHalf) {
    let mut rest = vec![0; 1_024];
    while end.read(&mut rest).await.is_ok_and(|n| n > 0) {}
}
