//! Until the answer: all devices ring, the first to answer wins, the others are told so.

use bytes::Bytes;
use media::relay::Side;
use rand_core::Rng;
use sip::event::SessionId;
use sip::header::Reason;
use sip::sdp::{Codec, Direction, MediaKind};
use sip::user_agent::{Body, Reply};
use sip::{Headers, Name, Request, Response};

use super::call::{Call, Party, State, refused};
use super::reasons;
use crate::call_log::Outcome;
use crate::config::Platform;
use crate::desk::Desk;
use crate::device_class::DeviceClass;
use crate::flaws::Flaw;
use crate::negotiation::{Leg, Refusal, Said, Stream, coded_as, own_codecs};
use crate::test_numbers::{Prompt, Saying};

/// One device that is called.
#[derive(Debug)]
pub(super) struct Fork {
    pub(super) session: SessionId,
    pub(super) class: DeviceClass,
    /// Taken by the call when this device wins.
    pub(super) leg: Option<Leg>,
}

impl Fork {
    pub(super) fn new(session: SessionId, leg: Leg, class: DeviceClass) -> Fork {
        Fork {
            session,
            class,
            leg: Some(leg),
        }
    }
}

impl Call {
    /// Calls all devices at once.
    pub(super) fn ring(&mut self, desk: &mut Desk<'_>) {
        self.state = State::Ringing;
        let mut refusal = None;
        for binding in self.take_bindings() {
            if let Err(why) = self.call_device(desk, &binding) {
                refusal = Some(why);
            }
        }
        if let (true, Some(refusal)) = (self.forks.is_empty(), refusal) {
            self.refuse(desk, refused(&refusal));
        }
    }

    /// A device rings: the caller hears of it once, and of early media once.
    pub(super) fn on_progress(
        &mut self,
        desk: &mut Desk<'_>,
        session: SessionId,
        response: &Response,
    ) {
        let is_fork = self.forks.iter().any(|fork| fork.session == session);
        if self.state != State::Ringing || !is_fork || !matches!(response.status, 180 | 183) {
            return;
        }
        let early = self.hear_early(desk, session, &response.body);
        let is_first = self.record.rang.is_none();
        self.record.rang.get_or_insert(desk.now);
        if let Some(reply) = early.or_else(|| is_first.then(|| Reply::new(180))) {
            let _ = desk.agent.progress(desk.now, self.a.session, reply);
        }
    }

    /// A device answers. The first wins.
    pub(super) fn on_answered(
        &mut self,
        desk: &mut Desk<'_>,
        session: SessionId,
        response: &Response,
    ) {
        let fork = self.forks.iter_mut().find(|fork| fork.session == session);
        let leg = fork.and_then(|fork| fork.leg.take());
        let Some(leg) = leg.filter(|_| self.state == State::Ringing) else {
            // Too late: the other device was quicker than our CANCEL.
            if !desk.has_flaw(Flaw::ManyWinners) {
                if self.offer.is_none() {
                    let _ = desk.agent.acknowledge(desk.now, session, None);
                }
                let _ = desk.agent.hangup(desk.now, session, self.elsewhere(desk));
            }
            return;
        };
        self.record.winner = self.class_of(session);
        self.forks.retain(|fork| fork.session != session);
        self.b = Some(Party { session, leg });
        let reply = match self.join(desk, &response.body) {
            Ok(reply) => reply,
            Err(refusal) => {
                if self.offer.is_none() {
                    let _ = desk.agent.acknowledge(desk.now, session, None);
                }
                let _ = desk.agent.hangup(desk.now, session, Headers::new());
                return self.refuse(desk, refused(&refusal));
            }
        };
        if !desk.has_flaw(Flaw::ManyWinners) {
            let elsewhere = self.elsewhere(desk);
            self.drop_forks(desk, Some(session), &elsewhere);
        }
        let _ = desk.agent.accept(desk.now, self.a.session, reply);
        self.enter(desk, State::Talking);
    }

    /// Makes the answer for the caller out of the device's: its own offer is answered, or it gets the device's offer.
    fn join(&mut self, desk: &mut Desk<'_>, body: &Bytes) -> Result<Reply, Refusal> {
        let session = self.b.as_ref().map(|b| b.session);
        if let Some(session) = session
            && let Some(reply) = self.confirm_early(session, body)?
        {
            return Ok(reply);
        }
        let Some(b) = &mut self.b else {
            return Err(Refusal::NoAudio);
        };
        let sdp = if self.offer.is_some() {
            let said = b.leg.hear_answer(body)?;
            let answered = self.a.leg.answer(&said, desk.entropy)?;
            let legs = (&self.a.leg, &b.leg);
            desk.house
                .tie(self.room, Side::A, legs, &answered, desk.entropy);
            self.record_media();
            answered.sdp
        } else {
            let said = b.leg.hear_offer(body)?;
            self.a.leg.offer(&said, desk.entropy)?
        };
        Ok(Reply::new(200).with_body(Body::sdp(sdp.write())))
    }

    /// A device refuses or does not answer at all. The caller hears of it when no device is left.
    pub(super) fn on_refused(
        &mut self,
        desk: &mut Desk<'_>,
        session: SessionId,
        response: Option<&Response>,
    ) {
        self.forks.retain(|fork| fork.session != session);
        let (status, headers) = match response {
            Some(response) => (response.status, reasons(&response.headers)),
            // RFC 3261 §16.7 step 2: silence counts as 408.
            None => (408, Headers::new()),
        };
        if self
            .refusal
            .as_ref()
            .is_none_or(|(known, _)| weight(status) > weight(*known))
        {
            self.refusal = Some((status, headers));
        }
        if self.state == State::Ringing && (self.forks.is_empty() || status >= 600) {
            let (status, headers) = self.refusal.take().unwrap_or((480, Headers::new()));
            self.refuse(
                desk,
                Reply {
                    headers,
                    ..Reply::new(told(status))
                },
            );
        }
    }

