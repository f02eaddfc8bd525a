//! What `solstice serve` and `solstice call` do together on loopback, apart from foreign peers: IPv6, and the call detail log.

#![allow(
    clippy::disallowed_methods,
    reason = "programs that are not ours live in real time"
)]

#[allow(
    dead_code,
    reason = "shared with the tests of real peers, which need more of it"
)]
#[path = "real_peers/lab.rs"]
mod lab;
#[allow(dead_code, reason = "shared; each test reaches it by other ports")]
#[path = "real_peers/office.rs"]
mod office;
#[allow(
    dead_code,
    reason = "shared with the tests of real peers, which need more of it"
)]
#[path = "real_peers/solstice.rs"]
mod solstice;

use std::path::Path;
use std::time::Duration;

use lab::{Failure, Lab, PATIENCE};
use office::{Office, Ports};
use serde_json::Value;
use solstice::{Serve, call};

/// A call of 201 to a number; a second of it is enough.
fn dial(way: [&str; 2], number: &str, more: &[&str]) -> Result<String, Failure> {
    let user = ["--user", "201", "--password", "2012012012"];
    let call = call(&[&way[..], &user, &[number, "--seconds", "1"], more].concat())?;
    Ok(String::from_utf8_lossy(&call.stdout).into_owned())
}

#[test]
fn a_phone_finds_its_office_over_ipv6() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let ports = Ports::free()?;
    let ca = lab.path("ca.pem").to_string_lossy().into_owned();
    let _server = Serve::start_at(&lab, "::1", "ipoffice", &ports.config(), &["--ca", &ca])?;
    for (scheme, port) in [("http", ports.http), ("https", ports.https)] {
        let url = format!("{scheme}://[::1]:{port}");
        let said = dial(["--settings", &url], "902", &["--ca", &ca])?;
        assert!(said.contains("loss 0.00 %"), "{url}: {said}");
    }
    let registrar = format!("[::1]:{};transport=udp", ports.sip);
    let said = dial(["--registrar", &registrar], "902", &[])?;
    assert!(said.contains("loss 0.00 %"), "{said}");
    Ok(())
}

#[test]
fn each_call_is_a_line_of_the_log() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let path = lab.path("calls.jsonl");
    let office = Office::start_in(lab, &["--call-log", &path.to_string_lossy()])?;
    let registrar = format!("127.0.0.1:{};transport=udp", office.ports.sip);
    dial(["--registrar", &registrar], "902", &[])?;
    // Nobody is there: the phone ends with a finding, and the log has it.
    let refused = dial(["--registrar", &registrar], "999", &[]);
    assert!(refused.is_err());
    let lines = lines(&path, 2)?;
    let word = |line: usize, name: &str| lines[line][name].as_str().unwrap_or("").to_owned();
    assert_eq!(
        (word(0, "caller"), word(0, "number")),
        ("201".into(), "902".into())
    );
    assert_eq!(word(0, "outcome"), "completed");
    assert!(word(0, "began").ends_with('Z'), "{}", lines[0]);
    assert!(lines[0]["talked_s"].as_f64() > Some(0.5), "{}", lines[0]);
    assert!(lines[0]["packets"][0].as_u64() > Some(20), "{}", lines[0]);
    assert_eq!(
        (word(1, "outcome"), lines[1]["status"].as_u64()),
        ("refused".into(), Some(404))
    );
    Ok(())
}

/// The lines of a log, once there are so many.
fn lines(path: &Path, count: usize) -> Result<Vec<Value>, Failure> {
    let step = Duration::from_millis(100);
    let mut waited = Duration::ZERO;
    loop {
        let text = std::fs::read_to_string(path)?;
        if text.lines().count() >= count && text.ends_with('\n') {
            let lines = text.lines().map(serde_json::from_str);
            return Ok(lines.collect::<Result<_, _>>()?);
        }
        if waited >= PATIENCE {
            return Err(format!("only {text:?} after {waited:?}").into());
        }
        std::thread::sleep(step);
        waited += step;
    }
}
