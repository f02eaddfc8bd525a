//! One call: its legs, its room, its record; how it opens and how it is over.

use std::time::Duration;

use media::relay::Side;
use sip::event::SessionId;
use sip::sdp::MediaKind;
use sip::user_agent::{Event, Hop, Invite, Reply};
use sip::{Headers, Name, Request};

use super::early::Early;
use super::ringing::Fork;
use super::talking::Change;
use crate::call_log::{Outcome, Record};
use crate::desk::Desk;
use crate::device_class::DeviceClass;
use crate::dial_plan::Destination;
use crate::flaws::Flaw;
use crate::negotiation::{Leg, Refusal, Said};
use crate::registrar::Binding;
use crate::relay::RoomId;
use crate::test_numbers::Saying;

/// Where a call is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    /// Its sockets are being bound.
    Opening,
    /// Its forks ring.
    Ringing,
    /// Both legs are answered.
    Talking,
    /// The system itself has answered.
    Prompting,
    /// Nothing is left but to forget it.
    Over,
}

/// One side of a call: its session and what is agreed there.
#[derive(Debug)]
pub(super) struct Party {
    pub(super) session: SessionId,
    pub(super) leg: Leg,
}

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) state: State,
    pub(super) a: Party,
    pub(super) b: Option<Party>,
    pub(super) forks: Vec<Fork>,
    pub(super) room: RoomId,
    /// The caller's INVITE.
    pub(super) request: Request,
    pub(super) target: Destination,
    /// What the caller offered; `None` when it left the offer to us.
    pub(super) offer: Option<Said>,
    pub(super) record: Record,
    /// The most telling refusal so far (RFC 3261 §16.7 step 6).
    pub(super) refusal: Option<(u16, Headers)>,
    /// A change of the session on its way from one leg to the other.
    pub(super) change: Option<Change>,
    /// What is heard of the called device before it answers.
    pub(super) early: Option<Early>,
    /// The devices to call, while the sockets are being bound.
    bindings: Vec<Binding>,
    /// All sessions that ever belonged to the call, and how many of them the bridge knows.
    sessions: Vec<SessionId>,
    known_sessions: usize,
    deadline: Option<Duration>,
}

impl Call {
    /// A call whose sockets are wished for; or the answer why there can be none. The caller logs the refusal.
    pub(super) fn open(
        desk: &mut Desk<'_>,
        session: SessionId,
        hop: &Hop,
        request: Request,
        caller: &str,
        number: &str,
        target: Destination,
    ) -> Result<Call, Reply> {
        let bindings = devices(desk, hop, &target);
        if matches!(target, Destination::Extension(_)) && bindings.is_empty() {
            return Err(Reply::new(480));
        }
        let near = desk.media_address(hop.remote);
        let far = bindings
            .first()
            .map(|binding| desk.media_address(binding.hop.remote));
        let mut leg = Leg::new(desk.policy(hop), desk.entropy);
        let offer = (!request.body.is_empty()).then(|| leg.hear_offer(&request.body));
        let offer = offer.transpose().map_err(|refusal| refused(&refusal))?;
        let has_video = offer.as_ref().is_some_and(|said| said.video.is_some());
        let Some(room) = desk.house.open(near, far, has_video) else {
            return Err(Reply::new(503).because("No Media Ports"));
        };
        if desk.has_flaw(Flaw::WrongSsrc) {
            desk.house.spoil_ssrc(room);
        }
        Ok(Call {
            state: State::Opening,
            a: Party { session, leg },
            b: None,
            forks: Vec::new(),
            room,
            request,
            target,
            offer,
            record: Record::begin(desk.now, caller, number),
            refusal: None,
            change: None,
            early: None,
            bindings,
            sessions: vec![session],
            known_sessions: 0,
            deadline: Some(desk.now + Duration::from_secs(u64::from(desk.config.no_answer_s))),
        })
    }

