//! The binary from outside: exit statuses, and errors that say what to do next.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// A light scenario.
const SCENARIO: &str = "registration/challenge_lifetime";

fn solstice(arguments: &[&str], directory: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_solstice"));
    command
        .args(arguments)
        .current_dir(directory)
        .output()
        .expect("the binary can be started")
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_run_writes_its_report_and_ends_with_0() {
    let directory = tempfile::tempdir().expect("a directory");
    let output = solstice(&["run", SCENARIO, "--report", "report"], directory.path());
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let report = directory.path().join("report");
    for name in [
        "outcomes.jsonl",
        "summary.json",
        "report.html",
        "junit.xml",
        "summary.md",
        "badge.json",
    ] {
        assert!(report.join(name).is_file(), "{name} is missing");
    }
    let summary = std::fs::read_to_string(report.join("summary.json")).expect("there is a summary");
    let summary: Value = serde_json::from_str(&summary).expect("it is JSON");
    for name in [
        "scenarios",
        "passed",
        "failed",
        "unsupported",
        "known",
        "requirements",
        "seeds",
        "simulated_s",
        "wall_s",
        "cpu_s",
        "call_seconds_per_cpu_second",
        "trace_hash",
        "version",
    ] {
        assert!(!summary[name].is_null(), "the summary lacks {name}");
    }
    assert_eq!(summary["requirements"]["total"], 150);
    assert_eq!(
        (&summary["scenarios"], &summary["passed"]),
        (&Value::from(1), &Value::from(1))
    );
}

#[test]
fn no_difference_between_equal_reports() {
    let directory = tempfile::tempdir().expect("a directory");
    for report in ["before", "after"] {
        let output = solstice(
            &["run", SCENARIO, "--report", report, "--quiet"],
            directory.path(),
        );
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        assert!(output.stdout.is_empty(), "--quiet says nothing");
    }
    let output = solstice(&["diff", "before", "after"], directory.path());
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("0 new, 0 rare, 0 ongoing, 0 resolved")
    );
}

#[test]
fn an_unneeded_known_failure_is_a_finding() {
    let directory = tempfile::tempdir().expect("a directory");
    let list = format!("{SCENARIO} * wire a reason in words\n");
    std::fs::write(directory.path().join("known.txt"), list).expect("it can be written");
    let output = solstice(&["run", SCENARIO, "--known", "known.txt"], directory.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("remove the entry"));
}

#[test]
fn mistakes_end_with_2_and_say_what_to_do() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(
        directory.path().join("list.txt"),
        "telephony/call * * flaky\n",
    )
    .expect("it can be written");
    std::fs::write(directory.path().join("file"), "not a directory").expect("it can be written");
    for (arguments, part) in [
        (vec!["run", "nothing/such"], "`solstice list` shows all"),
        (
            vec!["run", "hold_retrieve"],
            "did you mean telephony/hold_retrieve",
        ),
        (vec!["run", "MSG-08"], "has no scenario yet"),
        (vec!["run", "--seeds", "8..5"], "write a count such as"),
        (vec!["run", "--world", "mars"], "possible values"),
        (
            vec!["run", SCENARIO, "--known", "list.txt"],
            "line 1 of the known failures",
        ),
        (
            vec!["run", SCENARIO, "--known", "absent.txt"],
            "give a list of known failures",
        ),
        (
            vec!["run", SCENARIO, "--report", "file"],
            "choose another directory",
        ),
        (
            vec!["run", SCENARIO, "--world", "real", "--verify"],
            "leave out --verify",
        ),
        (vec!["replay", "absent"], "give the directory of a capsule"),
        (vec!["diff", "absent", "absent"], "give the directory that"),
        (vec!["frobnicate", "--much"], "--help"),
    ] {
        let output = solstice(&arguments, directory.path());
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            errors(&output)
        );
        assert!(
            errors(&output).contains(part),
            "{arguments:?} says: {}",
            errors(&output)
        );
    }
}

#[test]
fn the_catalogue_and_the_scenarios_can_be_listed() {
    let directory = tempfile::tempdir().expect("a directory");
    let output = solstice(&["list"], directory.path());
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains(SCENARIO), "{text}");
    // One that runs only when it is named is found by the same list.
    assert!(text.contains("quality/day_long_call"), "{text}");
    let output = solstice(&["list", "--requirements"], directory.path());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.contains("REG-02") && text.contains("not proven yet"),
        "{text}"
    );
}
