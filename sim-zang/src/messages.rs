//! Messages: kept for good, in the order they were accepted, whether or not anybody is there to read them (MSG-03).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::object_id::ObjectId;
use crate::refusal::Refusal;
use crate::spaces::SpaceKind;

/// What a message is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Category {
    #[default]
    Chat,
    /// What the product calls a post.
    Idea,
    Task,
}

impl Category {
    fn name(self) -> &'static str {
        match self {
            Category::Chat => "chat",
            Category::Idea => "idea",
            Category::Task => "task",
        }
    }
}

/// What a sender wants said.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Draft {
    #[serde(default)]
    pub(crate) category: Category,
    pub(crate) content: Content,
    /// When the sender pressed send, by the sender's clock.
    #[serde(default)]
    pub(crate) created: Option<String>,
}

/// The body of a message.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Content {
    #[serde(rename = "bodyText", default)]
    pub(crate) body_text: String,
    /// Attached files.
    #[serde(default)]
    pub(crate) data: Vec<Value>,
    #[serde(default)]
    pub(crate) description: Option<String>,
}

/// A message as accepted.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: ObjectId,
    pub(crate) space: ObjectId,
    pub(crate) category: Category,
    /// The sender as he was when he sent it.
    pub(crate) sender: Value,
    pub(crate) content: Content,
    /// The sender's time if he gave one, else the server's.
    pub(crate) created: String,
    /// The server's time.
    pub(crate) modified: String,
}

impl Message {
    /// The message as JSON, the same over REST and on the socket.
    pub(crate) fn view(&self) -> Value {
        let mut content = json!({ "bodyText": self.content.body_text, "data": self.content.data });
        if let Some(description) = &self.content.description {
            content["description"] = json!(description);
        }
        json!({
            "_id": self.id,
            "category": self.category.name(),
            "content": content,
            "sender": self.sender,
            "topicId": self.space,
            "created": self.created,
            "modified": self.modified,
        })
    }
}

/// A piece of a space's history, newest first.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    pub(crate) messages: Vec<&'a Message>,
    /// The last of `messages`, if there are older ones.
    pub(crate) next: Option<ObjectId>,
    /// The first of `messages`, if there are newer ones.
    pub(crate) previous: Option<ObjectId>,
}

/// From where a page is cut.
#[derive(Clone, Copy, Debug)]
pub(crate) enum From {
    Newest,
    OlderThan(ObjectId),
    NewerThan(ObjectId),
}

/// Messages by space.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    by_space: BTreeMap<ObjectId, Vec<Message>>,
    places: BTreeMap<ObjectId, (ObjectId, usize)>,
}

/// Longest body, in bytes. Ours: the real limit is not public.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;
/// Files attached to one message. Ours.
const MAX_ATTACHMENTS: usize = 20;
/// Messages kept in one space: a bound for a store that lives in memory.
const MAX_MESSAGES: usize = 100_000;
/// Entries of a page unless asked otherwise, and at most (product description).
pub(crate) const PAGE: usize = 30;
pub(crate) const MAX_PAGE: usize = 50;

impl Messages {
    /// Whether a draft may become a message of such a space.
    pub(crate) fn check(draft: &Draft, kind: SpaceKind) -> Result<(), Refusal> {
        if kind == SpaceKind::Direct && draft.category != Category::Chat {
            return Err(Refusal::Forbidden {
                why: "a direct space has chat only",
            });
        }
        if draft.content.body_text.is_empty() && draft.content.data.is_empty() {
            return Err(Refusal::Malformed {
                field: "content",
                expected: "a bodyText or an attachment",
            });
        }
        if draft.content.body_text.len() > MAX_BODY_BYTES {
            return Err(Refusal::Limit {
                code: "LIMIT_BODY_BYTES",
                limit: MAX_BODY_BYTES,
            });
        }
        if draft.content.data.len() > MAX_ATTACHMENTS {
            return Err(Refusal::Limit {
                code: "LIMIT_ATTACHMENTS",
                limit: MAX_ATTACHMENTS,
            });
        }
        Ok(())
    }

    /// Keeps a message, after all earlier ones of its space.
    pub(crate) fn append(&mut self, message: Message) -> Result<(), Refusal> {
        let kept = self.by_space.entry(message.space).or_default();
        if kept.len() >= MAX_MESSAGES {
            return Err(Refusal::Limit {
                code: "LIMIT_MESSAGES",
                limit: MAX_MESSAGES,
            });
        }
        self.places.insert(message.id, (message.space, kept.len()));
        kept.push(message);
        Ok(())
    }

    pub(crate) fn get(&self, id: ObjectId) -> Option<&Message> {
        let (space, at) = self.places.get(&id)?;
        self.by_space.get(space)?.get(*at)
    }

    pub(crate) fn last(&self, space: ObjectId) -> Option<&Message> {
        self.by_space.get(&space)?.last()
    }

    /// The message before the last one.
    pub(crate) fn last_but_one(&self, space: ObjectId) -> Option<&Message> {
        self.by_space.get(&space)?.iter().rev().nth(1)
    }

    /// One page of a space's history.
    pub(crate) fn page(
        &self,
        space: ObjectId,
        size: usize,
        from: From,
    ) -> Result<Page<'_>, Refusal> {
        let kept = self
            .by_space
            .get(&space)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let place = |id: ObjectId| match self.places.get(&id) {
            Some((its_space, at)) if *its_space == space => Ok(*at),
            _ => Err(Refusal::NotFound {
                what: "the message referred to",
            }),
        };
        let (start, end) = match from {
            From::Newest => (kept.len().saturating_sub(size), kept.len()),
            From::OlderThan(id) => {
                let end = place(id)?;
                (end.saturating_sub(size), end)
            }
            From::NewerThan(id) => {
                let start = place(id)? + 1;
                (start, kept.len().min(start + size))
            }
        };
        let messages: Vec<&Message> = kept[start..end].iter().rev().collect();
        Ok(Page {
            next: messages.last().map(|m| m.id).filter(|_| start > 0),
            previous: messages.first().map(|m| m.id).filter(|_| end < kept.len()),
            messages,
        })
    }
}

#[cfg(test)]
mod tests;
