//! What a camera sent and what came of it between two looks at its counters.

use std::time::Duration;

use media::video::VideoStatistics;

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
