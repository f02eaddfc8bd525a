//! What a camera sent and what came of it between two looks at its counters.

use std::time::Duration;

use media::video::VideoStatistics;

use super::Stage;
use crate::outcome::{Fault, Finding};

/// What was sent in so much time, bit/s of payload.
pub fn bits_per_s(before: &VideoStatistics, after: &VideoStatistics, time: Duration) -> f64 {
    let octets = after.sent.octets - before.sent.octets;
    octets as f64 * 8.0 / time.as_secs_f64()
}

/// Share of the packets sent meanwhile that did not come, 0 to 1.
pub fn loss(before: &VideoStatistics, after: &VideoStatistics) -> f64 {
    let of = |shown: &VideoStatistics| shown.received.unwrap_or_default();
    let (before, after) = (of(before), of(after));
    let expected = after.expected.saturating_sub(before.expected).max(1);
    (after.lost - before.lost) as f64 / expected as f64
}

/// Demands that bob's camera sends less, and goes on sending, while his line is narrow. Rates in bit/s.
pub fn demand_less(stage: &mut Stage, best: f64, less: f64) -> Result<(), Finding> {
    stage.measure("camera_bits_per_s_while_narrow", less);
    stage.demand(
        less < 0.8 * best && less > 0.0,
        Fault::Client,
        "bob's camera sends less while his line is narrow",
        format!("{less:.0} bit/s, {best:.0} before"),
    )
}

/// Demands that it sends as much as before once his line is wide again. Rates in bit/s.
pub fn demand_as_before(stage: &mut Stage, best: f64, again: f64) -> Result<(), Finding> {
    stage.measure("camera_bits_per_s_afterwards", again);
    stage.demand(
        again > 0.9 * best,
        Fault::Client,
        "bob's camera sends as much as before once his line is wide again",
        format!("{again:.0} bit/s, {best:.0} before"),
    )
}
