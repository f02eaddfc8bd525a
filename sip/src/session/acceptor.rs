//! The acceptor's half of a session: answers to an INVITE, repeated until acknowledged; CANCEL.
//!
//! RFC 3261 §9.2, §13.3; §15.1.2 (BYE before the answer).

use std::time::Duration;

use super::{Session, SessionError, State};
use crate::dialog::Dialog;
use crate::endpoint::{Contact, Endpoint, Reply};
use crate::event::{Ended, Event, SessionId};
use crate::flow::Hop;
use crate::header::{HeaderError, Headers, Name};
use crate::message::{Method, Request, Response};
use crate::timers::{PROGRESS_EVERY, RINGING_MAX, T1, T2, TIMEOUT};
use crate::transaction::TransactionId;

/// Their INVITE, re-INVITE or UPDATE that waits for our answer.
#[derive(Clone, Debug)]
pub(super) struct Theirs {
    pub(super) transaction: TransactionId,
    /// The way by which it came.
    pub(super) hop: Hop,
    pub(super) request: Request,
}

impl Theirs {
    pub(super) fn number(&self) -> u32 {
        self.request.headers.cseq().map_or(0, |cseq| cseq.number)
    }

    /// Whether it is an UPDATE without an offer.
    pub(super) fn is_bare_update(&self) -> bool {
        self.request.method == Method::Update && self.request.body.is_empty()
    }
}

/// A provisional answer, to be repeated.
#[derive(Clone, Debug)]
pub(super) struct Progressing {
    response: Response,
    pub(super) repeat: Duration,
}

/// Our 2xx that waits for its ACK.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    transaction: TransactionId,
    response: Response,
    number: u32,
    interval: Duration,
    repeat: Duration,
    expiry: Duration,
}

impl Accepted {
    pub(super) fn deadline(&self) -> Duration {
        self.repeat.min(self.expiry)
    }
}

impl Session {
    /// A session for an INVITE that has just arrived.
    pub(crate) fn offered(
        now: Duration,
        id: SessionId,
        transaction: TransactionId,
        hop: Hop,
        request: &Request,
        endpoint: &mut Endpoint,
    ) -> Result<Self, HeaderError> {
        let tag = endpoint.entropy.tag();
        let dialog = Dialog::of_acceptor(request, &tag)?;
        let mut session = Session::new(
            id,
            State::Ringing,
            hop.clone(),
            dialog.call_id().to_owned(),
            tag,
        );
        session.contact = Contact {
            user: request.uri.user_raw().map(str::to_owned),
            params: String::new(),
        };
        session.dialog = Some(dialog);
        let said = request
            .headers
            .expires()
            .ok()
            .flatten()
            .map(|expires_s| Duration::from_secs(expires_s.into()));
        session.expiry = Some(now + said.unwrap_or(RINGING_MAX).min(RINGING_MAX));
        session.theirs = Some(Theirs {
            transaction,
            hop: hop.clone(),
            request: request.clone(),
        });
        endpoint.emit(Event::Incoming {
            session: id,
            hop,
            request: request.clone(),
        });
        Ok(session)
    }

    /// Answers provisionally.
    pub(crate) fn progress(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        reply: Reply,
    ) -> Result<(), SessionError> {
        let theirs = self
            .theirs
            .clone()
            .filter(|_| self.state == State::Ringing)
            .ok_or(SessionError::OutOfTurn)?;
        let response = self.response(endpoint, &theirs, reply);
        endpoint.respond(now, theirs.transaction, response.clone());
        self.progressing = Some(Progressing {
            response,
            repeat: now + PROGRESS_EVERY,
        });
        Ok(())
    }

    /// Answers with 2xx.
    pub(crate) fn accept(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        reply: Reply,
    ) -> Result<(), SessionError> {
        let theirs = self
            .theirs
            .take_if(|_| self.state == State::Ringing)
            .ok_or(SessionError::OutOfTurn)?;
        self.enter(State::Established);
        self.accept_invite(now, endpoint, &theirs, reply);
        Ok(())
    }

    /// Refuses the INVITE.
    pub(crate) fn reject(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        reply: Reply,
    ) -> Result<(), SessionError> {
        let theirs = self
            .theirs
            .take_if(|_| self.state == State::Ringing)
            .ok_or(SessionError::OutOfTurn)?;
        let response = self.response(endpoint, &theirs, reply);
        endpoint.respond(now, theirs.transaction, response);
        self.enter(State::Over);
        Ok(())
    }

