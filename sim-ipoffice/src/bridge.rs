//! Bridge: calls of two legs. The caller's leg is A; every device of the called user is a fork, and the first that answers
//! becomes leg B.
//!
//! ```text
//! Opening ──sockets bound──► Ringing ──a fork answers──► Talking ──either hangs up──► (over)
//!    │                          ├──caller cancels, all forks refuse, nobody answers──► (over)
//!    └──test number─────────────┴──► Prompting ──caller hangs up──► (over)
//! ```
//!
//! RFC 3261 §16.7 (best response), RFC 3326 (Reason of the losing forks), RFC 5853 in spirit (B2BUA with media relay).

use std::collections::BTreeMap;
use std::time::Duration;

use sip::event::{IncomingId, RequestId, SessionId};
use sip::user_agent::{Event, Hop, Reply};
use sip::{Name, Request};

use crate::desk::Desk;
use crate::dial_plan::{Destination, destination};
use crate::relay::{Opening, RoomId};

mod call;
mod early;
mod ringing;
mod talking;

use call::{Call, State};

/// One call of the system.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct CallId(pub u64);

/// All calls.
#[derive(Debug, Default)]
pub struct Bridge {
    calls: BTreeMap<CallId, Call>,
    by_session: BTreeMap<SessionId, CallId>,
    by_room: BTreeMap<RoomId, CallId>,
    /// INFO and the like on their way to the other leg, by our request.
    passed_on: BTreeMap<RequestId, IncomingId>,
    next_id: u64,
}

impl Bridge {
    /// Takes what the user agent says of sessions; gives back what is none of the bridge's.
    pub(crate) fn handle(&mut self, desk: &mut Desk<'_>, event: Event) -> Option<Event> {
        match event {
            Event::Incoming {
                session,
                hop,
                request,
            } => self.on_incoming(desk, session, &hop, request),
            Event::RequestWithin {
                session,
                incoming,
                request,
            } => self.on_request_within(desk, session, incoming, &request),
            Event::Response { request, response } if self.passed_on.contains_key(&request) => {
                self.on_passed_on(desk, request, response.status);
            }
            Event::RequestFailed { request, .. } if self.passed_on.contains_key(&request) => {
                self.on_passed_on(desk, request, 504);
            }
            Event::Answered { session, .. } if !self.by_session.contains_key(&session) => {
                // A device that went on ringing after its call was over: it has nobody to talk to.
                let _ = desk.agent.hangup(desk.now, session, sip::Headers::new());
            }
            event @ (Event::Registered { .. } | _) => return self.handle_session(desk, event),
        }
        None
    }

    /// Takes what happens to a session of a call; gives back what is about no session.
    fn handle_session(&mut self, desk: &mut Desk<'_>, event: Event) -> Option<Event> {
        let Some(session) = session_of(&event) else {
            return Some(event);
        };
        if let Some(id) = self.by_session.get(&session).copied() {
            self.with(desk, id, |call, desk| call.handle(desk, session, event));
        }
        None
    }

    /// The other leg has answered what was passed on to it.
    fn on_passed_on(&mut self, desk: &mut Desk<'_>, request: RequestId, status: u16) {
        if status >= 200
            && let Some(incoming) = self.passed_on.remove(&request)
        {
            desk.agent.respond(desk.now, incoming, Reply::new(status));
        }
    }

    /// A call's sockets are bound, or cannot be had.
    pub(crate) fn handle_opening(&mut self, desk: &mut Desk<'_>, opening: Opening) {
        let (Opening::Ready(room) | Opening::Failed(room)) = opening;
        let Some(id) = self.by_room.get(&room).copied() else {
            return;
        };
        self.with(desk, id, |call, desk| match opening {
            Opening::Ready(_) => call.on_open(desk),
            Opening::Failed(_) => call.fail(desk, 503),
        });
    }

