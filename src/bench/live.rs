//! `plenary bench live`: one change to many subscribers, of servers that it starts itself.
//!
//! The servers are processes of this very program, on a database of their own; the clients are in this one, so that
//! both sides' processor time is known. All share the machine: what counts is the ratio to a broadcast of the same
//! bytes, measured in turns.

mod clients;
mod scene;

use std::time::{Duration, Instant};

use serde_json::json;

pub use scene::Setting;

use self::clients::{Clients, Kind};
use self::scene::{Cost, Scene};
use super::Broken;

/// How many clients come and go before anything is measured.
const FIRST: usize = 20;

/// Until they are gone.
const SETTLED: Duration = Duration::from_millis(500);

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// The servers.
    pub setting: Setting,
    /// How many subscribers, one measurement each.
    pub subscribers: Vec<usize>,
    /// How many changes each.
    pub rounds: usize,
    /// The broadcast beside it: `cargo bench --bench broadcast`.
    pub baseline: Option<url::Url>,
    /// Whether all subscribers are to come back at once, after the last measurement.
    pub storm: bool,
}

/// One server's measurement with so many subscribers.
#[derive(Clone, Debug)]
pub struct Measured {
    /// `plenary` or `broadcast`.
    pub server: &'static str,
    /// How many subscribers.
    pub subscribers: usize,
    /// Bytes of one message.
    pub bytes: usize,
    /// Until the last has it, of each round.
    pub last: Vec<Duration>,
    /// Until each has it, of all rounds.
    pub each: Vec<Duration>,
    /// The server's processor time for one message.
    pub server_cpu: Duration,
    /// The client's.
    pub client_cpu: Duration,
    /// The server's memory for one subscriber, in bytes.
    pub memory: f64,
    /// The server's processor time for one connection: the upgrade, the greeting, a subscription that goes on.
    pub entry_cpu: Duration,
    /// How long all took to come back, if they were sent away.
    pub back: Option<Duration>,
}

/// Measures; says how far it is.
///
/// # Errors
///
/// What makes the measurement worth nothing: a server that does not start, an answer that is none.
pub async fn measure(options: &Options, progress: &(dyn Fn(&str) + Sync)) -> Result<Vec<Measured>, Broken> {
    let most = options.subscribers.iter().max().copied().unwrap_or_default();
    scene::files(most + 1_000)?;
    let mut all = Vec::new();
    for (n, subscribers) in options.subscribers.iter().copied().enumerate() {
        let storm = options.storm && n + 1 == options.subscribers.len();
        progress(&format!("{subscribers} subscribers"));
        let (measured, message) = plenary(options, subscribers, storm).await?;
        all.push(measured);
        if let Some(baseline) = &options.baseline {
            progress(&format!("{subscribers} subscribers of the broadcast"));
            all.push(broadcast(options, baseline, subscribers, message).await?);
        }
    }
    Ok(all)
}

async fn plenary(options: &Options, subscribers: usize, storm: bool) -> Result<(Measured, String), Broken> {
    let scene = Scene::new(&options.setting, storm).await?;
    let mut control = scene.control().await?;
    // The first begin everywhere what all share; what that costs is not the others'.
    let first = Clients::open(&scene.addresses(), FIRST, Kind::Subscription(scene.attendee(), None)).await?;
    let cursor = first.cursor()?;
    let waiting = first.expect("LIVE-000000");
    scene.change(&mut control, "LIVE-000000").await?;
    waiting.all().await?;
    drop(first);
    tokio::time::sleep(SETTLED).await;
    let before = Cost::of(&scene.pids())?;
    let kind = Kind::Subscription(scene.attendee(), Some(cursor));
    let mut clients = Clients::open(&scene.addresses(), subscribers, kind).await?;
    let open = Cost::of(&scene.pids())?;
    let rounds =
        rounds(options.rounds, 1, &scene.pids(), &clients, async |mark| scene.change(&mut control, mark).await).await?;
    let message = clients.message();
    let back = if storm {
        let begun = Instant::now();
        clients = clients.again().await?;
        Some(begun.elapsed())
    } else {
        None
    };
    drop(clients);
    let measured = Measured { back, ..rounds.measured("plenary", message.len(), subscribers, before, open) };
    Ok((measured, message))
}

async fn broadcast(
    options: &Options,
    baseline: &url::Url,
    subscribers: usize,
    message: String,
) -> Result<Measured, Broken> {
    let address = scene::address(baseline)?;
    let mut control = clients::dial(address, baseline.path(), None).await?;
    // It says which process it is.
    let hello: serde_json::Value = serde_json::from_str(&clients::hear(&mut control).await?)
        .map_err(|error| Broken::new(format!("{baseline} is no broadcast of ours: {error}")))?;
    let pid = hello["pid"].as_u64().ok_or_else(|| Broken::new(format!("{baseline} is no broadcast of ours")))?;
    let pids = [u32::try_from(pid).unwrap_or_default()];
    drop(Clients::open(&[address], FIRST, Kind::Broadcast).await?);
    tokio::time::sleep(SETTLED).await;
    let before = Cost::of(&pids)?;
    let clients = Clients::open(&[address], subscribers, Kind::Broadcast).await?;
    let open = Cost::of(&pids)?;
    let place = message.find("LIVE-").ok_or_else(|| Broken::new("the message has no mark"))?;
    let rounds = rounds(options.rounds, 900_000, &pids, &clients, async |mark| {
        let mut text = message.clone();
        text.replace_range(place..place + mark.len(), mark);
        clients::say(&mut control, text).await
    })
    .await?;
    drop(clients);
    Ok(rounds.measured("broadcast", message.len(), subscribers, before, open))
}

