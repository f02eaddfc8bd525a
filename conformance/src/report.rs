//! The report of a run: pure functions of its outcomes, one format a file.
//!
//! `outcomes.jsonl` is the source of all others: a header, then an outcome a line. Everything else is derived.

pub mod badge;
pub mod html;
pub mod json;
pub mod junit;
pub mod ladder;
pub mod markdown;
pub mod plot;
pub mod style;
pub mod truth;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::outcome::{Outcome, Verdict};
use crate::requirement::{Level, Requirement};
use crate::requirements;

/// Version of the format of `outcomes.jsonl` and `summary.json`; grows when a reader of the old one would fail.
pub const SCHEMA: u32 = 1;

/// What holds for the whole run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Header {
    /// Version of the format.
    pub schema: u32,
    /// Version of the harness.
    pub version: String,
    /// The command that repeats the run.
    pub command: String,
    /// The world.
    pub world: String,
    /// Range of seeds, such as `0..20`.
    pub seeds: String,
    /// Whether requirements of level should count.
    pub strict: bool,
    /// When the run began, in UTC, RFC 3339.
    pub started: String,
    /// Architecture, system and number of processors.
    pub machine: String,
    /// What `--verify` said; none if it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
}

/// What came of repeating every run in two fresh processes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Verification {
    /// Runs that were repeated.
    pub runs: u64,
    /// Runs whose repetition differed: scenario, seed and the first difference, in words.
    pub differences: Vec<String>,
}

/// A run and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What holds for the whole run.
    pub header: Header,
    /// What came of each scenario and seed, in the order of the catalogue of scenarios, then of seeds.
    pub outcomes: Vec<Outcome>,
    /// Entries of the known failures that are not needed, in words.
    pub unneeded: Vec<String>,
    /// Seconds outside.
    pub wall_s: f64,
    /// Processor seconds of the whole process.
    pub cpu_s: f64,
}

/// One scenario over all its seeds.
#[derive(Clone, Debug)]
pub struct ScenarioRow<'a> {
    /// Its runs, in the order of seeds.
    pub runs: Vec<&'a Outcome>,
}

impl<'a> ScenarioRow<'a> {
    /// The run whose verdict stands for all: the worst, the first of them.
    pub fn worst(&self) -> &'a Outcome {
        let mut worst = self.runs[0];
        for run in &self.runs {
            if run.verdict.weight() > worst.verdict.weight() {
                worst = run;
            }
        }
        worst
    }

    /// Name of the scenario.
    pub fn name(&self) -> &'a str {
        &self.runs[0].scenario
    }
}

/// How far a requirement is proven.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// Every scenario that speaks of it passed, and there is one.
    Proven,
    /// A scenario that speaks of it found something.
    Broken,
    /// No scenario speaks of it, or none could run.
    NotYet,
}

/// One requirement and the scenarios that speak of it.
#[derive(Clone, Debug)]
pub struct RequirementRow<'a> {
    /// The requirement.
    pub requirement: &'static Requirement,
    /// How far it is proven.
    pub proof: Proof,
    /// Names of the scenarios with their verdicts over all seeds.
    pub scenarios: Vec<(&'a str, &'a Verdict)>,
}

impl Report {
    /// The scenarios of the run, in the order they were run.
    pub fn scenarios(&self) -> Vec<ScenarioRow<'_>> {
        let mut rows: Vec<ScenarioRow<'_>> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for outcome in &self.outcomes {
            let place = *places.entry(&outcome.scenario).or_insert_with(|| {
                rows.push(ScenarioRow { runs: Vec::new() });
                rows.len() - 1
            });
            rows[place].runs.push(outcome);
        }
        rows
    }

    /// All requirements with the scenarios of this run that speak of them.
    pub fn requirements(&self) -> Vec<RequirementRow<'_>> {
        let scenarios = self.scenarios();
        let row = |requirement: &'static Requirement| {
            let speaks =
                |row: &&ScenarioRow<'_>| row.runs[0].proves.iter().any(|id| id == requirement.id);
            let scenarios: Vec<_> = scenarios
                .iter()
                .filter(speaks)
                .map(|row| (row.name(), &row.worst().verdict))
                .collect();
            RequirementRow {
                requirement,
                proof: proof(&scenarios),
                scenarios,
            }
        };
        requirements::all().map(row).collect()
    }

    /// The figures of the run.
    pub fn summary(&self) -> Summary {
        Summary::of(self)
    }

    /// What the process should exit with: 0 as expected, 1 findings, 2 the harness itself failed.
    pub fn exit_status(&self) -> u8 {
        let broken = |outcome: &Outcome| matches!(outcome.verdict, Verdict::HarnessError { .. });
        let failed = |outcome: &Outcome| matches!(outcome.verdict, Verdict::Failed { .. });
        let differs = self
            .header
            .verification
            .as_ref()
            .is_some_and(|checked| !checked.differences.is_empty());
        if self.outcomes.iter().any(broken) {
            2
        } else if differs || !self.unneeded.is_empty() || self.outcomes.iter().any(failed) {
            1
        } else {
            0
        }
    }
}

fn proof(scenarios: &[(&str, &Verdict)]) -> Proof {
    let broken = |verdict: &Verdict| {
        matches!(
            verdict,
            Verdict::Failed { .. } | Verdict::Known { .. } | Verdict::HarnessError { .. }
        )
    };
    if scenarios.iter().any(|(_, verdict)| broken(verdict)) {
        Proof::Broken
    } else if scenarios
        .iter()
        .any(|(_, verdict)| **verdict == Verdict::Passed)
    {
        Proof::Proven
    } else {
        Proof::NotYet
    }
}

