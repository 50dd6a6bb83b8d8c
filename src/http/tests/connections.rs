//! Over real connections.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

use super::*;

struct Server {
    address: std::net::SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

async fn start(limits: Limits, gate: Arc<(Notify, Notify)>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let app = with(limits.clone(), Ok(()), gate);
    let task = tokio::spawn(async move {
        serve(listener, app, &limits, async {
            let _ = stopped.await;
        })
        .await
    });
    Server { address, stop: Some(stop), task }
}

async fn exchange(address: std::net::SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // The other end may reset what it did not read.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

fn request(query: &str) -> String {
    let body = json!({"query": query}).to_string();
    format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn requests_in_flight_finish_when_the_server_stops() {
    let gate: Arc<(Notify, Notify)> = Arc::default();
    let mut server = start(limits(), Arc::clone(&gate)).await;
    let address = server.address;
    // Idle, kept alive: it must not hold up the stop.
    let idle = TcpStream::connect(address).await.unwrap();
    let running = tokio::spawn(async move { exchange(address, &request("{ slow }")).await });
    gate.0.notified().await;
    server.stop.take().unwrap().send(()).unwrap();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    gate.1.notify_one();
    assert!(running.await.unwrap().ends_with(r#"{"data":{"slow":1}}"#));
    tokio::time::timeout(Duration::from_secs(5), server.task).await.unwrap().unwrap().unwrap();
    drop(idle);
}

#[tokio::test]
async fn slow_and_large_headers_are_refused() {
    let server = start(Limits { header_ms: 50, header_bytes: 8192, ..limits() }, Arc::default()).await;
    let slow = tokio::time::timeout(Duration::from_secs(5), exchange(server.address, "GET / HTTP/1.1\r\nhost:"));
    assert_eq!(slow.await.unwrap(), "", "closed");
    let large =
        exchange(server.address, &format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(9000))).await;
    assert!(large.starts_with("HTTP/1.1 431 "), "{large}");
    assert!(exchange(server.address, &request("{ asking }")).await.contains("127.0.0.1"));
}