    /// Takes what happens to one of its sessions.
    pub(super) fn handle(&mut self, desk: &mut Desk<'_>, session: SessionId, event: Event) {
        match event {
            Event::Cancelled { request, .. } => self.on_cancelled(desk, request.as_ref()),
            Event::Progress { response, .. } => self.on_progress(desk, session, &response),
            Event::Answered { response, .. } => self.on_answered(desk, session, &response),
            Event::Refused { response, .. } => self.on_refused(desk, session, response.as_ref()),
            Event::Confirmed { request, .. } => self.on_confirmed(desk, session, &request),
            Event::Reinvited { request, .. } => self.on_reinvited(desk, session, request),
            Event::ReinviteAnswered { response, .. } => {
                self.on_reinvite_answered(desk, session, &response);
            }
            Event::ReinviteRefused { response, .. } => {
                self.on_reinvite_refused(desk, session, response.as_ref());
            }
            Event::ReinviteCancelled { .. } => self.on_reinvite_cancelled(session),
            Event::RetryReinvite { .. } => self.on_way_free(desk, session),
            Event::Ended { ended, request, .. } => {
                self.on_ended(desk, session, ended, request.as_ref());
            }
            Event::Registered { .. }
            | Event::RegistrationFailed { .. }
            | Event::Unregistered { .. }
            | Event::Request { .. }
            | Event::Response { .. }
            | Event::RequestFailed { .. }
            | Event::Incoming { .. }
            | Event::RequestWithin { .. }
            | Event::SubscriptionEnded { .. }
            | _ => {} // The bridge has dealt with these.
        }
    }

    /// The sockets are bound: the devices are called, or the system answers.
    pub(super) fn on_open(&mut self, desk: &mut Desk<'_>) {
        if self.state != State::Opening {
            return;
        }
        for kind in MediaKind::ALL {
            let rtp = desk.house.address(self.room, kind, Side::A);
            self.a.leg.set_rtp(kind, rtp);
        }
        match self.target {
            Destination::Echo => self.prompt(desk, Saying::Echo),
            Destination::Tone => self.prompt(desk, Saying::Tone),
            Destination::Extension(_) => self.ring(desk),
            Destination::Unknown => self.fail(desk, 404),
        }
    }

    /// Calls one device.
    pub(super) fn call_device(
        &mut self,
        desk: &mut Desk<'_>,
        binding: &Binding,
    ) -> Result<(), Refusal> {
        let mut leg = Leg::new(desk.policy(&binding.hop), desk.entropy);
        for kind in MediaKind::ALL {
            leg.set_rtp(kind, desk.house.address(self.room, kind, Side::B));
        }
        let body = match &self.offer {
            Some(said) => Some(sip::user_agent::Body::sdp(
                leg.offer(said, desk.entropy)?.write(),
            )),
            None => None,
        };
        let (from, to) = self.names(desk, binding);
        let invite = Invite {
            hop: binding.hop.clone(),
            uri: binding.contact.clone(),
            from,
            to,
            headers: self.onward_headers(),
            body,
            login: None,
        };
        let session = desk.agent.invite(desk.now, invite);
        self.forks.push(Fork::new(session, leg, binding.class));
        self.sessions.push(session);
        self.record.forks += 1;
        Ok(())
    }

    /// The devices that were found when the call came.
    pub(super) fn take_bindings(&mut self) -> Vec<Binding> {
        std::mem::take(&mut self.bindings)
    }

    /// All sessions that ever belonged to the call.
    pub(super) fn sessions(&self) -> &[SessionId] {
        &self.sessions
    }

    /// Those of them that are new since this was last asked.
    pub(super) fn new_sessions(&mut self) -> &[SessionId] {
        let known = std::mem::replace(&mut self.known_sessions, self.sessions.len());
        &self.sessions[known..]
    }

    /// When the call is given up for want of an answer.
    pub(super) fn no_answer(&self) -> Option<Duration> {
        self.deadline
    }

    /// Whether an extension is part of the call.
    pub(super) fn involves(&self, extension: &str) -> bool {
        self.record.caller == extension || self.record.number == extension
    }

    /// Whether the call is answered.
    pub(super) fn is_talking(&self) -> bool {
        matches!(self.state, State::Talking | State::Prompting)
    }

    /// Refuses the caller and ends the call. Also for a call that is answered: then it is hung up.
    pub(super) fn fail(&mut self, desk: &mut Desk<'_>, status: u16) {
        self.refuse(desk, Reply::new(status));
    }

    /// Refuses the caller with this answer and ends the call.
    pub(super) fn refuse(&mut self, desk: &mut Desk<'_>, reply: Reply) {
        if self.is_talking() {
            return self.break_off(desk);
        }
        if self.record.outcome != Outcome::NotAnswered {
            self.record.outcome = Outcome::Refused(reply.status);
        }
        self.drop_forks(desk, None, &Headers::new());
        let _ = desk.agent.reject(desk.now, self.a.session, reply);
        self.enter(desk, State::Over);
    }

