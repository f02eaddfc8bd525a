use super::*;
use crate::outcome::tests::{failed, outcome};

/// A report to play with.
pub(crate) fn report(outcomes: Vec<Outcome>) -> Report {
    let header = Header {
        schema: SCHEMA,
        version: "0.1.0".to_owned(),
        command: "solstice run --seeds 0..2".to_owned(),
        world: "wire".to_owned(),
        seeds: "0..2".to_owned(),
        strict: false,
        started: "2018-05-15T12:00:00Z".to_owned(),
        machine: "x86_64 linux, 2 processors".to_owned(),
        verification: None,
    };
    Report {
        header,
        outcomes,
        unneeded: Vec::new(),
        wall_s: 1.5,
        cpu_s: 1.25,
    }
}

/// One run of each verdict.
pub(crate) fn one_of_each() -> Report {
    use crate::ladder::{Ladder, What};
    let mut ladder = Ladder::default();
    let message = |source: &str, target: &str, label: &str, lost: Option<&str>| What::Message {
        source: source.to_owned(),
        target: target.to_owned(),
        protocol: "SIP/UDP".to_owned(),
        label: label.to_owned(),
        raw: format!("{label}\r\nFrom: <sip:a@b>;tag=1 & more\r\n\r\n"),
        lost: lost.map(str::to_owned),
    };
    ladder.push(
        0,
        message("alice", "office", "INVITE sip:202@office SIP/2.0", None),
    );
    ladder.push(
        20_000_000,
        message("office", "alice", "SIP/2.0 200 OK", Some("loss on uplink")),
    );
    let media = What::Media {
        source: "alice".to_owned(),
        target: "office".to_owned(),
        label: "RTP PCMU".to_owned(),
        until_ns: 5_000_000_000,
        packets: 248,
        lost: 3,
    };
    ladder.push(40_000_000, media);
    ladder.push(
        1_000_000_000,
        What::Fault {
            text: "uplink loses 10 %".to_owned(),
        },
    );
    ladder.push(
        6_000_000_000,
        What::Note {
            party: "alice".to_owned(),
            text: "call ended".to_owned(),
        },
    );
    let mut found = outcome("telephony/call", 0, failed());
    found.ladder = Some(ladder);
    found.capsule = Some("capsules/telephony-call-0".to_owned());
    report(vec![
        found,
        outcome("telephony/call", 1, Verdict::Passed),
        outcome("telephony/hold", 0, Verdict::Passed),
        outcome(
            "network/nat",
            0,
            Verdict::Unsupported {
                reason: "no NAT in this world".to_owned(),
            },
        ),
    ])
}

#[test]
fn the_worst_seed_stands_for_a_scenario() {
    let summary = one_of_each().summary();
    assert_eq!(
        (
            summary.scenarios,
            summary.passed,
            summary.failed,
            summary.unsupported
        ),
        (3, 1, 1, 1)
    );
    assert_eq!((summary.runs, summary.seeds), (4, 2));
    assert_eq!(
        summary.sentence(),
        "1 of 3 scenarios pass; 1 failed; 1 unsupported in this world. 0 of 150 requirements are proven."
    );
}

#[test]
fn a_requirement_is_proven_when_all_its_scenarios_pass() {
    let passing = report(vec![outcome("telephony/call", 0, Verdict::Passed)]);
    let counts = passing.summary().requirements;
    assert_eq!(
        (counts.total, counts.proven, counts.unproven, counts.broken),
        (150, 1, 149, 0)
    );
    assert_eq!(one_of_each().summary().requirements.broken, 1);
}

#[test]
fn exit_status_tells_findings_from_errors_of_the_harness() {
    assert_eq!(
        report(vec![outcome("a/b", 0, Verdict::Passed)]).exit_status(),
        0
    );
    assert_eq!(one_of_each().exit_status(), 1);
    let mut broken = one_of_each();
    let error = Verdict::HarnessError {
        reason: "no space".to_owned(),
        advice: "make room".to_owned(),
    };
    broken.outcomes.push(outcome("a/c", 0, error));
    assert_eq!(broken.exit_status(), 2);
    let mut unneeded = report(vec![outcome("a/b", 0, Verdict::Passed)]);
    unneeded.unneeded.push("line 1: a/b passes now".to_owned());
    assert_eq!(unneeded.exit_status(), 1);
}

#[test]
fn the_hash_of_a_run_depends_on_every_trace() {
    let mut other = one_of_each();
    other.outcomes[3].trace_hash = "ffff".to_owned();
    assert_ne!(
        other.summary().trace_hash,
        one_of_each().summary().trace_hash
    );
}

#[test]
fn what_is_written_as_lines_is_read_back() {
    let report = one_of_each();
    let read = json::read(&json::lines(&report)).expect("what was written can be read");
    assert_eq!(read, report);
}

#[test]
fn lines_of_another_schema_are_refused() {
    let lines = json::lines(&one_of_each()).replacen("\"schema\":1", "\"schema\":99", 1);
    let error = json::read(&lines).expect_err("the schema is unknown");
    assert!(error.to_string().contains("schema 99"), "{error}");
}

#[test]
fn junit_counts_what_the_summary_counts() {
    let xml = junit::xml(&one_of_each());
    assert!(
        xml.contains(r#"tests="4""#) && xml.contains(r#"failures="1""#),
        "{xml}"
    );
    assert!(xml.contains("<skipped"), "{xml}");
}

#[test]
fn markdown_and_badge_say_the_sentence() {
    insta::assert_snapshot!("markdown", markdown::text(&one_of_each()));
    insta::assert_snapshot!("badge", badge::json(&one_of_each()));
}

#[test]
fn the_page_is_one_file_and_says_all() {
    let page = html::page(&one_of_each());
    for piece in [
        "<!DOCTYPE html>",
        "1 of 3 scenarios pass",
        "not proven yet",
        "must not",
        "telephony/call",
        "<svg",
    ] {
        assert!(page.contains(piece), "the page lacks {piece}");
    }
    for stranger in ["http://", "https://", "<link", "src="] {
        assert!(!page.contains(stranger), "the page reaches out: {stranger}");
    }
    assert!(page.contains("&amp; more"), "raw messages are escaped");
}
