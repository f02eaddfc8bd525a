//! Same seed, same run: everything twice in fresh processes, more than a second apart, compared.
//!
//! Processes, because libraries keep counters and keys for a whole process; a second, because some clocks on the wire have
//! whole seconds.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::cli::Trouble;
use crate::cli::diff::read;
use crate::cli::run::{Arguments, Capsules};
use crate::outcome::Outcome;
use crate::report::{Report, Verification};
use crate::scenario::{Scenario, WorldKind};
use crate::stopwatch::Stopwatch;

/// Processes begin at least this far apart.
const APART: Duration = Duration::from_millis(1_100);
/// Differences that are traced to their first event at most; the others are only named.
const TRACED_MAX: usize = 3;

/// What came of it.
#[derive(Debug)]
pub struct Verified {
    /// The report of the first process.
    pub report: Report,
    /// How the second one compared.
    pub verification: Verification,
}

/// Runs the scenarios in two fresh processes.
pub fn in_fresh_processes(
    chosen: &[&'static Scenario],
    arguments: &Arguments,
) -> Result<Verified, Trouble> {
    if arguments.world == WorldKind::Real {
        return Err(Trouble::new(
            "runs on real sockets are not repeatable to the byte",
            "leave out --verify, or use --world wire or turmoil",
        ));
    }
    let names: Vec<&str> = chosen.iter().map(|scenario| scenario.name).collect();
    let (first_dir, second_dir) = (
        arguments.report.join("first"),
        arguments.report.join("second"),
    );
    let watch = Stopwatch::start();
    process(&names, arguments, &first_dir, None)?;
    if let Some(left) = APART.checked_sub(Duration::from_secs_f64(watch.wall_s())) {
        #[expect(
            clippy::disallowed_methods,
            reason = "outside any world; the wall clock's second must change"
        )]
        std::thread::sleep(left);
    }
    process(&names, arguments, &second_dir, None)?;
    let (mut report, second) = (read(&first_dir)?, read(&second_dir)?);
    report.cpu_s += second.cpu_s;
    let differences = differences(&report, &second, arguments)?;
    let verification = Verification {
        runs: report.outcomes.len() as u64,
        differences,
    };
    keep_capsules(&first_dir, &arguments.report);
    for directory in [first_dir, second_dir] {
        // What is left behind does no harm.
        let _ = std::fs::remove_dir_all(directory);
    }
    Ok(Verified {
        report,
        verification,
    })
}

fn process(
    names: &[&str],
    arguments: &Arguments,
    report: &Path,
    traces: Option<&Path>,
) -> Result<(), Trouble> {
    let failed = |what: String| {
        Trouble::new(
            what,
            "run without --verify to see whether a single process works",
        )
    };
    let program = std::env::current_exe()
        .map_err(|error| failed(format!("cannot find this program: {error}")))?;
    let mut command = Command::new(program);
    command
        .arg("run")
        .args(names)
        .args(["--quiet", "--strict", "--world", arguments.world.name()]);
    command
        .args(["--seeds", &arguments.seeds.to_string()])
        .arg("--report")
        .arg(report);
    if let Some(jobs) = arguments.jobs {
        command.args(["--jobs", &jobs.to_string()]);
    }
    if arguments.capsules == Capsules::All {
        command.args(["--capsules", "all"]);
    }
    if let Some(traces) = traces {
        command.arg("--traces").arg(traces);
    }
    let status = command
        .status()
        .map_err(|error| failed(format!("cannot start a fresh process: {error}")))?;
    match status.code() {
        // 2 is a harness error of some scenario, which its outcome tells; without a report reading fails.
        Some(0..=2) => Ok(()),
        _ => Err(failed(format!("a fresh process ended with {status}"))),
    }
}

fn differences(
    first: &Report,
    second: &Report,
    arguments: &Arguments,
) -> Result<Vec<String>, Trouble> {
    let mut differences = Vec::new();
    for (one, other) in first.outcomes.iter().zip(&second.outcomes) {
        if let Some(what) = difference(one, other) {
            let place = if differences.len() < TRACED_MAX {
                first_event(one, arguments)?
            } else {
                String::new()
            };
            differences.push(format!("{} seed {}: {what}{place}", one.scenario, one.seed));
        }
    }
    if first.outcomes.len() != second.outcomes.len() {
        differences.push(format!(
            "{} runs in one process, {} in the other",
            first.outcomes.len(),
            second.outcomes.len()
        ));
    }
    Ok(differences)
}

fn difference(one: &Outcome, other: &Outcome) -> Option<String> {
    if one.key() != other.key() {
        return Some(format!(
            "stands where the other process has {}",
            other.scenario
        ));
    }
    if one.verdict != other.verdict {
        return Some(format!(
            "{} in one process, {} in the other",
            one.verdict.name(),
            other.verdict.name()
        ));
    }
    let same = one.trace_hash == other.trace_hash;
    (!same).then(|| {
        format!(
            "trace {} in one process, {} in the other",
            one.trace_hash, other.trace_hash
        )
    })
}

/// The first event that differs when the run is done again twice with every event written down.
fn first_event(outcome: &Outcome, arguments: &Arguments) -> Result<String, Trouble> {
    let mut events = Vec::new();
    for turn in ["trace-1", "trace-2"] {
        let directory = arguments.report.join(turn);
        let one = Arguments {
            seeds: crate::seeds::Seeds::one(outcome.seed),
            ..arguments.clone()
        };
        process(&[&outcome.scenario], &one, &directory, Some(&directory))?;
        let file = format!(
            "{}-{}.trace",
            outcome.scenario.replace('/', "-"),
            outcome.seed
        );
        events.push(std::fs::read_to_string(directory.join(file)).unwrap_or_default());
        let _ = std::fs::remove_dir_all(directory);
    }
    let pair = events[0]
        .lines()
        .zip(events[1].lines())
        .find(|(one, other)| one != other);
    Ok(match pair {
        Some((one, other)) => format!("; first difference: `{one}` and `{other}`"),
        None => "; a third and a fourth run agree as far as they go".to_owned(),
    })
}

/// Capsules of the first process become those of the run.
fn keep_capsules(from: &Path, report: &Path) {
    let capsules = from.join("capsules");
    if capsules.is_dir() {
        // A capsule that cannot be moved is lost, the finding is not.
        let _ = std::fs::rename(capsules, report.join("capsules"));
    }
}
