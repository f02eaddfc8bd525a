//! `solstice replay CAPSULE`: the run of a capsule again, and whether it was the same.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use net::faults::Record;

use super::{Status, Trouble};
use crate::capsule::Capsule;
use crate::run::{self, Done, Job};
use crate::scenario::WorldKind;
use crate::scenarios;

/// A capsule, and what decides.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Directory of the capsule
    capsule: PathBuf,
    /// What decides about each packet; what the capsule has recorded, unless its record is incomplete
    #[arg(long, value_enum, value_name = "WHAT")]
    by: Option<Source>,
}

/// What decides what chance decides.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Source {
    /// The decisions in the capsule: a packet not named there goes the plain way
    Decisions,
    /// The seed of the fault plan
    Seed,
}

/// Replays.
pub fn carry_out(arguments: &Arguments, say: &mut dyn FnMut(&str)) -> Result<Status, Trouble> {
    let capsule = Capsule::read(&arguments.capsule).map_err(|error| Trouble::from_error(&error))?;
    let mut job = job(&capsule)?;
    let record = record(&capsule)?;
    let has_record = record.as_ref().is_some_and(|record| !record.overflowed);
    if arguments.by != Some(Source::Seed) && has_record {
        job.decisions = Some(capsule.decisions.clone());
        let count = record.map_or(0, |record| record.decisions.len());
        say(&format!("by {count} recorded decisions"));
    } else if arguments.by == Some(Source::Decisions) {
        let what = "the capsule holds no complete record of decisions";
        return Err(Trouble::new(what, "replay it with --by seed"));
    } else {
        say("by the seed");
    }
    let done = run::one(&job);
    Ok(compare(&capsule, &done, say))
}

/// The run that the capsule is of.
fn job(capsule: &Capsule) -> Result<Job, Trouble> {
    let absent = |what: &str, name: &str| {
        Trouble::new(
            format!("there is no {what} {name} here"),
            "replay it with the release that wrote it",
        )
    };
    let scenario = scenarios::by_name(&capsule.scenario)
        .ok_or_else(|| absent("scenario", &capsule.scenario))?;
    let world =
        WorldKind::by_name(&capsule.world).ok_or_else(|| absent("world", &capsule.world))?;
    Ok(Job {
        keep_ladder: true,
        plan: Some(capsule.plan.clone()).filter(|plan| !plan.is_null()),
        ..Job::new(scenario, capsule.seed, world)
    })
}

fn record(capsule: &Capsule) -> Result<Option<Record>, Trouble> {
    if capsule.decisions.is_null() {
        return Ok(None);
    }
    let record = Record::from_json(&capsule.decisions.to_string());
    record.map(Some).map_err(|error| {
        Trouble::new(
            format!("the decisions of the capsule: {error}"),
            "correct `decisions` in capsule.json, or replay it with --by seed",
        )
    })
}

fn compare(capsule: &Capsule, done: &Done, say: &mut dyn FnMut(&str)) -> Status {
    let outcome = &done.outcome;
    say(&format!(
        "{} seed {} on {}: {}",
        outcome.scenario,
        outcome.seed,
        outcome.world,
        outcome.verdict.name()
    ));
    if let Some(reason) = outcome.verdict.reason() {
        say(&reason);
    }
    if outcome.trace_hash == capsule.trace_hash && !outcome.trace_hash.is_empty() {
        say(&format!(
            "identical: {} packets, trace {}",
            outcome.packets, outcome.trace_hash
        ));
        return Status::Expected;
    }
    say(&format!(
        "different: the capsule has trace {}, this run has {}",
        capsule.trace_hash, outcome.trace_hash
    ));
    let same = done
        .checkpoints
        .iter()
        .zip(&capsule.checkpoints)
        .take_while(|(one, other)| one == other)
        .count();
    say(&format!(
        "the first {same} seconds are identical; the first difference is in second {same}"
    ));
    if done.unused_decisions > 0 {
        say(&format!(
            "{} recorded decisions were never asked for: the run took another way",
            done.unused_decisions
        ));
    }
    if capsule.version != env!("CARGO_PKG_VERSION") {
        say(&format!(
            "the capsule was written by release {}, this is {}",
            capsule.version,
            env!("CARGO_PKG_VERSION")
        ));
    }
    Status::Findings
}
