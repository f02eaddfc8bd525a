//! One call: a SIP session, an agreement about media, and the sound and picture themselves.
//!
//! ```text
//! out:  Opening ──ports──► Calling ──2xx──► Standing ──hang up──► Ending ──► Over
//! in:   Ringing ──answer (ports open)──────────▲   └──BYE came──────────────► Over
//!          └──reject, CANCEL──► Over
//! ```
//!
//! What the user wants of hold is kept apart from what was agreed: after a collision or a refusal the wish is offered again.
//! A held call is silent and dark from the moment of the wish, whatever the other side says (TEL-04, TEL-05). Muting and
//! blocking are no SIP (TEL-06).

use std::time::Duration;

use net::FlowId;
use rand_core::Rng;
use sip::flow::Hop;
use sip::header::{Headers, Name};
use sip::message::{Request, Response};
use sip::offer_answer::{MediaTerms, Negotiation, OfferAnswerError};
use sip::sdp::{Direction, MediaKind, Origin, Sdp};
use sip::user_agent::{Ended, Invite, Reply, SessionId};

use crate::command::{CallId, Command, Voice};
use crate::desk::{Desk, MediaFlow};
use crate::event::{CommandError, EndReason, Event, Measurement, Party};

mod agreement;
mod controls;
mod early;
mod incoming;
mod lines;
mod outgoing;
mod report;
mod sockets;
mod sound;
mod video;

use early::Early;
use lines::Lines;
use report::CallReports;
use sound::CallSound;
use video::CallVideo;

/// Where a call is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum State {
    /// Ours; its ports are being opened.
    Opening,
    /// Ours; the INVITE is out.
    Calling,
    /// Theirs; it waits for the user's answer.
    Ringing,
    /// Answered.
    Standing,
    /// We hung up; the end is not confirmed yet.
    Ending,
    /// Nothing is left.
    Over,
}

/// What we have said about hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Offered {
    Nothing,
    /// A re-INVITE with this wish is out.
    Hold(bool),
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) session: Option<SessionId>,
    state: State,
    lines: Option<Lines>,
    negotiation: Negotiation,
    origin: Origin,
    sound: Option<CallSound>,
    video: Option<CallVideo>,
    /// What came before sound and picture were there.
    early: Early,
    /// What is reported of the sound; none before the call stands.
    reports: Option<CallReports>,
    voice: Voice,
    muted: bool,
    /// Whether the camera is blocked.
    blocked: bool,
    /// Whether the user wants the call held.
    wants_hold: bool,
    /// Whether the other side knows it held.
    is_held: bool,
    offered: Offered,
    /// Whether the other side holds us.
    is_held_by_other: bool,
    /// The INVITE to be sent once the ports are open.
    invite: Option<Box<Invite>>,
    /// Their INVITE's offer.
    offer: Option<Sdp>,
    /// The user has answered; the ports are not open yet.
    answers: bool,
    number: String,
}

impl Call {
    fn new(id: CallId, state: State, desk: &mut Desk) -> Self {
        let session_id = u64::from(desk.entropy.next_u32());
        Self {
            id,
            session: None,
            state,
            lines: None,
            negotiation: Negotiation::new(),
            origin: Origin {
                username: String::new(),
                session_id,
                version: 0,
            },
            sound: None,
            video: None,
            early: Early::default(),
            reports: None,
            voice: desk.voice.clone(),
            muted: false,
            blocked: false,
            wants_hold: false,
            is_held: false,
            offered: Offered::Nothing,
            is_held_by_other: false,
            invite: None,
            offer: None,
            answers: false,
            number: String::new(),
        }
    }

    /// Ends the call whatever its state.
    pub(crate) fn hang_up(&mut self, now: Duration, desk: &mut Desk) {
        match (self.state, self.session) {
            (State::Ringing, Some(session)) => {
                let _ = desk.agent.reject(now, session, Reply::new(486));
                self.end(now, desk, EndReason::Local);
            }
            (State::Calling | State::Standing, Some(session)) => {
                // Nothing is said or heard from now on; the ports stay until the end is confirmed.
                self.state = State::Ending;
                self.early = Early::default();
                self.quiet();
                let _ = desk.agent.hangup(now, session, Headers::new());
            }
            (State::Opening | State::Ringing | State::Calling | State::Standing, _) => {
                self.end(now, desk, EndReason::Local);
            }
            (State::Ending | State::Over, _) => {}
        }
    }

    /// Puts on hold or retrieves. `Held` or `Retrieved` follows when the other side knows.
    pub(crate) fn hold(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        hold: bool,
    ) -> Result<(), CommandError> {
        if self.state != State::Standing {
            return Err(CommandError::OutOfTurn);
        }
        if self.wants_hold == hold {
            return Ok(());
        }
        self.wants_hold = hold;
        if hold {
            self.quiet();
        }
        self.offer_wish(now, desk);
        Ok(())
    }

    pub(crate) fn measure(&self) -> Option<Measurement> {
        let measured = self.sound.as_ref().map(CallSound::measure)?;
        let video = self.video.as_ref().map(CallVideo::statistics);
        let fidelity = self.video.as_ref().and_then(CallVideo::fidelity);
        Some(Measurement {
            video,
            fidelity,
            ..measured
        })
    }

