//! Subscriptions that others have with this party: accepted, told of changes, ended.
//!
//! A SUBSCRIBE comes as [`Event::Request`], the first as well as those that refresh or end what stands: its user checks who
//! sends it, and accepts or refuses it as any request.

use std::time::Duration;

use super::UserAgent;
use crate::dialog::Order;
use crate::endpoint::{Alarm, Body, Endpoint, Reply};
use crate::event::{IncomingId, SubscriptionId};
use crate::flow::Hop;
use crate::header::Name;
use crate::message::{Method, Request};
use crate::subscription::Subscription;
use crate::transaction::TransactionId;

impl UserAgent {
    /// Accepts a SUBSCRIBE for `granted_s` seconds (0 ends it) and tells its sender the state; says by which number the
    /// subscription is known. `None` when there is no such request any more, or it had to be refused: 481 for a dialog that
    /// is not known, 500 out of order, 503 where there are too many.
    pub fn accept_subscription(
        &mut self,
        now: Duration,
        incoming: IncomingId,
        hop: Hop,
        granted_s: u32,
        body: Option<Body>,
    ) -> Option<SubscriptionId> {
        let transaction = TransactionId(incoming.0);
        let request = self.endpoint.request_of(transaction)?.clone();
        if request.method != Method::Subscribe {
            return None;
        }
        match self.subscription_for(hop, &request) {
            Ok(id) => {
                self.with_subscription(now, id, |subscription, now, endpoint| {
                    let granted = (granted_s, body);
                    subscription.accept(now, endpoint, transaction, &request, granted);
                });
                self.settle_arrivals(now);
                Some(id)
            }
            Err(reply) => {
                let response = reply.response_to(&request);
                self.endpoint.respond(now, transaction, response);
                None
            }
        }
    }

    /// Tells a subscriber that the state has changed. `false` when the subscription is over.
    pub fn notify(&mut self, now: Duration, id: SubscriptionId, body: Option<Body>) -> bool {
        let is_known = self.subscriptions.contains_key(&id);
        self.with_subscription(now, id, |subscription, now, endpoint| {
            subscription.notify(now, endpoint, body);
        });
        self.settle_arrivals(now);
        is_known
    }

    /// Ends a subscription for a reason of RFC 6665 §4.1.3, such as `deactivated` or `noresource`.
    pub fn end_subscription(&mut self, now: Duration, id: SubscriptionId, reason: &'static str) {
        self.with_subscription(now, id, |subscription, now, endpoint| {
            subscription.end(now, endpoint, reason);
        });
        self.settle_arrivals(now);
    }

    /// The subscription that a SUBSCRIBE is about: a new one, or the one of its dialog.
    fn subscription_for(&mut self, hop: Hop, request: &Request) -> Result<SubscriptionId, Reply> {
        let is_within = request.headers.to().is_ok_and(|to| to.tag().is_some());
        if is_within {
            let known = self
                .subscriptions
                .iter_mut()
                .find(|(_, subscription)| subscription.is_of(request));
            let Some((id, subscription)) = known else {
                return Err(Reply::new(481));
            };
            return match subscription.take(request) {
                Order::Next => Ok(*id),
                Order::Late => Err(Reply::new(500)),
            };
        }
        if self.subscriptions.len() >= self.endpoint.config.subscriptions_max {
            return Err(Reply::new(503).with_header(Name::RetryAfter, RETRY_AFTER_S));
        }
        let id = SubscriptionId(self.fresh());
        // Only Contact can still be missing.
        let fresh = Subscription::new(id, hop, request, &mut self.endpoint)
            .map_err(|_| Reply::new(400).because("Contact Needed"))?;
        self.subscriptions.insert(id, fresh);
        Ok(id)
    }

    pub(super) fn with_subscription(
        &mut self,
        now: Duration,
        id: SubscriptionId,
        act: impl FnOnce(&mut Subscription, Duration, &mut Endpoint),
    ) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else {
            return;
        };
        act(subscription, now, &mut self.endpoint);
        self.endpoint
            .set_alarm(Alarm::Subscription(id), subscription.deadline());
        if subscription.is_over() {
            self.subscriptions.remove(&id);
        }
    }
}

/// When a subscriber that found no room may try again, in seconds; ours.
const RETRY_AFTER_S: &str = "60";
