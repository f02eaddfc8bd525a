//! Whether what the product says of its media is true: every statistic against what the network really did.
//!
//! ```text
//! trace (each packet offered, lost, arrived) ─► links ──┐
//!                                                       ├─► comparisons ─► rows for the report, the first breach
//! RTCP on the wire ─► reports ──┐                       │
//! reports published by phones ──┤                       │
//! statistics shown by clients ──┴─► statements ─────────┘
//! ```
//!
//! Nothing is believed about itself: losses are counted from packets that were sent and did not arrive, not from gaps in
//! sequence numbers; jitter, delays and round trips are made from the trace's own times.

mod astray;
mod bursts;
mod extended;
mod fates;
mod figures;
mod links;
mod metric;
mod opened;
mod pictures;
mod playout;
mod published;
mod rating;
mod reports;
mod round_trips;
mod signalling;
mod statistics;

use std::collections::BTreeMap;
use std::time::Duration;

use client::Measurement;
use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::outcome::{Fault, Finding};

pub(crate) use links::{Arrival, Links, StreamTruth};
pub use metric::Metric;
use opened::Opened;
use round_trips::RoundTrips;
use signalling::Signalling;

/// What a client showed its user of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Number of its host.
    pub host: usize,
    /// When.
    pub at: Duration,
    /// Whether of a meeting, not of a call.
    pub in_meeting: bool,
    /// What it showed.
    pub measurement: Box<Measurement>,
}

/// How one statistic fared in one run or in many.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Row {
    /// Times that it was compared.
    pub compared: u64,
    /// Greatest deviation from the truth.
    pub worst: f64,
}

impl Row {
    /// Takes in what came of other comparisons.
    pub fn add(&mut self, other: &Row) {
        self.compared += other.compared;
        self.worst = self.worst.max(other.worst);
    }
}

/// What came of all comparisons of a run.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// By the name of the metric.
    pub rows: BTreeMap<&'static str, Row>,
    /// The first statistic that was further from the truth than it may be.
    pub breach: Option<Finding>,
}

impl Account {
    /// Compares everything that was said in a run.
    pub fn of(evidence: &Evidence<'_>, statements: &[Statement]) -> Account {
        let mut account = Account::default();
        if evidence.rtp.is_empty() {
            return account;
        }
        let links = Links::read(evidence);
        let signalling = Signalling::read(evidence);
        let opened = Opened::read(evidence, &signalling);
        let round_trips = RoundTrips::read(evidence, &links, &opened);
        reports::compare(&mut account, evidence, &links, &opened);
        let all = (&links, &round_trips);
        statistics::compare(&mut account, evidence, &signalling, all, statements);
        if !signalling.was_held {
            extended::compare(&mut account, evidence, (&links, &opened), &round_trips);
            let all = (&links, &round_trips);
            published::compare(&mut account, evidence, &signalling, all);
        }
        account
    }

    /// One comparison. `allowance` is what the circumstances add to the metric's tolerance.
    fn compare(&mut self, metric: &'static Metric, said: &Said<'_>, truth: f64, allowance: f64) {
        let deviation = (said.value - truth).abs();
        let row = self.rows.entry(metric.name).or_default();
        row.compared += 1;
        row.worst = row.worst.max((deviation - allowance).max(0.0));
        let tolerance = metric.tolerance + allowance;
        if deviation > tolerance && self.breach.is_none() {
            let expected = format!("the {} that {} reports is true", metric.name, said.by);
            let came = format!(
                "{:.3} {unit}, where the network's is {truth:.3} {unit} (tolerance {tolerance:.3})",
                said.value,
                unit = metric.unit
            );
            let advice = "compare the report with the packets of the capture around that time";
            self.breach = Some(
                Finding::new(Fault::Client, expected, came)
                    .at(said.at)
                    .advising(advice),
            );
        }
    }
}

/// One value that somebody told.
struct Said<'a> {
    by: &'a str,
    at: Duration,
    value: f64,
}

#[cfg(test)]
mod tests;
