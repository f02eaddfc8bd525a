//! Session: an INVITE's life from the first request to the end of BYE, for either side.
//!
//! ```text
//! initiator: Calling ──1xx──► Proceeding ──2xx──► Established ──hang up──► Ending ──BYE answered──► Over
//!               └───hang up──────┴──► Cancelling ──final answer──► Over       ▲                        ▲
//! acceptor:  Ringing ──accept──► Established (2xx repeated until ACK) ────────┘     ──BYE came─────────┘
//!               └──reject, CANCEL──► Over
//! ```
//!
//! Within Established, at most one offer is under way: ours (`Ours`) or theirs (`Theirs`); collisions get 491.
//!
//! RFC 3261 §9, §12.2, §13, §14, §15; RFC 3311 (UPDATE); RFC 3262 (PRACK: none is owed, so 481).

use std::time::Duration;

use crate::dialog::{Dialog, DialogSet};
use crate::endpoint::{Attempts, Contact, Draft, Endpoint, Login};
use crate::event::{Ended, Event, SessionId};
use crate::flow::Hop;
use crate::header::Headers;
use crate::message::{Request, Response};
use crate::transaction::{Failure, TransactionId};

mod acceptor;
mod ending;
mod initiator;
mod reinvite;
mod within;

use acceptor::{Accepted, Progressing, Theirs};
pub use initiator::Invite;
use initiator::Ours;

/// Why a verb could not be carried out.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SessionError {
    /// There is no such session (any more).
    #[error("no such session")]
    Unknown,
    /// Another offer is under way.
    #[error("another offer is under way")]
    Busy,
    /// The session's state has no place for this verb.
    #[error("out of turn for the session's state")]
    OutOfTurn,
}

/// Where a session is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// Our INVITE is out, nothing heard.
    Calling,
    /// Our INVITE was answered provisionally.
    Proceeding,
    /// We gave up; CANCEL goes out once something was heard (RFC 3261 §9.1).
    Cancelling {
        /// Whether it has gone out.
        sent: bool,
    },
    /// Their INVITE waits for our answer.
    Ringing,
    /// 2xx was sent or received.
    Established,
    /// We hung up; BYE is out, or waits for the ACK of our 2xx (RFC 3261 §15).
    Ending,
    /// Nothing more to tell; late repeats are still absorbed for a while.
    Over,
}

/// One session of this party.
#[derive(Debug)]
pub(crate) struct Session {
    id: SessionId,
    state: State,
    hop: Hop,
    login: Option<Login>,
    contact: Contact,
    call_id: String,
    local_tag: String,
    /// Whether we chose the Call-ID: decides who waits longer after a collision (RFC 3261 §14.1).
    is_initiator: bool,
    /// Our INVITE, kept as long as further forks may answer it.
    invite: Option<Request>,
    /// Those of the last INVITE or re-INVITE of ours, for its ACK.
    credentials: Headers,
    early: DialogSet,
    dialog: Option<Dialog>,
    ours: Option<Ours>,
    theirs: Option<Theirs>,
    progressing: Option<Progressing>,
    accepted: Option<Accepted>,
    /// ACKs of the last 2xxs by number, to be sent again when the 2xx is.
    acks: Vec<(u32, Draft)>,
    /// Number of a 2xx whose ACK the user owes.
    owed_ack: Option<u32>,
    /// Headers for a CANCEL or BYE that has to wait.
    farewell: Headers,
    bye: Option<(TransactionId, Request, Attempts)>,
    /// Times that our BYE was refused as if it had been damaged.
    byes_refused: u8,
    ending: Ended,
    /// When ringing, or a CANCEL without effect, is given up.
    expiry: Option<Duration>,
    /// When a re-INVITE that collided may be tried again.
    retry: Option<Duration>,
    /// Whether the user was told Busy and wants to know when the way is free.
    wants_retry: bool,
    /// A re-INVITE of ours that was still out when the session ended.
    stale: Option<TransactionId>,
    /// Until when late answers to our INVITEs are absorbed.
    linger: Option<Duration>,
    /// By which transaction the agent finds this session now; the agent's own note.
    pub(crate) noted: Option<TransactionId>,
}