    /// Their INVITE or re-INVITE is withdrawn (CANCEL has been answered already).
    pub(crate) fn handle_cancel(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        cancel: Request,
    ) {
        match self.state {
            State::Ringing => {
                self.refuse_invite(now, endpoint, 487, &Headers::new());
                endpoint.emit(Event::Cancelled {
                    session: self.id,
                    request: Some(cancel),
                });
            }
            State::Established | State::Ending => {
                if let Some(theirs) = self.theirs.take() {
                    endpoint.answer(now, theirs.transaction, 487);
                    endpoint.emit(Event::ReinviteCancelled { session: self.id });
                    self.offer_retry(endpoint);
                }
            }
            State::Calling | State::Proceeding | State::Cancelling { .. } | State::Over => {}
        }
    }

    /// An ACK came for a 2xx of ours.
    pub(crate) fn handle_ack(&mut self, now: Duration, endpoint: &mut Endpoint, request: Request) {
        let number = request.headers.cseq().map_or(0, |cseq| cseq.number);
        if self
            .accepted
            .take_if(|accepted| accepted.number == number)
            .is_none()
        {
            return; // A repeat, or nothing of ours.
        }
        endpoint.emit(Event::Confirmed {
            session: self.id,
            request,
        });
        if self.state == State::Ending {
            self.send_bye(now, endpoint);
        } else {
            self.offer_retry(endpoint);
        }
    }

    /// Refuses the INVITE of a session that was not answered yet.
    pub(super) fn refuse_invite(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        status: u16,
        headers: &Headers,
    ) {
        if let Some(theirs) = self.theirs.take() {
            let reply = Reply {
                headers: headers.clone(),
                ..Reply::new(status)
            };
            let response = self.response(endpoint, &theirs, reply);
            endpoint.respond(now, theirs.transaction, response);
        }
        self.enter(State::Over);
    }

    /// Sends a 2xx to an INVITE or re-INVITE and repeats it until the ACK comes.
    pub(super) fn accept_invite(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        theirs: &Theirs,
        reply: Reply,
    ) {
        let response = self.response(endpoint, theirs, reply);
        endpoint.respond(now, theirs.transaction, response.clone());
        // RFC 3261 §13.3.1.4: over reliable transports too, as some hop behind may be unreliable.
        self.accepted = Some(Accepted {
            transaction: theirs.transaction,
            response,
            number: theirs.number(),
            interval: T1,
            repeat: now + T1,
            expiry: now + TIMEOUT,
        });
    }

    pub(super) fn repeat_progress(&mut self, now: Duration, endpoint: &mut Endpoint) {
        if let (Some(progressing), Some(theirs)) = (&mut self.progressing, &self.theirs) {
            endpoint.respond(now, theirs.transaction, progressing.response.clone());
            progressing.repeat = now + PROGRESS_EVERY;
        } else {
            self.progressing = None;
        }
    }

    pub(super) fn repeat_acceptance(&mut self, now: Duration, endpoint: &mut Endpoint) {
        let Some(accepted) = &mut self.accepted else {
            return;
        };
        if now < accepted.expiry {
            endpoint.respond(now, accepted.transaction, accepted.response.clone());
            accepted.interval = (accepted.interval * 2).min(T2);
            accepted.repeat = now + accepted.interval;
            return;
        }
        self.accepted = None;
        if self.state == State::Ending {
            // RFC 3261 §15: the BYE that waited for the ACK may go now.
            self.send_bye(now, endpoint);
        } else {
            self.end(now, endpoint, Ended::NotAcknowledged);
        }
    }

    /// A response within our side of the dialog: our tag, and what 2xx and 18x need besides (RFC 3261 §12.1.1).
    pub(super) fn response(&self, endpoint: &Endpoint, theirs: &Theirs, reply: Reply) -> Response {
        let status = reply.status;
        let mut response = reply.response_to(&theirs.request);
        if status == 100 {
            return response;
        }
        if let Ok(to) = theirs.request.headers.to() {
            response
                .headers
                .set(Name::To, to.with_tag(&self.local_tag).to_string());
        }
        if status < 300 {
            for field in theirs.request.headers.fields() {
                if field.name() == Some(Name::RecordRoute) {
                    response.headers.push_field(field.clone());
                }
            }
            endpoint.add_contact(theirs.transaction, &mut response, &self.contact);
            endpoint.add_capabilities(&mut response.headers);
        }
        debug_assert!(matches!(
            theirs.request.method,
            Method::Invite | Method::Update
        ));
        response
    }
}
