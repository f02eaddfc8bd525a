//! `solstice run`: select, run, judge, report.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Args;

use super::progress::Progress;
use super::{Status, Trouble};
use crate::known_failures::KnownFailures;
use crate::outcome::{Outcome, Verdict};
use crate::report::{self, Header, Report};
use crate::run::{self, Done, Job};
use crate::scenario::{Scenario, WorldKind};
use crate::seeds::Seeds;
use crate::stopwatch::{self, Stopwatch};
use crate::{scenarios, verify};

/// Failures that are accepted for now, unless another list is given.
const KNOWN_FAILURES: &str = include_str!("../../known-failures.txt");
/// Capsules written of one scenario at most: the first failing seeds tell the most.
const CAPSULES_MAX: usize = 3;

/// What to run and how.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// Areas (`telephony`), scenarios (`telephony/call`), requirements (`TEL-04`) or their areas (`NET`); all if none is given
    pub selectors: Vec<String>,
    /// A count of seeds from 0, or a range such as 5..8
    #[arg(long, value_name = "N|A..B", default_value = "1")]
    pub seeds: Seeds,
    /// What the hosts' sockets are made of
    #[arg(long, value_enum, default_value = "wire")]
    pub world: WorldKind,
    /// Directory of the report
    #[arg(long, value_name = "DIR", default_value = "solstice-report")]
    pub report: PathBuf,
    /// Runs at the same time; as many as there are processors if not given; on real sockets always one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Which runs leave a capsule; at most three of a scenario
    #[arg(long, value_enum, value_name = "WHICH", default_value = "failed")]
    pub capsules: Capsules,
    /// Findings against requirements of level `should` count too
    #[arg(long)]
    pub strict: bool,
    /// Run everything in two fresh processes and compare them
    #[arg(long)]
    pub verify: bool,
    /// A list of known failures in place of the built-in one
    #[arg(long, value_name = "FILE")]
    pub known: Option<PathBuf>,
    /// Show no progress and no summary
    #[arg(long)]
    pub quiet: bool,
    /// Write every event of every run into this directory, for comparison
    #[arg(long, value_name = "DIR", hide = true)]
    pub traces: Option<PathBuf>,
}

/// Which runs leave a capsule.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Capsules {
    /// Those in which something was found.
    Failed,
    /// All: to look at a run that went well, or to give its capture to another tool.
    All,
}

/// Runs.
pub fn carry_out(arguments: &Arguments, say: &mut dyn FnMut(&str)) -> Result<Status, Trouble> {
    let chosen = scenarios::select(&arguments.selectors)?;
    let known = known_failures(arguments)?;
    make_directory(&arguments.report)?;
    let watch = Stopwatch::start();
    let mut report = Report {
        header: header(arguments),
        outcomes: Vec::new(),
        unneeded: known.strangers(&scenarios::names()),
        wall_s: 0.0,
        cpu_s: 0.0,
    };
    if arguments.verify {
        let verified = verify::in_fresh_processes(&chosen, arguments)?;
        report.outcomes = verified.report.outcomes;
        report.cpu_s = verified.report.cpu_s;
        report.header.verification = Some(verified.verification);
    } else {
        report.outcomes = outcomes(&chosen, arguments)?;
        report.cpu_s = watch.process_cpu_s();
    }
    for outcome in &mut report.outcomes {
        known.apply(outcome);
        excuse_should(outcome, arguments.strict);
    }
    report.unneeded.extend(known.unneeded(&report.outcomes));
    report.wall_s = watch.wall_s();
    write(&report, &arguments.report)?;
    if !arguments.quiet {
        tell(&report, &arguments.report, say);
    }
    Ok(Status::of(report.exit_status()))
}

