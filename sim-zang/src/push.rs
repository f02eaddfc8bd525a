//! The event stream: Socket.IO 2.0.4, which is Engine.IO 3, over WebSocket only, namespace `/chat`.
//!
//! ```text
//! client                                        server
//!   GET /socket.io/?EIO=3&transport=websocket ──►
//!   ◄── 0{"sid":…,"pingInterval":…}   Engine.IO open
//!   ◄── 40                            the default namespace
//!   40/chat?token=…&tokenType=jwt, ──►
//!   ◄── 40/chat,                      or 44/chat,{"message":…}
//!   42/chat,["SUBSCRIBE_CHANNEL",…] ──►
//!   2 ──►   ◄── 3                     the client pings
//! ```
//!
//! Engine.IO is `engineioxide`'s, the packets `socketioxide`'s parser's. `socketioxide` itself stays out: up to 0.18 it takes the
//! query of `/chat?token=…` for a part of the namespace's name, so that what a 2.x client then sends to `/chat` is lost.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use engineioxide::config::EngineIoConfig;
use engineioxide::handler::EngineIoHandler;
use engineioxide::service::EngineIoService;
use engineioxide::{DisconnectReason, ProtocolVersion, Socket, Str, TransportType};
use http::header;
use serde_json::{Value, json};
use socketioxide_core::Value as Payload;
use socketioxide_core::packet::{Packet, PacketData};
use socketioxide_core::parser::{Parse, ParseConfig, ParserState};
use socketioxide_parser_common::CommonParser;

use crate::config::Config;
use crate::connections::ConnectionId;
use crate::flaws::Flaw;
use crate::refusal::Refusal;
use crate::service::Service;

/// A connection as Engine.IO sees it.
pub(crate) type Line = Socket<LineData>;

/// What belongs to a connection.
#[derive(Debug, Default)]
pub(crate) struct LineData {
    connection: OnceLock<ConnectionId>,
    parser: ParserState,
}

/// Gives what comes on connections to the service.
#[derive(Debug)]
pub(crate) struct Push {
    service: Service,
    limits: ParseConfig,
}

const NAMESPACE: &str = "/chat";
/// Packets waiting for one connection; a connection that falls further behind is closed.
const QUEUE: usize = 256;
/// Largest message on the socket, in bytes: a body of the largest size, with attachments and JSON around it.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;

/// The paths of the socket host.
pub(crate) fn router(service: &Service, config: &Config) -> Router {
    let millis = std::time::Duration::from_millis;
    let engine = EngineIoConfig::builder()
        .req_path("/socket.io")
        .ping_interval(millis(config.ping_interval_ms))
        .ping_timeout(millis(config.ping_timeout_ms))
        .transports([TransportType::Websocket])
        .max_buffer_size(QUEUE)
        .max_payload(MAX_MESSAGE_BYTES as u64)
        .ws_max_message_size(MAX_MESSAGE_BYTES)
        .ws_max_frame_size(MAX_MESSAGE_BYTES)
        .build();
    let limits = ParseConfig {
        // Nothing of `/chat` is binary.
        max_incoming_binaries: 0,
        ..ParseConfig::default()
    };
    let push = Arc::new(Push {
        service: service.clone(),
        limits,
    });
    let engine = EngineIoService::with_config(push, engine);
    Router::new()
        .route_service("/socket.io/", engine.clone())
        .route_service("/socket.io", engine)
        .layer(from_fn_with_state(service.clone(), at_the_door))
}

/// What has to be right before a connection is upgraded.
async fn at_the_door(State(service): State<Service>, mut request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let version = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "EIO");
    if version.is_some_and(|(_, version)| version != "3") {
        return Refusal::Malformed {
            field: "EIO",
            expected: "3",
        }
        .into_response();
    }
    if service.with(|cloud, _| cloud.has_flaw(Flaw::NoUpgrade)) {
        for name in [
            header::UPGRADE,
            header::CONNECTION,
            header::SEC_WEBSOCKET_KEY,
            header::SEC_WEBSOCKET_VERSION,
        ] {
            request.headers_mut().remove(name);
        }
    }
    next.run(request).await
}

impl EngineIoHandler for Push {
    type Data = LineData;

