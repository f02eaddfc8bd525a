//! Message waiting: a lamp for each user, on or off, told to those of their phones that have subscribed (HIS-05).
//!
//! Counts are never told: the product knows of none. Whoever wants to watch a lamp proves to be its user.
//!
//! RFC 3842; RFC 6665 §4.2.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sip::event::{IncomingId, SubscriptionId};
use sip::mwi::{DEFAULT_EXPIRES_S, MessageSummary};
use sip::user_agent::{Body, Hop, Reply};
use sip::{Request, UserAgent};

/// All lamps, and who watches them.
#[derive(Debug, Default)]
pub struct Lamps {
    /// Extensions whose lamp is on.
    on: BTreeSet<String>,
    /// Lamps that have changed and are not told yet.
    changed: BTreeSet<String>,
    watchers: BTreeMap<SubscriptionId, String>,
}

impl Lamps {
    /// Switches a lamp; its watchers are told when the system is next given something to handle.
    pub fn set(&mut self, extension: &str, is_on: bool) {
        let is_change = if is_on {
            self.on.insert(extension.to_owned())
        } else {
            self.on.remove(extension)
        };
        if is_change {
            self.changed.insert(extension.to_owned());
        }
    }

    /// Whether a lamp is on.
    pub fn is_on(&self, extension: &str) -> bool {
        self.on.contains(extension)
    }

    /// How many phones watch a lamp.
    pub fn watcher_count(&self) -> usize {
        self.watchers.len()
    }

    /// Takes a SUBSCRIBE of this user: the first, one that refreshes, or one that ends it.
    pub(crate) fn handle(
        &mut self,
        now: Duration,
        agent: &mut UserAgent,
        user: &str,
        (incoming, hop, request): (IncomingId, &Hop, &Request),
    ) {
        let is_own = request
            .headers
            .to()
            .is_ok_and(|to| to.uri.user().as_deref() == Some(user));
        if !is_own {
            let reply = Reply::new(403).because("Not Your Mailbox");
            agent.respond(now, incoming, reply);
            return;
        }
        let Ok(asked_s) = request.headers.expires() else {
            agent.respond(now, incoming, Reply::new(400).because("Bad Expires"));
            return;
        };
        let granted_s = asked_s.unwrap_or(DEFAULT_EXPIRES_S).min(DEFAULT_EXPIRES_S);
        let body = Some(self.body(user));
        let accepted = agent.accept_subscription(now, incoming, hop.clone(), granted_s, body);
        if let Some(subscription) = accepted {
            self.watchers.insert(subscription, user.to_owned());
        }
    }

    /// A subscription is over.
    pub(crate) fn handle_ended(&mut self, subscription: SubscriptionId) {
        self.watchers.remove(&subscription);
    }

    /// Tells the watchers of lamps that have changed.
    pub(crate) fn tell(&mut self, now: Duration, agent: &mut UserAgent) {
        let changed = std::mem::take(&mut self.changed);
        for (subscription, extension) in &self.watchers {
            if changed.contains(extension) {
                agent.notify(now, *subscription, Some(self.body(extension)));
            }
        }
    }

    fn body(&self, extension: &str) -> Body {
        let is_waiting = self.is_on(extension);
        MessageSummary { is_waiting }.body()
    }
}
