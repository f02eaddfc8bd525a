//! INVITE server transaction: repeats the last answer until the network has surely carried it.
//!
//! ```text
//! Proceeding ──2xx──────► Accepted ──L─────────────────────► Terminated
//!     │                                                          ▲
//!     └──300-699──► Completed ──ACK──► Confirmed ──I─────────────┤
//!                       └──H (no ACK), lost connection───────────┘
//! ```
//!
//! RFC 3261 §17.2.1, RFC 6026 §7.1 (Accepted, timer L). A 2xx is repeated by the session, not here.

use std::time::Duration;

use super::{Action, Failure};
use crate::timers::{T1, T2, T4, TIMEOUT, TRYING_AFTER};

/// Where the transaction is; what it waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// The session has not given a final answer yet.
    Proceeding,
    /// A 2xx was given: repeats of the INVITE are absorbed, ACKs go up.
    Accepted,
    /// A refusal was given and waits for its ACK; it is repeated (timer G) until H.
    Completed,
    /// The refusal was acknowledged; repeats of the ACK are absorbed.
    Confirmed,
    /// Over: to be forgotten.
    Terminated,
}

/// What can happen to the transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Input {
    /// The INVITE came again.
    Invite,
    /// An ACK with this transaction's branch came.
    Ack,
    /// The session answers with this status.
    Respond(u16),
    /// The deadline has come.
    Timeout,
    /// What carries the answers is gone.
    Lost,
}

/// The machine of one incoming INVITE.
#[derive(Clone, Debug)]
pub struct InviteServer {
    state: State,
    reliable: bool,
    answered: bool,
    interval: Duration,
    repeat: Option<Duration>,
    expiry: Option<Duration>,
}

use State::{Accepted, Completed, Confirmed, Proceeding, Terminated};

impl InviteServer {
    /// A transaction whose INVITE has just arrived.
    pub fn new(now: Duration, reliable: bool) -> Self {
        let repeat = Some(now + TRYING_AFTER);
        Self {
            state: Proceeding,
            reliable,
            answered: false,
            interval: T1,
            repeat,
            expiry: None,
        }
    }

    /// Takes what happened; says what to do about it.
    pub fn handle(&mut self, now: Duration, input: Input) -> Action {
        match (self.state, input) {
            // Before any answer a repeated INVITE has nothing to be answered with but the 100 of the timer.
            (Proceeding, Input::Invite) if self.answered => Action::Transmit,
            (Proceeding, Input::Timeout) if self.repeat.is_some_and(|repeat| now >= repeat) => {
                self.repeat = None;
                self.answered = true;
                Action::Trying
            }
            (Proceeding, Input::Respond(100..=199)) => {
                self.repeat = None;
                self.answered = true;
                Action::Transmit
            }
            (Proceeding, Input::Respond(200..=299)) => {
                self.enter(Accepted, None, Some(now + TIMEOUT));
                Action::Transmit
            }
            // The session repeats its 2xx until the ACK has come (RFC 3261 §13.3.1.4).
            (Accepted, Input::Respond(200..=299)) => Action::Transmit,
            (Accepted, Input::Ack) => Action::Deliver,
            (Proceeding, Input::Respond(300..=699)) => {
                let repeat = (!self.reliable).then_some(now + T1);
                self.enter(Completed, repeat, Some(now + TIMEOUT));
                Action::Transmit
            }
            (Completed, Input::Invite) => Action::Transmit,
            (Completed, Input::Timeout) if self.expiry.is_some_and(|expiry| now >= expiry) => {
                self.enter(Terminated, None, None);
                Action::Fail(Failure::Silence)
            }
            (Completed, Input::Timeout) if self.repeat.is_some_and(|repeat| now >= repeat) => {
                self.interval = (self.interval * 2).min(T2);
                self.repeat = Some(now + self.interval);
                Action::Transmit
            }
            (Completed, Input::Ack) if self.reliable => {
                self.enter(Terminated, None, None);
                Action::Nothing
            }
            (Completed, Input::Ack) => {
                self.enter(Confirmed, None, Some(now + T4));
                Action::Nothing
            }
            (Accepted | Confirmed, Input::Timeout)
                if self.expiry.is_some_and(|expiry| now >= expiry) =>
            {
                self.enter(Terminated, None, None);
                Action::Nothing
            }
            (Proceeding | Completed, Input::Lost) => {
                self.enter(Terminated, None, None);
                Action::Fail(Failure::Connection)
            }
            // Late, repeated or senseless for the state: the RFC has it dropped in silence.
            _ => Action::Nothing,
        }
    }

    /// When `Input::Timeout` is wanted.
    pub fn deadline(&self) -> Option<Duration> {
        match (self.repeat, self.expiry) {
            (Some(repeat), Some(expiry)) => Some(repeat.min(expiry)),
            (repeat, expiry) => repeat.or(expiry),
        }
    }

    /// Where the transaction is.
    pub fn state(&self) -> State {
        self.state
    }

    /// The one place where the state changes: no timer survives it.
    fn enter(&mut self, state: State, repeat: Option<Duration>, expiry: Option<Duration>) {
        self.state = state;
        self.repeat = repeat;
        self.expiry = expiry;
    }
}

#[cfg(test)]
mod tests;
