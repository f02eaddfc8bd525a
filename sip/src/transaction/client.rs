//! Non-INVITE client transaction: retransmits until a final answer, then absorbs repeats of it.
//!
//! ```text
//! Trying ──1xx──► Proceeding ──200-699──► Completed ──K──► Terminated
//!   │ └──200-699──────────────────────────▲                    ▲
//!   └──F, lost connection (also from Proceeding)───────────────┘
//! ```
//!
//! RFC 3261 §17.1.2. Reliable transports repeat nothing and have K = 0.

use std::time::Duration;

use super::{Action, Failure};
use crate::timers::{T1, T2, T4, TIMEOUT};

/// Where the transaction is; what it waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// Nothing heard yet; the request is repeated (timer E) until F.
    Trying,
    /// A provisional answer was heard; the request is repeated every T2 until F.
    Proceeding,
    /// The final answer was heard; repeats of it are absorbed.
    Completed,
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
}

/// The machine of one outgoing request other than INVITE and ACK.
#[derive(Clone, Debug)]
pub struct Client {
    state: State,
    reliable: bool,
    interval: Duration,
    repeat: Option<Duration>,
    expiry: Option<Duration>,
}

use State::{Completed, Proceeding, Terminated, Trying};

impl Client {
    /// A transaction whose request has just been sent.
    pub fn new(now: Duration, reliable: bool) -> Self {
        let repeat = (!reliable).then_some(now + T1);
        Self {
            state: Trying,
            reliable,
            interval: T1,
            repeat,
            expiry: Some(now + TIMEOUT),
        }
    }

    /// Takes what happened; says what to do about it.
    pub fn handle(&mut self, now: Duration, input: Input) -> Action {
        match (self.state, input) {
            (Trying | Proceeding, Input::Timeout)
                if self.expiry.is_some_and(|expiry| now >= expiry) =>
            {
                self.enter(Terminated, None);
                Action::Fail(Failure::Silence)
            }
            (Trying | Proceeding, Input::Timeout)
                if self.repeat.is_some_and(|repeat| now >= repeat) =>
            {
                self.interval = if self.state == Trying {
                    (self.interval * 2).min(T2)
                } else {
                    T2
                };
                self.repeat = Some(now + self.interval);
                Action::Transmit
            }
            (Trying | Proceeding, Input::Response(100..=199)) => {
                // Timers E and F run on: a provisional answer changes only the pace, at the next repeat.
                self.state = Proceeding;
                Action::Deliver
            }
            (Trying | Proceeding, Input::Response(200..=699)) => {
                if self.reliable {
                    self.enter(Terminated, None);
                } else {
                    self.enter(Completed, Some(now + T4));
                }
                Action::Deliver
            }
            (Trying | Proceeding, Input::Lost) => {
                self.enter(Terminated, None);
                Action::Fail(Failure::Connection)
            }
            (Completed, Input::Timeout) if self.expiry.is_some_and(|expiry| now >= expiry) => {
                self.enter(Terminated, None);
                Action::Nothing
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

    /// The one place where a state with other timers is entered: no timer survives it.
    fn enter(&mut self, state: State, expiry: Option<Duration>) {
        self.state = state;
        self.repeat = None;
        self.expiry = expiry;
    }
}

#[cfg(test)]
mod tests;
