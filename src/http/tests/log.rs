//! What the log says, and what it does not.

use std::{io::Write, sync::Mutex};

use super::*;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_has_one_line_a_request_and_no_variables() {
    let lines = Lines::default();
    let settings = crate::config::Log { format: crate::config::LogFormat::Json, level: "info".into(), slow_ms: 1_000 };
    let to = lines.clone();
    // For the whole process: while other tests run, what is set for one thread alone may miss lines. Theirs are told
    // apart by the request's id.
    tracing::subscriber::set_global_default(crate::log::subscriber(&settings, move || to.clone()).unwrap()).unwrap();
    let query = "query Greet($n: String) { hello(name: $n) internal }";
    let of = |id: &'static str, mut request: Request<Body>| {
        request.headers_mut().insert("x-request-id", axum::http::HeaderValue::from_static(id));
        request
    };
    let first = post(JSON, json!({"query": query, "variables": {"n": "confidential"}}).to_string());
    ask(app(), of("log-1", first)).await;
    ask(app(), of("log-2", get_url(&[("query", "{ hello(name: \"confidential\") }")]))).await;
    let slow = router(Door { slow: Duration::ZERO, ..door(limits(), Ok(()), Arc::default()) });
    let third = post(JSON, json!({"query": "query Slow { hello(name: \"confidential\") }"}).to_string());
    ask(slow, of("log-3", third)).await;
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("confidential"), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect();
    let slow: Vec<_> = lines.iter().filter(|line| line["target"] == "plenary::slow").collect();
    assert_eq!(slow.len(), 1, "the others were quick");
    assert_eq!(
        (&slow[0]["request_id"], &slow[0]["operation"], &slow[0]["document"]),
        (&json!("log-3"), &json!("Slow"), &json!("query Slow { hello(name: \"\") }"))
    );
    let lines: Vec<Value> =
        lines.into_iter().filter(|line| ["log-1", "log-2"].iter().any(|id| line["request_id"] == *id)).collect();
    let (access, other): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line["target"] == "plenary::access");
    assert_eq!(access.len(), 2);
    assert_eq!(other.len(), 1, "the detail, once");
    assert_eq!((&other[0]["request_id"], &other[0]["detail"]), (&json!("log-1"), &json!("\"password=hunter2\"")));
    let line = access[0];
    assert_eq!(
        (&line["request_id"], &line["method"], &line["path"], &line["operation"], &line["outcome"], &line["status"]),
        (&json!("log-1"), &json!("POST"), &json!("/graphql"), &json!("Greet"), &json!("INTERNAL"), &json!(200))
    );
    assert!(line["duration_ms"].is_u64());
    assert_eq!((&access[1]["operation"], &access[1]["outcome"]), (&json!("-"), &json!("ok")));
}
