//! Rounds in step with the clock on the wall, as a server has them: a crate that looks at that clock itself plays in no other way
//! what it would play in a call.

#![expect(
    clippy::disallowed_methods,
    reason = "what is measured beside ours looks at the machine's clock, so its rounds must"
)]

use std::thread::sleep;
use std::time::{Duration, Instant};

/// Rounds of 20 ms that are measured at most in one go. The time of more is reckoned from theirs.
const MEASURED: u64 = 10;

/// When the next 10 ms begin.
pub(crate) struct Pace {
    next: Instant,
}

impl Pace {
    pub(crate) fn new() -> Pace {
        Pace {
            next: Instant::now(),
        }
    }

    /// Waits until the next 10 ms begin. What is over for good is not made up for.
    pub(crate) fn wait(&mut self) {
        let now = Instant::now();
        sleep(self.next.saturating_duration_since(now));
        self.next = self.next.max(now) + Duration::from_millis(10);
    }
}

/// The time of so many rounds in step with the clock.
pub(crate) fn paced(rounds: u64, mut round: impl FnMut() -> Duration) -> Duration {
    let measured = rounds.min(MEASURED);
    let time: Duration = (0..measured).map(|_| round()).sum();
    time.mul_f64(rounds as f64 / measured as f64)
}
