//! User agent: the one node that ties flows, transactions, dialogs, sessions, registrations and digest answers together.
//!
//! Used by a softphone and by a back-to-back server alike. After [`UserAgent::handle`] and after each verb, ask
//! [`UserAgent::poll`] until it says `Wait`. Time, addresses and randomness come in; nothing is asked for.
//!
//! ```text
//! bytes ─► endpoint (framing, checks, transactions) ─► session | registration | the agent's user ─► events
//! ```
//!
//! RFC 3261 §8, §9, §10, §12–§15.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::dialog::Dialog;
use crate::endpoint::{Alarm, Endpoint};
use crate::header::Headers;
use crate::message::Method;
use crate::registration::Registration;
use crate::session::Session;
use crate::subscriber::Subscriber;
use crate::subscription::Subscription;
use crate::transaction::TransactionId;

mod arrivals;
mod requests;
mod subscriptions;
mod unwelcome;
mod watches;

pub use crate::endpoint::{Body, Config, Input, Login, Output, Reply};
pub use crate::event::{
    Ended, Event, IncomingId, RegistrationFailure, RegistrationId, RequestId, SessionId,
    SubscriptionId, WatchEnd, WatchId,
};
pub use crate::flow::{FlowEnd, FlowId, Hop, Transport};
pub use crate::registration::Binding;
pub use crate::session::{Invite, SessionError};
pub use crate::subscriber::Watch;
pub use requests::Outgoing;

use requests::Outstanding;

/// The node.
#[derive(Debug)]
pub struct UserAgent {
    endpoint: Endpoint,
    sessions: BTreeMap<SessionId, Session>,
    /// Sessions by Call-ID and this side's tag.
    by_dialog: BTreeMap<(String, String), SessionId>,
    /// Sessions by the transaction of their unanswered INVITE, re-INVITE or UPDATE.
    by_transaction: BTreeMap<TransactionId, SessionId>,
    registrations: BTreeMap<RegistrationId, Registration>,
    subscriptions: BTreeMap<SubscriptionId, Subscription>,
    watches: BTreeMap<WatchId, Subscriber>,
    outstanding: BTreeMap<RequestId, Outstanding>,
    next_id: u64,
}

impl UserAgent {
    /// An agent whose branches, tags and Call-IDs come from this seed.
    pub fn new(config: Config, seed: [u8; 32]) -> Self {
        Self {
            endpoint: Endpoint::new(config, seed),
            sessions: BTreeMap::new(),
            by_dialog: BTreeMap::new(),
            by_transaction: BTreeMap::new(),
            registrations: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            watches: BTreeMap::new(),
            outstanding: BTreeMap::new(),
            next_id: 0,
        }
    }

    /// Takes what the driver heard; also wakes whatever is due.
    pub fn handle(&mut self, now: Duration, input: Input) {
        self.endpoint.handle(now, input);
        self.settle_arrivals(now);
        while let Some(alarm) = self.endpoint.next_alarm(now) {
            match alarm {
                Alarm::Session(id) => self.with_session(now, id, |session, now, endpoint| {
                    session.handle_timeout(now, endpoint);
                }),
                Alarm::Registration(id) => {
                    self.with_registration(now, id, |registration, now, endpoint| {
                        registration.handle_timeout(now, endpoint);
                    })
                }
                Alarm::Subscription(id) => {
                    self.with_subscription(now, id, |subscription, now, endpoint| {
                        subscription.handle_timeout(now, endpoint);
                    })
                }
                Alarm::Watch(id) => self.with_watch(now, id, |subscriber, now, endpoint| {
                    subscriber.handle_timeout(now, endpoint);
                }),
                Alarm::Connections => self.endpoint.expire_waiting(now),
            }
            self.settle_arrivals(now);
        }
    }

    /// The next thing to do. `Wait` comes last, with the time when `Input::Timeout` is wanted.
    pub fn poll(&mut self) -> Output {
        self.endpoint
            .next_output()
            .unwrap_or_else(|| Output::Wait(self.endpoint.deadline()))
    }

