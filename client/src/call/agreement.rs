//! What both sides agree on about media: hold and retrieve in both directions, and the streams that follow the agreement.
//!
//! RFC 3264 §8; RFC 3261 §14.

use super::outgoing::body_of;
use super::*;
use crate::event::MediaSummary;
use sip::offer_answer::{Agreed, Agreement};
use sip::user_agent::Body;

impl Call {
    /// The other side wants a change.
    pub(crate) fn handle_reinvited(&mut self, now: Duration, desk: &mut Desk, request: &Request) {
        let (Some(session), Some(terms)) = (self.session, self.terms(desk)) else {
            return;
        };
        let origin = self.next_origin();
        let described = if request.body.is_empty() {
            let before = self.negotiation.local().cloned();
            let offer = match before {
                Some(before) => terms.reoffer(&origin, &before),
                None => terms.offer(&origin),
            };
            self.negotiation.offer(offer.clone()).map(|()| offer)
        } else {
            match body_of(&request.headers, &request.body) {
                Some(offer) => terms.answer(&origin, &offer).and_then(|answer| {
                    self.negotiation.handle_offer(offer)?;
                    self.negotiation.answer(answer.clone())?;
                    Ok(answer)
                }),
                None => Err(OfferAnswerError::NoAudio),
            }
        };
        match described {
            Ok(description) => {
                let reply = Reply::new(200).with_body(Body::sdp(description.write()));
                let _ = desk.agent.answer_reinvite(now, session, reply);
                if self.negotiation.pending().is_none() {
                    self.follow(now, desk);
                }
            }
            Err(error) => {
                self.negotiation.refuse();
                let _ = desk
                    .agent
                    .answer_reinvite(now, session, Reply::new(error.status()));
            }
        }
    }

    /// The ACK of a 2xx of ours: it brings the answer where our 2xx was the offer.
    pub(crate) fn handle_confirmed(&mut self, now: Duration, desk: &mut Desk, request: &Request) {
        if self.negotiation.pending().is_none() || self.state != State::Standing {
            return;
        }
        let is_first = self.sound.is_none();
        let answer = body_of(&request.headers, &request.body).ok_or(OfferAnswerError::NoAudio);
        match answer.and_then(|answer| self.negotiation.handle_answer(answer)) {
            Ok(()) if is_first => match self.apply(now, desk) {
                Ok(()) => self.tell_talking(now, desk),
                Err(error) => self.abort(now, desk, EndReason::NoAgreement(error)),
            },
            Ok(()) => self.follow(now, desk),
            Err(error) if is_first => self.abort(now, desk, EndReason::NoAgreement(error)),
            // The session goes on as it was (RFC 3261 §14.2).
            Err(_) => self.negotiation.refuse(),
        }
    }

    /// Our hold or retrieve was answered.
    pub(crate) fn handle_reinvite_answered(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        response: &Response,
    ) {
        let offered = std::mem::replace(&mut self.offered, Offered::Nothing);
        let answer = body_of(&response.headers, &response.body).ok_or(OfferAnswerError::NoAudio);
        if let Err(error) = answer.and_then(|answer| self.negotiation.handle_answer(answer)) {
            self.negotiation.refuse();
            return desk.tell(Event::HoldRefused {
                call: self.id,
                status: error.status(),
            });
        }
        if let Offered::Hold(hold) = offered
            && self.is_held != hold
        {
            self.is_held = hold;
            let call = self.id;
            desk.tell(if hold {
                Event::Held { call }
            } else {
                Event::Retrieved { call }
            });
        }
        self.follow(now, desk);
        self.offer_wish(now, desk);
    }

    /// Our hold or retrieve was refused. After a collision it will be tried again.
    pub(crate) fn handle_reinvite_refused(&mut self, desk: &mut Desk, response: Option<&Response>) {
        self.offered = Offered::Nothing;
        self.negotiation.refuse();
        let status = response.map_or(408, |response| response.status);
        if status != 491 {
            desk.tell(Event::HoldRefused {
                call: self.id,
                status,
            });
        }
    }

    /// Offers what the user wants of hold, if the other side does not know it yet.
    pub(crate) fn offer_wish(&mut self, now: Duration, desk: &mut Desk) {
        let is_settled = self.wants_hold == self.is_held || self.offered != Offered::Nothing;
        if self.state != State::Standing || is_settled || self.negotiation.pending().is_some() {
            return;
        }
        let (Some(session), Some(terms)) = (self.session, self.terms(desk)) else {
            return;
        };
        let Some(before) = self.negotiation.local().cloned() else {
            return;
        };
        let offer = terms.reoffer(&self.next_origin(), &before);
        let body = Some(Body::sdp(offer.write()));
        // While another offer is under way, `RetryReinvite` will bring us here again.
        if desk
            .agent
            .reinvite(now, session, body, Headers::new())
            .is_ok()
            && self.negotiation.offer(offer).is_ok()
        {
            self.offered = Offered::Hold(self.wants_hold);
        }
    }

