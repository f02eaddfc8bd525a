//! Stage: times in which a link carries nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cause::Cause;
use super::stage::Verdict;

/// When a link is dark.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BlackholeSpec {
    /// Dark times in ascending order.
    pub windows: Vec<Window>,
}

/// From (inclusive) until (exclusive), on the world's clock.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// First dark moment.
    #[serde(with = "crate::time_text")]
    pub from: Duration,
    /// First moment of light.
    #[serde(with = "crate::time_text")]
    pub until: Duration,
}

impl BlackholeSpec {
    /// Dark for ever; what a fault imposes for its time.
    pub fn always() -> Self {
        Self {
            windows: vec![Window {
                from: Duration::ZERO,
                until: Duration::from_nanos(u64::MAX),
            }],
        }
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(window) = self
            .windows
            .iter()
            .find(|window| window.from >= window.until)
        {
            return Err(format!("a window must end after it begins: {window:?}"));
        }
        if self
            .windows
            .windows(2)
            .any(|pair| pair[0].until > pair[1].from)
        {
            return Err("windows must be in ascending order and not overlap".to_owned());
        }
        Ok(())
    }

    pub(crate) fn pass(&self, at: Duration) -> Verdict {
        let next = self.windows.partition_point(|window| window.until <= at);
        match self.windows.get(next) {
            Some(window) if window.from <= at => Verdict::Drop(Cause::Blackhole),
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
        #[test]
        fn exactly_the_packets_of_the_windows_are_lost(starts in proptest::collection::vec((1..50_u64, 1..50_u64), 0..20)) {
            let mut windows = Vec::new();
            let mut clock = 0;
            for (gap, length) in starts {
                windows.push(Window { from: ms(clock + gap), until: ms(clock + gap + length) });
                clock += gap + length;
            }
            let got = Trial::new(LinkSpec::default().then(BlackholeSpec { windows: windows.clone() })).packets(2000).every(ms(1)).run();
            let dark = (0..2000).filter(|at| windows.iter().any(|w| w.from <= ms(*at) && ms(*at) < w.until)).count();
            proptest::prop_assert_eq!(got.drops.of(Cause::Blackhole), dark as u64);
            proptest::prop_assert!(got.arrived.iter().all(|d| !windows.iter().any(|w| w.from <= d.at && d.at < w.until)));
        }
    }
}