    fn on_connect(self: Arc<Self>, line: Arc<Line>) {
        let known = match line.protocol {
            ProtocolVersion::V3 => self.service.open(&line),
            ProtocolVersion::V4 => None,
        };
        match known {
            Some(connection) if line.data.connection.set(connection).is_ok() => {
                send(&line, Packet::connect("/", None));
            }
            Some(_) | None => line.close(DisconnectReason::ClosingServer),
        }
    }

    fn on_disconnect(&self, line: Arc<Line>, _reason: DisconnectReason) {
        if let Some(connection) = line.data.connection.get() {
            self.service.close(*connection);
        }
    }

    fn on_message(self: &Arc<Self>, message: Str, line: Arc<Line>) {
        let Some(connection) = line.data.connection.get().copied() else {
            return;
        };
        let Ok(packet) = CommonParser.decode_str(&self.limits, &line.data.parser, message) else {
            return line.close(DisconnectReason::PacketParsingError);
        };
        let (path, query) = packet.ns.split_once('?').unwrap_or((&packet.ns, ""));
        match packet.inner {
            PacketData::Connect(_) if path == NAMESPACE => self.on_join(&line, connection, query),
            PacketData::Connect(_) if path == "/" => send(&line, Packet::connect("/", None)),
            PacketData::Connect(_) => send(
                &line,
                Packet::connect_error(path.to_owned(), "Invalid namespace"),
            ),
            PacketData::Event(payload, ack) if path == NAMESPACE => {
                if self.on_event(connection, &payload).is_none() {
                    line.close(DisconnectReason::PacketParsingError);
                } else if let Some(ack) = ack {
                    send(
                        &line,
                        Packet::ack(NAMESPACE, Payload::Str(Str::from("[]"), None), ack),
                    );
                }
            }
            PacketData::Disconnect => line.close(DisconnectReason::TransportClose),
            // Events of other namespaces and acknowledgements of what was never asked mean nothing here.
            PacketData::Event(..)
            | PacketData::EventAck(..)
            | PacketData::ConnectError(_)
            | PacketData::BinaryEvent(..)
            | PacketData::BinaryAck(..) => {}
        }
    }

    fn on_binary(self: &Arc<Self>, _data: bytes::Bytes, line: Arc<Line>) {
        line.close(DisconnectReason::PacketParsingError);
    }
}

impl Push {
    /// The token stands in the query of the namespace or, as the connection's own query repeats it, of the connection.
    fn on_join(&self, line: &Line, connection: ConnectionId, query: &str) {
        let of = |query: &str, wanted: &str| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.into_owned())
        };
        let outer = line.req_parts.uri.query().unwrap_or_default();
        let find = |name: &str| of(query, name).or_else(|| of(outer, name));
        let joined = match find("token") {
            None => Err(Refusal::AuthorizationMissing),
            Some(token) => {
                let token_type = find("tokenType").unwrap_or_else(|| "jwt".to_owned());
                self.service
                    .with(|cloud, utc| cloud.join(utc, connection, &token_type, &token))
            }
        };
        match joined {
            Ok(()) => send(line, Packet::connect(NAMESPACE, None)),
            Err(refusal) => send(line, Packet::connect_error(NAMESPACE, refusal.code())),
        }
    }

    /// An event is a JSON array of a name and, here, one argument; nothing if it is anything else.
    fn on_event(&self, connection: ConnectionId, payload: &Payload) -> Option<()> {
        let Payload::Str(text, _) = payload else {
            return None;
        };
        let Value::Array(mut arguments) = serde_json::from_str(text.as_str()).ok()? else {
            return None;
        };
        let argument = arguments.get_mut(1).map(Value::take).unwrap_or(json!({}));
        let name = arguments.first()?.as_str()?;
        self.service
            .with(|cloud, utc| cloud.handle_event(utc, connection, name, &argument));
        Some(())
    }
}

/// An event of `/chat` as the text of an Engine.IO message.
pub(crate) fn event(name: &str, payload: &Value) -> Str {
    let arguments = Payload::Str(Str::from(json!([name, payload]).to_string()), None);
    text(Packet::event(NAMESPACE, arguments))
}

fn send(line: &Line, packet: Packet) {
    if line.emit(text(packet)).is_err() {
        line.close(DisconnectReason::TransportError);
    }
}

fn text(packet: Packet) -> Str {
    match CommonParser.encode(packet) {
        Payload::Str(text, _) => text,
        Payload::Bytes(_) => unreachable!("the common parser writes text"),
    }
}
