//! The cloud itself, without any network: told the time and a request, it answers and says what to push to whom.
//!
//! `requests.rs` is what comes over REST, `socket.rs` what comes over the socket. Everything that is sent leaves through
//! [`Cloud::poll`], to be drained after every call.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::accounts::{Accounts, User};
use crate::clock::iso;
use crate::config::Config;
use crate::connections::{Channel, ConnectionId, Connections, Delivery};
use crate::discovery::Discovery;
use crate::flaws::{Flaw, Flaws, LATE_TOKEN, SHORT_TOKEN};
use crate::messages::{Draft, Message, Messages};
use crate::object_id::{Ids, ObjectId};
use crate::refusal::Refusal;
use crate::spaces::{Space, SpaceKind, Spaces};
use crate::token::{Product, Tokens, authorization};

mod requests;
mod socket;

pub(crate) use requests::{GroupRequest, GuestNames, Listing};

/// State of a cloud: what is kept for good, and who is connected now.
pub(crate) struct Cloud {
    ids: Ids,
    tokens: Tokens,
    session: Duration,
    accounts: Accounts,
    discovery: Discovery,
    spaces: Spaces,
    messages: Messages,
    connections: Connections,
    flaws: Flaws,
}

impl Cloud {
    /// An empty cloud. The seeds are all the randomness it ever uses.
    pub(crate) fn new(id_seed: [u8; 32], secret: &[u8; 32]) -> Self {
        Cloud {
            ids: Ids::new(id_seed),
            tokens: Tokens::new(secret),
            session: Duration::ZERO,
            accounts: Accounts::default(),
            discovery: Discovery::default(),
            spaces: Spaces::default(),
            messages: Messages::default(),
            connections: Connections::default(),
            flaws: Flaws::default(),
        }
    }

    /// Takes on this configuration. What is stored stays.
    pub(crate) fn configure(&mut self, utc: SystemTime, config: &Config) {
        self.session = config.session();
        self.accounts
            .configure(utc, &mut self.ids, &config.accounts, &config.service_apps);
        self.discovery = Discovery::new(&config.accounts);
        self.flaws = Flaws::new(config.flaws.clone());
    }

    /// Begins a new life: connections of an earlier one are gone.
    pub(crate) fn restart(&mut self) {
        self.connections.restart();
    }

    /// Changes the misbehaviour while running.
    pub(crate) fn set_flaws(&mut self, flaws: Flaws) {
        self.flaws = flaws;
    }

    pub(crate) fn has_flaw(&self, flaw: Flaw) -> bool {
        self.flaws.has(flaw)
    }

    /// What is to be sent next on the socket.
    pub(crate) fn poll(&mut self) -> Option<Delivery> {
        self.connections.poll()
    }

    /// Who is calling, by the `Authorization` header.
    pub(crate) fn caller(
        &self,
        utc: SystemTime,
        header: Option<&str>,
    ) -> Result<ObjectId, Refusal> {
        let header = header.filter(|_| !self.flaws.has(Flaw::StripAuthorization));
        let (scheme, token) = authorization(header)?;
        let user = self.tokens.verify(utc, scheme, token)?;
        // A guest forgotten in the meantime is nobody any more.
        self.accounts
            .user(user)
            .map_err(|_| Refusal::TokenInvalid)?;
        Ok(user)
    }

    fn issue(&self, utc: SystemTime, user: ObjectId, product: Product) -> (String, Duration) {
        let delay = if self.flaws.has(Flaw::LateToken) {
            LATE_TOKEN
        } else {
            Duration::ZERO
        };
        let lifetime = if self.flaws.has(Flaw::ShortToken) {
            SHORT_TOKEN
        } else {
            self.session
        };
        (
            self.tokens.issue(utc, user, product, delay, lifetime),
            lifetime,
        )
    }

