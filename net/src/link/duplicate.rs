//! Stage: packets that arrive twice.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::stage::{Ask, Verdict};
use crate::faults::Outcome;

/// How many packets are doubled.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DuplicateSpec {
    /// Share of packets doubled.
    pub percent: f64,
    /// How long after the original the copy follows.
    #[serde(default, with = "crate::time_text")]
    pub after: Duration,
}

impl DuplicateSpec {
    pub(crate) fn pass(&self, at: Duration, ask: &mut Ask<'_>) -> Verdict {
        match ask.decide(|dice| dice.chance(self.percent).then_some(Outcome::Duplicated)) {
            Some(_) => Verdict::Twice(at, at.saturating_add(self.after)),
            None => Verdict::Pass(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::LinkSpec;
    use crate::link::cause::Cause;
    use crate::link::loss::LossSpec;
    use crate::link::trial::{Trial, ms};

    proptest::proptest! {
        #![proptest_config(crate::link::trial::seeded_cases(24))]

        #[test]
        fn its_share_arrives_twice(percent in 0.0..100.0_f64, seed: u64) {
            let got = Trial::new(LinkSpec::default().then(DuplicateSpec { percent, after: ms(3) })).seed(seed).packets(10_000).every(ms(20)).run();
            let twice = got.arrived.len() as f64 - 10_000.0;
            proptest::prop_assert!((twice / 100.0 - percent).abs() < 2.5, "{twice} for {percent}");
            proptest::prop_assert_eq!(got.drops.of(Cause::Duplicated) as f64, twice);
            proptest::prop_assert_eq!(got.drops.total(), 0);
            proptest::prop_assert!(got.arrived.windows(2).all(|two| two[0].packet.id != two[1].packet.id || two[1].at - two[0].at == ms(3)));
        }
    }

    #[test]
    fn each_copy_meets_the_later_stages_by_itself() {
        let spec = LinkSpec::default()
            .then(DuplicateSpec {
                percent: 100.0,
                after: Duration::ZERO,
            })
            .then(LossSpec::bernoulli(50.0));
        let got = Trial::new(spec).packets(10_000).run();
        let singles = got
            .arrived
            .chunk_by(|a, b| a.packet.id == b.packet.id)
            .filter(|copies| copies.len() == 1)
            .count();
        assert!((singles as f64 / 10_000.0 - 0.5).abs() < 0.03, "{singles}");
    }
}
