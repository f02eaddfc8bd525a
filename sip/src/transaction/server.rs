//! Non-INVITE server transaction: gives a repeated request the same answer again.
//!
//! ```text
//! Trying ──1xx──► Proceeding ──200-699──► Completed ──J──► Terminated
//!   │ └──200-699──────────────────────────▲                    ▲
//!   └──F, lost connection (also from Proceeding)──────────────────┘
//! ```
//!
//! RFC 3261 §17.2.2. Reliable transports have J = 0.

use std::time::Duration;

use super::{Action, Failure};
use crate::timers::TIMEOUT;

/// Where the transaction is; what it waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// The request waits for an answer; repeats of it are absorbed.
    Trying,
    /// A provisional answer was given; repeats of the request get it again.
    Proceeding,
    /// The final answer was given; repeats of the request get it again until J.
    Completed,
    /// Over: to be forgotten.
    Terminated,
}

/// What can happen to the transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Input {
    /// The request came again.
    Request,
    /// The user answers with this status.
    Respond(u16),
    /// The deadline has come.
    Timeout,
    /// What carries the answers is gone.
    Lost,
}

/// The machine of one incoming request other than INVITE and ACK.
#[derive(Clone, Debug)]
pub struct Server {
    state: State,
    reliable: bool,
    expiry: Option<Duration>,
}

use State::{Completed, Proceeding, Terminated, Trying};

impl Server {
    /// A transaction whose request has just arrived. After timer F nobody wants its answer any more (RFC 4320 §4.2).
    pub fn new(now: Duration, reliable: bool) -> Self {
        Self {
            state: Trying,
            reliable,
            expiry: Some(now + TIMEOUT),
        }
    }

    /// Takes what happened; says what to do about it.
    pub fn handle(&mut self, now: Duration, input: Input) -> Action {
        match (self.state, input) {
            (Trying | Proceeding, Input::Respond(100..=199)) => {
                self.enter(Proceeding, self.expiry);
                Action::Transmit
            }
            (Trying | Proceeding, Input::Respond(200..=699)) if self.reliable => {
                self.enter(Terminated, None);
                Action::Transmit
            }
            (Trying | Proceeding, Input::Respond(200..=699)) => {
                self.enter(Completed, Some(now + TIMEOUT));
                Action::Transmit
            }
            (Proceeding | Completed, Input::Request) => Action::Transmit,
            (Trying | Proceeding, Input::Timeout)
                if self.expiry.is_some_and(|expiry| now >= expiry) =>
            {
                self.enter(Terminated, None);
                Action::Fail(Failure::Silence)
            }
            (Completed, Input::Timeout) if self.expiry.is_some_and(|expiry| now >= expiry) => {
                self.enter(Terminated, None);
                Action::Nothing
            }
            (Trying | Proceeding, Input::Lost) => {
                self.enter(Terminated, None);
                Action::Fail(Failure::Connection)
            }
            // Late, repeated or senseless for the state: the RFC has it dropped in silence.
            _ => Action::Nothing,
        }
    }

    /// When `Input::Timeout` is wanted.
    pub fn deadline(&self) -> Option<Duration> {
        self.expiry
    }

    /// Where the transaction is.
    pub fn state(&self) -> State {
        self.state
    }

    /// The one place where the state changes: no timer survives it.
    fn enter(&mut self, state: State, expiry: Option<Duration>) {
        self.state = state;
        self.expiry = expiry;
    }
}

#[cfg(test)]
mod tests;
