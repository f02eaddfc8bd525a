//! The stage: parties on hosts of a world, told to do things and expected to see things.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::ambient::Guard;
use crate::ladder::Ladder;
use crate::outcome::Finding;
use crate::run::Job;

/// Parties on hosts of a world.
#[derive(Debug)]
pub struct Stage {}

/// What a play left behind.
#[derive(Debug, Default)]
pub struct Performance {
    /// The first finding, of the play or of a checker.
    pub finding: Option<Finding>,
    /// Time that passed in the world.
    pub simulated: Duration,
    /// Seconds of established call or meeting, summed over all.
    pub call_seconds: f64,
    /// Packets offered to links.
    pub packets: u64,
    /// Hash over the trace, in worlds that have one.
    pub trace_hash: Option<u64>,
    /// The hash after each simulated second.
    pub checkpoints: Vec<u64>,
    /// Figures of the play.
    pub measures: BTreeMap<String, f64>,
    /// Who said what to whom when.
    pub ladder: Ladder,
    /// The fault plan as data.
    pub plan: serde_json::Value,
    /// Decisions left to chance, as data.
    pub decisions: serde_json::Value,
    /// Captures and sound, by their path within a capsule.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Every event, one a line, if they were asked for.
    pub events: String,
}

/// Plays a scenario; an error is the harness's.
pub fn perform(_job: &Job, _guard: Option<&Guard>) -> Result<Performance, String> {
    Err("no world".to_owned())
}
