//! What has been shown of each conversation, so that every message is shown once and in the server's order.
//!
//! Messages come twice: pushed while connected, and in the history fetched after each connection. `cursor` is the newest message up
//! to which the history was read without a gap; `seen` are the messages shown, by whichever way they came.
//!
//! A message may also be stored twice: its sender lost the connection, found it missing in the history and sent it again, and then
//! the network delivered what the old connection still had under way. Nothing the sender can do excludes that, so the readers
//! leave the second one out: it has the sender, the sender's time and the text of the first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::Person;
use super::spaces::WireMessage;

/// A direct space with one colleague.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    pub(super) colleague: Person,
    cursor: Option<String>,
    seen: Seen<String>,
    /// Fingerprints of what was shown.
    contents: Seen<u64>,
}

/// All conversations, by the id of their space, and the spaces that are not for this client.
#[derive(Debug, Default)]
pub(super) struct Conversations {
    by_space: BTreeMap<String, Conversation>,
    hidden: BTreeSet<String>,
}

/// What was met, the latest of it.
#[derive(Clone, Debug)]
struct Seen<T> {
    known: BTreeSet<T>,
    order: VecDeque<T>,
}

/// Conversations of one user. A user with more has the latest ones.
pub(super) const MAX_CONVERSATIONS: usize = 1000;
/// Spaces remembered as hidden; one that is forgotten is looked up again.
const MAX_HIDDEN: usize = 1000;
/// Messages of one conversation remembered as shown. Must be more than are fetched at once to catch up.
const MAX_SEEN: usize = 5000;

impl Conversations {
    /// Notes a direct space; nothing is lost if it is known already.
    pub(super) fn add(&mut self, space: &str, colleague: Person) {
        if let Some(known) = self.by_space.get_mut(space) {
            known.colleague = colleague;
        } else if self.by_space.len() < MAX_CONVERSATIONS {
            let conversation = Conversation {
                colleague,
                cursor: None,
                seen: Seen::default(),
                contents: Seen::default(),
            };
            self.by_space.insert(space.to_owned(), conversation);
        }
    }

    /// Notes a space whose messages this client does not show: a group (MSG-07).
    pub(super) fn hide(&mut self, space: &str) {
        if self.hidden.len() >= MAX_HIDDEN {
            self.hidden.clear();
        }
        self.hidden.insert(space.to_owned());
    }

    pub(super) fn is_hidden(&self, space: &str) -> bool {
        self.hidden.contains(space)
    }

    pub(super) fn get(&self, space: &str) -> Option<&Conversation> {
        self.by_space.get(space)
    }

    pub(super) fn get_mut(&mut self, space: &str) -> Option<&mut Conversation> {
        self.by_space.get_mut(space)
    }

    /// The space shared with the colleague of this address.
    pub(super) fn with(&self, address: &str) -> Option<&str> {
        let found = self
            .by_space
            .iter()
            .find(|(_, conversation)| conversation.colleague.is_at(address));
        found.map(|(space, _)| space.as_str())
    }
}

impl Conversation {
    /// Whether the message is new; from now on it is not.
    pub(super) fn accept(&mut self, message: &WireMessage) -> bool {
        // Without a time there is nothing to tell a repetition from saying the same again.
        self.seen.insert(message.id.clone())
            && (message.created.is_empty() || self.contents.insert(fingerprint(message)))
    }

    /// Whether the history was read up to this message: going back may end here.
    pub(super) fn is_cursor(&self, id: &str) -> bool {
        self.cursor.as_deref() == Some(id)
    }

    /// The history was read up to here without a gap.
    pub(super) fn caught_up(&mut self, newest: &str) {
        self.cursor = Some(newest.to_owned());
    }
}

/// What a message has in common with its repetition.
fn fingerprint(message: &WireMessage) -> u64 {
    let mut hasher = DefaultHasher::new();
    message.sender.id.hash(&mut hasher);
    message.created.hash(&mut hasher);
    message.content.body_text.hash(&mut hasher);
    for file in &message.content.data {
        file.name.hash(&mut hasher);
    }
    hasher.finish()
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Seen {
            known: BTreeSet::new(),
            order: VecDeque::new(),
        }
    }
}

impl<T: Clone + Ord> Seen<T> {
    fn insert(&mut self, new: T) -> bool {
        if !self.known.insert(new.clone()) {
            return false;
        }
        self.order.push_back(new);
        if self.order.len() > MAX_SEEN
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(id: u32, created: &str, text: &str) -> WireMessage {
        let content = json!({ "bodyText": text });
        let sender = json!({ "_id": "sender" });
        let message = json!({
            "_id": id.to_string(), "topicId": "space", "sender": sender, "content": content, "created": created,
        });
        serde_json::from_value(message).expect("a message")
    }

    #[test]
    fn a_message_is_new_once() {
        let mut conversations = Conversations::default();
        conversations.add("space", Person::named("bob@example.com"));
        let conversation = conversations.get_mut("space").expect("just added");
        assert!(conversation.accept(&message(1, "", "x")));
        assert!(conversation.accept(&message(2, "", "x")));
        assert!(!conversation.accept(&message(1, "", "x")));
        conversations.add("space", Person::named("bob@example.com"));
        let conversation = conversations.get_mut("space").expect("known");
        assert!(
            !conversation.accept(&message(2, "", "x")),
            "adding again forgets nothing"
        );
        assert_eq!(conversations.with("BOB@example.com"), Some("space"));
        assert_eq!(conversations.with("carol@example.com"), None);
    }

    #[test]
    fn a_message_stored_twice_is_shown_once() {
        let mut conversations = Conversations::default();
        conversations.add("space", Person::named("bob@example.com"));
        let conversation = conversations.get_mut("space").expect("just added");
        let noon = "2018-05-01T12:00:00.000Z";
        assert!(conversation.accept(&message(1, noon, "x")));
        assert!(!conversation.accept(&message(2, noon, "x")));
        assert!(conversation.accept(&message(3, noon, "y")));
        assert!(conversation.accept(&message(4, "2018-05-01T12:00:00.001Z", "x")));
    }

    #[test]
    fn memory_is_bounded() {
        let mut seen = Seen::default();
        for id in 0..3 * MAX_SEEN {
            assert!(seen.insert(id));
        }
        assert_eq!((seen.known.len(), seen.order.len()), (MAX_SEEN, MAX_SEEN));
        assert!(!seen.insert(2 * MAX_SEEN));
    }
}
