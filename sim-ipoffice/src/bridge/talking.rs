//! Once answered: what one side changes goes through to the other (hold, retrieve, new address), and so does its end.
//!
//! A change is an offer on one leg and, from what it says, an offer on the other; the answer comes back the same way.
//! Collisions are answered 491 by the user agent; a change that finds the other leg occupied waits until it is free.

use media::relay::Side;
use sip::event::{RequestId, SessionId};
use sip::message::Method;
use sip::user_agent::{Body, Ended, Reply, SessionError};
use sip::{Headers, Request, Response};

use super::call::{Call, Party, State, refused};
use super::reasons;
use super::ringing::own_answer;
use crate::call_log::Outcome;
use crate::desk::Desk;
use crate::dial_plan::Destination;
use crate::negotiation::{Refusal, Said};
use crate::test_numbers::Saying;

/// A change of the session on its way from one leg to the other.
#[derive(Debug)]
pub(super) struct Change {
    /// The leg that wants it.
    from: Side,
    /// What it offers; `None` when it asks for an offer.
    offer: Option<Said>,
    /// Whether the other leg has been asked already.
    is_sent: bool,
    /// What the other leg offers in turn, until the ACK brings the answer.
    owes_answer: bool,
}

impl Call {
    fn side_of(&self, session: SessionId) -> Option<Side> {
        match &self.b {
            _ if self.a.session == session => Some(Side::A),
            Some(b) if b.session == session => Some(Side::B),
            _ => None,
        }
    }

    fn party(&mut self, side: Side) -> Option<&mut Party> {
        match side {
            Side::A => Some(&mut self.a),
            Side::B => self.b.as_mut(),
        }
    }

    /// One side wants to change the session.
    pub(super) fn on_reinvited(
        &mut self,
        desk: &mut Desk<'_>,
        session: SessionId,
        request: Request,
    ) {
        let Some(side) = self.side_of(session) else {
            return;
        };
        if self.change.is_some() {
            let _ = desk
                .agent
                .answer_reinvite(desk.now, session, Reply::new(491));
            return;
        }
        let Some(party) = self.party(side) else {
            return;
        };
        let offer = match request.body.is_empty() {
            true => Ok(None),
            false => party.leg.hear_offer(&request.body).map(Some),
        };
        match offer {
            Err(refusal) => {
                let _ = desk
                    .agent
                    .answer_reinvite(desk.now, session, refused(&refusal));
            }
            Ok(offer) if self.state == State::Prompting => self.change_prompt(desk, session, offer),
            Ok(offer) => {
                self.change = Some(Change {
                    from: side,
                    offer,
                    is_sent: false,
                    owes_answer: false,
                });
                self.send_change(desk);
            }
        }
    }

    /// Asks the other leg, if it is free.
    fn send_change(&mut self, desk: &mut Desk<'_>) {
        let Some(change) = &mut self.change else {
            return;
        };
        let (from, offer) = (change.from, change.offer.clone());
        change.is_sent = true;
        let Some(party) = self.party(from.other()) else {
            return self.refuse_change(desk, Reply::new(481));
        };
        let session = party.session;
        let body = match offer
            .map(|said| party.leg.offer(&said, desk.entropy))
            .transpose()
        {
            Ok(sdp) => sdp.map(|sdp| Body::sdp(sdp.write())),
            Err(refusal) => return self.refuse_change(desk, refused(&refusal)),
        };
        match desk.agent.reinvite(desk.now, session, body, Headers::new()) {
            Ok(()) => {}
            // `on_way_free` comes when it may be tried again.
            Err(SessionError::Busy) => {
                if let Some(change) = &mut self.change {
                    change.is_sent = false;
                }
            }
            Err(SessionError::Unknown | SessionError::OutOfTurn) => {
                self.refuse_change(desk, Reply::new(481))
            }
        }
    }

    /// A leg is free again for a change.
    pub(super) fn on_way_free(&mut self, desk: &mut Desk<'_>, session: SessionId) {
        let Some(side) = self.side_of(session) else {
            return;
        };
        if self
            .change
            .as_ref()
            .is_some_and(|change| change.from.other() == side && !change.is_sent)
        {
            self.send_change(desk);
        }
    }

