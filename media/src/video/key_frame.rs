//! Key frames: when one is asked for, and when one that was asked for is given.
//!
//! RFC 4585 §6.3.1 (picture loss indication), RFC 5104 §4.3.1 (full intra request): a request that is lost is repeated, one
//! that was answered a moment ago is not answered again.

use std::time::Duration;

/// Least time after which an unanswered request is repeated: two frame times at 15 a second and the round trip of most paths.
const REPEAT: Duration = Duration::from_millis(300);
/// Longest time after which it is repeated, however long repairs are said to take.
const REPEAT_MOST: Duration = Duration::from_secs(2);
/// Time that making a key frame may take beside a longer round trip.
const MAKING: Duration = Duration::from_millis(100);
/// Time within which a key frame answers all requests: it is on its way still. Shorter than [`REPEAT`] by a frame time and
/// more, so that the repeated request for one that was lost is heard.
const ANSWERED: Duration = Duration::from_millis(200);

/// Says when to ask.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asker {
    /// When the request that is not answered yet is to be repeated.
    again: Option<Duration>,
}

impl Asker {
    /// Whether a request is to be sent now, given that a key frame is needed or not, and what the round trip is if that is
    /// known.
    pub(crate) fn is_due(
        &mut self,
        now: Duration,
        is_needed: bool,
        round_trip: Option<Duration>,
    ) -> bool {
        if !is_needed {
            self.again = None;
            return false;
        }
        if self.again.is_some_and(|again| now < again) {
            return false;
        }
        let answer = round_trip.map_or(REPEAT, |round_trip| round_trip * 5 / 4 + MAKING);
        self.again = Some(now + answer.clamp(REPEAT, REPEAT_MOST));
        true
    }

    /// When the request would be repeated.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.again
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
        assert!(!asker.is_due(at(0), false, None) && asker.is_due(at(1), true, None));
        assert!(!asker.is_due(at(300), true, None) && asker.is_due(at(301), true, None));
        assert_eq!(asker.deadline(), Some(at(601)));
        assert!(!asker.is_due(at(400), false, None) && asker.is_due(at(401), true, None));

        let mut answerer = Answerer::default();
        answerer.on_request(at(0));
        assert!(answerer.is_asked());
        answerer.on_given(at(10));
        answerer.on_request(at(209));
        assert!(!answerer.is_asked());
        answerer.on_request(at(210));
        assert!(answerer.is_asked());
        answerer.on_given(at(220));
        assert!(answerer.on_command(7) && answerer.is_asked());
        answerer.on_given(at(230));
        assert!(!answerer.on_command(7) && !answerer.is_asked());
        assert!(answerer.on_command(8));
    }

    #[test]
    fn on_a_long_path_an_answer_is_waited_for() {
        let at = Duration::from_millis;
        for (round_trip, again) in [(40, 300), (160, 300), (600, 850), (5_000, 2_000)] {
            let mut asker = Asker::default();
            assert!(asker.is_due(at(10), true, Some(at(round_trip))));
            assert_eq!(asker.deadline(), Some(at(10 + again)));
        }
    }
}