/// How many requirements are proven.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct RequirementCounts {
    /// All of the catalogue.
    pub total: usize,
    /// Those whose scenarios all passed.
    pub proven: usize,
    /// The others, the broken ones among them.
    pub unproven: usize,
    /// Those that a scenario found broken.
    pub broken: usize,
}

/// The figures of a run, as in `summary.json`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Summary {
    /// Version of the format.
    pub schema: u32,
    /// Version of the harness.
    pub version: String,
    /// The world.
    pub world: String,
    /// Scenarios run; each of the next five counts scenarios over all their seeds, by the worst verdict.
    pub scenarios: usize,
    /// Scenarios that passed with every seed.
    pub passed: usize,
    /// Scenarios with a finding.
    pub failed: usize,
    /// Scenarios this world cannot host.
    pub unsupported: usize,
    /// Scenarios whose findings are all known.
    pub known: usize,
    /// Scenarios in which the harness itself failed.
    pub harness_errors: usize,
    /// Runs: one scenario with one seed.
    pub runs: usize,
    /// Entries of the known failures that are not needed.
    pub unneeded_known_failures: usize,
    /// The requirements.
    pub requirements: RequirementCounts,
    /// Seeds each scenario was run with.
    pub seeds: usize,
    /// Seconds that passed in the worlds, summed.
    pub simulated_s: f64,
    /// Seconds outside.
    pub wall_s: f64,
    /// Processor seconds.
    pub cpu_s: f64,
    /// Seconds of established call, summed.
    pub call_seconds: f64,
    /// Seconds of established call for each processor second spent on runs that had a call.
    pub call_seconds_per_cpu_second: f64,
    /// Packets offered to links.
    pub packets: u64,
    /// Ambient reads of randomness and wall clock that reached the guard, by kind.
    pub leaks: BTreeMap<String, u64>,
    /// Hash over the hashes of all runs; equal for equal runs.
    pub trace_hash: String,
}

impl Summary {
    fn of(report: &Report) -> Self {
        let scenarios = report.scenarios();
        let count = |weight: u8| {
            scenarios
                .iter()
                .filter(|row| row.worst().verdict.weight() == weight)
                .count()
        };
        let outcomes = &report.outcomes;
        let sum = |figure: fn(&Outcome) -> f64| outcomes.iter().map(figure).sum::<f64>();
        let call_seconds = sum(|outcome| outcome.call_seconds);
        let call_cpu_s = sum(|outcome| {
            if outcome.call_seconds > 0.0 {
                outcome.cpu_s
            } else {
                0.0
            }
        });
        let mut leaks = BTreeMap::new();
        for (kind, count) in outcomes.iter().flat_map(|outcome| &outcome.leaks) {
            *leaks.entry(kind.clone()).or_default() += count;
        }
        Self {
            schema: SCHEMA,
            version: report.header.version.clone(),
            world: report.header.world.clone(),
            scenarios: scenarios.len(),
            unsupported: count(0),
            passed: count(1),
            known: count(2),
            failed: count(3),
            harness_errors: count(4),
            runs: outcomes.len(),
            unneeded_known_failures: report.unneeded.len(),
            requirements: counts(&report.requirements()),
            seeds: scenarios
                .iter()
                .map(|row| row.runs.len())
                .max()
                .unwrap_or(0),
            simulated_s: sum(|outcome| outcome.simulated_s),
            wall_s: report.wall_s,
            cpu_s: report.cpu_s,
            call_seconds,
            call_seconds_per_cpu_second: if call_cpu_s > 0.0 {
                call_seconds / call_cpu_s
            } else {
                0.0
            },
            packets: outcomes.iter().map(|outcome| outcome.packets).sum(),
            leaks,
            trace_hash: combined_hash(outcomes),
        }
    }

    /// What came of the run, in one sentence.
    pub fn sentence(&self) -> String {
        let mut sentence = format!("{} of {} scenarios pass", self.passed, self.scenarios);
        for (count, what) in [
            (self.failed, "failed"),
            (self.known, "known to fail"),
            (self.unsupported, "unsupported in this world"),
            (self.harness_errors, "stopped by an error of the harness"),
            (
                self.unneeded_known_failures,
                "known failures no longer needed",
            ),
        ] {
            if count > 0 {
                sentence.push_str(&format!("; {count} {what}"));
            }
        }
        let RequirementCounts { total, proven, .. } = self.requirements;
        format!("{sentence}. {proven} of {total} requirements are proven.")
    }
}

fn counts(rows: &[RequirementRow<'_>]) -> RequirementCounts {
    let count = |proof: Proof| rows.iter().filter(|row| row.proof == proof).count();
    let proven = count(Proof::Proven);
    RequirementCounts {
        total: rows.len(),
        proven,
        unproven: rows.len() - proven,
        broken: count(Proof::Broken),
    }
}

fn combined_hash(outcomes: &[Outcome]) -> String {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    for outcome in outcomes {
        hash.update(format!(
            "{} {} {} {}\n",
            outcome.scenario, outcome.seed, outcome.world, outcome.trace_hash
        ));
    }
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The level of a scenario: the most binding of the requirements it proves.
pub fn level_of(proves: &[&Requirement]) -> Level {
    let binding = |requirement: &&Requirement| requirement.level != Level::Should;
    if proves.is_empty() || proves.iter().any(binding) {
        Level::Must
    } else {
        Level::Should
    }
}

#[cfg(test)]
pub(crate) mod tests;
