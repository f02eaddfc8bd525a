//! A WebSocket client over a host; the server's side is axum's `ws` extractor on [`http::serve`](crate::http::serve).
//!
//! The key of the handshake comes from the host's entropy. The mask of each frame comes from the thread's randomness, inside
//! tungstenite: where bytes must repeat, the binary that runs the simulation seeds that. RFC 6455.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Request, header};
use rand_core::Rng as _;
use rustls::ClientConfig;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::host::Host;
use crate::http::{Connection, Destination, HttpError, open};
use crate::tls::{self, Trust};

/// A WebSocket: a stream and a sink of messages.
pub type WebSocket = WebSocketStream<Connection>;

pub use tokio_tungstenite::tungstenite::Message;

/// Why there is no WebSocket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebSocketError {
    /// The connection itself did not come about.
    #[error(transparent)]
    Connection(#[from] HttpError),
    /// The server answered the handshake with an ordinary HTTP status: it does not speak WebSocket there, it refuses, or
    /// something between us and it took the upgrade away.
    #[error("no WebSocket: the server answered {status}")]
    Refused {
        /// The status of the answer.
        status: u16,
    },
    /// The handshake or the protocol broke.
    #[error("WebSocket handshake failed: {0}")]
    Handshake(String),
}

/// Opens a WebSocket to the `ws` or `wss` URL of the request, with the request's own headers added; 30 s at most.
pub async fn connect(
    host: &Host,
    trust: &Trust,
    request: Request<()>,
) -> Result<WebSocket, WebSocketError> {
    let tls = tls::client_config(host, trust);
    tokio::select! {
        biased;
        opened = handshake(host, &tls, request) => opened,
        () = host.sleep(MAX_TIME) => Err(HttpError::TimedOut { after_ms: MAX_TIME.as_millis() }.into()),
    }
}

async fn handshake(
    host: &Host,
    tls: &Arc<ClientConfig>,
    mut request: Request<()>,
) -> Result<WebSocket, WebSocketError> {
    let to = Destination::of(request.uri(), "ws", "wss")?;
    let connection = open(host, tls, &to).await?;
    upgrade_headers(host, &mut request)?;
    let bounds = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    match tokio_tungstenite::client_async_with_config(request, connection, Some(bounds)).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => Err(WebSocketError::Refused {
            status: answer.status().as_u16(),
        }),
        Err(error) => Err(WebSocketError::Handshake(error.to_string())),
    }
}

/// RFC 6455 §4.1.
fn upgrade_headers(host: &Host, request: &mut Request<()>) -> Result<(), HttpError> {
    let mut key = [0; 16];
    host.entropy("websocket.key").fill_bytes(&mut key);
    let url = request.uri().clone();
    let wrong = |error: http::header::InvalidHeaderValue| HttpError::Url(format!("{url}: {error}"));
    let authority = url
        .authority()
        .map(|authority| authority.as_str())
        .unwrap_or_default();
    let headers = request.headers_mut();
    headers.insert(
        header::HOST,
        HeaderValue::from_str(authority).map_err(wrong)?,
    );
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(
        header::SEC_WEBSOCKET_VERSION,
        HeaderValue::from_static("13"),
    );
    headers.insert(
        header::SEC_WEBSOCKET_KEY,
        HeaderValue::from_str(&STANDARD.encode(key)).map_err(wrong)?,
    );
    Ok(())
}

/// Time for name, connection and handshake.
const MAX_TIME: Duration = Duration::from_secs(30);
/// Bytes of one message.
const MAX_MESSAGE: usize = 4 << 20;

#[cfg(test)]
mod tests;
