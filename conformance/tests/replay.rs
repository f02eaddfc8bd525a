//! `solstice replay`: a run again, by its recorded decisions or by its seed; and a capsule that others can read.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

const SCENARIO: &str = "telephony/lossy_line";

fn solstice(arguments: &[&str], directory: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_solstice"))
        .args(arguments)
        .current_dir(directory)
        .output()
        .expect("the binary can be started")
}

/// A capsule of a run that passes.
fn capsule(scenario: &str, directory: &Path) -> PathBuf {
    let output = solstice(
        &["run", scenario, "--capsules", "all", "--report", "r"],
        directory,
    );
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let name = format!("{}-wire-0", scenario.replace('/', "-"));
    directory.join("r/capsules").join(name)
}

/// Changes `capsule.json`.
fn edit(capsule: &Path, change: impl FnOnce(&mut Value)) {
    let path = capsule.join("capsule.json");
    let text = std::fs::read_to_string(&path).expect("it is there");
    let mut value = serde_json::from_str(&text).expect("it is JSON");
    change(&mut value);
    std::fs::write(&path, value.to_string()).expect("it can be written");
}

/// The exit status of a replay, and what it says.
fn replay(capsule: &Path, more: &[&str]) -> (Option<i32>, String) {
    let path = capsule.to_string_lossy();
    let output = solstice(&[&["replay", &path], more].concat(), capsule);
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[test]
fn a_run_is_repeated_by_its_decisions_or_by_its_seed() {
    let directory = tempfile::tempdir().expect("a directory");
    let capsule = capsule(SCENARIO, directory.path());
    for (more, by) in [
        (&[][..], "recorded decisions"),
        (&["--by", "seed"], "by the seed"),
    ] {
        let (status, said) = replay(&capsule, more);
        assert_eq!(status, Some(0), "{said}");
        assert!(said.contains(by) && said.contains("identical"), "{said}");
    }
    // With another seed the dice would fall otherwise; the decisions do not care.
    edit(&capsule, |capsule| capsule["plan"]["seed"] = json!(99));
    let (status, said) = replay(&capsule, &[]);
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = replay(&capsule, &["--by", "seed"]);
    assert_eq!(status, Some(1), "{said}");
    // Without one of them it is another run, and those before it are as they were.
    edit(&capsule, |capsule| {
        let decisions = capsule["decisions"]["decisions"].as_array_mut();
        let decisions = decisions.expect("a list");
        assert!(decisions.len() > 50, "{} decisions", decisions.len());
        decisions.remove(decisions.len() / 2);
    });
    let (status, said) = replay(&capsule, &[]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("different"), "{said}");
    assert!(!said.contains("the first 0 seconds"), "{said}");
}

#[test]
fn a_record_that_cannot_be_used_is_said_to_be_one() {
    let directory = tempfile::tempdir().expect("a directory");
    let capsule = capsule(SCENARIO, directory.path());
    edit(&capsule, |capsule| {
        capsule["decisions"]["overflowed"] = json!(true);
    });
    let (status, said) = replay(&capsule, &[]);
    assert_eq!(status, Some(0), "by the seed instead: {said}");
    assert!(said.contains("by the seed"), "{said}");
    let (status, said) = replay(&capsule, &["--by", "decisions"]);
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("--by seed"), "{said}");
    edit(&capsule, |capsule| {
        capsule["decisions"]["version"] = json!(7);
    });
    let (status, said) = replay(&capsule, &[]);
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("version 7"), "{said}");
}

/// What tshark makes of a file; none if it is not installed.
fn tshark(file: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("tshark")
        .arg("-r")
        .arg(file)
        .args(arguments)
        .output();
    let Ok(output) = output else {
        eprintln!("not run: tshark is not here");
        return None;
    };
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).expect("tshark writes UTF-8"))
}

fn count(file: &Path, filter: &str) -> Option<usize> {
    tshark(file, &["-Y", filter]).map(|rows| rows.lines().count())
}

/// Nothing protected is left in the twin, and a foreign reader finds no fault with it.
#[test]
fn the_decrypted_twin_is_plain_to_others() {
    let directory = tempfile::tempdir().expect("a directory");
    let capsule = capsule("telephony/encryption_preferred", directory.path());
    let (wire, twin) = (
        capsule.join("capture.pcapng"),
        capsule.join("decrypted.pcapng"),
    );
    let Some(complaints) = count(&twin, "_ws.malformed") else {
        return;
    };
    assert_eq!(complaints, 0);
    let of = |file: &Path, filter: &str| count(file, filter).expect("tshark was there");
    let sealed = "srtp.enc_payload";
    assert!(of(&wire, sealed) > 50, "media is protected");
    assert_eq!(of(&twin, sealed), 0);
    assert_eq!(of(&twin, "rtp"), of(&wire, "rtp"));
    assert!(of(&wire, "tls") > 0, "signalling is protected");
    assert_eq!(of(&twin, "tls"), 0);
    assert!(of(&twin, "sip.Method == INVITE && tcp") > 0);
}
