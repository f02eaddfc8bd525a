//! What changed between two reports: new, resolved, rare and ongoing failures, by scenario.

use std::collections::BTreeMap;
use std::fmt;

use crate::outcome::{Outcome, Verdict};
use crate::report::Report;

/// A failure that shows with at most this share of seeds is rare.
const RARE_MAX: f64 = 0.1;

/// How a scenario fared in two reports.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Change {
    /// Passed before, fails now.
    New,
    /// Fails now with at most one seed in ten.
    Rare,
    /// Failed before, fails now.
    Ongoing,
    /// Failed before, passes now.
    Resolved,
    /// Was not run before, passes now.
    Added,
    /// Was run before, is not now.
    Removed,
}

impl Change {
    /// The change in one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Rare => "Rare",
            Self::Ongoing => "Ongoing",
            Self::Resolved => "Resolved",
            Self::Added => "Added",
            Self::Removed => "Removed",
        }
    }
}

/// One scenario that fared differently, or failed both times.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What changed.
    pub change: Change,
    /// Name of the scenario.
    pub scenario: String,
    /// Share of runs that failed before; none if it was not run.
    pub before: Option<f64>,
    /// Share of runs that fail now; none if it was not run.
    pub after: Option<f64>,
    /// The finding to look at first.
    pub finding: Option<String>,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |share: Option<f64>| {
            share.map_or("not run".to_owned(), |share| {
                format!("{:.0} %", share * 100.0)
            })
        };
        write!(
            f,
            "{:<9} {:<40} {} → {}",
            self.change.name(),
            self.scenario,
            share(self.before),
            share(self.after)
        )?;
        self.finding
            .iter()
            .try_for_each(|finding| write!(f, "\n          {finding}"))
    }
}

/// Compares two reports; scenarios that pass in both are not mentioned.
pub fn between(before: &Report, after: &Report) -> Vec<Line> {
    let (before, after) = (rates(&before.outcomes), rates(&after.outcomes));
    let mut names: Vec<&str> = before.keys().chain(after.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    let line = |name: &&str| {
        let (old, new) = (before.get(name), after.get(name));
        let change = change(old.map(Rate::share), new.map(Rate::share))?;
        Some(Line {
            change,
            scenario: (*name).to_owned(),
            before: old.map(Rate::share),
            after: new.map(Rate::share),
            finding: new.or(old).and_then(|rate| rate.first.clone()),
        })
    };
    let mut lines: Vec<Line> = names.iter().filter_map(line).collect();
    lines.sort_by_key(|line| line.change);
    lines
}

fn change(before: Option<f64>, after: Option<f64>) -> Option<Change> {
    match (before, after) {
        (None, None) => None,
        (None, Some(0.0)) => Some(Change::Added),
        (Some(_), None) => Some(Change::Removed),
        (Some(0.0), Some(0.0)) => None,
        (Some(_), Some(0.0)) => Some(Change::Resolved),
        (_, Some(after)) if after <= RARE_MAX => Some(Change::Rare),
        (None | Some(0.0), Some(_)) => Some(Change::New),
        (Some(_), Some(_)) => Some(Change::Ongoing),
    }
}

#[derive(Default)]
struct Rate {
    runs: u32,
    failed: u32,
    first: Option<String>,
}

impl Rate {
    fn share(&self) -> f64 {
        f64::from(self.failed) / f64::from(self.runs.max(1))
    }
}

fn rates(outcomes: &[Outcome]) -> BTreeMap<&str, Rate> {
    let mut rates: BTreeMap<&str, Rate> = BTreeMap::new();
    for outcome in outcomes {
        let rate = rates.entry(&outcome.scenario).or_default();
        rate.runs += 1;
        if matches!(
            outcome.verdict,
            Verdict::Failed { .. } | Verdict::HarnessError { .. }
        ) {
            rate.failed += 1;
            let reason = || {
                outcome
                    .verdict
                    .reason()
                    .map(|reason| format!("seed {}: {reason}", outcome.seed))
            };
            rate.first = rate.first.take().or_else(reason);
        }
    }
    rates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::tests::{failed, outcome};
    use crate::report::tests::report;

    fn of(scenario: &str, failing: u64, runs: u64) -> Vec<Outcome> {
        let verdict = |seed| {
            if seed < failing {
                failed()
            } else {
                Verdict::Passed
            }
        };
        (0..runs)
            .map(|seed| outcome(scenario, seed, verdict(seed)))
            .collect()
    }

    #[test]
    fn changes_are_named() {
        let before = report(
            [
                of("a/ongoing", 2, 4),
                of("a/resolved", 1, 4),
                of("a/new", 0, 4),
                of("a/rare", 0, 20),
            ]
            .concat(),
        );
        let after = report(
            [
                of("a/ongoing", 4, 4),
                of("a/resolved", 0, 4),
                of("a/new", 3, 4),
                of("a/rare", 1, 20),
                of("a/added", 0, 1),
            ]
            .concat(),
        );
        let changes: Vec<_> = between(&before, &after)
            .into_iter()
            .map(|line| (line.change.name(), line.scenario))
            .collect();
        let expected = [
            ("New", "a/new"),
            ("Rare", "a/rare"),
            ("Ongoing", "a/ongoing"),
            ("Resolved", "a/resolved"),
            ("Added", "a/added"),
        ];
        assert_eq!(
            changes,
            expected.map(|(change, name)| (change, name.to_owned()))
        );
    }

    #[test]
    fn nothing_changes_between_equal_reports() {
        let same = report(of("a/b", 0, 3));
        assert!(between(&same, &same).is_empty());
    }
}
