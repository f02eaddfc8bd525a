//! Stage: time on the way, the same for each packet.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A fixed one-way delay.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DelaySpec {
    /// One-way delay.
    #[serde(with = "crate::time_text")]
    pub delay: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::LinkSpec;
    use crate::link::trial::Trial;

    proptest::proptest! {
        #[test]
        fn every_packet_takes_exactly_the_delay(delay_ns in 0..10_000_000_000_u64, more_ns in 0..1_000_000_u64) {
            let (delay, more) = (Duration::from_nanos(delay_ns), Duration::from_nanos(more_ns));
            let got = Trial::new(LinkSpec::delay(delay).then(DelaySpec { delay: more })).packets(50).run();
            proptest::prop_assert!(got.delays().all(|taken| taken == delay + more));
            proptest::prop_assert_eq!(got.arrived.len(), 50);
        }
    }
}
