//! Subscriptions that this party has with others: begun, kept up, left.

use std::time::Duration;

use super::UserAgent;
use crate::endpoint::{Alarm, Endpoint};
use crate::event::WatchId;
use crate::message::{Method, Request};
use crate::subscriber::{Subscriber, Watch};

impl UserAgent {
    /// Subscribes to what another party tells of, and keeps the subscription up: `Notified` comes with each NOTIFY, and
    /// `WatchEnded` once. The configuration's `methods` must hold NOTIFY.
    pub fn watch(&mut self, now: Duration, watch: Watch) -> WatchId {
        let id = WatchId(self.fresh());
        let subscriber = Subscriber::start(now, id, watch, &mut self.endpoint);
        self.watches.insert(id, subscriber);
        self.settle_watch(id);
        self.settle_arrivals(now);
        id
    }

    /// Watches no longer. `WatchEnded` follows, at the latest after 64 s.
    pub fn unwatch(&mut self, now: Duration, id: WatchId) {
        self.with_watch(now, id, |subscriber, now, endpoint| {
            subscriber.leave(now, endpoint);
        });
        self.settle_arrivals(now);
    }

    /// Forgets a watch without a word, where nobody is left to be told: no event follows, and what is still told about it is
    /// refused.
    pub fn forget_watch(&mut self, id: WatchId) {
        self.endpoint.set_alarm(Alarm::Watch(id), None);
        self.watches.remove(&id);
    }

    /// The watch that a NOTIFY is about.
    pub(super) fn watch_of(&self, request: &Request) -> Option<WatchId> {
        if request.method != Method::Notify {
            return None;
        }
        let mut watches = self.watches.iter();
        watches
            .find(|(_, subscriber)| subscriber.is_of(request))
            .map(|(id, _)| *id)
    }

    pub(super) fn with_watch(
        &mut self,
        now: Duration,
        id: WatchId,
        act: impl FnOnce(&mut Subscriber, Duration, &mut Endpoint),
    ) {
        if let Some(subscriber) = self.watches.get_mut(&id) {
            act(subscriber, now, &mut self.endpoint);
            self.settle_watch(id);
        }
    }

    fn settle_watch(&mut self, id: WatchId) {
        let Some(subscriber) = self.watches.get(&id) else {
            return;
        };
        self.endpoint
            .set_alarm(Alarm::Watch(id), subscriber.deadline());
        if subscriber.is_over() {
            self.watches.remove(&id);
        }
    }
}
