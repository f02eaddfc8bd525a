//! What has been shown of each conversation, so that every message is shown once and in the server's order.
//!
//! Messages come twice: pushed while connected, and in the history fetched after each connection. `cursor` is the newest message up
//! to which the history was read without a gap; `seen` are the messages shown, by whichever way they came.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Person;

/// A direct space with one colleague.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    pub(super) colleague: Person,
    cursor: Option<String>,
    seen: Seen,
}

/// All conversations, by the id of their space, and the spaces that are not for this client.
#[derive(Debug, Default)]
pub(super) struct Conversations {
    by_space: BTreeMap<String, Conversation>,
    hidden: BTreeSet<String>,
}

/// Messages that were shown, the latest of them.
#[derive(Clone, Debug, Default)]
struct Seen {
    ids: BTreeSet<String>,
    order: VecDeque<String>,
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
    pub(super) fn accept(&mut self, id: &str) -> bool {
        self.seen.insert(id)
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

impl Seen {
    fn insert(&mut self, id: &str) -> bool {
        if !self.ids.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > MAX_SEEN
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_new_once() {
        let mut conversations = Conversations::default();
        conversations.add("space", Person::named("bob@example.com"));
        let conversation = conversations.get_mut("space").expect("just added");
        assert!(conversation.accept("1") && conversation.accept("2"));
        assert!(!conversation.accept("1"));
        conversations.add("space", Person::named("bob@example.com"));
        assert!(
            !conversations.get_mut("space").expect("known").accept("2"),
            "adding again forgets nothing"
        );
        assert_eq!(conversations.with("BOB@example.com"), Some("space"));
        assert_eq!(conversations.with("carol@example.com"), None);
    }

    #[test]
    fn memory_is_bounded() {
        let mut seen = Seen::default();
        for id in 0..3 * MAX_SEEN {
            assert!(seen.insert(&id.to_string()));
        }
        assert_eq!((seen.ids.len(), seen.order.len()), (MAX_SEEN, MAX_SEEN));
        assert!(!seen.insert(&(2 * MAX_SEEN).to_string()));
    }
}
