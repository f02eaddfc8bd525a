//! Quality over time on each network profile, as a table that a person can judge.

use std::fmt::Write as _;

use conformance::outcome::Verdict;
use conformance::run::{self, Job};
use conformance::scenario::WorldKind;
use conformance::scenarios;
use conformance::timeline::{Quantity, Timeline};

/// Seconds of a row.
const ROW_S: f64 = 5.0;

fn table(timeline: &Timeline) -> String {
    let mut text = format!("{:>7}", "seconds");
    let columns: Vec<_> = timeline
        .ears()
        .into_iter()
        .flat_map(|ear| {
            [
                (ear, Quantity::Bitrate, "kbit/s"),
                (ear, Quantity::Loss, "loss %"),
                (ear, Quantity::QueueDelay, "queue ms"),
                (ear, Quantity::TargetDelay, "target ms"),
                (ear, Quantity::Score, "MOS"),
            ]
        })
        .collect();
    for (ear, _, name) in &columns {
        let _ = write!(text, " {:>15}", format!("{ear} {name}"));
    }
    text.push('\n');
    let mut from = (timeline.from_s / ROW_S).floor() * ROW_S;
    while from < timeline.until_s {
        let shaded = timeline
            .faults
            .iter()
            .any(|fault| fault.from_s < from + ROW_S && fault.until_s > from);
        let _ = write!(text, "{:>6}{}", from, if shaded { "*" } else { " " });
        for (ear, quantity, _) in &columns {
            let line = timeline
                .of_quantity(*quantity)
                .find(|line| line.ear == *ear);
            let mean = line.and_then(|line| line.mean(from, from + ROW_S));
            let digits = usize::from(*quantity == Quantity::Score || *quantity == Quantity::Loss);
            let words = mean.map_or("-".to_owned(), |mean| format!("{mean:.digits$}"));
            let _ = write!(text, " {words:>15}");
        }
        text.push('\n');
        from += ROW_S;
    }
    text
}

#[test]
fn quality_over_time_on_each_profile() {
    let jobs: Vec<Job> = scenarios::ALL
        .iter()
        .filter(|scenario| scenario.area() == "quality")
        .map(|scenario| Job {
            keep_ladder: true,
            ..Job::new(scenario, 0, WorldKind::Wire)
        })
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut text = String::new();
    for outcome in run::all(&jobs, threads, &|_| {}) {
        assert_eq!(outcome.verdict, Verdict::Passed, "{}", outcome.scenario);
        let timeline = outcome
            .timeline
            .expect("a scenario of quality has a timeline");
        let _ = writeln!(
            text,
            "{}; * a fault is at work\n{}",
            outcome.scenario,
            table(&timeline)
        );
    }
    insta::assert_snapshot!(text);
}