/// ACKs kept for repeated 2xxs; ours, to bound memory. A peer repeats only its last one or two.
const ACKS_MAX: usize = 4;

impl Session {
    fn new(id: SessionId, state: State, hop: Hop, call_id: String, local_tag: String) -> Self {
        Self {
            id,
            state,
            hop,
            login: None,
            contact: Contact::default(),
            call_id,
            local_tag,
            is_initiator: state == State::Calling,
            invite: None,
            credentials: Headers::new(),
            early: DialogSet::default(),
            dialog: None,
            ours: None,
            theirs: None,
            progressing: None,
            accepted: None,
            acks: Vec::new(),
            owed_ack: None,
            farewell: Headers::new(),
            bye: None,
            byes_refused: 0,
            ending: Ended::Local,
            expiry: None,
            retry: None,
            wants_retry: false,
            stale: None,
            linger: None,
            noted: None,
        }
    }

    /// Where the session is, in the words of its table.
    #[cfg(test)]
    pub(crate) fn state_name(&self) -> String {
        format!("{:?}", self.state)
    }

    /// What to answer challenges with.
    pub(crate) fn set_login(&mut self, login: Login) {
        self.login = Some(login);
    }

    /// Ends the session whatever its state.
    pub(crate) fn hangup(&mut self, now: Duration, endpoint: &mut Endpoint, headers: Headers) {
        match self.state {
            State::Calling | State::Proceeding => self.cancel(now, endpoint, headers),
            State::Ringing => self.refuse_invite(now, endpoint, 480, &headers),
            State::Established => {
                self.farewell = headers;
                self.end(now, endpoint, Ended::Local);
            }
            State::Cancelling { .. } | State::Ending | State::Over => {}
        }
    }

    /// Takes a response to a request of this session.
    pub(crate) fn handle_response(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        transaction: TransactionId,
        response: Response,
    ) {
        if self
            .bye
            .as_ref()
            .is_some_and(|(bye, ..)| *bye == transaction)
        {
            return self.on_bye_answered(now, endpoint, &response);
        }
        match &self.ours {
            Some(ours) if ours.transaction == transaction && ours.is_initial => {
                self.on_invite_answered(now, endpoint, response);
            }
            Some(ours) if ours.transaction == transaction => {
                self.on_reinvite_answered(now, endpoint, response)
            }
            _ if response.is_success() => self.on_late_answer(now, endpoint, &response),
            _ => {} // An answer to a request that nobody waits for any more.
        }
    }

    /// A request of this session gets no answer.
    pub(crate) fn handle_failure(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        transaction: TransactionId,
        failure: Failure,
    ) {
        if self
            .bye
            .as_ref()
            .is_some_and(|(bye, ..)| *bye == transaction)
        {
            return self.finish(now, endpoint, None);
        }
        let Some(ours) = self.ours.take_if(|ours| ours.transaction == transaction) else {
            return;
        };
        match (ours.is_initial, self.state) {
            (true, State::Calling | State::Proceeding | State::Cancelling { .. }) => {
                self.enter(State::Over);
                endpoint.emit(Event::Refused {
                    session: self.id,
                    response: None,
                    failure: Some(failure),
                });
            }
            (false, State::Established) => {
                // RFC 3261 §12.2.1.2: no answer counts as 408, which ends the dialog.
                endpoint.emit(Event::ReinviteRefused {
                    session: self.id,
                    response: None,
                });
                self.end(now, endpoint, Ended::Failed(failure));
            }
            _ => {} // The session is on its way out already.
        }
    }

    /// A request of theirs can be answered no more.
    pub(crate) fn handle_desertion(&mut self, endpoint: &mut Endpoint, transaction: TransactionId) {
        if self
            .theirs
            .take_if(|theirs| theirs.transaction == transaction)
            .is_none()
        {
            return;
        }
        if self.state == State::Ringing {
            self.enter(State::Over);
            endpoint.emit(Event::Cancelled {
                session: self.id,
                request: None,
            });
        } else if self.state == State::Established {
            endpoint.emit(Event::ReinviteCancelled { session: self.id });
        }
    }

