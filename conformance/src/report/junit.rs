//! `junit.xml`: what build servers read. A scenario with a seed is a test case, an area a suite.

use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::Report;
use crate::outcome::{Outcome, Verdict};

/// The whole of `junit.xml`.
pub fn xml(report: &Report) -> String {
    let mut document = quick_junit::Report::new("solstice");
    document.set_time(seconds(report.wall_s));
    let mut areas: Vec<&str> = report.outcomes.iter().map(Outcome::area).collect();
    areas.dedup();
    for area in areas {
        let mut suite = TestSuite::new(area);
        for outcome in report
            .outcomes
            .iter()
            .filter(|outcome| outcome.area() == area)
        {
            suite.add_test_case(case(outcome));
        }
        document.add_test_suite(suite);
    }
    document
        .to_string()
        .expect("text of outcomes holds no character that XML forbids after escaping")
}

fn case(outcome: &Outcome) -> TestCase {
    let reason = outcome.verdict.reason().unwrap_or_default();
    let status = match &outcome.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::Failed { .. } => non_success(NonSuccessKind::Failure, "finding", &reason),
        Verdict::HarnessError { .. } => non_success(NonSuccessKind::Error, "harness", &reason),
        Verdict::Unsupported { .. } | Verdict::Known { .. } => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(reason);
            status
        }
    };
    let mut case = TestCase::new(
        format!(
            "{} seed {} on {}",
            outcome.scenario, outcome.seed, outcome.world
        ),
        status,
    );
    case.set_classname(&outcome.scenario);
    case.set_time(seconds(outcome.wall_s));
    if let Some(capsule) = &outcome.capsule {
        case.set_system_out(format!("solstice replay {capsule}"));
    }
    case
}

fn non_success(kind: NonSuccessKind, what: &str, reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(what);
    status.set_message(reason);
    status
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
