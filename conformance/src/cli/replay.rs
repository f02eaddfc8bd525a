//! `solstice replay CAPSULE`: the run of a capsule again, and whether it was the same.

use std::path::PathBuf;

use clap::Args;

use super::{Status, Trouble};
use crate::capsule::Capsule;
use crate::run::{self, Job};
use crate::scenario::WorldKind;
use crate::scenarios;

/// A capsule.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Directory of the capsule
    capsule: PathBuf,
}

/// Replays.
pub fn carry_out(arguments: &Arguments, say: &mut dyn FnMut(&str)) -> Result<Status, Trouble> {
    let capsule = Capsule::read(&arguments.capsule).map_err(|error| Trouble::from_error(&error))?;
    let release = "replay it with the release that wrote it";
    let scenario = scenarios::by_name(&capsule.scenario).ok_or_else(|| {
        Trouble::new(
            format!("there is no scenario {} here", capsule.scenario),
            release,
        )
    })?;
    let world = WorldKind::by_name(&capsule.world).ok_or_else(|| {
        Trouble::new(format!("there is no world {} here", capsule.world), release)
    })?;
    let plan = Some(capsule.plan.clone()).filter(|plan| !plan.is_null());
    let done = run::one(&Job {
        scenario,
        seed: capsule.seed,
        world,
        keep_ladder: true,
        keep_capsule: false,
        plan,
    });
    let (outcome, again) = (done.outcome, done.capsule);
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
        return Ok(Status::Expected);
    }
    say(&format!(
        "different: the capsule has trace {}, this run has {}",
        capsule.trace_hash, outcome.trace_hash
    ));
    if let Some((again, _)) = again {
        let same = again
            .checkpoints
            .iter()
            .zip(&capsule.checkpoints)
            .take_while(|(one, other)| one == other)
            .count();
        say(&format!(
            "the first {same} seconds are identical; the first difference is in second {same}"
        ));
    }
    if capsule.version != env!("CARGO_PKG_VERSION") {
        say(&format!(
            "the capsule was written by release {}, this is {}",
            capsule.version,
            env!("CARGO_PKG_VERSION")
        ));
    }
    Ok(Status::Findings)
}
