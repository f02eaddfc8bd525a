//! INVITE client transaction: retransmits until heard, then absorbs what the network repeats.
//!
//! ```text
//! Calling ──1xx──► Proceeding ──2xx──► Accepted ──M──► Terminated
//!    │ └──2xx─────────────────────────────▲                ▲
//!    ├──300-699──► Completed ──D─────────────────────────── ┤
//!    └──B, lost connection─────────────────────────────────┘
//! ```
//!
//! RFC 3261 §17.1.1, RFC 6026 §7.2 (Accepted, timer M). Reliable transports repeat nothing and have D = 0.

use std::time::Duration;

use super::{Action, Failure};
use crate::timers::{T1, TIMEOUT, TIMER_D};

/// Where the transaction is; what it waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// Nothing heard yet; the request is repeated (timer A) until B.
    Calling,
    /// A provisional answer was heard.
    Proceeding,
    /// A refusal was heard and acknowledged; repeats of it are acknowledged again.
    Completed,
    /// A 2xx was heard; further ones go up to the session, which acknowledges them itself.
    Accepted,
    /// Over: to be forgotten.
    Terminated,
}

/// What can happen to the transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Input {
    /// A response with this status arrived.
    Response(u16),
    /// The deadline has come.
    Timeout,
    /// What carries the request is gone.
    Lost,
    /// The session gives up waiting for the end of a cancelled call (RFC 3261 §9.1).
    Abandon,
}

/// The machine of one outgoing INVITE.
#[derive(Clone, Debug)]
pub struct InviteClient {
    state: State,
    reliable: bool,
    interval: Duration,
    repeat: Option<Duration>,
    expiry: Option<Duration>,
}

use State::{Accepted, Calling, Completed, Proceeding, Terminated};

impl InviteClient {
    /// A transaction whose request has just been sent.
    pub fn new(now: Duration, reliable: bool) -> Self {
        let repeat = (!reliable).then_some(now + T1);
        Self {
            state: Calling,
            reliable,
            interval: T1,
            repeat,
            expiry: Some(now + TIMEOUT),
        }
    }

    /// Takes what happened; says what to do about it.
    pub fn handle(&mut self, now: Duration, input: Input) -> Action {
        match (self.state, input) {
            (Calling, Input::Timeout) if self.expiry.is_some_and(|expiry| now >= expiry) => {
                self.enter(Terminated, None);
                Action::Fail(Failure::Silence)
            }
            (Calling, Input::Timeout) if self.repeat.is_some_and(|repeat| now >= repeat) => {
                self.interval *= 2;
                self.repeat = Some(now + self.interval);
                Action::Transmit
            }
            (Calling | Proceeding, Input::Response(100..=199)) => {
                self.enter(Proceeding, None);
                Action::Deliver
            }
            (Calling | Proceeding, Input::Response(200..=299)) => {
                self.enter(Accepted, Some(now + TIMEOUT));
                Action::Deliver
            }
            (Accepted, Input::Response(200..=299)) => Action::Deliver,
            (Calling | Proceeding, Input::Response(300..=699)) => {
                if self.reliable {
                    self.enter(Terminated, None);
                } else {
                    self.enter(Completed, Some(now + TIMER_D));
                }
                Action::AcknowledgeAndDeliver
            }
            (Completed, Input::Response(300..=699)) => Action::Acknowledge,
            (Completed | Accepted, Input::Timeout)
                if self.expiry.is_some_and(|expiry| now >= expiry) =>
            {
                self.enter(Terminated, None);
                Action::Nothing
            }
            (Calling | Proceeding, Input::Lost) => {
                self.enter(Terminated, None);
                Action::Fail(Failure::Connection)
            }
            (Calling | Proceeding, Input::Abandon) => {
                self.enter(Terminated, None);
                Action::Fail(Failure::Silence)
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
    fn enter(&mut self, state: State, expiry: Option<Duration>) {
        self.state = state;
        self.repeat = None;
        self.expiry = expiry;
    }
}

#[cfg(test)]
mod tests;