/// What the rounds of one server came to.
#[derive(Default)]
struct Rounds {
    last: Vec<Duration>,
    each: Vec<Duration>,
    server: Duration,
    client: Duration,
}

/// Makes so many changes, each under a mark of its own, and waits until all clients have each.
async fn rounds(
    count: usize,
    first: usize,
    pids: &[u32],
    clients: &Clients,
    mut change: impl AsyncFnMut(&str) -> Result<(), Broken>,
) -> Result<Rounds, Broken> {
    let mut rounds = Rounds::default();
    for round in 0..=count {
        let mark = format!("LIVE-{:06}", first + round);
        let (server, own) = (Cost::of(pids)?, Cost::own()?);
        let waiting = clients.expect(&mark);
        let begun = Instant::now();
        change(&mark).await?;
        let came = waiting.all().await?;
        // The first round fills caches on both sides.
        if round > 0 {
            rounds.server += Cost::of(pids)?.cpu.saturating_sub(server.cpu);
            rounds.client += Cost::own()?.cpu.saturating_sub(own.cpu);
            rounds.last.push(came.iter().max().copied().unwrap_or(begun) - begun);
            rounds.each.extend(came.iter().map(|at| *at - begun));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(rounds)
}

impl Rounds {
    /// The costs are the server's before anybody came, and when all were there.
    fn measured(self, server: &'static str, bytes: usize, subscribers: usize, before: Cost, open: Cost) -> Measured {
        let messages = self.last.len() * subscribers;
        Measured {
            server,
            subscribers,
            bytes,
            server_cpu: per(self.server, messages),
            client_cpu: per(self.client, messages),
            last: self.last,
            each: self.each,
            memory: open.memory.saturating_sub(before.memory) as f64 / subscribers.max(1) as f64,
            entry_cpu: per(open.cpu.saturating_sub(before.cpu), subscribers),
            back: None,
        }
    }
}

fn per(all: Duration, count: usize) -> Duration {
    all.div_f64(count.max(1) as f64)
}

/// The document that all subscribers ask for.
const LINKS: &str = "subscription ($after: Cursor) { sessionRoomChanged(conference: \"demo\", after: $after) {
    cursor reset removedIds sessionRooms { id revision room { id name } session { id number status startsAt endsAt }
    link { access url inherited } } } }";

/// What a subscriber says first.
fn subscribe(after: Option<&str>) -> String {
    let payload = json!({"query": LINKS, "variables": {"after": after}});
    json!({"type": "subscribe", "id": "1", "payload": payload}).to_string()
}

/// The measurements as a table, in Markdown.
#[must_use]
pub fn table(all: &[Measured]) -> String {
    let head = [
        "subscribers",
        "server",
        "bytes",
        "last ms",
        "p50 ms",
        "p99 ms",
        "of broadcast",
        "server µs",
        "of broadcast",
        "client µs",
        "KiB",
        "entry µs",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for one in all {
        let beside = all.iter().find(|it| it.server == "broadcast" && it.subscribers == one.subscribers);
        let beside = beside.filter(|it| it.server != one.server);
        let ratio = |of: &dyn Fn(&Measured) -> f64| {
            beside.map_or_else(String::new, |it| format!("{:.2}", of(one) / of(it).max(f64::MIN_POSITIVE)))
        };
        let micros = |duration: Duration| format!("{:.1}", duration.as_secs_f64() * 1e6);
        rows.push(vec![
            one.subscribers.to_string(),
            one.server.to_owned(),
            one.bytes.to_string(),
            format!("{:.1}", quantile(&one.last, 0.5) * 1e3),
            format!("{:.1}", quantile(&one.each, 0.5) * 1e3),
            format!("{:.1}", quantile(&one.each, 0.99) * 1e3),
            ratio(&|it| quantile(&it.last, 0.5)),
            micros(one.server_cpu),
            ratio(&|it| it.server_cpu.as_secs_f64()),
            micros(one.client_cpu),
            format!("{:.1}", one.memory / 1024.0),
            micros(one.entry_cpu),
        ]);
    }
    super::table::markdown(&rows)
}

fn quantile(all: &[Duration], q: f64) -> f64 {
    let mut all: Vec<f64> = all.iter().map(Duration::as_secs_f64).collect();
    all.sort_by(f64::total_cmp);
    let at = ((all.len().saturating_sub(1)) as f64 * q).round() as usize;
    all.get(at).copied().unwrap_or_default()
}
