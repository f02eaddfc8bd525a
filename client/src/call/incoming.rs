//! A call that comes in: rings, waits for the user, is answered or withdrawn.

use super::outgoing::body_of;
use super::*;
use sip::user_agent::Body;

impl Call {
    /// Takes an INVITE: rings, and opens ports meanwhile. An offer that can never be met is refused at once.
    pub(crate) fn take(
        now: Duration,
        id: CallId,
        session: SessionId,
        hop: &Hop,
        request: &Request,
        desk: &mut Desk,
    ) -> Option<Self> {
        let mut call = Self::new(id, State::Ringing, desk);
        call.session = Some(session);
        if !request.body.is_empty() {
            let Some(offer) = body_of(&request.headers, &request.body) else {
                let is_sdp = request
                    .headers
                    .content_type()
                    .is_none_or(|kind| kind == "application/sdp");
                let _ = desk
                    .agent
                    .reject(now, session, Reply::new(if is_sdp { 400 } else { 415 }));
                return None;
            };
            call.offer = Some(offer);
        }
        let address = desk.address_towards(hop.remote.ip());
        let has_video = call
            .offer
            .as_ref()
            .is_some_and(|offer| offer.video().is_some());
        let with_video = has_video && !desk.terms.video.is_empty();
        call.lines = address.and_then(|address| Lines::open(id, address, with_video, desk));
        if call.lines.is_none() {
            let _ = desk.agent.reject(now, session, Reply::new(503));
            return None;
        }
        if let Err(error) = call.try_offer(desk) {
            let _ = desk.agent.reject(now, session, Reply::new(error.status()));
            if let Some(lines) = call.lines.take() {
                lines.close(desk);
            }
            return None;
        }
        let _ = desk.agent.progress(now, session, Reply::new(180));
        desk.tell(Event::IncomingCall {
            call: id,
            party: party_of(request),
            has_video: call.lines.as_ref().is_some_and(Lines::has_video),
        });
        Some(call)
    }

    /// Whether the offer can be met; a picture that cannot is given up.
    fn try_offer(&mut self, desk: &mut Desk) -> Result<(), OfferAnswerError> {
        let (Some(offer), Some(terms)) = (&self.offer, self.terms(desk)) else {
            return Ok(());
        };
        let answer = terms.answer(&self.origin, offer)?;
        if answer.video().is_none() {
            self.drop_video_line(desk);
        }
        Ok(())
    }

    /// The user answers.
    pub(crate) fn answer(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        video: bool,
    ) -> Result<(), CommandError> {
        if self.state != State::Ringing || self.answers {
            return Err(CommandError::OutOfTurn);
        }
        self.answers = true;
        if !video {
            self.drop_video_line(desk);
        }
        self.proceed(now, desk);
        Ok(())
    }

    /// The caller gave up, or another device of ours answered.
    pub(crate) fn handle_cancelled(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        cancel: Option<&Request>,
    ) {
        let reasons = cancel
            .map(|cancel| cancel.headers.reasons())
            .unwrap_or_default();
        let elsewhere = |reason: &sip::header::Reason| {
            let is_q850 = reason.protocol.eq_ignore_ascii_case("Q.850");
            // RFC 3326 §2; cause 26 of Q.850 is "non-selected user clearing".
            reason.cause() == Some(if is_q850 { 26 } else { 200 })
        };
        let reason = if reasons.iter().any(elsewhere) {
            EndReason::AnsweredElsewhere
        } else {
            EndReason::CallerGaveUp
        };
        self.end(now, desk, reason);
    }

    pub(super) fn accept(&mut self, now: Duration, desk: &mut Desk) {
        let (Some(session), Some(terms)) = (self.session, self.terms(desk)) else {
            return;
        };
        let origin = self.next_origin();
        let description = match self.offer.take() {
            Some(offer) => terms.answer(&origin, &offer).and_then(|answer| {
                self.negotiation.handle_offer(offer)?;
                self.negotiation.answer(answer.clone())?;
                Ok(answer)
            }),
            // The INVITE left the offer to us; the answer comes in the ACK (RFC 3261 §13.2.1).
            None => {
                let offer = terms.offer(&origin);
                self.early.await_answer();
                self.negotiation.offer(offer.clone()).map(|()| offer)
            }
        };
        let description = match description {
            Ok(description) => description,
            Err(error) => return self.abort(now, desk, EndReason::NoAgreement(error)),
        };
        self.state = State::Standing;
        let reply = Reply::new(200).with_body(Body::sdp(description.write()));
        let _ = desk.agent.accept(now, session, reply);
        if self.negotiation.remote().is_some() {
            match self.apply(now, desk) {
                Ok(()) => self.tell_talking(now, desk),
                Err(error) => self.abort(now, desk, EndReason::NoAgreement(error)),
            }
        }
    }
}

/// Who calls: P-Asserted-Identity where the server adds it, else From.
fn party_of(request: &Request) -> Party {
    let asserted = request
        .headers
        .name_addrs(Name::PAssertedIdentity)
        .ok()
        .and_then(|list| list.into_iter().next());
    let Some(caller) = asserted.or_else(|| request.headers.from().ok()) else {
        return Party::default();
    };
    let number = caller
        .uri
        .user()
        .map(|user| user.into_owned())
        .unwrap_or_default();
    let is_hidden = |text: &str| {
        text.eq_ignore_ascii_case("anonymous") || text.eq_ignore_ascii_case("withheld")
    };
    if is_hidden(&number) {
        return Party::default();
    }
    Party {
        number,
        name: caller.display.filter(|name| !is_hidden(name)),
    }
}
