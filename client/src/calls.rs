//! All calls of the client: several at once, never two active (TEL-03, TEL-05).

use std::collections::BTreeMap;
use std::time::Duration;

use net::FlowId;
use sip::flow::Hop;
use sip::header::{Headers, NameAddr};
use sip::message::{Method, Request};
use sip::offer_answer::Security;
use sip::user_agent::{self as agent, Invite, Login, Reply, SessionId};

use crate::call::{Call, State};
use crate::command::{CallId, Command};
use crate::desk::{Desk, MediaFlow};
use crate::dialling::target;
use crate::event::{CommandError, Event};

/// From where calls are made: the line as it is registered.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Where requests go.
    pub(crate) hop: Hop,
    /// Domain of numbers.
    pub(crate) domain: String,
    /// Our own address.
    pub(crate) address: NameAddr,
    /// To answer challenges with.
    pub(crate) login: Login,
}

/// All calls.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    calls: BTreeMap<CallId, Call>,
    by_session: BTreeMap<SessionId, CallId>,
    /// When each call's sound wants to be woken; looked through whole, for there are few.
    last_id: u64,
}

/// Most calls at a time, ringing ones included; ours. A further one gets 486.
pub const CALLS_MAX: usize = 16;

impl Calls {
    /// Carries out a command about calls.
    pub(crate) fn handle_command(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        caller: Option<&Caller>,
        command: Command,
    ) {
        let (call, done) = match command {
            Command::Call { number, video } => (None, self.make(now, desk, caller, &number, video)),
            Command::Answer { call, video } => (Some(call), self.answer(now, desk, call, video)),
            Command::HangUp { call } => (
                Some(call),
                self.with(call, |found| {
                    found.hang_up(now, desk);
                    Ok(())
                }),
            ),
            Command::Hold { call } => (
                Some(call),
                self.with(call, |found| found.hold(now, desk, true)),
            ),
            Command::Retrieve { call } => (Some(call), self.retrieve(now, desk, call)),
            Command::Mute { call, .. }
            | Command::BlockVideo { call, .. }
            | Command::Digits { call, .. }
            | Command::Say { call, .. }
            | Command::Listen { call, .. } => (
                Some(call),
                self.with(call, |found| found.adjust(desk, command)),
            ),
            Command::Measure { call } => (Some(call), self.measure(desk, call)),
            // The client and its driver have dealt with these.
            Command::LogIn(_)
            | Command::LogOut
            | Command::StartMessaging(_)
            | Command::Messaging(_)
            | Command::JoinMeeting(_)
            | Command::Meeting(_) => return,
        };
        if let Err(error) = done {
            desk.tell(Event::Refused { call, error });
        }
        self.sweep();
    }

    /// Takes what the SIP agent tells about sessions; says whether it was about one.
    pub(crate) fn handle_event(&mut self, now: Duration, desk: &mut Desk, event: &agent::Event) {
        use agent::Event as E;
        if let E::Incoming {
            session,
            hop,
            request,
        } = event
        {
            return self.take(now, desk, *session, hop, request);
        }
        if let E::RequestWithin { incoming, .. } = event {
            // Nothing of this kind is served yet; a phone that asks gets a clear answer.
            desk.agent.respond(now, *incoming, Reply::new(501));
            return;
        }
        let Some((session, call)) = event
            .session()
            .and_then(|session| Some((session, self.by_session.get(&session).copied()?)))
            .and_then(|(session, id)| Some((session, self.calls.get_mut(&id)?)))
        else {
            return;
        };
        tell_call(now, desk, call, event);
        if call.state() == State::Over {
            self.by_session.remove(&session);
        }
        self.sweep();
    }

    /// A datagram came to a call's socket.
    pub(crate) fn handle_datagram(&mut self, now: Duration, media: MediaFlow, bytes: &[u8]) {
        if let Some(call) = self.calls.get_mut(&media.call) {
            call.handle_datagram(now, media, bytes);
        }
    }

    /// A call's socket is bound.
    pub(crate) fn handle_bound(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        media: MediaFlow,
        flow: FlowId,
    ) {
        match self.calls.get_mut(&media.call) {
            Some(call) => call.handle_bound(now, desk, media, flow),
            None => desk.close(flow),
        }
        self.note(media.call);
        self.sweep();
    }

    /// A call's socket could not be bound, or is gone.
    pub(crate) fn handle_bind_failed(&mut self, now: Duration, desk: &mut Desk, media: MediaFlow) {
        if let Some(call) = self.calls.get_mut(&media.call) {
            call.handle_bind_failed(now, desk, media);
        }
        // A picture that failed may have been the last thing that the call waited for.
        self.note(media.call);
        self.sweep();
    }

    /// Does what is due for media.
    pub(crate) fn handle_timeout(&mut self, now: Duration, desk: &mut Desk) {
        for call in self.calls.values_mut() {
            call.handle_timeout(now, desk);
        }
    }

    /// The line is back: tells the other side of each call where we are now (RFC 3311 §5.1). One that knows the call no more
    /// says so, and ends it.
    pub(crate) fn refresh(&mut self, now: Duration, desk: &mut Desk) {
        let standing = |call: &&Call| call.state() == State::Standing;
        for session in self
            .calls
            .values()
            .filter(standing)
            .filter_map(|call| call.session)
        {
            // A session that is about to end tells nobody where it is.
            let _ = desk
                .agent
                .request_within(now, session, Method::Update, Headers::new(), None);
        }
    }

    /// Ends all calls.
    pub(crate) fn hang_up_all(&mut self, now: Duration, desk: &mut Desk) {
        for call in self.calls.values_mut() {
            call.hang_up(now, desk);
        }
        self.sweep();
    }

