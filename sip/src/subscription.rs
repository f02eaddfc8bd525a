//! Subscription: the notifier's side of SUBSCRIBE and NOTIFY, for any event package.
//!
//! ```text
//!                        ┌──2xx──► Idle ──change, refresh──┐
//! accepted ──► Notifying ┤                                 ├──► Notifying
//!                        └──change, refresh──► Stale ──2xx─┘
//! Idle ──end──► Ending ──any final answer──► Over      Notifying, Stale ──end──► Closing ──2xx──► Ending
//! Notifying, Stale, Closing ──refusal, silence──► Over
//! ```
//!
//! One NOTIFY is out at a time, so that an older state never overtakes a newer one; what changes meanwhile goes into the
//! next. A subscription ends by Expires 0, by running out of time, or because this side wants it; each of these is told by
//! a last NOTIFY. A subscriber that refuses a NOTIFY, or is silent, is forgotten.
//!
//! RFC 6665 §4.2.

use std::time::Duration;

use crate::dialog::{Dialog, Order};
use crate::endpoint::{Body, Contact, Draft, Endpoint, Owner, Reply};
use crate::event::{Event as AgentEvent, SubscriptionId};
use crate::flow::Hop;
use crate::header::{Event, HeaderError, Name, SubscriptionState};
use crate::message::{Method, Request, Response};
use crate::transaction::TransactionId;

/// Where a subscription is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// The subscriber knows the current state.
    Idle,
    /// A NOTIFY is out.
    Notifying,
    /// A NOTIFY is out, and the state has changed since.
    Stale,
    /// A NOTIFY is out, and the last one is to follow.
    Closing,
    /// The last NOTIFY is out.
    Ending,
    /// Nothing is left but to forget it.
    Over,
}

/// What happens to a subscription.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Input {
    /// SUBSCRIBE came again: its sender wants to hear the state, changed or not (RFC 6665 §4.2.1.2).
    Refresh,
    /// The state has changed.
    Change,
    /// It is over: unsubscribed, out of time, or ended by this side.
    End,
    /// The NOTIFY was answered 2xx.
    Done,
    /// The NOTIFY was refused, or nobody answered it.
    Refused,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Action {
    Nothing,
    /// Send a NOTIFY with the current state.
    Notify,
    /// Send the last NOTIFY.
    Goodbye,
    /// Tell the user that it is over.
    Tell,
}

use Action::{Goodbye, Nothing, Notify, Tell};
use Input::{Change, Done, End, Refresh, Refused};
use State::{Closing, Ending, Idle, Notifying, Over, Stale};

/// The table: the state after an input, and what is to be done.
fn step(state: State, input: Input) -> (State, Action) {
    match (state, input) {
        (Idle, Refresh | Change) => (Notifying, Notify),
        (Notifying | Stale, Refresh | Change) => (Stale, Nothing),
        (Idle, End) => (Ending, Goodbye),
        (Notifying | Stale, End) => (Closing, Nothing),
        (Notifying, Done) => (Idle, Nothing),
        (Stale, Done) => (Notifying, Notify),
        (Closing, Done) => (Ending, Goodbye),
        (Ending, Done | Refused) => (Over, Tell),
        (Notifying | Stale | Closing, Refused) => (Over, Tell),
        // An answer that nobody waits for, and whatever comes to a subscription that is ending already.
        (Idle, Done | Refused) | (Closing | Ending, Refresh | Change | End) | (Over, _) => {
            (state, Nothing)
        }
    }
}

/// One subscriber of one event package.
#[derive(Debug)]
pub(crate) struct Subscription {
    id: SubscriptionId,
    state: State,
    dialog: Dialog,
    hop: Hop,
    contact: Contact,
    event: Event,
    /// The current state of what is subscribed to.
    body: Option<Body>,
    expiry: Option<Duration>,
    /// Why it ends, in the words of RFC 6665 §4.1.3.
    reason: &'static str,
}

impl Subscription {
    /// A subscription that a SUBSCRIBE out of any dialog makes; nothing is sent yet.
    pub(crate) fn new(
        id: SubscriptionId,
        hop: Hop,
        request: &Request,
        endpoint: &mut Endpoint,
    ) -> Result<Self, HeaderError> {
        let dialog = Dialog::of_acceptor(request, &endpoint.entropy.tag())?;
        let contact = Contact {
            user: request.uri.user_raw().map(str::to_owned),
            params: String::new(),
        };
        Ok(Self {
            id,
            state: Idle,
            dialog,
            hop,
            contact,
            event: request.headers.event()?,
            body: None,
            expiry: None,
            reason: TIMEOUT,
        })
    }

