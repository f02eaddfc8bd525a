//! The end of a session: BYE in both directions, and the last word to the user.
//!
//! RFC 3261 §15.

use std::time::Duration;

use super::{Session, State};
use crate::endpoint::{Attempts, Endpoint, Owner};
use crate::event::{Ended, Event};
use crate::flow::Transport;
use crate::header::Headers;
use crate::message::{Method, Request, Response};
use crate::timers::TIMEOUT;
use crate::transaction::TransactionId;

/// How often a BYE that may have been damaged is said anew.
const BYES_REFUSED_MAX: u8 = 2;

impl Session {
    /// Says BYE, or remembers to when our 2xx has been acknowledged. `Ended` is told when the BYE is answered.
    pub(super) fn end(&mut self, now: Duration, endpoint: &mut Endpoint, ended: Ended) {
        self.ending = ended;
        self.retry = None;
        self.wants_retry = false;
        self.enter(State::Ending);
        if let Some(theirs) = self.theirs.take() {
            endpoint.answer(now, theirs.transaction, 487);
        }
        if let Some(number) = self.owed_ack.take() {
            self.send_ack(now, endpoint, number, None);
        }
        if self.accepted.is_none() {
            self.send_bye(now, endpoint);
        }
    }

    pub(super) fn send_bye(&mut self, now: Duration, endpoint: &mut Endpoint) {
        let Some(dialog) = &mut self.dialog else {
            return self.finish(now, endpoint, None);
        };
        let mut request = dialog.request(Method::Bye);
        self.farewell
            .fields()
            .for_each(|field| request.headers.push_field(field.clone()));
        let draft = self.draft(endpoint, request, false);
        let request = draft.request.clone();
        let transaction = endpoint.launch(now, draft, Owner::Session(self.id));
        self.bye = Some((transaction, request, Attempts::default()));
    }

    pub(super) fn on_bye_answered(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        response: &Response,
    ) {
        if response.is_provisional() {
            return;
        }
        let Some((_, request, mut attempts)) = self.bye.take() else {
            return self.finish(now, endpoint, None);
        };
        let answer = self.login.as_ref().and_then(|login| {
            login.answer(&request, response, &mut attempts, &mut endpoint.entropy)
        });
        if let Some(mut request) = answer {
            self.renumber(&mut request);
            let draft = self.draft(endpoint, request.clone(), false);
            let transaction = endpoint.launch(now, draft, Owner::Session(self.id));
            self.bye = Some((transaction, request, attempts));
        } else if self.may_be_damaged(response) {
            self.byes_refused += 1;
            self.send_bye(now, endpoint);
        } else {
            self.finish(now, endpoint, None);
        }
    }

    /// Whether our BYE may have been refused because it came damaged: as no request, or as one of another dialog. The other side would
    /// go on with the call.
    fn may_be_damaged(&self, response: &Response) -> bool {
        self.state == State::Ending
            && self.hop.transport == Transport::Udp
            && matches!(response.status, 400 | 481)
            && self.byes_refused < BYES_REFUSED_MAX
    }

    /// The session is over; tells how.
    pub(super) fn finish(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        request: Option<Request>,
    ) {
        if self.state == State::Over {
            return;
        }
        if let Some(ours) = &self.ours {
            // Its refusal is on the way and wants its ACK; if it never comes, the transaction must not wait for ever.
            self.stale = Some(ours.transaction);
            self.linger = Some(now + TIMEOUT);
        }
        self.enter(State::Over);
        endpoint.emit(Event::Ended {
            session: self.id,
            ended: self.ending,
            request,
        });
    }

    pub(super) fn on_bye(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        transaction: TransactionId,
        request: Request,
    ) {
        endpoint.answer(now, transaction, 200);
        match self.state {
            State::Ringing => {
                self.refuse_invite(now, endpoint, 487, &Headers::new());
                endpoint.emit(Event::Cancelled {
                    session: self.id,
                    request: Some(request),
                });
            }
            State::Established => {
                if let Some(theirs) = self.theirs.take() {
                    endpoint.answer(now, theirs.transaction, 487);
                }
                self.ending = Ended::Remote;
                self.finish(now, endpoint, Some(request));
            }
            // Both hung up at once: ours counts.
            State::Ending => self.finish(now, endpoint, Some(request)),
            State::Calling | State::Proceeding | State::Cancelling { .. } | State::Over => {}
        }
    }
}
