//! `solstice load` from outside: calls on loopback at our own server, shares put together, and errors that say what to do.
//!
//! No test says how fast anything is: the machine belongs to others too.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn solstice(arguments: &[&str], directory: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_solstice"));
    command
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .expect("the binary can be started")
}

fn said(output: &Output) -> String {
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    text
}

fn results(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("results were written");
    serde_json::from_str(&text).expect("they are JSON")
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("no number: {value}"))
}

#[test]
fn calls_at_our_own_server_are_held_and_counted() {
    let directory = tempfile::tempdir().expect("a directory");
    let arguments = [
        "load",
        "--calls",
        "6",
        "--rate",
        "20",
        "--seconds",
        "2",
        "--codec",
        "g722",
        "--json",
        "l.json",
    ];
    let output = solstice(&arguments, directory.path());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(
        said(&output).contains("our own IP Office is loaded"),
        "{}",
        said(&output)
    );
    let results = results(&directory.path().join("l.json"));
    assert_eq!(results["schema"], "solstice-load/1");
    assert_eq!(results["plan"]["codecs"], serde_json::json!(["G722"]));
    let tally = &results["tally"];
    for (name, count) in [
        ("registered", 12),
        ("calls", 6),
        ("answered", 6),
        ("held", 6),
    ] {
        assert_eq!(tally[name], count, "{name}");
    }
    assert_eq!(tally["failures"], serde_json::json!({}));
    let sound = &tally["sound"];
    assert_eq!(sound["streams"], 12, "both sides of every call");
    assert_eq!(sound["mos_hundredths"]["count"], 12);
    assert_eq!(tally["set_up_us"]["count"], 6);
    // Two seconds of 50 packets and both ways; a loaded machine may be late, but not by half of it.
    assert!(number(&sound["packets_received"]) > 600, "{sound}");
    assert!(
        results["parts"][0]["server_cpu_seconds"]
            .as_f64()
            .is_some_and(|time| time > 0.0)
    );
}

#[test]
fn a_test_number_answers_one_trunk_user() {
    let directory = tempfile::tempdir().expect("a directory");
    let arguments = [
        "load",
        "--calls",
        "3",
        "--rate",
        "10",
        "--seconds",
        "1",
        "--number",
        "901",
        "--trunk",
        "7001",
        "--json",
        "l.json",
    ];
    let output = solstice(&arguments, directory.path());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let results = results(&directory.path().join("l.json"));
    assert_eq!(
        results["plan"]["called"],
        serde_json::json!({"number": "901"})
    );
    assert_eq!(
        (
            &results["tally"]["held"],
            &results["tally"]["sound"]["streams"]
        ),
        (&3.into(), &3.into())
    );
}

#[test]
fn shares_made_apart_are_merged_to_the_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    let arguments = [
        "load",
        "--calls",
        "5",
        "--rate",
        "20",
        "--seconds",
        "1",
        "--quiet",
    ];
    for (share, file) in [("1/2", "a.json"), ("2/2", "b.json")] {
        let arguments = [&arguments[..], &["--share", share, "--json", file]].concat();
        let output = solstice(&arguments, directory.path());
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    let output = solstice(
        &["load", "merge", "b.json", "a.json", "--json", "whole.json"],
        directory.path(),
    );
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let [a, b, whole] =
        ["a.json", "b.json", "whole.json"].map(|name| results(&directory.path().join(name)));
    assert_eq!(
        (&a["tally"]["held"], &b["tally"]["held"]),
        (&3.into(), &2.into())
    );
    assert_eq!(whole["tally"]["held"], 5);
    assert_eq!(
        whole["parts"],
        serde_json::json!([a["parts"][0], b["parts"][0]])
    );
    for spread in [
        "/tally/set_up_us/count",
        "/tally/sound/jitter_us/count",
        "/tally/sound/packets_sent",
    ] {
        let [a, b, whole] =
            [&a, &b, &whole].map(|results| number(results.pointer(spread).expect(spread)));
        assert_eq!(a + b, whole, "{spread}");
    }
    // The worst of the whole is the worst of its parts.
    let worst = |results: &Value| number(&results["tally"]["set_up_us"]["most"]);
    assert_eq!(worst(&whole), worst(&a).max(worst(&b)));
    let output = solstice(&["load", "merge", "a.json", "a.json"], directory.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("share 1/2 is there twice"),
        "{}",
        said(&output)
    );
    let output = solstice(&["load", "merge", "a.json"], directory.path());
    assert!(
        said(&output).contains("missing    share 2"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_registrar_that_refuses_or_is_not_there_is_a_finding() {
    let directory = tempfile::tempdir().expect("a directory");
    // Nobody listens on this port of the loopback network; TCP says so at once.
    let target = "127.0.0.1:9;transport=tcp";
    let arguments = [
        "load",
        "--calls",
        "2",
        "--seconds",
        "1",
        "--target",
        target,
        "--json",
        "l.json",
    ];
    let output = solstice(&arguments, directory.path());
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("4 x registration: no connection"),
        "{}",
        said(&output)
    );
    assert!(
        said(&output).contains("2 x call: not begun"),
        "{}",
        said(&output)
    );
    assert_eq!(
        results(&directory.path().join("l.json"))["tally"]["held"],
        0
    );
}

#[test]
fn mistakes_end_with_2_and_say_what_to_do() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(
        directory.path().join("no.json"),
        "{\"schema\":\"solstice-load/9\"}",
    )
    .expect("it can be written");
    std::fs::write(
        directory.path().join("cut.json"),
        "{\"schema\":\"solstice-load/1\",\"pl",
    )
    .expect("it can be written");
    for (arguments, part) in [
        (vec!["--target", "http://pbx/"], "port is not 1 to 65535"),
        (
            vec!["--target", "pbx;transport=pigeon"],
            "unknown transport",
        ),
        (vec!["--share", "3/2"], "3/2 is no share"),
        (vec!["--rate", "0"], "calls a second"),
        (vec!["--ports", "80-90"], "from 1024"),
        (
            vec!["--calls", "100", "--ports", "20000-20099"],
            "give more --ports",
        ),
        (vec!["--callers", "500001"], "at least 10 apart"),
        (vec!["--calls", "0"], "0 is not in 1..=1000000"),
        (vec!["merge", "absent.json"], "cannot read absent.json"),
        (vec!["merge", "no.json"], "solstice-load/9"),
        (vec!["merge", "cut.json"], "no results of a load"),
        (vec!["merge"], "required"),
    ] {
        let output = solstice(&[&["load"], &arguments[..]].concat(), directory.path());
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            said(&output)
        );
        assert!(
            said(&output).contains(part),
            "{arguments:?}: {}",
            said(&output)
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn too_few_files_are_found_out_before_a_call_is_begun() {
    let directory = tempfile::tempdir().expect("a directory");
    let program = env!("CARGO_BIN_EXE_solstice");
    let output = Command::new("sh")
        .args([
            "-c",
            "ulimit -n 200 && exec \"$0\" load --calls 100",
            program,
        ])
        .current_dir(directory.path())
        .output()
        .expect("a shell");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(
        said(&output).contains("the system allows this process 200"),
        "{}",
        said(&output)
    );
    assert!(
        said(&output).contains("next: raise the hard limit"),
        "{}",
        said(&output)
    );
}