    /// Answers a SUBSCRIBE of this dialog and tells the state; zero seconds end the subscription.
    pub(crate) fn accept(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        transaction: TransactionId,
        request: &Request,
        (granted_s, body): (u32, Option<Body>),
    ) {
        let reply = Reply::new(200).with_header(Name::Expires, granted_s.to_string());
        let mut response = reply.response_to(request);
        if let Ok(to) = request.headers.to() {
            let to = to.with_tag(self.dialog.local_tag());
            response.headers.set(Name::To, to.to_string());
        }
        for field in request.headers.fields() {
            if field.name() == Some(Name::RecordRoute) {
                response.headers.push_field(field.clone());
            }
        }
        endpoint.add_contact(transaction, &mut response, &self.contact);
        endpoint.respond(now, transaction, response);
        self.body = body;
        self.expiry = Some(now + Duration::from_secs(granted_s.into()));
        let input = if granted_s == 0 { End } else { Refresh };
        self.handle(now, endpoint, input);
    }

    /// Takes the number and target of a further SUBSCRIBE of the dialog.
    pub(crate) fn take(&mut self, request: &Request) -> Order {
        let number = request.headers.cseq().map_or(0, |cseq| cseq.number);
        let order = self.dialog.take_number(number);
        if order == Order::Next {
            self.dialog.refresh_target(&request.headers);
        }
        order
    }

    /// What is subscribed to has another state now.
    pub(crate) fn notify(&mut self, now: Duration, endpoint: &mut Endpoint, body: Option<Body>) {
        self.body = body;
        self.handle(now, endpoint, Change);
    }

    /// Ends it for a reason of this side's.
    pub(crate) fn end(&mut self, now: Duration, endpoint: &mut Endpoint, reason: &'static str) {
        self.reason = reason;
        self.handle(now, endpoint, End);
    }

    /// A NOTIFY was answered.
    pub(crate) fn handle_response(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        response: &Response,
    ) {
        match response.status {
            ..200 => {}
            200..300 => self.handle(now, endpoint, Done),
            _ => self.handle(now, endpoint, Refused),
        }
    }

    /// A NOTIFY gets no answer.
    pub(crate) fn handle_failure(&mut self, now: Duration, endpoint: &mut Endpoint) {
        self.handle(now, endpoint, Refused);
    }

    pub(crate) fn handle_timeout(&mut self, now: Duration, endpoint: &mut Endpoint) {
        if self.expiry.is_some_and(|expiry| expiry <= now) {
            self.end(now, endpoint, TIMEOUT);
        }
    }

    /// When `handle_timeout` is wanted.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.expiry
    }

    /// Whether the subscription can be forgotten.
    pub(crate) fn is_over(&self) -> bool {
        self.state == Over
    }

    /// Whether a SUBSCRIBE within a dialog is about this one: Call-ID, both tags, package and id (RFC 6665 §4.5.2).
    pub(crate) fn is_of(&self, request: &Request) -> bool {
        let headers = &request.headers;
        let tags = (headers.to().ok(), headers.from().ok());
        headers
            .call_id()
            .is_ok_and(|id| id == self.dialog.call_id())
            && tags
                .0
                .is_some_and(|to| to.tag() == Some(self.dialog.local_tag()))
            && tags
                .1
                .is_some_and(|from| from.tag().unwrap_or("") == self.dialog.remote_tag())
            && headers.event().is_ok_and(|event| {
                event.package == self.event.package && event.id() == self.event.id()
            })
    }

    fn handle(&mut self, now: Duration, endpoint: &mut Endpoint, input: Input) {
        let (state, action) = step(self.state, input);
        self.enter(state);
        match action {
            Nothing => {}
            Notify => self.send(now, endpoint, false),
            Goodbye => self.send(now, endpoint, true),
            Tell => endpoint.emit(AgentEvent::SubscriptionEnded {
                subscription: self.id,
            }),
        }
    }

    /// The one place where the state changes; from the end on nothing runs out any more.
    fn enter(&mut self, state: State) {
        self.state = state;
        if matches!(state, Closing | Ending | Over) {
            self.expiry = None;
        }
    }

    fn send(&mut self, now: Duration, endpoint: &mut Endpoint, is_last: bool) {
        let mut request = self.dialog.request(Method::Notify);
        let left = self.expiry.unwrap_or(now).saturating_sub(now);
        let state = if is_last {
            SubscriptionState::terminated(self.reason)
        } else {
            SubscriptionState::active(left.as_secs() as u32)
        };
        request.headers.push(Name::Event, self.event.to_string());
        request
            .headers
            .push(Name::SubscriptionState, state.to_string());
        if let Some(body) = &self.body {
            request.set_body(&body.content_type, body.bytes.clone());
        }
        let hop = if endpoint.config.follows_contact {
            self.dialog.next_hop(&self.hop)
        } else {
            self.hop.clone()
        };
        let draft = Draft {
            request,
            hop,
            contact: Some(self.contact.clone()),
        };
        endpoint.launch(now, draft, Owner::Subscription(self.id));
    }
}

/// Reason of a subscription that ran out, or was given up by its subscriber (RFC 6665 §4.1.3).
const TIMEOUT: &str = "timeout";

#[cfg(test)]
mod tests;
