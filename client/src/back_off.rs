//! Waiting longer after each failure, up to a limit: how the client returns to a service that is gone (RES-05).

use std::time::Duration;

/// The first wait.
pub const FIRST: Duration = Duration::from_secs(2);
/// The longest wait.
pub const LONGEST: Duration = Duration::from_secs(1800);

/// How long to wait before the next attempt: 2 s, then twice as long each time, never more than 1800 s.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BackOff {
    last: Option<Duration>,
}

impl BackOff {
    /// The wait after one more failure.
    pub fn failed(&mut self) -> Duration {
        let wait = self.last.map_or(FIRST, |last| (last * 2).min(LONGEST));
        self.last = Some(wait);
        wait
    }

    /// The service was reached: the next failure starts over.
    pub fn succeeded(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_at_two_seconds_and_never_exceeds_half_an_hour() {
        let mut back_off = BackOff::default();
        let waits: Vec<u64> = (0..13).map(|_| back_off.failed().as_secs()).collect();
        assert_eq!(
            waits,
            [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1800, 1800, 1800]
        );
        back_off.succeeded();
        assert_eq!(back_off.failed(), FIRST);
    }
}