    /// Hangs up on both sides: something went wrong that neither of them can mend.
    pub(super) fn break_off(&mut self, desk: &mut Desk<'_>) {
        self.record.outcome = Outcome::Failed;
        let sessions = [Some(self.a.session), self.b.as_ref().map(|b| b.session)];
        for session in sessions.into_iter().flatten() {
            let _ = desk.agent.hangup(desk.now, session, Headers::new());
        }
        self.drop_forks(desk, None, &Headers::new());
        self.enter(desk, State::Over);
    }

    /// The one place where the state changes.
    pub(super) fn enter(&mut self, desk: &mut Desk<'_>, state: State) {
        if self.state == State::Over {
            return;
        }
        self.state = state;
        match state {
            State::Opening | State::Ringing => {}
            State::Talking | State::Prompting => {
                self.deadline = None;
                self.record.answered = Some(desk.now);
                self.note(desk, "answered");
            }
            State::Over => {
                self.deadline = None;
                self.change = None;
                self.record.ended = desk.now;
                self.record.media = desk.house.close(self.room);
                self.note(desk, "over");
                desk.log.push(self.record.clone());
            }
        }
    }

    /// Keeps in the record what was agreed on.
    pub(super) fn record_media(&mut self) {
        let name = |leg: &Leg| leg.agreed_codec().map(|codec| codec.name.clone());
        let a = name(&self.a.leg).unwrap_or_default();
        let b = self.b.as_ref().and_then(|b| name(&b.leg));
        self.record.codecs = [a, b.unwrap_or_default()];
        let b = self.b.as_ref().map_or(&self.a.leg, |b| &b.leg);
        let sees = |leg: &Leg| leg.remote(MediaKind::Video).is_some();
        self.record.has_video |= sees(&self.a.leg) && sees(b);
    }

    fn note(&self, desk: &mut Desk<'_>, what: &str) {
        let text = format!(
            "{} to {}: {what} {:?}",
            self.record.caller, self.record.number, self.record.outcome
        );
        desk.note("ipoffice.call", text);
    }

    /// From and To of the onward leg: the caller's extension and name, the dialled number, both at this system.
    fn names(
        &self,
        desk: &Desk<'_>,
        binding: &Binding,
    ) -> (sip::header::NameAddr, sip::header::NameAddr) {
        let host = desk.media_address(binding.hop.remote).to_string();
        let address = |user: &str| {
            let uri = sip::Uri::sip(Some(user), &host, None)
                .expect("an escaped user at an address is a URI");
            sip::header::NameAddr::new(uri)
        };
        let caller = &self.record.caller;
        let name = desk
            .config
            .user(caller)
            .map_or("", |user| user.name.as_str());
        (
            address(caller).with_display(name),
            address(&self.record.number),
        )
    }

    /// Headers that go on to the devices: one hop less, and what the caller says to people.
    fn onward_headers(&self) -> Headers {
        let mut headers = Headers::new();
        let hops = self
            .request
            .headers
            .max_forwards()
            .ok()
            .flatten()
            .unwrap_or(70);
        headers.push(Name::MaxForwards, hops.saturating_sub(1).to_string());
        for name in [Name::Subject, Name::Priority, Name::AlertInfo] {
            self.request
                .headers
                .lines(name)
                .for_each(|line| headers.push(name, line));
        }
        headers
    }

    /// The class of device that a session belongs to.
    pub(super) fn class_of(&self, session: SessionId) -> Option<DeviceClass> {
        self.forks
            .iter()
            .find(|fork| fork.session == session)
            .map(|fork| fork.class)
    }
}

/// The devices that a call goes to. A user may call their own other devices, not the one they call from.
fn devices(desk: &Desk<'_>, hop: &Hop, target: &Destination) -> Vec<Binding> {
    match target {
        Destination::Extension(extension) => desk
            .registrar
            .bindings(desk.now, extension)
            .filter(|binding| binding.hop != *hop)
            .cloned()
            .collect(),
        Destination::Echo | Destination::Tone | Destination::Unknown => Vec::new(),
    }
}

/// The answer to an offer that cannot be served; the reason stands in a Warning (RFC 3261 §20.43: 305, incompatible media).
pub(super) fn refused(refusal: &Refusal) -> Reply {
    Reply::new(refusal.status()).with_header(
        Name::Warning,
        format!("305 ipoffice \"{refusal}\"").replace('\\', ""),
    )
}
