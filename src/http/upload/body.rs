//! The body of an upload: bounded in size and time, and in memory once.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;

use super::answer::Refusal;
use crate::error::{AppError, ErrorCode};

/// How many bytes are announced, if that is said. More than are taken are refused before they come.
pub(super) fn announced(headers: &HeaderMap, most: usize) -> Result<Option<usize>, Refusal> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match length.map(usize::try_from) {
        Some(Ok(length)) if length <= most => Ok(Some(length)),
        Some(_) => Err(too_large(most)),
        None => Ok(None),
    }
}

fn too_large(most: usize) -> Refusal {
    let message = format!(
        "The file is larger than the limit upload_bytes, {most}. Larger ones are imported by the command line, with \
         `plenary import`."
    );
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, AppError::new(ErrorCode::TooExpensive, message))
}

/// The body, which has to be there after so long.
pub(super) async fn receive(
    body: Body,
    announced: Option<usize>,
    most: usize,
    patience: Duration,
) -> Result<Vec<u8>, Refusal> {
    let receiving = async {
        let mut body = body;
        // Memory that is never written to is never taken.
        let mut bytes = Vec::with_capacity(announced.unwrap_or_default());
        while let Some(frame) = body.frame().await {
            let frame =
                frame.map_err(|_| Refusal::malformed("The file was cut short: the connection ended before it."))?;
            let Ok(data) = frame.into_data() else { continue };
            if data.len() > most - bytes.len() {
                return Err(too_large(most));
            }
            bytes.extend_from_slice(&data);
        }
        Ok(bytes)
    };
    match tokio::time::timeout(patience, receiving).await {
        Ok(received) => received,
        Err(_) => {
            let message = format!("The file did not arrive within the limit upload_ms, {} ms.", patience.as_millis());
            Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, AppError::new(ErrorCode::Timeout, message)))
        }
    }
}
