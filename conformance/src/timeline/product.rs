//! What the product made of it: target delay and quality, from what clients showed from time to time.

use std::collections::BTreeMap;

use super::{Line, Quantity};
use crate::evidence::Evidence;
use crate::truth::Statement;

/// The lines of every client that showed something more than once.
pub(super) fn lines(evidence: &Evidence<'_>, statements: &[Statement]) -> Vec<Line> {
    let mut shown: BTreeMap<usize, Vec<&Statement>> = BTreeMap::new();
    for statement in statements {
        let before = shown.entry(statement.host).or_default();
        // Asked twice at a moment, a client shows the same twice.
        if before.last().is_none_or(|last| last.at < statement.at) {
            before.push(statement);
        }
    }
    let mut lines = Vec::new();
    for (host, statements) in shown {
        let line = |quantity, points| Line {
            quantity,
            ear: evidence.host_name(host).to_owned(),
            points,
        };
        let target = |statement: &&Statement| {
            let delay = statement.measurement.statistics.target_delay;
            (statement.at.as_secs_f64(), delay.as_secs_f64() * 1e3)
        };
        let score = |pair: &[&Statement]| {
            let (before, after) = (
                &pair[0].measurement.statistics,
                &pair[1].measurement.statistics,
            );
            let quality = after.quality_since(before)?;
            Some((pair[1].at.as_secs_f64(), quality.mos_cq))
        };
        if statements.len() > 1 {
            lines.push(line(
                Quantity::TargetDelay,
                statements.iter().map(target).collect(),
            ));
            let scores = statements.windows(2).filter_map(score).collect();
            lines.push(line(Quantity::Score, scores));
        }
    }
    lines
}
