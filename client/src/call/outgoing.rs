//! A call that we make: ports, INVITE, early media, answer or refusal.

use super::*;
use sip::transaction::Failure;
use sip::user_agent::Body;

impl Call {
    /// Begins a call: opens its ports first, for the INVITE names them.
    pub(crate) fn make(
        id: CallId,
        number: String,
        invite: Invite,
        video: bool,
        desk: &mut Desk,
    ) -> Self {
        let mut call = Self::new(id, State::Opening, desk);
        call.number = number;
        let address = desk.address_towards(invite.hop.remote.ip());
        call.invite = Some(Box::new(invite));
        call.lines = address.and_then(|address| Lines::open(id, address, video, desk));
        if call.lines.is_none() {
            call.end(Duration::ZERO, desk, EndReason::NoPorts);
        }
        call
    }

    /// The other side rings, or plays an announcement.
    pub(crate) fn handle_progress(&mut self, now: Duration, desk: &mut Desk, response: &Response) {
        if self.state != State::Calling {
            return;
        }
        if let Some(answer) = body_of(&response.headers, &response.body)
            && self.negotiation.handle_answer(answer).is_ok()
        {
            // A senseless early answer is of no weight: the final one decides.
            let _ = self.apply(now, desk);
        }
        desk.tell(Event::Ringing {
            call: self.id,
            has_early_media: self.sound.is_some(),
        });
    }

    /// The other side answered.
    pub(crate) fn handle_answered(&mut self, now: Duration, desk: &mut Desk, response: &Response) {
        if self.state != State::Calling {
            return;
        }
        self.state = State::Standing;
        let agreed = match (
            body_of(&response.headers, &response.body),
            self.negotiation.local().cloned(),
        ) {
            // The answer came early already (RFC 6337 §3.1.1), and the 2xx repeats it, leaves it out, or, coming from another
            // branch of a fork, brings its own: then that one counts.
            (Some(answer), Some(offer)) if self.negotiation.remote() != Some(&answer) => {
                self.negotiation = Negotiation::new();
                self.negotiation
                    .offer(offer)
                    .and_then(|()| self.negotiation.handle_answer(answer))
            }
            (_, Some(_)) => Ok(()),
            (Some(answer), None) => self.negotiation.handle_answer(answer),
            (None, None) => Err(OfferAnswerError::NoAudio),
        };
        match agreed.and_then(|()| self.apply(now, desk)) {
            Ok(()) => self.tell_talking(now, desk),
            Err(error) => self.abort(now, desk, EndReason::NoAgreement(error)),
        }
    }

    /// Nobody answered, or the other side refused.
    pub(crate) fn handle_refused(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        response: Option<&Response>,
        failure: Option<Failure>,
    ) {
        let reason = match response {
            _ if self.state == State::Ending => EndReason::Local,
            Some(response) => EndReason::Rejected {
                status: response.status,
                text: response.reason_text().into_owned(),
            },
            None => reason_of(failure),
        };
        self.end(now, desk, reason);
    }

    pub(super) fn send_invite(&mut self, now: Duration, desk: &mut Desk) {
        let Some(mut invite) = self.invite.take() else {
            return;
        };
        let Some(terms) = self.terms(desk) else {
            return;
        };
        let offer = terms.offer(&self.next_origin());
        if let Err(error) = self.negotiation.offer(offer.clone()) {
            return self.end(now, desk, EndReason::NoAgreement(error));
        }
        invite.body = Some(Body::sdp(offer.write()));
        self.state = State::Calling;
        self.early.await_answer();
        self.session = Some(desk.agent.invite(now, *invite));
        desk.tell(Event::Calling {
            call: self.id,
            number: self.number.clone(),
        });
    }
}

/// Why a request that got no answer ends a call.
pub(super) fn reason_of(failure: Option<Failure>) -> EndReason {
    match failure {
        Some(Failure::Silence) => EndReason::Silence,
        Some(Failure::Connection | Failure::Certificate) => EndReason::ConnectionLost,
        None => EndReason::Local,
    }
}

/// The session description in a message, if there is one that can be read.
pub(super) fn body_of(headers: &Headers, body: &[u8]) -> Option<Sdp> {
    let is_sdp = headers
        .content_type()
        .is_none_or(|kind| kind == "application/sdp");
    if is_sdp && !body.is_empty() {
        Sdp::parse(body).ok()
    } else {
        None
    }
}
