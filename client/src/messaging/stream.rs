//! The event stream of one connection, from the WebSocket to frames, kept alive by pings.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::Request;
use net::Host;
use net::tls::Trust;
use net::websocket::{Message, WebSocket, WebSocketError};
use url::Url;

use super::Trouble;
use super::frame::{CHAT, Frame, PING, credentials, join};

/// A connection that is in `/chat`.
pub(super) struct Stream {
    socket: WebSocket,
    ping_interval: Duration,
    next_ping: Duration,
    /// Until when the answer to a ping has to be here.
    pong_deadline: Option<Duration>,
}

/// How often to ping, unless the server wants it more often: what clients of the product were seen to do.
const PING_INTERVAL: Duration = Duration::from_secs(10);
/// No server makes us ping more often than this.
const MIN_PING_INTERVAL: Duration = Duration::from_secs(1);
/// How long the server may take to answer a ping.
const PONG_TIMEOUT: Duration = Duration::from_secs(20);
/// How long everything from the connection to being in `/chat` may take.
const OPENING: Duration = Duration::from_secs(30);

impl Stream {
    /// Connects and enters `/chat`.
    pub(super) async fn open(
        host: &Host,
        trust: &Trust,
        server: &Url,
        token: &str,
    ) -> Result<Stream, Trouble> {
        let deadline = host.now() + OPENING;
        tokio::select! {
            biased;
            stream = Stream::enter(host, trust, server, token) => stream,
            () = host.sleep_until(deadline) => Err(Trouble::Silent),
        }
    }

    async fn enter(
        host: &Host,
        trust: &Trust,
        server: &Url,
        token: &str,
    ) -> Result<Stream, Trouble> {
        let mut url = server.clone();
        url.set_path("/socket.io/");
        url.set_query(Some(&format!(
            "{}&EIO=3&transport=websocket",
            credentials(token)
        )));
        let request = Request::builder().uri(url.as_str()).body(());
        let request = request.map_err(|_| Trouble::Malformed {
            expected: "a URL of the event stream",
        })?;
        let socket = net::websocket::connect(host, trust, request).await;
        let socket = socket.map_err(|error| {
            let reason = error.to_string();
            if matches!(error, WebSocketError::Connection(_)) {
                Trouble::Unreachable { reason }
            } else {
                Trouble::NoWebSocket { reason }
            }
        })?;
        let mut stream = Stream {
            socket,
            ping_interval: PING_INTERVAL,
            next_ping: host.now() + PING_INTERVAL,
            pong_deadline: None,
        };
        loop {
            match stream.next().await? {
                Frame::Open { ping_interval } => {
                    stream.ping_interval = ping_interval.min(PING_INTERVAL)
                }
                Frame::Connected { namespace } if namespace == CHAT => return Ok(stream),
                Frame::Connected { .. } => stream.send(join(token)).await?,
                Frame::Refused { reason, .. } => return Err(Trouble::NotLetIn { reason }),
                Frame::Close | Frame::Disconnected { .. } => return Err(Trouble::Closed),
                Frame::Pong | Frame::Event { .. } | Frame::Other => {}
            }
        }
    }

    /// Sends a frame.
    pub(super) async fn send(&mut self, text: String) -> Result<(), Trouble> {
        self.socket
            .send(Message::text(text))
            .await
            .map_err(|_| Trouble::Closed)
    }

    /// The next frame. Safe to give up waiting.
    pub(super) async fn next(&mut self) -> Result<Frame, Trouble> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    let frame = Frame::read(&text)?;
                    if frame == Frame::Pong {
                        self.pong_deadline = None;
                    }
                    return Ok(frame);
                }
                // Nothing of `/chat` is binary, and the WebSocket's own pings are answered below us.
                Some(Ok(
                    Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_),
                )) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Trouble::Closed),
            }
        }
    }

    /// When [`Stream::keep_alive`] wants to be called.
    pub(super) fn deadline(&self) -> Duration {
        self.pong_deadline
            .map_or(self.next_ping, |pong| pong.min(self.next_ping))
    }

    /// Pings when it is time to, and notices a server that does not answer. Only for a caller that has read all frames.
    pub(super) async fn keep_alive(&mut self, now: Duration) -> Result<(), Trouble> {
        if self.pong_deadline.is_some_and(|deadline| deadline <= now) {
            return Err(Trouble::Silent);
        }
        self.ping_if_due(now).await
    }

    /// Pings when it is time to.
    pub(super) async fn ping_if_due(&mut self, now: Duration) -> Result<(), Trouble> {
        if self.next_ping <= now {
            self.next_ping = now + self.ping_interval.max(MIN_PING_INTERVAL);
            self.pong_deadline.get_or_insert(now + PONG_TIMEOUT);
            self.send(PING.to_owned()).await?;
        }
        Ok(())
    }

    /// Says goodbye, as far as that is possible.
    pub(super) async fn close(mut self) {
        let _ = self.socket.close(None).await;
    }
}