    /// When `handle_timeout` is wanted.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.calls.values().filter_map(Call::deadline).min()
    }

    /// Whether there is no call.
    pub(crate) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Calls that the user talks on, or is about to. Never more than one.
    #[cfg(test)]
    pub(crate) fn active_count(&self) -> usize {
        self.calls.values().filter(|call| call.is_active()).count()
    }

    fn make(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        caller: Option<&Caller>,
        number: &str,
        video: bool,
    ) -> Result<(), CommandError> {
        let caller = caller.ok_or(CommandError::NotLoggedIn)?;
        if desk.security() == Security::Enforced && !desk.is_secure {
            return Err(CommandError::KeysInClear);
        }
        let (number, uri) =
            target(number, &caller.domain).ok_or(CommandError::NotANumber(number.to_owned()))?;
        if video && desk.terms.video.is_empty() {
            return Err(CommandError::NoVideo);
        }
        if self.calls.len() >= CALLS_MAX {
            return Err(CommandError::TooManyCalls);
        }
        self.hold_others(now, desk, None);
        let invite = Invite {
            hop: caller.hop.clone(),
            to: NameAddr::new(uri.clone()),
            uri,
            from: caller.address.clone(),
            headers: Headers::new(),
            body: None,
            login: Some(caller.login.clone()),
        };
        let id = self.fresh();
        self.calls
            .insert(id, Call::make(id, number, invite, video, desk));
        Ok(())
    }

    fn take(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        session: SessionId,
        hop: &Hop,
        request: &Request,
    ) {
        if self.calls.len() >= CALLS_MAX {
            let _ = desk.agent.reject(now, session, Reply::new(486));
            return;
        }
        let id = self.fresh();
        if let Some(call) = Call::take(now, id, session, hop, request, desk) {
            self.by_session.insert(session, id);
            self.calls.insert(id, call);
        }
    }

    fn answer(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        id: CallId,
        video: bool,
    ) -> Result<(), CommandError> {
        if self
            .calls
            .get(&id)
            .is_none_or(|call| call.state() != State::Ringing)
        {
            let is_known = self.calls.contains_key(&id);
            return Err(if is_known {
                CommandError::OutOfTurn
            } else {
                CommandError::NoSuchCall
            });
        }
        self.hold_others(now, desk, Some(id));
        self.with(id, |call| call.answer(now, desk, video))
    }

    fn retrieve(&mut self, now: Duration, desk: &mut Desk, id: CallId) -> Result<(), CommandError> {
        if self
            .calls
            .get(&id)
            .is_some_and(|call| call.state() == State::Standing)
        {
            self.hold_others(now, desk, Some(id));
        }
        self.with(id, |call| call.hold(now, desk, false))
    }

    fn measure(&mut self, desk: &mut Desk, id: CallId) -> Result<(), CommandError> {
        let call = self.calls.get(&id).ok_or(CommandError::NoSuchCall)?;
        let measurement = Box::new(call.measure().ok_or(CommandError::OutOfTurn)?);
        desk.tell(Event::Measured {
            call: id,
            measurement,
        });
        Ok(())
    }

    /// Auto-hold: whatever is active is held before another call becomes so (TEL-05). A call of ours that nobody has answered
    /// yet is given up.
    fn hold_others(&mut self, now: Duration, desk: &mut Desk, but: Option<CallId>) {
        for call in self
            .calls
            .values_mut()
            .filter(|call| Some(call.id) != but && call.is_active())
        {
            if call.hold(now, desk, true).is_err() {
                call.hang_up(now, desk);
            }
        }
    }

    fn with(
        &mut self,
        id: CallId,
        act: impl FnOnce(&mut Call) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        act(self.calls.get_mut(&id).ok_or(CommandError::NoSuchCall)?)
    }

    /// An outgoing call gets its session only when its ports are open.
    fn note(&mut self, id: CallId) {
        if let Some(session) = self.calls.get(&id).and_then(|call| call.session) {
            self.by_session.insert(session, id);
        }
    }

    fn sweep(&mut self) {
        self.calls.retain(|_, call| call.state() != State::Over);
        let calls = &self.calls;
        self.by_session.retain(|_, id| calls.contains_key(id));
    }

    fn fresh(&mut self) -> CallId {
        self.last_id += 1;
        CallId(self.last_id)
    }
}

/// What happens to a session, told to its call where the call's state has a place for it.
fn tell_call(now: Duration, desk: &mut Desk, call: &mut Call, event: &agent::Event) {
    use agent::Event as E;
    match (call.state(), event) {
        (State::Calling, E::Progress { response, .. }) => call.handle_progress(now, desk, response),
        (State::Calling, E::Answered { response, .. }) => call.handle_answered(now, desk, response),
        (
            _,
            E::Refused {
                response, failure, ..
            },
        ) => {
            call.handle_refused(now, desk, response.as_ref(), *failure);
        }
        (State::Ringing, E::Cancelled { request, .. }) => {
            call.handle_cancelled(now, desk, request.as_ref())
        }
        (State::Standing, E::Confirmed { request, .. }) => {
            call.handle_confirmed(now, desk, request)
        }
        (State::Standing, E::Reinvited { request, .. }) => {
            call.handle_reinvited(now, desk, request)
        }
        (State::Standing, E::ReinviteAnswered { response, .. }) => {
            call.handle_reinvite_answered(now, desk, response);
        }
        (State::Standing, E::ReinviteRefused { response, .. }) => {
            call.handle_reinvite_refused(desk, response.as_ref());
        }
        (State::Standing, E::RetryReinvite { .. }) => call.offer_wish(now, desk),
        (_, E::Ended { ended, .. }) => call.handle_ended(now, desk, *ended),
        _ => {} // A withdrawn re-INVITE was answered at once: there is nothing to withdraw. The rest is for a call that is ending.
    }
}
