//! Changing an established session: re-INVITE and UPDATE in both directions, collisions, and trying again.
//!
//! RFC 3261 §14; RFC 3311 §5.

use std::time::Duration;

use super::acceptor::Theirs;
use super::initiator::Ours;
use super::{Session, SessionError, State};
use crate::endpoint::{Attempts, Body, Endpoint, Reply};
use crate::event::{Ended, Event};
use crate::header::{Headers, Name};
use crate::message::{Method, Response};
use crate::timers::CALLING_MAX;

/// How long who chose the Call-ID waits after a collision (RFC 3261 §14.1).
const OWNER_WAITS: (Duration, Duration) = (Duration::from_millis(2_100), Duration::from_secs(4));
/// How long the other side waits.
const OTHER_WAITS: (Duration, Duration) = (Duration::ZERO, Duration::from_secs(2));

impl Session {
    /// Offers a change.
    pub(crate) fn reinvite(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        body: Option<Body>,
        headers: Headers,
    ) -> Result<(), SessionError> {
        if self.state != State::Established {
            return Err(SessionError::OutOfTurn);
        }
        if !self.is_free() || self.retry.is_some() {
            self.wants_retry = true;
            return Err(SessionError::Busy);
        }
        self.wants_retry = false;
        let dialog = self.dialog.as_mut().ok_or(SessionError::OutOfTurn)?;
        let mut request = dialog.request(Method::Invite);
        headers
            .fields()
            .for_each(|field| request.headers.push_field(field.clone()));
        endpoint.add_capabilities(&mut request.headers);
        if let Some(body) = body {
            request.set_body(&body.content_type, body.bytes);
        }
        self.send_invite(now, endpoint, request, Attempts::default(), false);
        self.expiry = Some(now + CALLING_MAX);
        Ok(())
    }

    /// Answers theirs.
    pub(crate) fn answer_reinvite(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        reply: Reply,
    ) -> Result<(), SessionError> {
        if self.state != State::Established || reply.status < 200 {
            return Err(SessionError::OutOfTurn);
        }
        let theirs = self.theirs.take().ok_or(SessionError::OutOfTurn)?;
        if reply.status < 300 {
            self.follow(endpoint, &theirs);
        }
        if theirs.request.method == Method::Invite && reply.status < 300 {
            self.accept_invite(now, endpoint, &theirs, reply);
        } else {
            let response = self.response(endpoint, &theirs, reply);
            endpoint.respond(now, theirs.transaction, response);
        }
        self.offer_retry(endpoint);
        Ok(())
    }

    /// A re-INVITE or UPDATE came, in order.
    pub(super) fn on_offer(&mut self, now: Duration, endpoint: &mut Endpoint, theirs: Theirs) {
        let transaction = theirs.transaction;
        if !matches!(self.state, State::Established | State::Ringing) {
            return endpoint.answer(now, transaction, 481);
        }
        if theirs.is_bare_update() {
            // RFC 3311 §5.2: without an offer it only says where the other side is.
            return self.on_moved(now, endpoint, &theirs);
        }
        if self.ours.is_some() || self.accepted.is_some() || self.owed_ack.is_some() {
            // RFC 3261 §14.2: ours is still under way.
            return endpoint.answer(now, transaction, 491);
        }
        if self.theirs.is_some() {
            // RFC 3261 §14.2, RFC 3311 §5.2: theirs too, be it the first INVITE of all, and they should know.
            let wait = endpoint
                .entropy
                .wait(Duration::ZERO, Duration::from_secs(10))
                .as_secs();
            let reply = Reply::new(500).with_header(Name::RetryAfter, wait.to_string());
            let response = self.response(endpoint, &theirs, reply);
            endpoint.respond(now, transaction, response);
            return;
        }
        endpoint.emit(Event::Reinvited {
            session: self.id,
            request: theirs.request.clone(),
        });
        self.theirs = Some(theirs);
    }