/// The runs, in the order of scenarios and seeds; capsules are written as failures come.
fn outcomes(chosen: &[&'static Scenario], arguments: &Arguments) -> Result<Vec<Outcome>, Trouble> {
    let jobs = jobs(chosen, arguments);
    let progress = Progress::new(jobs.len() as u64, arguments.quiet);
    let failed_to_write = Mutex::new(None);
    let threads = match arguments.world {
        // All runs there have the same addresses of one machine.
        WorldKind::Real => 1,
        WorldKind::Wire | WorldKind::Turmoil => arguments.jobs.map_or_else(processors, usize::from),
    };
    let keep = |done: &mut Done| {
        progress.done(&done.outcome);
        let result = keep_capsule(done, &arguments.report)
            .and_then(|()| keep_trace(done, arguments.traces.as_deref()));
        if let Err(error) = result {
            failed_to_write
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .get_or_insert(error);
        }
    };
    let outcomes = run::all(&jobs, threads, &keep);
    progress.finish();
    match failed_to_write
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
    {
        Some(error) => Err(cannot_write(&arguments.report, &error)),
        None => Ok(outcomes),
    }
}

fn jobs(chosen: &[&'static Scenario], arguments: &Arguments) -> Vec<Job> {
    let mut jobs = Vec::new();
    for scenario in chosen {
        for seed in arguments.seeds.iter() {
            let keep_ladder = seed == arguments.seeds.first();
            jobs.push(Job {
                keep_ladder,
                keep_capsule: arguments.capsules == Capsules::All,
                keep_events: arguments.traces.is_some(),
                ..Job::new(scenario, seed, arguments.world)
            });
        }
    }
    jobs
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn keep_capsule(done: &mut Done, report: &Path) -> std::io::Result<()> {
    let Some((capsule, artefacts)) = done.capsule.take() else {
        return Ok(());
    };
    let name = crate::capsule::Capsule::directory(&done.outcome);
    let first = name
        .rsplit_once('-')
        .map_or(name.as_str(), |(scenario, _)| scenario);
    let of_this_scenario = |entry: &std::fs::DirEntry| {
        format!("capsules/{}", entry.file_name().to_string_lossy())
            .starts_with(&format!("{first}-"))
    };
    let there = std::fs::read_dir(report.join("capsules"));
    let there = there.map_or(0, |entries| {
        entries.flatten().filter(of_this_scenario).count()
    });
    if there < CAPSULES_MAX {
        capsule.write(&report.join(&name), &artefacts)?;
        done.outcome.capsule = Some(name);
    }
    Ok(())
}

fn keep_trace(done: &Done, directory: Option<&Path>) -> std::io::Result<()> {
    let Some(directory) = directory else {
        return Ok(());
    };
    std::fs::create_dir_all(directory)?;
    let name = format!(
        "{}-{}.trace",
        done.outcome.scenario.replace('/', "-"),
        done.outcome.seed
    );
    std::fs::write(directory.join(name), &done.events)
}

/// A finding against requirements of level should counts in strict mode only.
fn excuse_should(outcome: &mut Outcome, strict: bool) {
    let Some(scenario) = scenarios::by_name(&outcome.scenario) else {
        return;
    };
    let should = report::level_of(scenario.proves) == crate::requirement::Level::Should;
    if let (false, true, Verdict::Failed { finding }) = (strict, should, &outcome.verdict) {
        let reason =
            "breaks a requirement of level should, which counts with --strict only".to_owned();
        outcome.verdict = Verdict::Known {
            reason,
            finding: finding.clone(),
        };
    }
}

fn known_failures(arguments: &Arguments) -> Result<KnownFailures, Trouble> {
    let text = match &arguments.known {
        None => KNOWN_FAILURES.to_owned(),
        Some(path) => std::fs::read_to_string(path).map_err(|error| {
            Trouble::new(
                format!("cannot read {}: {error}", path.display()),
                "give a list of known failures with --known",
            )
        })?,
    };
    KnownFailures::parse(&text).map_err(|error| Trouble::from_error(&error))
}

fn header(arguments: &Arguments) -> Header {
    Header {
        schema: report::SCHEMA,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command(arguments),
        world: arguments.world.name().to_owned(),
        seeds: arguments.seeds.to_string(),
        strict: arguments.strict,
        started: stopwatch::utc_text(),
        machine: stopwatch::machine_text(),
        verification: None,
    }
}

/// The command that repeats the run.
fn command(arguments: &Arguments) -> String {
    let mut command = "solstice run".to_owned();
    for selector in &arguments.selectors {
        command.push_str(&format!(" {selector}"));
    }
    command.push_str(&format!(
        " --seeds {} --world {}",
        arguments.seeds,
        arguments.world.name()
    ));
    for (given, option) in [
        (arguments.strict, " --strict"),
        (arguments.verify, " --verify"),
    ] {
        if given {
            command.push_str(option);
        }
    }
    command
}

/// Makes the directory of a report and empties it of capsules of an earlier run.
fn make_directory(directory: &Path) -> Result<(), Trouble> {
    let capsules = directory.join("capsules");
    let made = std::fs::create_dir_all(directory).and_then(|()| {
        if capsules.is_dir() {
            std::fs::remove_dir_all(&capsules)
        } else {
            Ok(())
        }
    });
    made.map_err(|error| cannot_write(directory, &error))
}

fn write(report: &Report, directory: &Path) -> Result<(), Trouble> {
    let files = [
        ("outcomes.jsonl", report::json::lines(report)),
        ("summary.json", report::json::summary(report)),
        ("report.html", report::html::page(report)),
        ("junit.xml", report::junit::xml(report)),
        ("summary.md", report::markdown::text(report)),
        ("badge.json", report::badge::json(report)),
    ];
    for (name, text) in files {
        std::fs::write(directory.join(name), text)
            .map_err(|error| cannot_write(directory, &error))?;
    }
    Ok(())
}

fn cannot_write(directory: &Path, error: &std::io::Error) -> Trouble {
    Trouble::new(
        format!(
            "cannot write the report to {}: {error}",
            directory.display()
        ),
        "make room or choose another directory with --report",
    )
}

fn tell(report: &Report, directory: &Path, say: &mut dyn FnMut(&str)) {
    let summary = report.summary();
    for row in report.scenarios() {
        let worst = row.worst();
        if let (true, Some(reason)) = (worst.verdict != Verdict::Passed, worst.verdict.reason()) {
            say(&format!(
                "{:<11} {} seed {}: {reason}",
                worst.verdict.name(),
                row.name(),
                worst.seed
            ));
        }
    }
    for entry in &report.unneeded {
        say(&format!("known failures, {entry}"));
    }
    if let Some(checked) = &report.header.verification {
        for difference in &checked.differences {
            say(&format!("differs     {difference}"));
        }
        say(&format!(
            "{} runs repeated in fresh processes, {} differ",
            checked.runs,
            checked.differences.len()
        ));
    }
    say(&summary.sentence());
    say(&format!(
        "{} runs, {:.1} simulated s in {:.1} s ({:.1} s CPU); {:.0} call-seconds per CPU second; trace {}",
        summary.runs,
        summary.simulated_s,
        summary.wall_s,
        summary.cpu_s,
        summary.call_seconds_per_cpu_second,
        summary.trace_hash,
    ));
    say(&format!(
        "report: {}",
        directory.join("report.html").display()
    ));
}
