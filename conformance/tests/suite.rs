//! Every scenario with one seed in the simulated world, and what the same play says in the other worlds.

use conformance::outcome::{Outcome, Verdict};
use conformance::run::{self, Job};
use conformance::scenario::WorldKind;
use conformance::scenarios;

/// Scenarios that measure how much is carried: for optimised builds only.
const LOAD: &str = "load";

fn jobs(world: WorldKind, seed: u64) -> Vec<Job> {
    let light = scenarios::ALL
        .iter()
        .filter(|scenario| scenario.area() != LOAD);
    light
        .map(|scenario| Job::new(scenario, seed, world))
        .collect()
}

fn run(jobs: &[Job]) -> Vec<Outcome> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    run::all(jobs, threads, &|_| {})
}

fn findings(outcomes: &[Outcome]) -> Vec<String> {
    let is_wrong = |outcome: &&Outcome| {
        matches!(
            outcome.verdict,
            Verdict::Failed { .. } | Verdict::HarnessError { .. }
        )
    };
    let words = |outcome: &Outcome| {
        format!(
            "{} seed {}: {}",
            outcome.scenario,
            outcome.seed,
            outcome.verdict.reason().unwrap_or_default()
        )
    };
    outcomes.iter().filter(is_wrong).map(words).collect()
}

#[test]
fn every_scenario_passes_and_repeats_itself() {
    let jobs = jobs(WorldKind::Wire, 0);
    let (first, second) = (run(&jobs), run(&jobs));
    let findings = findings(&first);
    assert!(
        findings.is_empty(),
        "findings:\n  {}",
        findings.join("\n  ")
    );
    let differs = |(one, other): (&Outcome, &Outcome)| {
        (one.trace_hash != other.trace_hash).then(|| one.scenario.clone())
    };
    let different: Vec<_> = first.iter().zip(&second).filter_map(differs).collect();
    assert!(
        different.is_empty(),
        "the same seed gave another trace: {different:?}"
    );
}

#[test]
fn turmoil_reaches_the_same_verdicts() {
    let outcomes = run(&jobs(WorldKind::Turmoil, 0));
    let findings = findings(&outcomes);
    assert!(
        findings.is_empty(),
        "findings:\n  {}",
        findings.join("\n  ")
    );
    let passed = outcomes
        .iter()
        .filter(|outcome| outcome.verdict == Verdict::Passed)
        .count();
    assert!(
        passed * 2 > outcomes.len(),
        "most scenarios can be hosted there, {passed} of {} were",
        outcomes.len()
    );
}

#[test]
fn every_scenario_is_named_for_its_place() {
    for scenario in scenarios::ALL {
        let parts: Vec<&str> = scenario.name.split('/').collect();
        assert_eq!(parts.len(), 2, "{} is area and name", scenario.name);
        assert!(
            !scenario.proves.is_empty() || scenario.area() == LOAD,
            "{} proves nothing",
            scenario.name
        );
        assert!(
            scenario.title.ends_with('.'),
            "the title of {} is a sentence",
            scenario.name
        );
    }
    let mut names = scenarios::names();
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        names.len(),
        scenarios::ALL.len(),
        "two scenarios have the same name"
    );
}