    /// The other leg agrees.
    pub(super) fn on_reinvite_answered(
        &mut self,
        desk: &mut Desk<'_>,
        session: SessionId,
        response: &Response,
    ) {
        let Some(change) = &self.change else {
            // The side that wanted it has withdrawn. What was agreed here stands; its own side stays as it was.
            return;
        };
        let (from, has_offer) = (change.from, change.offer.is_some());
        if self.side_of(session) != Some(from.other()) {
            return;
        }
        match self.carry_back(desk, from, has_offer, &response.body) {
            Ok(reply) => {
                let asker = self.party(from).map(|party| party.session);
                if let Some(asker) = asker {
                    let _ = desk.agent.answer_reinvite(desk.now, asker, reply);
                }
                match &mut self.change {
                    Some(change) if !has_offer => change.owes_answer = true,
                    _ => self.change = None,
                }
            }
            Err(refusal) => {
                if !has_offer {
                    let _ = desk.agent.acknowledge(desk.now, session, None);
                }
                self.refuse_change(desk, refused(&refusal));
            }
        }
    }

    /// From the answer (or offer) of one leg to the answer (or offer) for the side that wanted the change.
    fn carry_back(
        &mut self,
        desk: &mut Desk<'_>,
        from: Side,
        has_offer: bool,
        body: &[u8],
    ) -> Result<Reply, Refusal> {
        let room = self.room;
        let Some(b) = &mut self.b else {
            return Err(Refusal::NoAudio);
        };
        let (asker, asked) = match from {
            Side::A => (&mut self.a.leg, &mut b.leg),
            Side::B => (&mut b.leg, &mut self.a.leg),
        };
        let sdp = if has_offer {
            let said = asked.hear_answer(body)?;
            let answered = asker.answer(&said, desk.entropy)?;
            desk.house
                .tie(room, from, (asker, asked), &answered, desk.entropy);
            self.record_media();
            answered.sdp
        } else {
            let said = asked.hear_offer(body)?;
            asker.offer(&said, desk.entropy)?
        };
        Ok(Reply::new(200).with_body(Body::sdp(sdp.write())))
    }

    /// The other leg does not agree: the session stays as it is.
    pub(super) fn on_reinvite_refused(
        &mut self,
        desk: &mut Desk<'_>,
        session: SessionId,
        response: Option<&Response>,
    ) {
        let is_ours = self
            .change
            .as_ref()
            .is_some_and(|change| self.side_of(session) == Some(change.from.other()));
        if is_ours {
            let status = response.map_or(408, |response| response.status);
            self.refuse_change(desk, Reply::new(status.max(400)));
        }
    }

    /// The side that wanted a change has withdrawn it.
    pub(super) fn on_reinvite_cancelled(&mut self, session: SessionId) {
        if self
            .change
            .as_ref()
            .is_some_and(|change| self.side_of(session) == Some(change.from))
        {
            self.change = None;
        }
    }

    fn refuse_change(&mut self, desk: &mut Desk<'_>, reply: Reply) {
        let Some(change) = self.change.take() else {
            return;
        };
        if let Some(session) = self.party(change.from).map(|party| party.session) {
            let _ = desk.agent.answer_reinvite(desk.now, session, reply);
        }
    }

    /// An ACK came. It may bring the answer to an offer that we made in a 2xx; then the other leg gets its own.
    pub(super) fn on_confirmed(&mut self, desk: &mut Desk<'_>, session: SessionId, ack: &Request) {
        let from = match (&self.change, self.side_of(session)) {
            (Some(change), Some(side)) if change.owes_answer && change.from == side => side,
            (None, Some(Side::A)) if self.offer.is_none() => Side::A,
            _ => return,
        };
        self.change = None;
        if self.state == State::Prompting {
            return self.confirm_prompt(desk, ack);
        }
        let is_initial = self.offer.is_none();
        let settled = self.settle(desk, from, &ack.body);
        if is_initial {
            // From now on the call is like any other.
            self.offer = Some(Said::audio(Vec::new(), Default::default()));
        }
        if settled.is_err() {
            self.break_off(desk);
        }
    }

