//! The bridge between our time (a `Duration` since the host's clock began) and `rtc`'s `Instant`s.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The instant that stands for zero, one for the whole process.
///
/// An `Instant` cannot be made from a number, so one reading is needed; only differences from it ever
/// reach a protocol, so its value changes nothing that can be observed.
fn base() -> Instant {
    static BASE: OnceLock<Instant> = OnceLock::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "an arbitrary origin; only differences from it are used"
    )]
    *BASE.get_or_init(Instant::now)
}

/// `rtc`'s name for our `now`.
pub(crate) fn instant(now: Duration) -> Instant {
    base() + now
}

/// Our name for one of `rtc`'s deadlines.
pub(crate) fn duration(instant: Instant) -> Duration {
    instant.saturating_duration_since(base())
}
