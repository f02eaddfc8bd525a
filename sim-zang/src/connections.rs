//! Who is connected to the socket and listens to what.
//!
//! ```text
//! Opened ──/chat with a good token──► Joined ──SUBSCRIBE_CHANNEL──► hears a space, or its own user channel
//!    └── bad token: refused, may try again
//! ```

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use crate::object_id::ObjectId;
use crate::refusal::Refusal;

/// A socket connection, numbered in the order of arrival.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct ConnectionId(u64);

/// Something one can listen to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Channel {
    /// A space.
    Topic(ObjectId),
    /// All direct spaces of a user, also those made later. Ours: how the product's client hears of a new direct space is
    /// not public.
    User(ObjectId),
}

/// What the shell has to do for a connection.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) connection: ConnectionId,
    pub(crate) what: What,
}

/// See [`Delivery`].
#[derive(Debug)]
pub(crate) enum What {
    Event { name: &'static str, payload: Value },
    Close,
}

#[derive(Debug)]
struct Connection {
    session: ObjectId,
    user: Option<ObjectId>,
    channels: BTreeSet<Channel>,
    /// Spaces where this connection said it is online.
    present: BTreeSet<ObjectId>,
}

/// All connections, and what waits to be sent on them.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    open: BTreeMap<ConnectionId, Connection>,
    next: u64,
    outbox: VecDeque<Delivery>,
}

/// Connections at a time. A socket process of the real service was measured with 29,449.
const MAX_CONNECTIONS: usize = 30_000;
/// Channels of one connection.
const MAX_CHANNELS: usize = 1000;

impl Connections {
    pub(crate) fn open(&mut self, session: ObjectId) -> Result<ConnectionId, Refusal> {
        if self.open.len() >= MAX_CONNECTIONS {
            return Err(Refusal::Limit {
                code: "LIMIT_CONNECTIONS",
                limit: MAX_CONNECTIONS,
            });
        }
        let id = ConnectionId(self.next);
        self.next += 1;
        let (channels, present) = (BTreeSet::new(), BTreeSet::new());
        self.open.insert(
            id,
            Connection {
                session,
                user: None,
                channels,
                present,
            },
        );
        Ok(id)
    }

    /// Forgets all connections, but no number: one of before a restart must not name one of after it.
    pub(crate) fn restart(&mut self) {
        self.open.clear();
        self.outbox.clear();
    }

    pub(crate) fn join(&mut self, id: ConnectionId, user: ObjectId) {
        if let Some(connection) = self.open.get_mut(&id) {
            connection.user = Some(user);
        }
    }

    /// Forgets the connection; answers its user and the spaces it was present in.
    pub(crate) fn close(
        &mut self,
        id: ConnectionId,
    ) -> Option<(ObjectId, ObjectId, BTreeSet<ObjectId>)> {
        let connection = self.open.remove(&id)?;
        self.outbox.retain(|delivery| delivery.connection != id);
        Some((connection.user?, connection.session, connection.present))
    }

    /// The user behind a connection, once joined.
    pub(crate) fn user(&self, id: ConnectionId) -> Option<ObjectId> {
        self.open.get(&id)?.user
    }

    pub(crate) fn session(&self, id: ConnectionId) -> Option<ObjectId> {
        Some(self.open.get(&id)?.session)
    }

    pub(crate) fn subscribe(&mut self, id: ConnectionId, channel: Channel) -> Result<(), Refusal> {
        let connection = self.open.get_mut(&id).ok_or(Refusal::NotFound {
            what: "the connection",
        })?;
        if connection.channels.len() >= MAX_CHANNELS && !connection.channels.contains(&channel) {
            return Err(Refusal::Limit {
                code: "LIMIT_CHANNELS",
                limit: MAX_CHANNELS,
            });
        }
        connection.channels.insert(channel);
        Ok(())
    }

    /// Stops listening; says whether the connection was present there.
    pub(crate) fn unsubscribe(&mut self, id: ConnectionId, channel: Channel) -> bool {
        let Some(connection) = self.open.get_mut(&id) else {
            return false;
        };
        connection.channels.remove(&channel);
        match channel {
            Channel::Topic(space) => connection.present.remove(&space),
            Channel::User(_) => false,
        }
    }

    pub(crate) fn hears(&self, id: ConnectionId, channel: Channel) -> bool {
        self.open
            .get(&id)
            .is_some_and(|connection| connection.channels.contains(&channel))
    }

    /// Notes that the connection said in a space that it is online, or left.
    pub(crate) fn set_present(&mut self, id: ConnectionId, space: ObjectId, present: bool) {
        let Some(connection) = self.open.get_mut(&id) else {
            return;
        };
        if present {
            connection.present.insert(space);
        } else {
            connection.present.remove(&space);
        }
    }

    /// Whether some connection of the user listens to the space.
    pub(crate) fn is_in(&self, user: ObjectId, space: ObjectId) -> bool {
        let topic = Channel::Topic(space);
        self.open
            .values()
            .any(|connection| connection.user == Some(user) && connection.channels.contains(&topic))
    }

    /// Spaces some connection of the user listens to.
    pub(crate) fn spaces_of(&self, user: ObjectId) -> BTreeSet<ObjectId> {
        let of_user = self
            .open
            .values()
            .filter(|connection| connection.user == Some(user));
        of_user
            .flat_map(|connection| &connection.channels)
            .filter_map(|channel| match channel {
                Channel::Topic(space) => Some(*space),
                Channel::User(_) => None,
            })
            .collect()
    }

    /// Connections that listen to any of the channels, in the order of arrival.
    pub(crate) fn audience(&self, channels: &[Channel]) -> Vec<ConnectionId> {
        let hears = |connection: &Connection| {
            channels
                .iter()
                .any(|channel| connection.channels.contains(channel))
        };
        self.open
            .iter()
            .filter(|(_, connection)| hears(connection))
            .map(|(id, _)| *id)
            .collect()
    }

    pub(crate) fn send(&mut self, connection: ConnectionId, name: &'static str, payload: Value) {
        self.outbox.push_back(Delivery {
            connection,
            what: What::Event { name, payload },
        });
    }

    pub(crate) fn hang_up(&mut self, connection: ConnectionId) {
        self.outbox.push_back(Delivery {
            connection,
            what: What::Close,
        });
    }

    /// What is to be sent next. The shell drains this after every input, which is what bounds it.
    pub(crate) fn poll(&mut self) -> Option<Delivery> {
        self.outbox.pop_front()
    }
}
