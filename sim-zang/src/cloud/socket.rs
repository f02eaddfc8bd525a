//! What comes over the socket: the events of namespace `/chat` (§2.4 of the product's description).

use std::time::SystemTime;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Cloud;
use crate::connections::{Channel, ConnectionId};
use crate::messages::Draft;
use crate::object_id::ObjectId;
use crate::presence;
use crate::refusal::Refusal;
use crate::token::scheme_by_name;

/// Body of `SUBSCRIBE_CHANNEL` and `UNSUBSCRIBE_CHANNEL`.
#[derive(Debug, Deserialize)]
struct ChannelRequest {
    channel: ChannelName,
}

#[derive(Debug, Deserialize)]
struct ChannelName {
    #[serde(rename = "_id")]
    id: ObjectId,
    #[serde(rename = "type")]
    kind: String,
}

/// Body of `SEND_MESSAGE`.
#[derive(Debug, Deserialize)]
struct MessageRequest {
    #[serde(rename = "topicId")]
    topic: ObjectId,
    #[serde(flatten)]
    draft: Draft,
    #[serde(rename = "loopbackMetadata", default)]
    loopback: Option<Value>,
}

/// Category of the refusal of a message to a space the connection does not listen to.
const SUBSCRIPTION_REQUIRED: &str = "app.event.channel.subscription.required";

impl Cloud {
    /// A new connection, not yet anybody's.
    pub(crate) fn open(&mut self, utc: SystemTime) -> Result<ConnectionId, Refusal> {
        let session = self.ids.next(utc);
        self.connections.open(session)
    }

    /// The connection enters `/chat` with a token of type `jwt`, `oauth` or `service_app`.
    pub(crate) fn join(
        &mut self,
        utc: SystemTime,
        connection: ConnectionId,
        token_type: &str,
        token: &str,
    ) -> Result<(), Refusal> {
        let scheme = scheme_by_name(token_type).ok_or(Refusal::AuthorizationMalformed)?;
        let user = self.tokens.verify(utc, scheme, token)?;
        self.accounts
            .user(user)
            .map_err(|_| Refusal::TokenInvalid)?;
        self.connections.join(connection, user);
        Ok(())
    }

    /// The connection is gone; those it shared spaces with are told.
    pub(crate) fn close(&mut self, connection: ConnectionId) {
        if let Some((user, session, present)) = self.connections.close(connection) {
            for space in present {
                self.announce_leaving(connection, user, session, space);
            }
        }
    }

    /// An event of `/chat`. Before the connection has joined there is nobody to answer; unknown events mean nothing.
    pub(crate) fn handle_event(
        &mut self,
        utc: SystemTime,
        connection: ConnectionId,
        name: &str,
        payload: &Value,
    ) {
        let Some(user) = self.connections.user(connection) else {
            return;
        };
        match name {
            "SUBSCRIBE_CHANNEL" => self.on_subscribe(connection, user, payload),
            "UNSUBSCRIBE_CHANNEL" => self.on_unsubscribe(connection, user, payload),
            "SEND_MESSAGE" => self.on_message(utc, connection, user, payload),
            "SEND_PRESENCE_EVENT" => self.on_presence(connection, user, payload),
            // Media sessions of a space are not modelled yet; the product has this answer for an event it cannot use.
            "SEND_MEDIA_SESSION_EVENTS" => {
                self.connections
                    .send(connection, "MEDIA_SESSION_RESPONSE", presence::invalid());
            }
            _ => {}
        }
    }

    fn on_subscribe(&mut self, connection: ConnectionId, user: ObjectId, payload: &Value) {
        match self.subscribe(connection, user, payload) {
            Ok(()) => {
                let session = self.connections.session(connection);
                let confirmed = json!({ "channel": payload["channel"], "dtsid": session, "sessionId": session });
                self.connections
                    .send(connection, "CHANNEL_SUBSCRIBED", confirmed);
            }
            Err(refusal) => {
                let refused = json!({ "channel": payload["channel"], "error": refusal.object() });
                self.connections
                    .send(connection, "SUBSCRIBE_CHANNEL_FAILED", refused);
            }
        }
    }

    fn subscribe(
        &mut self,
        connection: ConnectionId,
        user: ObjectId,
        payload: &Value,
    ) -> Result<(), Refusal> {
        let channel = channel(payload)?;
        match channel {
            Channel::Topic(space) => self.spaces.of_member(space, user).map(|_| ())?,
            Channel::User(id) if id == user => {}
            Channel::User(_) => {
                return Err(Refusal::Forbidden {
                    why: "another user's channel",
                });
            }
        }
        self.connections.subscribe(connection, channel)
    }