    /// Wakes whatever is due.
    pub(crate) fn handle_timeout(&mut self, now: Duration, endpoint: &mut Endpoint) {
        let is_due = |deadline: Option<Duration>| deadline.is_some_and(|deadline| deadline <= now);
        if is_due(
            self.progressing
                .as_ref()
                .map(|progressing| progressing.repeat),
        ) {
            self.repeat_progress(now, endpoint);
        }
        if is_due(self.accepted.as_ref().map(Accepted::deadline)) {
            self.repeat_acceptance(now, endpoint);
        }
        if is_due(self.expiry) {
            self.expiry = None;
            self.on_expiry(now, endpoint);
        }
        if is_due(self.retry) {
            self.retry = None;
            self.wants_retry = true;
            self.offer_retry(endpoint);
        }
        if is_due(self.linger) {
            self.linger = None;
            if let Some(stale) = self.stale.take() {
                endpoint.abandon(now, stale);
            }
            self.invite = None;
            self.early.clear();
        }
    }

    /// When `handle_timeout` is wanted.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let progressing = self
            .progressing
            .as_ref()
            .map(|progressing| progressing.repeat);
        let accepted = self.accepted.as_ref().map(Accepted::deadline);
        [progressing, accepted, self.expiry, self.retry, self.linger]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether the session can be forgotten.
    pub(crate) fn is_over(&self) -> bool {
        self.state == State::Over && self.linger.is_none()
    }

    /// The transaction of their INVITE, re-INVITE or UPDATE that waits for an answer.
    pub(crate) fn unanswered(&self) -> Option<TransactionId> {
        self.theirs.as_ref().map(|theirs| theirs.transaction)
    }

    /// The dialog that was made of the session's INVITE.
    pub(crate) fn dialog(&self) -> Option<&Dialog> {
        self.dialog.as_ref()
    }

    /// What requests of the other side within the session's dialogs have in common: Call-ID and our tag.
    pub(crate) fn dialog_key(&self) -> (String, String) {
        (self.call_id.clone(), self.local_tag.clone())
    }

    /// Nobody answered for too long.
    fn on_expiry(&mut self, now: Duration, endpoint: &mut Endpoint) {
        match (self.state, &self.ours) {
            // Of a re-INVITE too: nobody can be kept from changing the session for ever by a provisional answer.
            (State::Cancelling { .. } | State::Established, Some(ours)) => {
                endpoint.abandon(now, ours.transaction);
            }
            (State::Calling | State::Proceeding, _) => self.cancel(now, endpoint, Headers::new()),
            (State::Ringing, _) => {
                // RFC 3261 §13.3.1: an INVITE that has expired is answered 487.
                self.refuse_invite(now, endpoint, 487, &Headers::new());
                endpoint.emit(Event::Cancelled {
                    session: self.id,
                    request: None,
                });
            }
            _ => {} // Entering any other state has disarmed the timer.
        }
    }

    /// A draft for this session's other side.
    fn draft(&self, endpoint: &Endpoint, request: Request, has_contact: bool) -> Draft {
        let hop = match &self.dialog {
            Some(dialog) if endpoint.config.follows_contact => dialog.next_hop(&self.hop),
            _ => self.hop.clone(),
        };
        Draft {
            request,
            hop,
            contact: has_contact.then(|| self.contact.clone()),
        }
    }

    /// The one place where the state changes: what belongs to the old one is disarmed.
    fn enter(&mut self, state: State) {
        self.state = state;
        self.progressing = None;
        if state != State::Proceeding {
            self.expiry = None;
        }
        if state == State::Over {
            self.ours = None;
            self.theirs = None;
            self.accepted = None;
            self.bye = None;
            self.retry = None;
            self.wants_retry = false;
            self.owed_ack = None;
        }
    }
}