    /// Takes the answer of one leg and gives its own to the other, which has offered.
    fn settle(&mut self, desk: &mut Desk<'_>, from: Side, body: &[u8]) -> Result<(), Refusal> {
        let (now, room) = (desk.now, self.room);
        let Some(b) = &mut self.b else {
            return Err(Refusal::NoAudio);
        };
        let (asker, asked) = match from {
            Side::A => (&mut self.a, &mut *b),
            Side::B => (&mut *b, &mut self.a),
        };
        let said = asker.leg.hear_answer(body);
        let answered = said.and_then(|said| asked.leg.answer(&said, desk.entropy));
        let body = answered
            .as_ref()
            .ok()
            .map(|answered| Body::sdp(answered.sdp.write()));
        let _ = desk.agent.acknowledge(now, asked.session, body);
        let legs = (&asked.leg, &asker.leg);
        desk.house
            .tie(room, from.other(), legs, &answered?, desk.entropy);
        self.record_media();
        Ok(())
    }

    /// The caller of a test number answers the system's offer.
    fn confirm_prompt(&mut self, desk: &mut Desk<'_>, ack: &Request) {
        match self.a.leg.hear_answer(&ack.body) {
            Ok(said) if self.start_prompt(desk, self.saying()) => self.offer = Some(said),
            Ok(_) | Err(_) => self.break_off(desk),
        }
    }

    /// What the test number says.
    fn saying(&self) -> Saying {
        if self.target == Destination::Tone {
            Saying::Tone
        } else {
            Saying::Echo
        }
    }

    /// The caller of a test number holds, retrieves or moves.
    fn change_prompt(&mut self, desk: &mut Desk<'_>, session: SessionId, offer: Option<Said>) {
        let answer = match offer {
            Some(said) => own_answer(&said, self.saying())
                .and_then(|own| self.a.leg.answer(&own, desk.entropy)),
            None => Err(Refusal::NoAudio),
        };
        let reply = match answer {
            Ok(answered) => {
                desk.house.connect(self.room, Side::A, &self.a.leg);
                Reply::new(200).with_body(Body::sdp(answered.sdp.write()))
            }
            Err(refusal) => refused(&refusal),
        };
        let _ = desk.agent.answer_reinvite(desk.now, session, reply);
    }

    /// A request within the dialog that the other leg may understand; else the status that refuses it.
    pub(super) fn pass_on(
        &self,
        desk: &mut Desk<'_>,
        session: SessionId,
        request: &Request,
    ) -> Result<RequestId, u16> {
        if request.method != Method::Info {
            return Err(501);
        }
        let target = match (self.side_of(session), &self.b) {
            (Some(Side::A), Some(b)) => b.session,
            (Some(Side::B), _) => self.a.session,
            // A test number hears DTMF and has no use for it.
            (Some(Side::A), None) => return Err(200),
            (None, _) => return Err(481),
        };
        let mut headers = Headers::new();
        for name in ["Info-Package", "Content-Disposition"] {
            request
                .headers
                .lines(name)
                .for_each(|line| headers.push(name, line));
        }
        let body = Body::of(&request.headers, &request.body);
        desk.agent
            .request_within(desk.now, target, Method::Info, headers, body)
            .map_err(|_| 481)
    }

    /// One side is gone: so is the other.
    pub(super) fn on_ended(
        &mut self,
        desk: &mut Desk<'_>,
        session: SessionId,
        ended: Ended,
        bye: Option<&Request>,
    ) {
        let Some(side) = self.side_of(session) else {
            self.forks.retain(|fork| fork.session != session);
            return;
        };
        let why = bye.map_or_else(Headers::new, |bye| reasons(&bye.headers));
        if let Some(other) = self.party(side.other()).map(|party| party.session) {
            let _ = desk.agent.hangup(desk.now, other, why);
        }
        self.record.outcome = match ended {
            Ended::Local | Ended::Remote => Outcome::Completed,
            Ended::NotAcknowledged | Ended::Gone | Ended::Failed(_) => Outcome::Failed,
        };
        self.enter(desk, State::Over);
    }
}