    /// A datagram came to one of the call's sockets.
    pub(crate) fn handle_datagram(&mut self, now: Duration, media: MediaFlow, bytes: &[u8]) {
        match (media.kind, &mut self.sound, &mut self.video) {
            (MediaKind::Audio, Some(sound), _) => sound.handle(now, media.is_rtp, bytes),
            (MediaKind::Video, _, Some(video)) => video.handle(now, media.is_rtp, bytes),
            (MediaKind::Audio | MediaKind::Video, _, _) => self.early.keep(now, media, bytes),
        }
    }

    /// Does what is due for sound and picture.
    pub(crate) fn handle_timeout(&mut self, now: Duration, desk: &mut Desk) {
        if let Some(sound) = &mut self.sound {
            sound.tick(now, self.id, desk);
            if let Some(reports) = &mut self.reports {
                reports.look(now, sound, desk);
            }
        }
        if let Some(video) = &mut self.video {
            video.tick(now, self.id, desk);
        }
    }

    /// One of the call's sockets is bound.
    pub(crate) fn handle_bound(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        media: MediaFlow,
        flow: FlowId,
    ) {
        match &mut self.lines {
            Some(lines) => {
                let done = lines.handle_bound(media, flow, desk);
                self.go_on(now, desk, done);
            }
            None => desk.close(flow),
        }
    }

    /// One of the call's sockets could not be bound.
    pub(crate) fn handle_bind_failed(&mut self, now: Duration, desk: &mut Desk, media: MediaFlow) {
        if let Some(lines) = &mut self.lines {
            let done = lines.handle_failed(media, desk);
            self.go_on(now, desk, done);
        }
    }

    /// The session is over; how and, if there is one, the other side's BYE.
    pub(crate) fn handle_ended(&mut self, now: Duration, desk: &mut Desk, ended: Ended) {
        let reason = match ended {
            Ended::Local => EndReason::Local,
            Ended::Remote | Ended::Gone => EndReason::Remote,
            Ended::NotAcknowledged => EndReason::Silence,
            Ended::Failed(failure) => outgoing::reason_of(Some(failure)),
        };
        self.end(now, desk, reason);
    }

    /// When `handle_timeout` is wanted.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let sound = self.sound.as_ref().map(CallSound::deadline);
        let video = self.video.as_ref().map(CallVideo::deadline);
        sound.into_iter().chain(video).min()
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Whether the call is the one that the user talks on, or is about to be.
    pub(crate) fn is_active(&self) -> bool {
        let answered = self.state == State::Ringing && self.answers;
        (matches!(
            self.state,
            State::Opening | State::Calling | State::Standing
        ) || answered)
            && !self.wants_hold
    }

    fn go_on(&mut self, now: Duration, desk: &mut Desk, done: Result<(), ()>) {
        match done {
            Ok(()) => self.proceed(now, desk),
            Err(()) => self.abort(now, desk, EndReason::NoPorts),
        }
    }

    /// Goes on once the ports are open.
    fn proceed(&mut self, now: Duration, desk: &mut Desk) {
        if !self.lines.as_ref().is_some_and(Lines::are_open) {
            return;
        }
        match self.state {
            State::Opening => self.send_invite(now, desk),
            State::Ringing if self.answers => self.accept(now, desk),
            State::Ringing | State::Calling | State::Standing | State::Ending | State::Over => {}
        }
    }

    /// Ends the call for a reason of ours, telling the other side.
    fn abort(&mut self, now: Duration, desk: &mut Desk, reason: EndReason) {
        if let Some(session) = self.session {
            let status = if let EndReason::NoAgreement(error) = &reason {
                error.status()
            } else {
                503
            };
            if desk.agent.reject(now, session, Reply::new(status)).is_err() {
                let _ = desk.agent.hangup(now, session, Headers::new());
            }
        }
        self.end(now, desk, reason);
    }

    /// The call is over: gives everything back and tells the user.
    fn end(&mut self, now: Duration, desk: &mut Desk, reason: EndReason) {
        if self.state == State::Over {
            return;
        }
        self.state = State::Over;
        let video = self.video.take().map(|video| video.finish(now, desk));
        let (measurement, recording) = match self.sound.take() {
            Some(sound) => {
                if let Some(reports) = &self.reports {
                    reports.end(now, &sound, desk);
                }
                let (measured, recording) = sound.finish(now, self.id, desk);
                (Some(Box::new(Measurement { video, ..measured })), recording)
            }
            None => (None, None),
        };
        if let Some(lines) = self.lines.take() {
            lines.close(desk);
        }
        desk.tell(Event::Ended {
            call: self.id,
            reason,
            measurement,
            recording,
        });
    }

    fn quiet(&mut self) {
        if let Some(sound) = &mut self.sound {
            sound.set_direction(Direction::Inactive);
        }
        if let Some(video) = &mut self.video {
            video.set_direction(Direction::Inactive);
        }
    }
}
