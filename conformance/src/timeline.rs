//! Quality over time: what the network did to each stream and what the product made of it, as data for plots and tables.

mod network;
mod product;

use std::time::Duration;

use net::faults::{FaultPlan, Subject};
use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::truth::{Links, Statement};

/// Width of a step of what is counted from packets.
pub const STEP: Duration = Duration::from_millis(500);
/// Streams drawn at most: what is beyond could not be told apart.
const STREAMS_MAX: usize = 4;

/// Quality over time of the calls of one run.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Timeline {
    /// Seconds of world time at which it begins.
    pub from_s: f64,
    /// Seconds at which it ends.
    pub until_s: f64,
    /// The lines.
    pub lines: Vec<Line>,
    /// Streams that there were beyond those that are drawn.
    #[serde(default)]
    pub left_out: usize,
    /// When the network was made worse.
    pub faults: Vec<FaultTime>,
}

/// One quantity of one stream.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Line {
    /// What is measured.
    pub quantity: Quantity,
    /// Who hears the stream.
    pub ear: String,
    /// Seconds of world time and value, in order.
    pub points: Vec<(f64, f64)>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// What arrives, at the IP layer.
    Bitrate,
    /// Time on the way beyond the least of the stream.
    QueueDelay,
    /// Packets that never arrive.
    Loss,
    /// Delay that the play-out buffer aims at.
    TargetDelay,
    /// Conversational quality of the last moments.
    Score,
}

/// A time in which a fault was at work.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct FaultTime {
    /// Seconds of world time.
    pub from_s: f64,
    /// Seconds; the end of the timeline if it lasted longer.
    pub until_s: f64,
    /// What it was.
    pub text: String,
}

impl Quantity {
    /// All, in the order of the panels.
    pub const ALL: [Quantity; 5] = [
        Quantity::Bitrate,
        Quantity::QueueDelay,
        Quantity::Loss,
        Quantity::TargetDelay,
        Quantity::Score,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bitrate => "Bitrate arriving",
            Self::QueueDelay => "Queue delay",
            Self::Loss => "Loss",
            Self::TargetDelay => "Target delay of play-out",
            Self::Score => "Conversational quality",
        }
    }

    /// Its unit.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Bitrate => "kbit/s",
            Self::QueueDelay | Self::TargetDelay => "ms",
            Self::Loss => "%",
            Self::Score => "MOS",
        }
    }
}

impl Timeline {
    /// The timeline of a run; none if nothing was said in it.
    pub fn of(
        evidence: &Evidence<'_>,
        statements: &[Statement],
        plan: &FaultPlan,
    ) -> Option<Timeline> {
        let links = Links::read(evidence);
        let (mut lines, left_out) = network::lines(evidence, &links);
        lines.extend(product::lines(evidence, statements));
        let times = || {
            lines
                .iter()
                .flat_map(|line| &line.points)
                .map(|point| point.0)
        };
        let from_s = times().fold(f64::INFINITY, f64::min);
        let until_s = times().fold(f64::NEG_INFINITY, f64::max);
        if from_s >= until_s {
            return None;
        }
        let fault = |fault: &net::faults::Fault| {
            let from = fault.from.as_secs_f64();
            let until = fault.until.map_or(until_s, |until| until.as_secs_f64());
            let is_seen =
                fault.effect.subject() == Subject::Link && from < until_s && until > from_s;
            is_seen.then(|| FaultTime {
                from_s: from.max(from_s),
                until_s: until.min(until_s),
                text: format!("{} {}", fault.target, fault.effect),
            })
        };
        Some(Timeline {
            from_s,
            until_s,
            left_out,
            faults: plan.faults.iter().filter_map(fault).collect(),
            lines,
        })
    }

    /// The lines of a quantity.
    pub fn of_quantity(&self, quantity: Quantity) -> impl Iterator<Item = &Line> {
        self.lines
            .iter()
            .filter(move |line| line.quantity == quantity)
    }

    /// Those who hear, in the order of their names.
    pub fn ears(&self) -> Vec<&str> {
        let mut ears: Vec<&str> = self.lines.iter().map(|line| line.ear.as_str()).collect();
        ears.sort_unstable();
        ears.dedup();
        ears
    }
}

impl Line {
    /// Mean over a time; none if nothing was measured in it.
    pub fn mean(&self, from_s: f64, until_s: f64) -> Option<f64> {
        let within = self
            .points
            .iter()
            .filter(|(at, _)| (from_s..until_s).contains(at));
        let (count, sum) = within.fold((0u32, 0.0), |(count, sum), point| {
            (count + 1, sum + point.1)
        });
        (count > 0).then(|| sum / f64::from(count))
    }
}

#[cfg(test)]
pub(crate) mod tests;
