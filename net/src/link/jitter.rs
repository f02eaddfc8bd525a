//! Stage: time on the way that varies from packet to packet, with a distribution and a memory.
//!
//! Correlated values are made by a Gaussian process mapped through the distribution's quantiles, so that correlation does
//! not change the distribution itself.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::dice::{Dice, normal_share};
use super::stage::{Ask, Verdict};
use crate::faults::Outcome;

/// Extra delay, drawn for each packet.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct JitterSpec {
    /// How the extra delay is distributed.
    pub distribution: Distribution,
    /// Correlation of one packet's draw with the next one's, from 0 (none) to below 1.
    #[serde(default)]
    pub correlation: f64,
    /// Whether packets may overtake each other; otherwise each waits for those before it.
    #[serde(default)]
    pub reorder: bool,
}

/// Distribution of an extra delay; never negative.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Distribution {
    /// Equally likely everywhere between two bounds.
    Uniform {
        /// Least.
        #[serde(with = "crate::time_text")]
        from: Duration,
        /// Most.
        #[serde(with = "crate::time_text")]
        to: Duration,
    },
    /// Bell curve, cut at zero.
    Normal {
        /// Mean before cutting.
        #[serde(with = "crate::time_text")]
        mean: Duration,
        /// Standard deviation before cutting.
        #[serde(with = "crate::time_text")]
        deviation: Duration,
    },
    /// Heavy tail: above `least`, the share beyond x is (least/x)^shape.
    Pareto {
        /// Least, also the scale.
        #[serde(with = "crate::time_text")]
        least: Duration,
        /// Tail index; the smaller, the heavier. Above 0.
        shape: f64,
        /// Longer draws are cut to this.
        #[serde(with = "crate::time_text")]
        most: Duration,
    },
    /// As measured: quantiles at equal steps from the least to the most, read with linear interpolation.
    Table {
        /// At least two values in ascending order.
        #[serde(with = "crate::time_text::list")]
        quantiles: Vec<Duration>,
    },
}

impl JitterSpec {
    /// No memory, order kept.
    pub fn new(distribution: Distribution) -> Self {
        Self {
            distribution,
            correlation: 0.0,
            reorder: false,
        }
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        if !(0.0..1.0).contains(&self.correlation) {
            return Err(format!(
                "correlation must be at least 0 and below 1, not {}",
                self.correlation
            ));
        }
        match &self.distribution {
            Distribution::Uniform { from, to } if from > to => {
                Err(format!("from ({from:?}) must not be above to ({to:?})"))
            }
            Distribution::Pareto { shape, .. } if shape.is_nan() || *shape <= 0.0 => {
                Err(format!("shape must be above 0, not {shape}"))
            }
            Distribution::Pareto { least, most, .. } if least > most => Err(format!(
                "least ({least:?}) must not be above most ({most:?})"
            )),
            Distribution::Table { quantiles } if quantiles.len() < 2 || !quantiles.is_sorted() => {
                Err("quantiles must be at least two, in ascending order".to_owned())
            }
            Distribution::Uniform { .. }
            | Distribution::Normal { .. }
            | Distribution::Pareto { .. }
            | Distribution::Table { .. } => Ok(()),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Jitter {
    spec: JitterSpec,
    last_normal: Option<f64>,
    last_at: Duration,
}

impl Jitter {
    pub(crate) fn new(spec: &JitterSpec) -> Self {
        Self {
            spec: spec.clone(),
            last_normal: None,
            last_at: Duration::ZERO,
        }
    }

    pub(crate) fn pass(&mut self, at: Duration, ask: &mut Ask<'_>) -> Verdict {
        let (spec, last) = (&self.spec, &mut self.last_normal);
        let by = match ask.decide(|dice| {
            let by = spec.draw(last, dice);
            (!by.is_zero()).then_some(Outcome::Delayed { by })
        }) {
            Some(Outcome::Delayed { by }) => by,
            Some(_) | None => Duration::ZERO,
        };
        let mut leaves = at.saturating_add(by);
        if !self.spec.reorder {
            leaves = leaves.max(self.last_at);
            self.last_at = leaves;
        }
        Verdict::Pass(leaves)
    }
}

impl JitterSpec {
    fn draw(&self, last: &mut Option<f64>, dice: &mut Dice) -> Duration {
        if self.correlation == 0.0 {
            return match self.distribution {
                Distribution::Normal { .. } => self.distribution.at_normal(dice.normal()),
                Distribution::Uniform { .. }
                | Distribution::Pareto { .. }
                | Distribution::Table { .. } => self.distribution.quantile(dice.unit()),
            };
        }
        let fresh = dice.normal();
        let z = match *last {
            Some(before) => {
                self.correlation * before
                    + libm::sqrt(1.0 - self.correlation * self.correlation) * fresh
            }
            None => fresh,
        };
        *last = Some(z);
        self.distribution.at_normal(z)
    }
}

impl Distribution {
    /// The value at the place that `z` has in a standard normal.
    fn at_normal(&self, z: f64) -> Duration {
        match self {
            Self::Normal { mean, deviation } => from_ns(ns(*mean) + z * ns(*deviation)),
            Self::Uniform { .. } | Self::Pareto { .. } | Self::Table { .. } => {
                self.quantile(normal_share(z))
            }
        }
    }

    /// The value below which a share of all draws lies.
    fn quantile(&self, share: f64) -> Duration {
        match self {
            Self::Uniform { from, to } => from_ns(ns(*from) + share * (ns(*to) - ns(*from))),
            Self::Pareto { least, shape, most } => {
                from_ns(ns(*least) * libm::pow(1.0 - share, -1.0 / shape)).min(*most)
            }
            Self::Table { quantiles } => {
                let place = share * (quantiles.len() - 1) as f64;
                let below = (place as usize).min(quantiles.len() - 2);
                let (low, high) = (ns(quantiles[below]), ns(quantiles[below + 1]));
                from_ns(low + (place - below as f64) * (high - low))
            }
            // Drawn by `at_normal`, which needs no inverse.
            Self::Normal { mean, .. } => *mean,
        }
    }
}

fn ns(time: Duration) -> f64 {
    time.as_nanos() as f64
}

/// Negative becomes zero; the cast saturates.
fn from_ns(ns: f64) -> Duration {
    Duration::from_nanos(ns as u64)
}

#[cfg(test)]
mod tests;
