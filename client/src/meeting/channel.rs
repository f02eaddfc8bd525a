//! The conference channel `conf.v1`: JSON messages on a WebSocket, one object with a `type` each.

use futures_util::{SinkExt, StreamExt};
use http::Request;
use net::Host;
use net::tls::Trust;
use net::websocket::{Message, WebSocket};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{Moderation, Trouble};

/// Somebody in the room.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Participant {
    /// Number, unique on the server.
    pub id: u64,
    /// Name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether the others do not hear them.
    pub muted: bool,
    /// Whether they wait to be let in.
    #[serde(default)]
    pub waiting: bool,
    /// How their audio is.
    pub audio: Audio,
    /// Whether they have a camera.
    #[serde(default)]
    pub picture: bool,
}

/// A line of pictures, and who is shown on it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct PictureLine {
    /// The line's identification in the descriptions (RFC 5888).
    pub mid: String,
    /// Their number in the roster; nobody if absent.
    #[serde(default)]
    pub participant: Option<u64>,
}

/// What a participant may do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Owner of the room, or whoever gave its moderator PIN.
    Moderator,
    /// A signed-in user.
    Participant,
    /// Somebody without an account.
    Guest,
}

/// How a participant's audio is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Audio {
    /// None.
    None,
    /// Being connected.
    Connecting,
    /// Speaks and hears.
    Connected,
}

/// What the server says.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Said {
    Joined {
        participant: u64,
        title: String,
        role: Role,
        #[serde(default)]
        waiting: bool,
    },
    Roster {
        participants: Vec<Participant>,
        locked: bool,
        recording: bool,
    },
    Answer {
        sdp: String,
    },
    Pictures {
        lines: Vec<PictureLine>,
    },
    Refused {
        request: String,
        code: String,
    },
    Left {
        reason: String,
    },
    /// What a later server may say besides.
    #[serde(other)]
    Unknown,
}

/// An open channel.
pub(super) struct Channel {
    socket: WebSocket,
}

impl Channel {
    pub(super) async fn open(host: &Host, trust: &Trust, url: &Url) -> Result<Channel, Trouble> {
        let request = Request::builder()
            .uri(url.as_str())
            .header("sec-websocket-protocol", "conf.v1")
            .body(());
        let request = request.map_err(|_| Trouble::Malformed {
            expected: "an address of the conference channel",
        })?;
        let socket = net::websocket::connect(host, trust, request).await;
        let socket = socket.map_err(|error| Trouble::Unreachable {
            reason: error.to_string(),
        })?;
        Ok(Channel { socket })
    }

    pub(super) async fn say(&mut self, message: &Value) -> Result<(), Trouble> {
        let sent = self.socket.send(Message::text(message.to_string())).await;
        sent.map_err(|_| Trouble::Closed)
    }

    /// The next message. Cancel safe.
    pub(super) async fn next(&mut self) -> Result<Said, Trouble> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).map_err(|_| Trouble::Malformed {
                        expected: "a message of the conference channel",
                    });
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Trouble::Closed),
                // Pings are answered below us; nothing of the channel is binary.
                Some(Ok(
                    Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_),
                )) => {}
            }
        }
    }

    pub(super) async fn close(mut self) {
        // Whoever does not hear it learns it from the connection's end.
        let _ = self.socket.close(None).await;
    }
}

impl Moderation {
    /// The request on the channel.
    pub(super) fn message(self) -> Value {
        match self {
            Moderation::MuteAll { muted } => json!({ "type": "mute_all", "muted": muted }),
            Moderation::Lock { locked } => json!({ "type": "lock", "locked": locked }),
            Moderation::Admit { participant } => {
                json!({ "type": "admit", "participant": participant })
            }
            Moderation::Drop { participant } => {
                json!({ "type": "drop", "participant": participant })
            }
            Moderation::Record { recording } => json!({ "type": "record", "recording": recording }),
            Moderation::End => json!({ "type": "end" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_later_server_says_besides_is_no_error() {
        let said: Said = serde_json::from_str(r#"{"type":"weather","sun":true}"#).unwrap();
        assert_eq!(said, Said::Unknown);
        let said: Said =
            serde_json::from_str(r#"{"type":"left","reason":"ended","extra":1}"#).unwrap();
        assert_eq!(
            said,
            Said::Left {
                reason: "ended".to_owned()
            }
        );
    }
}
