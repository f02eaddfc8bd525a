//! Key frames: when one is asked for, and when one that was asked for is given.
//!
//! RFC 4585 §6.3.1 (picture loss indication), RFC 5104 §4.3.1 (full intra request): a request that is lost is repeated, one
//! that was answered a moment ago is not answered again.

use std::time::Duration;

/// Time after which an unanswered request is repeated: longer than the round trip of most paths, shorter than patience.
const REPEAT: Duration = Duration::from_millis(500);
/// Time within which a key frame answers all requests: it is on its way still.
const ANSWERED: Duration = Duration::from_millis(300);

/// Says when to ask.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asker {
    /// When the request went out that is not answered yet.
    asked: Option<Duration>,
}

impl Asker {
    /// Whether a request is to be sent now, given that a key frame is needed or not.
    pub(crate) fn is_due(&mut self, now: Duration, is_needed: bool) -> bool {
        if !is_needed {
            self.asked = None;
            return false;
        }
        if self.asked.is_some_and(|asked| now < asked + REPEAT) {
            return false;
        }
        self.asked = Some(now);
        true
    }

    /// When the request would be repeated.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.asked.map(|asked| asked + REPEAT)
    }
}

/// Says when to answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answerer {
    is_asked: bool,
    /// Command number of the last full intra request: the same again is a repetition. RFC 5104 §4.3.1.1.
    command: Option<u8>,
    given: Option<Duration>,
}

impl Answerer {
    /// Takes a picture loss indication, or a request of our own side.
    pub(super) fn on_request(&mut self, now: Duration) {
        self.is_asked |= self.given.is_none_or(|given| now >= given + ANSWERED);
    }

    /// Takes a full intra request; false if it repeats the last.
    pub(super) fn on_command(&mut self, number: u8) -> bool {
        let is_new = self.command.replace(number) != Some(number);
        self.is_asked |= is_new;
        is_new
    }

    /// Whether the next picture is to be a key frame.
    pub(super) fn is_asked(&self) -> bool {
        self.is_asked
    }

    /// Notes that a key frame was sent.
    pub(super) fn on_given(&mut self, now: Duration) {
        (self.is_asked, self.given) = (false, Some(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_repeated_until_it_is_answered_and_answered_once() {
        let at = Duration::from_millis;
        let mut asker = Asker::default();
        assert!(!asker.is_due(at(0), false) && asker.is_due(at(1), true));
        assert!(!asker.is_due(at(500), true) && asker.is_due(at(501), true));
        assert_eq!(asker.deadline(), Some(at(1_001)));
        assert!(!asker.is_due(at(600), false) && asker.is_due(at(601), true));

        let mut answerer = Answerer::default();
        answerer.on_request(at(0));
        assert!(answerer.is_asked());
        answerer.on_given(at(10));
        answerer.on_request(at(309));
        assert!(!answerer.is_asked());
        answerer.on_request(at(310));
        assert!(answerer.is_asked());
        answerer.on_given(at(320));
        assert!(answerer.on_command(7) && answerer.is_asked());
        answerer.on_given(at(330));
        assert!(!answerer.on_command(7) && !answerer.is_asked());
        assert!(answerer.on_command(8));
    }
}
