//! Messages on their way out: each is stored by the server once, in the order they were given, whatever happens to connections.
//!
//! ```text
//! Waiting ──sent──► Sent ──it came back with our tag──► done
//!    ▲                └── connection lost ──► Unknown ──it is in the history──► done
//!    └──────────────── it is not in the history ───┘
//! ```
//!
//! The server keeps no tag of ours. A message is known again in the history by its sender, its text and the time at which it was
//! given to us, which no other of our messages has.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// A message that the server has not confirmed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Outgoing {
    pub(super) reference: u64,
    /// Address of the colleague, in lower case.
    pub(super) to: String,
    pub(super) text: String,
    /// When it was given to us, in the form in which it goes to the server.
    pub(super) created: String,
    state: State,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Waiting,
    Sent { deadline: Duration },
    Unknown,
}

/// Unconfirmed messages, oldest first.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    queue: VecDeque<Outgoing>,
    last_created_ms: u64,
}

/// Unconfirmed messages at a time; a further one is refused.
pub(super) const MAX_WAITING: usize = 100;
/// Messages sent and not confirmed at a time.
const MAX_IN_FLIGHT: usize = 16;
/// A connection that confirms nothing for this long is given up.
pub(super) const CONFIRMATION: Duration = Duration::from_secs(30);

impl Outbox {
    /// Takes a message in. False if there are too many already.
    pub(super) fn add(&mut self, utc: SystemTime, reference: u64, to: &str, text: &str) -> bool {
        if self.queue.len() >= MAX_WAITING {
            return false;
        }
        let now = utc
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0));
        // Distinct and growing, also when the clock is set back.
        self.last_created_ms = now.max(self.last_created_ms + 1);
        let created = timestamp(self.last_created_ms);
        let (to, text) = (to.trim().to_lowercase(), text.to_owned());
        self.queue.push_back(Outgoing {
            reference,
            to,
            text,
            created,
            state: State::Waiting,
        });
        true
    }

    /// The next message to send: the first one waiting that overtakes none to the same colleague.
    pub(super) fn next(&self) -> Option<&Outgoing> {
        if self.in_flight() >= MAX_IN_FLIGHT {
            return None;
        }
        let mut candidates = self.queue.iter().enumerate();
        let found = candidates.find(|(at, outgoing)| {
            let overtakes =
                |earlier: &Outgoing| earlier.to == outgoing.to && earlier.state == State::Unknown;
            outgoing.state == State::Waiting && !self.queue.iter().take(*at).any(overtakes)
        });
        found.map(|(_, outgoing)| outgoing)
    }

    /// The message went out on the connection.
    pub(super) fn sent(&mut self, now: Duration, reference: u64) {
        if let Some(outgoing) = self.find(|outgoing| outgoing.reference == reference) {
            outgoing.state = State::Sent {
                deadline: now + CONFIRMATION,
            };
        }
    }

    /// The connection is gone: what was sent on it is stored or not.
    pub(super) fn connection_lost(&mut self) {
        for outgoing in &mut self.queue {
            if matches!(outgoing.state, State::Sent { .. }) {
                outgoing.state = State::Unknown;
            }
        }
    }

    /// The history with this colleague was read to its end: what was not found there was not stored.
    pub(super) fn history_read(&mut self, with: &str) {
        for outgoing in &mut self.queue {
            if outgoing.state == State::Unknown && outgoing.to == with.to_lowercase() {
                outgoing.state = State::Waiting;
            }
        }
    }

    /// The server confirmed the message with our tag.
    pub(super) fn confirm(&mut self, reference: u64) -> Option<Outgoing> {
        self.remove(|outgoing| outgoing.reference == reference)
    }

    /// The server refused a message without saying which. It answers in the order in which it was asked.
    pub(super) fn refuse_oldest(&mut self) -> Option<Outgoing> {
        self.remove(|outgoing| outgoing.deadline().is_some())
    }

    /// One of our own messages was found in the history.
    pub(super) fn found(&mut self, to: &str, text: &str, created: &str) -> Option<Outgoing> {
        let to = to.to_lowercase();
        self.remove(|outgoing| {
            outgoing.to == to && outgoing.text == text && outgoing.created == created
        })
    }

    /// When the connection is to be given up for want of a confirmation.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.queue.iter().filter_map(Outgoing::deadline).min()
    }

    fn in_flight(&self) -> usize {
        self.queue
            .iter()
            .filter(|outgoing| outgoing.deadline().is_some())
            .count()
    }

    fn find(&mut self, is_it: impl Fn(&Outgoing) -> bool) -> Option<&mut Outgoing> {
        self.queue.iter_mut().find(|outgoing| is_it(outgoing))
    }

    fn remove(&mut self, is_it: impl Fn(&Outgoing) -> bool) -> Option<Outgoing> {
        let at = self.queue.iter().position(is_it)?;
        self.queue.remove(at)
    }
}

impl Outgoing {
    fn deadline(&self) -> Option<Duration> {
        match self.state {
            State::Sent { deadline } => Some(deadline),
            State::Waiting | State::Unknown => None,
        }
    }
}

/// `2017-06-26T18:09:55.839Z`.
fn timestamp(millis: u64) -> String {
    let millis = i64::try_from(millis).unwrap_or(i64::MAX);
    let stamp = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH);
    stamp.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests;
