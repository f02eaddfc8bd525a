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
    let mut shifted = jobs.clone();
    for (count, job) in shifted.iter_mut().enumerate() {
        job.hash_maps_before = 1 + count;
    }
    let (first, second) = (run(&jobs), run(&shifted));
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

/// Seeds by which something was found once, and what it was.
const FOUND: [(&str, u64, &str); 24] = [
    (
        "meetings/narrow_path",
        3002,
        "packets that were overtaken on a line that got wide again and came in time were counted as lost for good",
    ),
    (
        "meetings/pictures_repaired",
        101,
        "the last flight of a DTLS client was lost, and both sides waited for ever",
    ),
    (
        "meetings/pictures_repaired",
        107,
        "pictures before the first key frame were held against repair",
    ),
    (
        "meetings/pictures_repaired",
        1110,
        "the first packets that were lost were asked for too rarely, and the request for a key frame got lost",
    ),
    (
        "meetings/pictures_repaired",
        2031,
        "four packets sent again where fifteen are the mean were taken for too few",
    ),
    (
        "network/ipv6",
        1,
        "octets of a stream that the IP Office protects on one leg only",
    ),
    (
        "quality/3g",
        811,
        "the answer was lost, and what came before its copy was dropped",
    ),
    (
        "quality/home_wifi",
        116,
        "two packets came at the very moment of a report",
    ),
    (
        "quality/home_wifi",
        702,
        "a period that lengthened what waited for its frame counted as heard",
    ),
    (
        "quality/home_wifi",
        708,
        "a packet that came before the stream did shifted all turns by one",
    ),
    (
        "quality/hotel",
        413,
        "what a narrow line had held back took more than a second to be caught up with",
    ),
    (
        "quality/satellite",
        811,
        "the answer was lost, and what came before its copy was dropped",
    ),
    (
        "telephony/bad_network",
        148,
        "a BYE came damaged and was refused, and the call stood on one side",
    ),
    (
        "telephony/bad_network",
        239,
        "a damaged number that was passed on led the far end astray",
    ),
    (
        "telephony/bad_network",
        307,
        "a bit of a time stamp was flipped, which is jitter",
    ),
    (
        "telephony/bad_network",
        501,
        "an INVITE came out of a connection that had stood still until long after its transaction",
    ),
    (
        "telephony/bad_network",
        534,
        "of packets that came at one moment some were heard before the end of the call",
    ),
    (
        "telephony/bad_network",
        571,
        "one damaged sequence number ended the account of a source",
    ),
    (
        "telephony/bad_network",
        892,
        "who said BYE reset the connection that was to carry the answer",
    ),
    (
        "telephony/bad_network",
        1064,
        "telephone events that were agreed later ended the account of a stream",
    ),
    (
        "telephony/disordered_line",
        4005,
        "one packet that was held back was all that was played between two questions, and its wait was added to another's way",
    ),
    (
        "telephony/opus_copies",
        604,
        "what is decoded and waits for its frame did not count as time in the play-out buffer",
    ),
    (
        "telephony/video_repair",
        112,
        "a picture left at the very moment in which the client was asked",
    ),
    (
        "telephony/video_repair_encrypted",
        7,
        "a BYE over TLS was lost, after which nobody listened",
    ),
];

#[test]
fn what_was_found_once_is_not_there_again() {
    let jobs = FOUND.map(|(name, seed, _)| {
        let scenario = scenarios::ALL
            .iter()
            .find(|scenario| scenario.name == name)
            .expect("a scenario of the suite");
        Job::new(scenario, seed, WorldKind::Wire)
    });
    for (outcome, (_, _, what)) in run(&jobs).into_iter().zip(FOUND) {
        assert_eq!(findings(&[outcome]), Vec::<String>::new(), "{what}");
    }
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