    /// Accepts a message into a space and pushes it. `origin` is the connection it came on, with what is to be given back
    /// to that connection alone.
    fn post(
        &mut self,
        utc: SystemTime,
        sender: ObjectId,
        space: ObjectId,
        draft: Draft,
        origin: Option<(ConnectionId, Option<Value>)>,
    ) -> Result<Message, Refusal> {
        let sender = self.accounts.user(sender)?;
        let space = self.spaces.of_member(space, sender.id)?;
        Messages::check(&draft, space.kind)?;
        let now = iso(utc);
        let message = Message {
            id: self.ids.next(utc),
            space: space.id,
            category: draft.category,
            sender: sender.as_sender(),
            content: draft.content,
            created: draft
                .created
                .filter(|text| crate::clock::is_time(text))
                .unwrap_or_else(|| now.clone()),
            modified: now,
        };
        let (audience, kind) = (self.audience(space), space.kind);
        self.messages.append(message.clone())?;
        if kind == SpaceKind::Direct {
            self.spaces.touch(message.space);
        }
        self.push(&message, &audience, origin);
        Ok(message)
    }

    /// Who hears a message of a space.
    fn audience(&self, space: &Space) -> Vec<ConnectionId> {
        let mut channels = vec![Channel::Topic(space.id)];
        if space.kind == SpaceKind::Direct || self.flaws.has(Flaw::LeakGroupChat) {
            channels.extend(space.members.keys().copied().map(Channel::User));
        }
        self.connections.audience(&channels)
    }

    fn push(
        &mut self,
        message: &Message,
        audience: &[ConnectionId],
        origin: Option<(ConnectionId, Option<Value>)>,
    ) {
        let lost = self.flaws.loses_push();
        let hangs_up = origin.is_some() && self.flaws.hangs_up();
        let copies = if self.flaws.has(Flaw::DuplicatePush) {
            2
        } else {
            1
        };
        let earlier = self
            .messages
            .last_but_one(message.space)
            .filter(|_| self.flaws.has(Flaw::ReplayPush));
        let earlier = earlier.map(Message::view);
        for connection in audience {
            let own = origin.as_ref().filter(|(id, _)| id == connection);
            let mut view = message.view();
            match own {
                Some(_) if hangs_up => {
                    self.connections.hang_up(*connection);
                    continue;
                }
                Some((_, Some(loopback))) => view["loopbackMetadata"] = loopback.clone(),
                Some((_, None)) => {}
                None if lost => continue,
                None => {}
            }
            for _ in 0..copies {
                self.connections
                    .send(*connection, "MESSAGE_SENT", view.clone());
            }
            if let Some(earlier) = &earlier {
                self.connections
                    .send(*connection, "MESSAGE_SENT", earlier.clone());
            }
        }
    }

    /// A space as one of its members sees it.
    fn topic_view(&self, space: &Space, viewer: ObjectId) -> Value {
        let member = |(id, role): (&ObjectId, _)| {
            let mut view = self
                .accounts
                .user(*id)
                .map_or_else(|_| json!({ "_id": id }), User::as_sender);
            view["role"] = json!(role);
            view
        };
        let other = space
            .members
            .keys()
            .find(|id| **id != viewer)
            .and_then(|id| self.accounts.user(*id).ok());
        let title = match (space.kind, other) {
            // A direct space has no title of its own; one sees whom one is talking to.
            (SpaceKind::Direct, Some(other)) => other.display_name.clone(),
            (SpaceKind::Direct, None) | (SpaceKind::Group, _) => space.title.clone(),
        };
        let mut view = json!({
            "_id": space.id,
            "type": space.kind,
            "title": title,
            "description": space.description,
            "status": 0,
            "created": iso(space.created),
            "role": space.members.get(&viewer),
            "members": space.members.iter().map(member).collect::<Vec<_>>(),
        });
        if let (SpaceKind::Direct, Some(last)) = (space.kind, self.messages.last(space.id)) {
            view["lastMessage"] = last.view();
        }
        view
    }
}

#[cfg(test)]
mod tests;
