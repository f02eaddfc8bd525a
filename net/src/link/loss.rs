//! Stage: packets that never arrive: by independent chance, in bursts, or by number.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cause::Cause;
use super::spec::percent;
use super::stage::{Ask, Verdict};
use crate::faults::Outcome;
use crate::packet::{Packet, Protocol};

/// A loss model, perhaps for one protocol only.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LossSpec {
    /// Which packets are lost.
    pub model: LossModel,
    /// Only packets of this protocol are looked at and counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Protocol>,
}

/// Which packets are lost.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum LossModel {
    /// Each packet by itself.
    Bernoulli {
        /// Share of packets lost.
        percent: f64,
    },
    /// A good and a bad state, each with its own share of loss (Gilbert 1960, Elliott 1963). The state may change before each packet.
    GilbertElliott {
        /// Chance to go from good to bad, a packet.
        enter_burst_percent: f64,
        /// Chance to go from bad to good, a packet; 100 divided by it is the mean length of a burst.
        leave_burst_percent: f64,
        /// Share lost in the bad state.
        #[serde(default = "all")]
        bad_percent: f64,
        /// Share lost in the good state.
        #[serde(default)]
        good_percent: f64,
    },
    /// Exactly these packets, counted on this link from 1.
    List {
        /// Numbers in ascending order.
        packets: Vec<u64>,
    },
}

fn all() -> f64 {
    100.0
}

impl LossSpec {
    /// Each packet is lost by itself in this share of cases.
    pub fn bernoulli(percent: f64) -> Self {
        Self {
            model: LossModel::Bernoulli { percent },
            only: None,
        }
    }

    /// Bursts in which everything is lost.
    pub fn bursts(enter_burst_percent: f64, leave_burst_percent: f64) -> Self {
        let model = LossModel::GilbertElliott {
            enter_burst_percent,
            leave_burst_percent,
            bad_percent: 100.0,
            good_percent: 0.0,
        };
        Self { model, only: None }
    }

    /// Exactly these packets, from 1.
    pub fn list(packets: &[u64]) -> Self {
        Self {
            model: LossModel::List {
                packets: packets.to_vec(),
            },
            only: None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        match &self.model {
            LossModel::Bernoulli { percent: share } => percent("percent", *share),
            LossModel::GilbertElliott {
                enter_burst_percent,
                leave_burst_percent,
                bad_percent,
                good_percent,
            } => {
                percent("enter_burst_percent", *enter_burst_percent)?;
                percent("leave_burst_percent", *leave_burst_percent)?;
                percent("bad_percent", *bad_percent)?;
                percent("good_percent", *good_percent)
            }
            LossModel::List { packets } if packets.first() == Some(&0) => {
                Err("packets are counted from 1".to_owned())
            }
            LossModel::List { packets } if !packets.is_sorted_by(|a, b| a < b) => {
                Err("packets must be in ascending order".to_owned())
            }
            LossModel::List { .. } => Ok(()),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Loss {
    spec: LossSpec,
    bad: bool,
    seen: u64,
}

impl Loss {
    pub(crate) fn new(spec: &LossSpec) -> Self {
        Self {
            spec: spec.clone(),
            bad: false,
            seen: 0,
        }
    }

    pub(crate) fn model(&self) -> &LossModel {
        &self.spec.model
    }

    pub(crate) fn pass(&mut self, at: Duration, packet: &Packet, ask: &mut Ask<'_>) -> Verdict {
        if self.spec.only.is_some_and(|only| only != packet.protocol) {
            return Verdict::Pass(at);
        }
        self.seen += 1;
        let bad = &mut self.bad;
        let (lost, cause) = match &self.spec.model {
            LossModel::Bernoulli { percent } => (
                ask.decide(|dice| dice.chance(*percent).then_some(Outcome::Lost))
                    .is_some(),
                Cause::Bernoulli,
            ),
            LossModel::GilbertElliott {
                enter_burst_percent,
                leave_burst_percent,
                bad_percent,
                good_percent,
            } => {
                let lost = ask.decide(|dice| {
                    let change = if *bad {
                        *leave_burst_percent
                    } else {
                        *enter_burst_percent
                    };
                    *bad ^= dice.chance(change);
                    dice.chance(if *bad { *bad_percent } else { *good_percent })
                        .then_some(Outcome::Lost)
                });
                (lost.is_some(), Cause::GilbertElliott)
            }
            LossModel::List { packets } => (packets.binary_search(&self.seen).is_ok(), Cause::List),
        };
        if lost {
            Verdict::Drop(cause)
        } else {
            Verdict::Pass(at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::LinkSpec;
    use crate::link::trial::Trial;

    /// Four standard deviations of a share of n independent cases, in percent.
    fn tolerance(percent: f64, n: f64) -> f64 {
        400.0 * (percent / 100.0 * (1.0 - percent / 100.0) / n).sqrt() + 1e-9
    }

    proptest::proptest! {
        #![proptest_config(crate::link::trial::seeded_cases(24))]

        #[test]
        fn bernoulli_loses_its_share(percent in 0.0..100.0_f64, seed: u64) {
            let got = Trial::new(LinkSpec::default().then(LossSpec::bernoulli(percent))).seed(seed).packets(20_000).run();
            let lost = got.drops.total() as f64 / 200.0;
            proptest::prop_assert!((lost - percent).abs() <= tolerance(percent, 20_000.0) * 1.25, "{lost} for {percent}");
        }

        #[test]
        fn bursts_have_their_share_and_mean_length(enter in 0.5..10.0_f64, leave in 10.0..90.0_f64, seed: u64) {
            let n = 100_000;
            let got = Trial::new(LinkSpec::default().then(LossSpec::bursts(enter, leave))).seed(seed).packets(n).run();
            let share = got.drops.total() as f64 / n as f64;
            let expected = enter / (enter + leave);
            proptest::prop_assert!((share / expected - 1.0).abs() < 0.2, "{share} for {expected}");
            let mean = got.lost_runs().iter().sum::<u64>() as f64 / got.lost_runs().len() as f64;
            proptest::prop_assert!((mean * leave / 100.0 - 1.0).abs() < 0.2, "bursts of {mean} for {leave} %");
        }

        #[test]
        fn a_list_loses_exactly_its_numbers(numbers in proptest::collection::btree_set(1..500_u64, 0..50)) {
            let numbers: Vec<u64> = numbers.into_iter().collect();
            let got = Trial::new(LinkSpec::default().then(LossSpec::list(&numbers))).packets(500).run();
            let lost: Vec<u64> = got.lost().collect();
            proptest::prop_assert_eq!(lost, numbers);
        }
    }

    #[test]
    fn another_protocol_is_neither_lost_nor_counted() {
        let spec = LossSpec {
            only: Some(Protocol::Udp),
            ..LossSpec::list(&[1, 2, 3])
        };
        let got = Trial::new(LinkSpec::default().then(spec))
            .tcp()
            .packets(10)
            .run();
        assert_eq!(got.arrived.len(), 10);
    }
}
