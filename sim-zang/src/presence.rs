//! Presence within a space: who is here, who is typing, who left. It has nothing to do with presence at the IP Office (ZNG-12).
//!
//! The server keeps no roster: it passes events on. A newcomer says `online` to everybody; those who are there answer with
//! their own `online` addressed to the newcomer.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::object_id::ObjectId;

/// What happened to a party.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Category {
    Online,
    Leaves,
    /// Asks everybody to say `online`.
    RequestParties,
    Typing,
}

impl Category {
    fn name(self) -> &'static str {
        match self {
            Category::Online => "app.event.presence.party.online",
            Category::Leaves => "app.event.presence.party.leaves",
            Category::RequestParties => "app.event.presence.request.parties",
            Category::Typing => "app.event.presence.party.typing",
        }
    }

    fn by_name(name: &str) -> Option<Self> {
        let all = [
            Category::Online,
            Category::Leaves,
            Category::RequestParties,
            Category::Typing,
        ];
        // The short form of the typing event is also in use.
        if name == "party.typing" {
            return Some(Category::Typing);
        }
        all.into_iter().find(|category| category.name() == name)
    }
}

/// An event on its way through the server.
#[derive(Debug)]
pub(crate) struct PresenceEvent {
    pub(crate) space: ObjectId,
    pub(crate) category: Category,
    content: Value,
    receivers: Vec<ObjectId>,
}

#[derive(Debug, Deserialize)]
struct Request {
    category: String,
    #[serde(rename = "topicId")]
    topic: ObjectId,
    #[serde(default)]
    content: Value,
    #[serde(default)]
    receivers: Vec<Receiver>,
}

#[derive(Debug, Deserialize)]
struct Receiver {
    #[serde(rename = "_id")]
    id: ObjectId,
}

/// Reads `SEND_PRESENCE_EVENT`; nothing if it makes no sense.
pub(crate) fn parse(payload: &Value) -> Option<PresenceEvent> {
    let request: Request = serde_json::from_value(payload.clone()).ok()?;
    Some(PresenceEvent {
        space: request.topic,
        category: Category::by_name(&request.category)?,
        content: request.content,
        receivers: request
            .receivers
            .into_iter()
            .map(|receiver| receiver.id)
            .collect(),
    })
}

impl PresenceEvent {
    /// An event without receivers is for everybody.
    pub(crate) fn is_for(&self, user: ObjectId) -> bool {
        self.receivers.is_empty() || self.receivers.contains(&user)
    }

    /// `PRESENCE_EVENT_RESPONSE` as the others get it.
    pub(crate) fn view(&self, sender: Value) -> Value {
        let receivers: Vec<Value> = self
            .receivers
            .iter()
            .map(|id| json!({ "_id": id }))
            .collect();
        json!({
            "category": self.category.name(),
            "topicId": self.space,
            "sender": sender,
            "content": self.content,
            "receivers": receivers,
        })
    }
}

/// The server's word that a party's connection is gone.
pub(crate) fn leaving(space: ObjectId, session: ObjectId, sender: Value) -> Value {
    json!({
        "category": Category::Leaves.name(),
        "topicId": space,
        "sender": sender,
        "content": { "offline": true, "sessionId": session },
        "receivers": [],
    })
}

/// Answer to an event that makes no sense.
pub(crate) fn invalid() -> Value {
    json!({ "category": "media.session.invalid" })
}