    /// Binds this side's Contact at a registrar and keeps it bound until `unregister` or failure.
    pub fn register(&mut self, now: Duration, binding: Binding) -> RegistrationId {
        let id = RegistrationId(self.fresh());
        let registration = Registration::start(now, id, binding, &mut self.endpoint);
        self.registrations.insert(id, registration);
        self.settle_registration(id);
        self.settle_arrivals(now);
        id
    }

    /// Takes a binding back. `Event::Unregistered` follows, at the latest after 32 s.
    pub fn unregister(&mut self, now: Duration, id: RegistrationId) {
        self.with_registration(now, id, |registration, now, endpoint| {
            registration.unregister(now, endpoint)
        });
    }

    /// Makes a call. `Progress`, then `Answered` or `Refused` follow.
    pub fn invite(&mut self, now: Duration, invite: Invite) -> SessionId {
        let id = SessionId(self.fresh());
        let session = Session::call(now, id, invite, &mut self.endpoint);
        self.by_dialog.insert(session.dialog_key(), id);
        self.sessions.insert(id, session);
        self.settle_session(id);
        self.settle_arrivals(now);
        id
    }

    /// Answers an incoming INVITE provisionally (180, 183, ...). It is repeated every minute.
    pub fn progress(
        &mut self,
        now: Duration,
        id: SessionId,
        reply: Reply,
    ) -> Result<(), SessionError> {
        self.try_session(now, id, |session, now, endpoint| {
            session.progress(now, endpoint, reply)
        })
    }

    /// Answers an incoming INVITE with 2xx; repeated until `Confirmed`.
    pub fn accept(
        &mut self,
        now: Duration,
        id: SessionId,
        reply: Reply,
    ) -> Result<(), SessionError> {
        self.try_session(now, id, |session, now, endpoint| {
            session.accept(now, endpoint, reply)
        })
    }