    /// Ends the calls that nobody has answered in time.
    pub(crate) fn handle_timeout(&mut self, desk: &mut Desk<'_>) {
        let is_due = |call: &Call| {
            call.no_answer()
                .is_some_and(|deadline| deadline <= desk.now)
        };
        let due: Vec<CallId> = self
            .calls
            .iter()
            .filter(|(_, call)| is_due(call))
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            self.with(desk, id, Call::on_no_answer);
        }
    }

    /// When [`Bridge::handle_timeout`] is wanted.
    pub fn deadline(&self) -> Option<Duration> {
        self.calls.values().filter_map(Call::no_answer).min()
    }

    /// Calls that are not over.
    pub fn call_count(&self) -> usize {
        self.calls.len()
    }

    /// Calls that are answered and not over.
    pub fn talking_count(&self) -> usize {
        self.calls.values().filter(|call| call.is_talking()).count()
    }

    fn on_incoming(
        &mut self,
        desk: &mut Desk<'_>,
        session: SessionId,
        hop: &Hop,
        request: Request,
    ) {
        if let Err(reply) = self.open(desk, session, hop, request) {
            // The session may have ended in the same instant; then nobody is left to be told.
            let _ = desk.agent.reject(desk.now, session, reply);
        }
    }

    /// Sees who calls whom, and opens the call's sockets.
    fn open(
        &mut self,
        desk: &mut Desk<'_>,
        session: SessionId,
        hop: &Hop,
        request: Request,
    ) -> Result<(), Reply> {
        let caller = desk
            .registrar
            .authenticate(desk.now, desk.config, &request)?;
        let from = request.headers.from().map_err(|_| Reply::new(400))?;
        if from.uri.user().as_deref() != Some(caller.as_str()) {
            return Err(Reply::new(403).because("Not Your Extension"));
        }
        let number = request.uri.user().unwrap_or_default().into_owned();
        let target = destination(desk.config, &number);
        if target == Destination::Unknown {
            desk.log_refusal(&caller, &number, 404);
            return Err(Reply::new(404));
        }
        if let Destination::Extension(extension) = &target
            && self.is_busy(desk, extension)
        {
            desk.log_refusal(&caller, &number, 486);
            return Err(Reply::new(486));
        }
        let call = Call::open(desk, session, hop, request, &caller, &number, target)
            .inspect_err(|reply| desk.log_refusal(&caller, &number, reply.status))?;
        let id = CallId(self.next_id);
        self.next_id += 1;
        self.by_session.insert(session, id);
        self.by_room.insert(call.room, id);
        self.calls.insert(id, call);
        Ok(())
    }

    fn is_busy(&self, desk: &Desk<'_>, extension: &str) -> bool {
        let most = desk
            .config
            .user(extension)
            .map_or(0, |user| user.most_calls as usize);
        self.calls
            .values()
            .filter(|call| call.involves(extension))
            .count()
            >= most
    }

    /// INFO goes on to the other leg; other requests are not served within a call.
    fn on_request_within(
        &mut self,
        desk: &mut Desk<'_>,
        session: SessionId,
        incoming: IncomingId,
        request: &Request,
    ) {
        let call = self
            .by_session
            .get(&session)
            .and_then(|id| self.calls.get(id));
        let passed = call
            .ok_or(481)
            .and_then(|call| call.pass_on(desk, session, request));
        match passed {
            Ok(ours) if self.passed_on.len() < PASSED_ON_MAX => {
                self.passed_on.insert(ours, incoming);
            }
            Ok(_) => {
                desk.agent.respond(desk.now, incoming, Reply::new(503));
            }
            Err(status) => {
                desk.agent.respond(desk.now, incoming, Reply::new(status));
            }
        }
    }

    fn with(
        &mut self,
        desk: &mut Desk<'_>,
        id: CallId,
        act: impl FnOnce(&mut Call, &mut Desk<'_>),
    ) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        act(call, desk);
        for session in call.new_sessions() {
            self.by_session.insert(*session, id);
        }
        if call.state == State::Over {
            for session in call.sessions() {
                self.by_session.remove(session);
            }
            self.by_room.remove(&call.room);
            self.calls.remove(&id);
        }
    }
}

/// INFOs on their way at once; ours, to bound memory.
const PASSED_ON_MAX: usize = 4_096;

/// The Reason of a refusal, if the answer gave one, for the leg that is told of it.
fn reasons(headers: &sip::Headers) -> sip::Headers {
    let mut reasons = sip::Headers::new();
    headers
        .lines(Name::Reason)
        .for_each(|line| reasons.push(Name::Reason, line));
    reasons
}

/// The session of a call that an event is about.
fn session_of(event: &Event) -> Option<SessionId> {
    match event {
        Event::Cancelled { session, .. }
        | Event::Progress { session, .. }
        | Event::Answered { session, .. }
        | Event::Refused { session, .. }
        | Event::Confirmed { session, .. }
        | Event::Reinvited { session, .. }
        | Event::ReinviteAnswered { session, .. }
        | Event::ReinviteRefused { session, .. }
        | Event::ReinviteCancelled { session }
        | Event::RetryReinvite { session }
        | Event::Ended { session, .. } => Some(*session),
        Event::Registered { .. }
        | Event::RegistrationFailed { .. }
        | Event::Unregistered { .. }
        | Event::Request { .. }
        | Event::Response { .. }
        | Event::RequestFailed { .. }
        | Event::Incoming { .. }
        | Event::RequestWithin { .. }
        | Event::SubscriptionEnded { .. }
        | _ => None,
    }
}
