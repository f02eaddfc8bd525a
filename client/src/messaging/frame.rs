//! Frames of the event stream as a client reads and writes them: Socket.IO 2 in Engine.IO 3, text only.
//!
//! Written here because the published parsers are made for servers: `socketioxide-parser-common` 0.17 refuses the packet by which a
//! server refuses a namespace (`44`), and `engineioxide-core` the one by which it opens (`0`).

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

/// Namespace of messages.
pub(super) const CHAT: &str = "/chat";
/// Engine.IO ping: in version 3 it is the client that pings.
pub(super) const PING: &str = "2";

/// What a frame says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Frame {
    /// `0{…}`: the connection is open; the server expects a ping at least this often.
    Open { ping_interval: Duration },
    /// `1` or `41`: the server ends the connection, or our part in the default namespace.
    Close,
    /// `3`: answer to our ping.
    Pong,
    /// `40…`: we are in this namespace.
    Connected { namespace: String },
    /// `44…`: we are not let into this namespace.
    Refused { namespace: String, reason: String },
    /// `41/chat,`: we are put out of this namespace.
    Disconnected { namespace: String },
    /// `42…`: an event with its first argument.
    Event {
        namespace: String,
        name: String,
        payload: Value,
    },
    /// Anything that means nothing to a client: the server's pings, acknowledgements.
    Other,
}

/// The frame cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the server broke the protocol: {what} expected in a frame that starts with {start:?}")]
pub struct FrameError {
    what: &'static str,
    start: String,
}

impl Frame {
    /// Reads the text of one WebSocket message.
    pub(super) fn read(text: &str) -> Result<Frame, FrameError> {
        let error = |what| FrameError {
            what,
            start: text.chars().take(20).collect(),
        };
        let mut characters = text.chars();
        match characters.next() {
            Some('0') => {
                let open: Open = serde_json::from_str(characters.as_str())
                    .map_err(|_| error("JSON with pingInterval"))?;
                Ok(Frame::Open {
                    ping_interval: Duration::from_millis(open.ping_interval),
                })
            }
            Some('1') => Ok(Frame::Close),
            Some('3') => Ok(Frame::Pong),
            Some('4') => Frame::read_message(characters.as_str()).ok_or_else(|| error("a packet")),
            Some('2' | '5' | '6') => Ok(Frame::Other),
            Some(_) | None => Err(error("a frame type")),
        }
    }

    fn read_message(text: &str) -> Option<Frame> {
        let mut characters = text.chars();
        let packet = characters.next()?;
        let (namespace, rest) = split_namespace(characters.as_str());
        let namespace = namespace.to_owned();
        Some(match packet {
            '0' => Frame::Connected { namespace },
            '1' if namespace == "/" => Frame::Close,
            '1' => Frame::Disconnected { namespace },
            '2' => {
                // An acknowledgement number may stand before the array; nothing here asks for one.
                let rest = rest.trim_start_matches(|character: char| character.is_ascii_digit());
                let Value::Array(mut arguments) = serde_json::from_str(rest).ok()? else {
                    return None;
                };
                let payload = arguments.get_mut(1).map_or(Value::Null, Value::take);
                let name = arguments.first()?.as_str()?.to_owned();
                Frame::Event {
                    namespace,
                    name,
                    payload,
                }
            }
            '4' => Frame::Refused {
                namespace,
                reason: reason(rest),
            },
            '3' | '5' | '6' => Frame::Other,
            _ => return None,
        })
    }
}

/// Asks to be let into `/chat` with this token.
pub(super) fn join(token: &str) -> String {
    format!("40{CHAT}?{},", credentials(token))
}

/// `token=…&tokenType=jwt`, as it stands in the URL and in the namespace.
pub(super) fn credentials(token: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("token", token)
        .append_pair("tokenType", "jwt")
        .finish()
}

/// An event of `/chat`.
pub(super) fn event(name: &str, payload: &Value) -> String {
    format!("42{CHAT},{}", json!([name, payload]))
}

#[derive(Deserialize)]
struct Open {
    #[serde(rename = "pingInterval")]
    ping_interval: u64,
}

/// `/chat,…` or `/chat` or nothing, which is the default namespace. A query after the name is not part of it.
fn split_namespace(text: &str) -> (&str, &str) {
    if !text.starts_with('/') {
        return ("/", text);
    }
    let (namespace, rest) = text.split_once(',').unwrap_or((text, ""));
    (namespace.split('?').next().unwrap_or(namespace), rest)
}

/// A refusal carries a string or an object with a message.
fn reason(text: &str) -> String {
    match serde_json::from_str(text) {
        Ok(Value::String(reason)) => reason,
        Ok(Value::Object(object)) => object
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or(text)
            .to_owned(),
        Ok(_) | Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chat() -> String {
        CHAT.to_owned()
    }

    #[test]
    fn reads_what_servers_were_seen_to_send() {
        let open = r#"0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":60000}"#;
        let event = r#"42/chat,["CHANNEL_SUBSCRIBED",{"channel":{"_id":"1"}}]"#;
        for (text, frame) in [
            (
                open,
                Frame::Open {
                    ping_interval: Duration::from_secs(25),
                },
            ),
            (
                "40",
                Frame::Connected {
                    namespace: "/".to_owned(),
                },
            ),
            ("40/chat", Frame::Connected { namespace: chat() }),
            ("40/chat,", Frame::Connected { namespace: chat() }),
            ("40/chat?token=x,", Frame::Connected { namespace: chat() }),
            (
                r#"44/chat,"no""#,
                Frame::Refused {
                    namespace: chat(),
                    reason: "no".to_owned(),
                },
            ),
            (
                r#"44/chat,{"message":"no"}"#,
                Frame::Refused {
                    namespace: chat(),
                    reason: "no".to_owned(),
                },
            ),
            ("41", Frame::Close),
            ("41/chat,", Frame::Disconnected { namespace: chat() }),
            ("1", Frame::Close),
            ("3", Frame::Pong),
            ("6", Frame::Other),
            ("43/chat,7[]", Frame::Other),
            (
                event,
                Frame::Event {
                    namespace: chat(),
                    name: "CHANNEL_SUBSCRIBED".to_owned(),
                    payload: json!({ "channel": { "_id": "1" } }),
                },
            ),
        ] {
            assert_eq!(Frame::read(text), Ok(frame), "{text}");
        }
        for bad in [
            "", "x", "0", "0{}", "4", "49", "42", "42[", "42{}", "42[]", "42[1]", "é",
        ] {
            assert!(Frame::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn writes_what_clients_were_seen_to_send() {
        assert_eq!(join("a.b-c"), "40/chat?token=a.b-c&tokenType=jwt,");
        assert_eq!(
            event("SEND_MESSAGE", &json!({})),
            r#"42/chat,["SEND_MESSAGE",{}]"#
        );
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in ".{0,60}", kind in "[0-9]{0,3}") {
            let _ = Frame::read(&text);
            let _ = Frame::read(&format!("{kind}{text}"));
        }

        #[test]
        fn what_is_written_reads_back(name in "[A-Z_]{1,20}", text in "\\PC{0,40}") {
            let payload = json!({ "text": text });
            let frame = Frame::Event { namespace: chat(), name: name.clone(), payload: payload.clone() };
            prop_assert_eq!(Frame::read(&event(&name, &payload)), Ok(frame));
        }
    }
}