    fn on_unsubscribe(&mut self, connection: ConnectionId, user: ObjectId, payload: &Value) {
        let Ok(channel) = channel(payload) else {
            return;
        };
        let was_present = self.connections.unsubscribe(connection, channel);
        if let (Channel::Topic(space), true, Some(session)) =
            (channel, was_present, self.connections.session(connection))
        {
            self.announce_leaving(connection, user, session, space);
        }
        let gone = json!({ "channel": payload["channel"] });
        self.connections
            .send(connection, "CHANNEL_UNSUBSCRIBED", gone);
    }

    fn on_message(
        &mut self,
        utc: SystemTime,
        connection: ConnectionId,
        user: ObjectId,
        payload: &Value,
    ) {
        let Err((category, refusal)) = self.send(utc, connection, user, payload) else {
            return;
        };
        let mut refused = json!({ "category": category, "error": refusal.object(), "topicId": payload["topicId"] });
        if let Some(loopback) = payload.get("loopbackMetadata") {
            refused["loopbackMetadata"] = loopback.clone();
        }
        self.connections
            .send(connection, "SEND_MESSAGE_FAILED", refused);
    }

    fn send(
        &mut self,
        utc: SystemTime,
        connection: ConnectionId,
        user: ObjectId,
        payload: &Value,
    ) -> Result<(), (Value, Refusal)> {
        let category = payload.get("category").cloned().unwrap_or(Value::Null);
        let request: MessageRequest = serde_json::from_value(payload.clone()).map_err(|_| {
            let expected = "category, content and a topicId of 24 hex digits";
            (
                category.clone(),
                Refusal::Malformed {
                    field: "SEND_MESSAGE",
                    expected,
                },
            )
        })?;
        if !self
            .connections
            .hears(connection, Channel::Topic(request.topic))
        {
            return Err((
                json!(SUBSCRIPTION_REQUIRED),
                Refusal::NotFound {
                    what: "a subscription to this topic",
                },
            ));
        }
        let origin = Some((connection, request.loopback));
        self.post(utc, user, request.topic, request.draft, origin)
            .map_err(|refusal| (category, refusal))?;
        Ok(())
    }

    fn on_presence(&mut self, connection: ConnectionId, user: ObjectId, payload: &Value) {
        let event = presence::parse(payload);
        let event = event.filter(|event| {
            self.connections
                .hears(connection, Channel::Topic(event.space))
        });
        let (Some(event), Ok(sender)) = (event, self.accounts.user(user)) else {
            return self.connections.send(
                connection,
                "PRESENCE_EVENT_RESPONSE",
                presence::invalid(),
            );
        };
        match event.category {
            presence::Category::Online => {
                self.connections.set_present(connection, event.space, true)
            }
            presence::Category::Leaves => {
                self.connections.set_present(connection, event.space, false)
            }
            presence::Category::RequestParties | presence::Category::Typing => {}
        }
        let view = event.view(sender.as_sender());
        for listener in self.connections.audience(&[Channel::Topic(event.space)]) {
            let addressed = self
                .connections
                .user(listener)
                .is_some_and(|id| event.is_for(id));
            if listener != connection && addressed {
                self.connections
                    .send(listener, "PRESENCE_EVENT_RESPONSE", view.clone());
            }
        }
    }

    fn announce_leaving(
        &mut self,
        connection: ConnectionId,
        user: ObjectId,
        session: ObjectId,
        space: ObjectId,
    ) {
        let Ok(sender) = self.accounts.user(user) else {
            return;
        };
        let view = presence::leaving(space, session, sender.as_sender());
        for listener in self.connections.audience(&[Channel::Topic(space)]) {
            if listener != connection {
                self.connections
                    .send(listener, "PRESENCE_EVENT_RESPONSE", view.clone());
            }
        }
    }
}

fn channel(payload: &Value) -> Result<Channel, Refusal> {
    let expected = "{\"channel\":{\"_id\":24 hex digits,\"type\":\"topic\" or \"user\"}}";
    let malformed = Refusal::Malformed {
        field: "channel",
        expected,
    };
    let request: ChannelRequest =
        serde_json::from_value(payload.clone()).map_err(|_| malformed.clone())?;
    match request.channel.kind.as_str() {
        "topic" => Ok(Channel::Topic(request.channel.id)),
        "user" => Ok(Channel::User(request.channel.id)),
        _ => Err(malformed),
    }
}