    /// The caller gave up.
    pub(super) fn on_cancelled(&mut self, desk: &mut Desk<'_>, cancel: Option<&Request>) {
        self.record.outcome = Outcome::Abandoned;
        if !desk.has_flaw(Flaw::IgnoresCancel) {
            let why = cancel.map_or_else(Headers::new, |cancel| reasons(&cancel.headers));
            self.drop_forks(desk, None, &why);
        }
        self.enter(desk, State::Over);
    }

    /// Nobody answered in time.
    pub(super) fn on_no_answer(&mut self, desk: &mut Desk<'_>) {
        self.record.outcome = Outcome::NotAnswered;
        // Q.850 cause 19: no answer from user (user alerted).
        let reply = Reply::new(480).with_header(Name::Reason, "Q.850;cause=19;text=\"No answer\"");
        self.refuse(desk, reply);
    }

    /// Hangs up on all devices but one.
    pub(super) fn drop_forks(
        &mut self,
        desk: &mut Desk<'_>,
        winner: Option<SessionId>,
        headers: &Headers,
    ) {
        for fork in std::mem::take(&mut self.forks) {
            if Some(fork.session) != winner {
                let _ = desk.agent.hangup(desk.now, fork.session, headers.clone());
            }
        }
    }

    /// Why the losing devices are told to stop (RFC 3326 §3.1).
    fn elsewhere(&self, desk: &Desk<'_>) -> Headers {
        let mut headers = Headers::new();
        if !desk.has_flaw(Flaw::NoReasonOnCancel) {
            headers.push(
                Name::Reason,
                Reason::sip(200, "Call completed elsewhere").to_string(),
            );
        }
        headers
    }

    /// The system answers the call itself.
    pub(super) fn prompt(&mut self, desk: &mut Desk<'_>, saying: Saying) {
        let described = match &self.offer {
            Some(offer) => own_answer(offer, saying)
                .and_then(|own| self.a.leg.answer(&own, desk.entropy))
                .map(|answered| answered.sdp),
            None => {
                let own = own_offer(desk.config.platform);
                self.a.leg.offer(&own, desk.entropy)
            }
        };
        let sdp = match described {
            Ok(sdp) => sdp,
            Err(refusal) => return self.refuse(desk, refused(&refusal)),
        };
        if self.offer.is_some() && !self.start_prompt(desk, saying) {
            return self.fail(desk, 488);
        }
        let _ = desk.agent.accept(
            desk.now,
            self.a.session,
            Reply::new(200).with_body(Body::sdp(sdp.write())),
        );
        self.enter(desk, State::Prompting);
    }

    /// Begins to talk, as agreed; says whether it can.
    pub(super) fn start_prompt(&mut self, desk: &mut Desk<'_>, saying: Saying) -> bool {
        let Some(speech) = self.a.leg.speech() else {
            return false;
        };
        let mut ssrc = || media::Ssrc(desk.entropy.next_u32());
        let prompt = match saying {
            Saying::Echo => Prompt::echo(ssrc()),
            Saying::Tone => Prompt::tone(desk.now, speech.codec, speech.send, ssrc()),
        };
        let room = self.room;
        desk.house.start_prompt(room, MediaKind::Audio, prompt);
        // Only an echo has agreed on a picture.
        desk.house
            .start_prompt(room, MediaKind::Video, Prompt::echo(ssrc()));
        desk.house.connect(room, Side::A, &self.a.leg);
        self.record_media();
        true
    }
}

/// What a test number answers: the first codec of the caller that the system codes, DTMF if it has it, and from the echo its
/// picture.
pub(super) fn own_answer(offer: &Said, saying: Saying) -> Result<Said, Refusal> {
    let codecs = &offer.audio.codecs;
    let speech = codecs
        .iter()
        .find(|codec| coded_as(codec).is_some())
        .ok_or(Refusal::NoCodec)?;
    let is_event =
        |codec: &&Codec| codec.is_telephone_event() && codec.clock_rate_hz == speech.clock_rate_hz;
    let events = codecs.iter().find(is_event);
    let codecs = [Some(speech), events].into_iter().flatten();
    let mut own = Said::audio(codecs.cloned().collect(), offer.audio.direction.reversed());
    let picture = offer.video.as_ref().filter(|_| saying == Saying::Echo);
    own.video = picture.map(|theirs| Stream {
        direction: theirs.direction.reversed(),
        ..theirs.unrepaired()
    });
    Ok(own)
}

/// What a test number offers to a caller that left the offer to it.
fn own_offer(platform: Platform) -> Said {
    let mut codecs = own_codecs(platform);
    codecs.push(Codec::telephone_event(101));
    Said::audio(codecs, Direction::SendRecv)
}

/// Which refusal says most: a person's "no" before a device's "can't" before silence (RFC 3261 §16.7 step 6).
fn weight(status: u16) -> u8 {
    match status {
        600..=699 => 5,
        486 => 4,
        401 | 407 | 415 | 420 | 484 | 488 | 403 => 3,
        400..=499 if status != 408 && status != 487 && status != 480 => 2,
        500..=599 => 1,
        _ => 0,
    }
}

/// What the caller is told: a device that is silent, gone or asks for credentials is "not available" to the caller.
fn told(status: u16) -> u16 {
    match status {
        300..=399 | 401 | 407 | 408 | 481 | 487 | 503 => 480,
        other => other,
    }
}
