//! `solstice load` at servers that we did not write: through Kamailio between phones of ours, and at SIPp, which answers and echoes.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::kamailio::Kamailio;
use crate::lab::{Failure, Lab};
use crate::sipp::Answering;

/// Two machines' worth of a load, side by side, at a registrar with digest and a proxy that challenges and stays in the route.
pub(crate) fn a_load_calls_through_kamailio_in_two_shares() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let server = Kamailio::start_for_load(&lab)?;
    let target = format!("{};transport=udp", server.address);
    let users = [
        "--target",
        &target,
        "--callers",
        "2000",
        "--callees",
        "3000",
    ];
    let shares = [("1/2", "10000-19999"), ("2/2", "20000-29999")];
    let mut parts = Vec::new();
    for (number, (share, ports)) in shares.iter().enumerate() {
        let more = ["--share", share, "--ports", ports];
        let path = lab.path(&format!("{number}.json"));
        let child = load(&[&users[..], &SIX_CALLS, &more].concat(), &path)?;
        parts.push((child, path));
    }
    for (child, path) in &mut parts {
        expect(child, 0)?;
        check(&read(path)?, 3, 6)?;
    }
    let (whole, paths) = (lab.path("whole.json"), [&parts[0].1, &parts[1].1]);
    let merged = Command::new(env!("CARGO_BIN_EXE_solstice"))
        .args(["load", "merge"])
        .args(paths)
        .arg("--json")
        .arg(&whole)
        .output()?;
    told(&merged, 0)?;
    let whole = read(&whole)?;
    check(&whole, 6, 12)?;
    match whole["parts"].as_array().map(Vec::len) {
        Some(2) => Ok(()),
        parts => Err(format!("two shares make {parts:?} parts").into()),
    }
}

/// The same over TCP, on connections that the phones opened.
pub(crate) fn a_load_over_tcp_calls_through_kamailio() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let server = Kamailio::start_for_load(&lab)?;
    let target = format!("{};transport=tcp", server.address);
    let path = lab.path("load.json");
    expect(
        &mut load(&[&["--target", &target][..], &SIX_CALLS].concat(), &path)?,
        0,
    )?;
    check(&read(&path)?, 6, 12)
}

/// What the registrar refuses is a finding with its status, not a load that waits for ever.
pub(crate) fn kamailio_refuses_a_load_with_a_wrong_password() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let server = Kamailio::start_for_load(&lab)?;
    let target = format!("{};transport=udp", server.address);
    let wrong = ["--target", &target, "--password", "wrong"];
    let path = lab.path("load.json");
    let said = expect(&mut load(&[&wrong[..], &SIX_CALLS].concat(), &path)?, 1)?;
    let results = read(&path)?;
    if results["tally"]["registered"] != 0 || results["tally"]["failures"].as_object().is_none() {
        return Err(format!("no registration may stand: {said}").into());
    }
    if !said.contains("12 x registration: ") || !said.contains("6 x call: not begun") {
        return Err(format!("the reason is not told: {said}").into());
    }
    Ok(())
}

/// An answering side without an account, and a number that is dialled: what is said comes back and is measured.
pub(crate) fn sipp_answers_a_load_and_echoes() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let far = Answering::start(&lab)?;
    let target = format!("sip:echo@{};transport=udp", far.address);
    let path = lab.path("load.json");
    let arguments = [&["--target", &target, "--codec", "pcmu"][..], &SIX_CALLS].concat();
    let done = expect(&mut load(&arguments, &path)?, 0);
    done.map_err(|failure| format!("{failure}\nSIPp: {}", far.complaints()))?;
    check(&read(&path)?, 6, 6)
}

/// A handful, short.
const SIX_CALLS: [&str; 6] = ["--calls", "6", "--rate", "4", "--seconds", "2"];

fn load(arguments: &[&str], results: &Path) -> Result<Child, Failure> {
    Ok(Command::new(env!("CARGO_BIN_EXE_solstice"))
        .arg("load")
        .args(arguments)
        .arg("--json")
        .arg(results)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?)
}

/// Waits for the end; gives what was said.
fn expect(child: &mut Child, status: i32) -> Result<String, Failure> {
    use std::io::Read as _;
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    // What is said is short: neither pipe fills while the other is read.
    if let Some(pipe) = &mut child.stdout {
        pipe.read_to_end(&mut stdout)?;
    }
    if let Some(pipe) = &mut child.stderr {
        pipe.read_to_end(&mut stderr)?;
    }
    let status_then = child.wait()?;
    told(
        &Output {
            status: status_then,
            stdout,
            stderr,
        },
        status,
    )
}

fn told(output: &Output, status: i32) -> Result<String, Failure> {
    let said = [&output.stdout[..], &output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    let lines = ["set-up ", "loss ", "MOS "];
    if output.status.code() == Some(status) && lines.iter().all(|line| said.contains(line)) {
        return Ok(said);
    }
    Err(format!("`solstice load` ended with {}: {said}", output.status).into())
}

fn read(path: &Path) -> Result<Value, Failure> {
    Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

/// The documented fields are there, every call was held, and every stream was measured.
fn check(results: &Value, calls: u64, streams: u64) -> Result<(), Failure> {
    let wrong = |what: &str| Failure::from(format!("{what}: {results}"));
    let number = |path: &str| -> Result<u64, Failure> {
        let value = results.pointer(path).and_then(Value::as_u64);
        value.ok_or_else(|| wrong(&format!("no number {path}")))
    };
    if results["schema"] != "solstice-load/1"
        || results["tally"]["failures"] != serde_json::json!({})
    {
        return Err(wrong("another schema, or failures"));
    }
    for (path, count) in [
        ("/tally/calls", calls),
        ("/tally/answered", calls),
        ("/tally/held", calls),
        ("/tally/set_up_us/count", calls),
        ("/tally/sound/streams", streams),
        ("/tally/sound/mos_hundredths/count", streams),
        ("/tally/sound/jitter_us/count", streams),
    ] {
        if number(path)? != count {
            return Err(wrong(&format!("{path} is not {count}")));
        }
    }
    for spread in ["/tally/set_up_us", "/tally/sound/mos_hundredths"] {
        let names = ["least", "p50", "p90", "p99", "most"];
        let values = names.map(|name| number(&format!("{spread}/{name}")));
        let values = values.into_iter().collect::<Result<Vec<_>, _>>()?;
        if values[0] == 0 || !values.is_sorted() {
            return Err(wrong(&format!("{spread} is no distribution")));
        }
    }
    // Two seconds of 50 packets each; a loaded machine may be late, but not by half of it.
    if number("/tally/sound/packets_received")? < streams * 50 {
        return Err(wrong("half of the sound is missing"));
    }
    number("/tally/sound/packets_lost").map(|_| ())
}