    /// Says what to answer challenges with in a session that the other side has begun: servers may ask for credentials within a
    /// dialog too, whoever began it.
    pub fn set_login(&mut self, id: SessionId, login: Login) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.set_login(login);
        }
    }

    /// Refuses an incoming INVITE (300 to 699). The session is over; no event follows.
    pub fn reject(
        &mut self,
        now: Duration,
        id: SessionId,
        reply: Reply,
    ) -> Result<(), SessionError> {
        self.try_session(now, id, |session, now, endpoint| {
            session.reject(now, endpoint, reply)
        })
    }

    /// Ends a session whatever its state: CANCEL, 480 or BYE, with these headers (such as Reason) in it.
    ///
    /// A cancelled call ends with `Refused` (or `Ended`, if its answer crossed the CANCEL), an established one with
    /// `Ended`; an unanswered incoming one ends at once without event.
    pub fn hangup(
        &mut self,
        now: Duration,
        id: SessionId,
        headers: Headers,
    ) -> Result<(), SessionError> {
        self.try_session(now, id, |session, now, endpoint| {
            session.hangup(now, endpoint, headers);
            Ok(())
        })
    }

    /// Offers a change of an established session. `ReinviteAnswered` or `ReinviteRefused` follows.
    ///
    /// `Err(Busy)` while another offer is under way: `RetryReinvite` comes when the way is free.
    pub fn reinvite(
        &mut self,
        now: Duration,
        id: SessionId,
        body: Option<Body>,
        headers: Headers,
    ) -> Result<(), SessionError> {
        self.try_session(now, id, |session, now, endpoint| {
            session.reinvite(now, endpoint, body, headers)
        })
    }

    /// Answers `Reinvited`: 2xx to accept, 300 to 699 to leave the session as it is.
    pub fn answer_reinvite(
        &mut self,
        now: Duration,
        id: SessionId,
        reply: Reply,
    ) -> Result<(), SessionError> {
        self.try_session(now, id, |session, now, endpoint| {
            session.answer_reinvite(now, endpoint, reply)
        })
    }

    /// Sends the ACK that `Answered` or `ReinviteAnswered` left to the user: when the request had no body.
    pub fn acknowledge(
        &mut self,
        now: Duration,
        id: SessionId,
        body: Option<Body>,
    ) -> Result<(), SessionError> {
        self.try_session(now, id, |session, now, endpoint| {
            session.acknowledge(now, endpoint, body)
        })
    }

    /// Sends a request within an established session: INFO, REFER, NOTIFY, MESSAGE, OPTIONS.
    pub fn request_within(
        &mut self,
        now: Duration,
        id: SessionId,
        method: Method,
        headers: Headers,
        body: Option<Body>,
    ) -> Result<RequestId, SessionError> {
        let request_id = RequestId(self.fresh());
        let mut sent = None;
        self.try_session(now, id, |session, _, endpoint| {
            sent = Some(session.draft_within(endpoint, method, headers, body)?);
            Ok(())
        })?;
        let (draft, login) = sent.ok_or(SessionError::Unknown)?;
        self.send(now, request_id, draft, login, Some(id));
        Ok(request_id)
    }

    /// Sends a request out of any dialog. `Response`s or `RequestFailed` follow; challenges are answered if there is a login.
    pub fn request(&mut self, now: Duration, outgoing: Outgoing) -> RequestId {
        let id = RequestId(self.fresh());
        let login = outgoing.login.clone();
        let draft = self.draft(outgoing);
        self.send(now, id, draft, login, None);
        id
    }

    /// Answers `Request` or `RequestWithin`, provisionally any number of times, finally once. Says whether it still could.
    pub fn respond(&mut self, now: Duration, incoming: IncomingId, reply: Reply) -> bool {
        let transaction = TransactionId(incoming.0);
        let Some(request) = self.endpoint.request_of(transaction) else {
            return false;
        };
        let response = reply.response_to(request);
        self.endpoint.respond(now, transaction, response)
    }

    /// The dialog of a session, once it has one: who is at its ends, and by what names it goes.
    pub fn dialog(&self, id: SessionId) -> Option<&Dialog> {
        self.sessions.get(&id).and_then(Session::dialog)
    }

    /// How many sessions there are, those that only absorb late repeats included.
    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// Whether nothing is left: no session, registration, subscription of either side, transaction or waiting request.
    pub fn is_idle(&self) -> bool {
        self.sessions.is_empty()
            && self.by_dialog.is_empty()
            && self.by_transaction.is_empty()
            && self.registrations.is_empty()
            && self.subscriptions.is_empty()
            && self.watches.is_empty()
            && self.outstanding.is_empty()
            && self.endpoint.pending() == (0, 0)
    }

    fn fresh(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn try_session(
        &mut self,
        now: Duration,
        id: SessionId,
        act: impl FnOnce(&mut Session, Duration, &mut Endpoint) -> Result<(), SessionError>,
    ) -> Result<(), SessionError> {
        let session = self.sessions.get_mut(&id).ok_or(SessionError::Unknown)?;
        let done = act(session, now, &mut self.endpoint);
        self.settle_session(id);
        self.settle_arrivals(now);
        done
    }

    fn with_registration(
        &mut self,
        now: Duration,
        id: RegistrationId,
        act: impl FnOnce(&mut Registration, Duration, &mut Endpoint),
    ) {
        if let Some(registration) = self.registrations.get_mut(&id) {
            act(registration, now, &mut self.endpoint);
            self.settle_registration(id);
        }
    }

    /// Forgets a session that is over, else notes by what it is found and when it wants to be woken.
    fn settle_session(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        self.endpoint
            .set_alarm(Alarm::Session(id), session.deadline());
        let (unanswered, noted) = (session.unanswered(), session.noted);
        session.noted = unanswered;
        if noted != unanswered {
            noted.and_then(|transaction| self.by_transaction.remove(&transaction));
            unanswered.and_then(|transaction| self.by_transaction.insert(transaction, id));
        }
        if session.is_over() {
            self.by_dialog.remove(&session.dialog_key());
            self.sessions.remove(&id);
        }
    }

    fn settle_registration(&mut self, id: RegistrationId) {
        let Some(registration) = self.registrations.get(&id) else {
            return;
        };
        self.endpoint
            .set_alarm(Alarm::Registration(id), registration.deadline());
        if registration.is_over() {
            self.registrations.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests;