    /// The other side has another address now, and nothing else changes.
    fn on_moved(&mut self, now: Duration, endpoint: &mut Endpoint, theirs: &Theirs) {
        self.follow(endpoint, theirs);
        let response = self.response(endpoint, theirs, Reply::new(200));
        endpoint.respond(now, theirs.transaction, response);
    }

    /// The other side is where an accepted request of theirs says, and is reached by the way on which that came. One that is refused
    /// changes nothing (RFC 3261 §12.2.2, RFC 6141 §4.2).
    fn follow(&mut self, endpoint: &Endpoint, theirs: &Theirs) {
        if let Some(dialog) = &mut self.dialog {
            dialog.refresh_target(&theirs.request.headers);
        }
        if !endpoint.config.follows_contact {
            self.hop = theirs.hop.clone();
        }
    }

    pub(super) fn on_reinvite_answered(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        response: Response,
    ) {
        if response.is_provisional() {
            return;
        }
        let Some(ours) = self.ours.take() else {
            return;
        };
        self.expiry = None;
        match (self.state, response.status) {
            (State::Established, 200..=299) => self.on_agreed(now, endpoint, &ours, response),
            // We hung up meanwhile, but a 2xx is repeated until acknowledged.
            (_, 200..=299) => self.send_ack(now, endpoint, ours.number(), None),
            (State::Established, 401 | 407) => self.on_challenged(now, endpoint, ours, response),
            // RFC 3261 §12.2.1.2 ends the dialog. The other side may know it still, where it is the request that it did not
            // understand, and is told.
            (State::Established, 408 | 481) => {
                self.tell_refused(endpoint, response);
                self.end(now, endpoint, Ended::Gone);
            }
            (State::Established, 491) => {
                let (least, most) = if self.is_initiator {
                    OWNER_WAITS
                } else {
                    OTHER_WAITS
                };
                self.retry = Some(now + endpoint.entropy.wait(least, most));
                self.tell_refused(endpoint, response);
            }
            (State::Established, _) => {
                self.tell_refused(endpoint, response);
                self.offer_retry(endpoint);
            }
            _ => {} // We hung up meanwhile; a refusal is of no interest any more.
        }
    }

    /// The other side agrees to the change.
    fn on_agreed(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        ours: &Ours,
        response: Response,
    ) {
        if let Some(dialog) = &mut self.dialog {
            dialog.refresh_target(&response.headers);
        }
        self.acknowledge_or_owe(now, endpoint, &ours.request, ours.number());
        endpoint.emit(Event::ReinviteAnswered {
            session: self.id,
            response,
        });
        self.offer_retry(endpoint);
    }

    /// The other side wants credentials first: the offer goes out again with them, if there are any to give.
    fn on_challenged(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        mut ours: Ours,
        response: Response,
    ) {
        let answer = self.login.as_ref().and_then(|login| {
            login.answer(
                &ours.request,
                &response,
                &mut ours.attempts,
                &mut endpoint.entropy,
            )
        });
        match answer {
            Some(mut request) => {
                self.renumber(&mut request);
                self.send_invite(now, endpoint, request, ours.attempts, false);
                self.expiry = Some(now + CALLING_MAX);
            }
            None => self.tell_refused(endpoint, response),
        }
    }

    fn tell_refused(&self, endpoint: &mut Endpoint, response: Response) {
        endpoint.emit(Event::ReinviteRefused {
            session: self.id,
            response: Some(response),
        });
    }

    /// Tells the user that the way is free, if it asked for that.
    pub(super) fn offer_retry(&mut self, endpoint: &mut Endpoint) {
        if self.wants_retry
            && self.retry.is_none()
            && self.state == State::Established
            && self.is_free()
        {
            self.wants_retry = false;
            endpoint.emit(Event::RetryReinvite { session: self.id });
        }
    }

    /// Whether no offer is under way in either direction.
    fn is_free(&self) -> bool {
        self.ours.is_none()
            && self.theirs.is_none()
            && self.accepted.is_none()
            && self.owed_ack.is_none()
    }
}
