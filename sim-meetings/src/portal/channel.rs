//! The conference channel as a WebSocket: text messages to the loop, and what it says back.

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use tokio::sync::mpsc;

use super::Portal;
use crate::conf::{MESSAGE_BYTES_MAX, SUBPROTOCOL};
use crate::driver::Command;

/// Upgrades a request to the channel.
pub(super) async fn open(State(portal): State<Portal>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .on_upgrade(move |socket| carry(portal, socket))
}

/// Carries messages both ways until either side ends.
async fn carry(portal: Portal, mut socket: WebSocket) {
    let link = portal.next_link();
    let (say, mut said) = mpsc::channel(QUEUE);
    if portal
        .commands
        .send(Command::Open { link, say })
        .await
        .is_err()
    {
        return;
    }
    loop {
        tokio::select! {
            biased;
            text = said.recv() => {
                let Some(text) = text else {
                    let _ = socket.send(Message::Close(None)).await;
                    break;
                };
                if socket.send(Message::text(text)).await.is_err() {
                    break;
                }
            }
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    let text = text.to_string();
                    if portal.commands.send(Command::Said { link, text }).await.is_err() {
                        break;
                    }
                }
                // axum answers pings itself; nothing of ours is binary.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
            },
        }
    }
    // The loop may have ended before the channel did.
    let _ = portal.commands.send(Command::Gone { link }).await;
}

/// Messages that may wait for a slow reader; one slower than that is cut off.
const QUEUE: usize = 256;