    /// Our terms now.
    pub(super) fn terms(&self, desk: &Desk) -> Option<MediaTerms> {
        let direction = if self.wants_hold {
            Direction::SendOnly
        } else {
            Direction::SendRecv
        };
        Some(self.lines.as_ref()?.terms(desk, direction))
    }

    /// The o-line of our next description.
    pub(super) fn next_origin(&mut self) -> Origin {
        self.origin.version += 1;
        self.origin.clone()
    }

    /// Brings sound and picture in line with the agreement.
    pub(super) fn apply(&mut self, now: Duration, desk: &mut Desk) -> Result<(), OfferAnswerError> {
        let (Some(local), Some(remote)) = (self.negotiation.local(), self.negotiation.remote())
        else {
            return Err(OfferAnswerError::NoAudio);
        };
        let agreement = Agreement::of(local, remote)?;
        self.apply_sound(desk, &agreement.audio)?;
        match &agreement.video {
            Some(agreed) => self.apply_video(desk, agreed),
            // An early answer may be another device's than the final one: until then the ports stay.
            None if self.state == State::Standing => self.end_video(now, desk),
            None => {}
        }
        for datagram in std::mem::take(&mut self.early).into_datagrams() {
            self.handle_datagram(datagram.at, datagram.media, &datagram.bytes);
        }
        self.handle_timeout(now, desk);
        Ok(())
    }

    fn apply_sound(&mut self, desk: &mut Desk, agreed: &Agreed) -> Result<(), OfferAnswerError> {
        let direction = self.own_direction(agreed);
        if let Some(sound) = &mut self.sound
            && sound.go_on(agreed, direction)
        {
            return Ok(());
        }
        let lines = self.lines.as_ref().ok_or(OfferAnswerError::NoAudio)?;
        let (rtp, rtcp) = lines
            .flows(MediaKind::Audio)
            .ok_or(OfferAnswerError::NoAudio)?;
        let sockets = (rtp, rtcp, lines.local());
        let fresh = CallSound::start(desk, sockets, agreed, direction, &self.voice, self.muted);
        self.sound = Some(fresh.ok_or(OfferAnswerError::NoCommonSecurity)?);
        Ok(())
    }

    fn apply_video(&mut self, desk: &mut Desk, agreed: &Agreed) {
        let direction = self.own_direction(agreed);
        if let Some(video) = &mut self.video
            && video.go_on(desk, agreed, direction)
        {
            return;
        }
        let Some(sockets) = self.flows(MediaKind::Video) else {
            return;
        };
        self.video = CallVideo::start(desk, sockets, agreed, direction, self.blocked);
    }

    /// There is no picture any more, or there will be none: the sound goes on.
    fn end_video(&mut self, now: Duration, desk: &mut Desk) {
        if let Some(video) = self.video.take() {
            let _ = video.finish(now, desk);
        }
        self.drop_video_line(desk);
    }

    pub(super) fn drop_video_line(&mut self, desk: &mut Desk) {
        if let Some(lines) = &mut self.lines {
            lines.drop_video(desk);
        }
    }

    fn flows(&self, kind: MediaKind) -> Option<(FlowId, FlowId)> {
        self.lines.as_ref()?.flows(kind)
    }

    /// On hold nothing is said or shown, music neither: `sendonly` is only what the other side is told.
    fn own_direction(&self, agreed: &Agreed) -> Direction {
        if self.wants_hold {
            Direction::Inactive
        } else {
            agreed.direction
        }
    }

    /// As [`Call::apply`] for a standing call, and tells the user when the other side holds or retrieves.
    fn follow(&mut self, now: Duration, desk: &mut Desk) {
        if let Err(error) = self.apply(now, desk) {
            return self.abort(now, desk, EndReason::NoAgreement(error));
        }
        let line = self.negotiation.remote().and_then(Sdp::audio);
        let is_held = line.is_some_and(|line| {
            // An answer to our hold says `recvonly`: that is not their wish.
            !line.direction().receives() || line.is_address_unspecified()
        });
        if is_held != self.is_held_by_other {
            self.is_held_by_other = is_held;
            let call = self.id;
            desk.tell(if is_held {
                Event::HeldByOther { call }
            } else {
                Event::RetrievedByOther { call }
            });
        }
    }

    pub(super) fn tell_talking(&mut self, now: Duration, desk: &mut Desk) {
        let local_called = !self.number.is_empty();
        let dialog = self.session.and_then(|session| desk.agent.dialog(session));
        self.reports = dialog.map(|dialog| CallReports::begin(now, dialog, local_called));
        if let Some(sound) = &self.sound {
            let video = self.video.as_ref().map(|video| video.codec().to_owned());
            desk.tell(Event::Talking {
                call: self.id,
                media: MediaSummary {
                    video,
                    ..sound.summary()
                },
            });
        }
    }
}
