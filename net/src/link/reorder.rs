//! Stage: packets that are held back so that others overtake them.
//!
//! Put it behind any jitter, which keeps the order it is given.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cause::Cause;
use super::stage::{Ask, Verdict};
use crate::faults::Outcome;

/// How many packets are held back, and for how long.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReorderSpec {
    /// Share of packets held back.
    pub percent: f64,
    /// Extra time of such a packet.
    #[serde(with = "crate::time_text")]
    pub by: Duration,
}

impl ReorderSpec {
    pub(crate) fn pass(&self, at: Duration, ask: &mut Ask<'_>) -> Verdict {
        match ask.decide(|dice| {
            dice.chance(self.percent)
                .then_some(Outcome::HeldBack { by: self.by })
        }) {
            Some(Outcome::HeldBack { by }) => {
                Verdict::Altered(at.saturating_add(by), Cause::Reordered)
            }
            Some(_) | None => Verdict::Pass(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::LinkSpec;
    use crate::link::trial::{Trial, ms};

    proptest::proptest! {
        #![proptest_config(crate::link::trial::seeded_cases(24))]

        #[test]
        fn its_share_is_held_back_and_nothing_lost(percent in 0.0..50.0_f64, seed: u64) {
            let got = Trial::new(LinkSpec::default().then(ReorderSpec { percent, by: ms(50) })).seed(seed).packets(10_000).every(ms(20)).run();
            let held = got.delays().filter(|delay| *delay == ms(50)).count() as f64 / 100.0;
            proptest::prop_assert!((held - percent).abs() < 2.5, "{held} for {percent}");
            proptest::prop_assert_eq!(got.arrived.len(), 10_000);
            proptest::prop_assert_eq!(got.is_in_order(), held == 0.0);
        }
    }
}
