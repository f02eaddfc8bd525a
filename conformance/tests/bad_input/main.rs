//! What nobody should send and no administrator should write: each is a clear error, and nothing else is harmed.

#![allow(
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    reason = "programs that are not ours live in real time, and say more than is waited for"
)]

#[allow(
    dead_code,
    reason = "shared with the tests of real peers, which need more of it"
)]
#[path = "../real_peers/lab.rs"]
mod lab;
#[allow(dead_code, reason = "shared; each test reaches it by other ports")]
#[path = "../real_peers/office.rs"]
mod office;
#[allow(
    dead_code,
    reason = "shared with the tests of real peers, which need more of it"
)]
#[path = "../real_peers/solstice.rs"]
mod solstice;

mod assault;
mod clouds;
mod phone;
mod strangers;

use std::io::{Read, Write};
use std::net::UdpSocket;
use std::process::{Command, Output};

use assault::{connect, endless_header_into, garbage, garbage_into, half_a_handshake_into};
use lab::{Failure, Lab, PATIENCE};
use office::{Office, Ports, options};

impl Office {
    fn start() -> Result<Self, Failure> {
        Self::start_in(Lab::new()?, &[])
    }

    /// It still answers OPTIONS over UDP and TCP, and still gives its settings file.
    fn is_well(&self) -> Result<(), Failure> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let own = socket.local_addr()?;
        let own = options(&own.to_string(), "UDP", &format!("well-{}", own.port()));
        socket.send_to(own.as_bytes(), ("127.0.0.1", self.ports.sip))?;
        let mut answer = [0; 4096];
        let (len, _) = socket.recv_from(&mut answer)?;
        starts_with(&answer[..len], "SIP/2.0 200")?;

        let mut stream = connect(self.ports.sip)?;
        let own = stream.local_addr()?;
        let own = options(&own.to_string(), "TCP", &format!("well-{}", own.port()));
        stream.write_all(own.as_bytes())?;
        let len = stream.read(&mut answer)?;
        starts_with(&answer[..len], "SIP/2.0 200")?;

        let mut stream = connect(self.ports.http)?;
        stream.write_all(
            b"GET /46xxsettings.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        )?;
        let mut page = Vec::new();
        stream.read_to_end(&mut page)?;
        starts_with(&page, "HTTP/1.1 200")
    }
}

fn starts_with(bytes: &[u8], expected: &str) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(bytes);
    if text.starts_with(expected) {
        Ok(())
    } else {
        Err(format!("expected {expected:?}, came {text:?}").into())
    }
}

#[test]
fn garbage_on_every_port_harms_nothing() -> Result<(), Failure> {
    let office = Office::start()?;
    let Ports {
        sip,
        sip_tls,
        http,
        https,
    } = office.ports;
    garbage_into(&[sip, sip_tls, http, https], &[sip])?;
    office.is_well()
}

#[test]
fn the_largest_datagram_harms_nothing() -> Result<(), Failure> {
    let office = Office::start()?;
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.send_to(&garbage(65_507), ("127.0.0.1", office.ports.sip))?;
    let mut long = options(&socket.local_addr()?.to_string(), "UDP", "long").replace(
        "Max-Forwards",
        &format!("X-Long: {}\r\nMax-Forwards", "a".repeat(60_000)),
    );
    long.truncate(65_507);
    socket.send_to(long.as_bytes(), ("127.0.0.1", office.ports.sip))?;
    office.is_well()
}

/// A stream whose header never ends is closed before it fills the memory; others go on.
#[test]
fn a_header_line_of_a_mebibyte_ends_its_connection_alone() -> Result<(), Failure> {
    let office = Office::start()?;
    endless_header_into(
        office.ports.sip,
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\nX-Long: ",
    )?;
    endless_header_into(
        office.ports.http,
        "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ",
    )?;
    office.is_well()
}

#[test]
fn a_truncated_tls_handshake_harms_nothing() -> Result<(), Failure> {
    let office = Office::start()?;
    half_a_handshake_into(&[office.ports.sip_tls, office.ports.https])?;
    office.is_well()
}

#[test]
fn a_wrong_password_is_said_to_be_one() -> Result<(), Failure> {
    let office = Office::start()?;
    let registrar = format!("127.0.0.1:{};transport=udp", office.ports.sip);
    let output = solstice(&[
        "call",
        "--registrar",
        &registrar,
        "--user",
        "201",
        "--password",
        "wrong",
        "902",
        "--seconds",
        "1",
    ])?;
    says(&output, 1, &["password"])?;
    office.is_well()
}

#[test]
fn a_busy_port_is_named() -> Result<(), Failure> {
    let office = Office::start()?;
    let path = office.lab.path("busy.json");
    let busy = Ports {
        sip: office.ports.sip,
        ..Ports::free()?
    };
    std::fs::write(&path, busy.config().to_string())?;
    let output = solstice(&[
        "serve",
        "ipoffice",
        "--bind",
        "127.0.0.1",
        "--config",
        &path.to_string_lossy(),
    ])?;
    says(&output, 2, &[&office.ports.sip.to_string(), "in use"])?;
    office.is_well()
}

#[test]
fn a_configuration_that_cannot_be_used_is_named() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let missing = lab.path("missing.json");
    let output = solstice(&["serve", "ipoffice", "--config", &missing.to_string_lossy()])?;
    says(&output, 2, &["missing.json"])?;
    for (name, text, part) in [
        ("unknown.json", r#"{"userz": []}"#, "userz"),
        ("broken.json", "{", "broken.json"),
        (
            "twice.json",
            r#"{"users": [{"extension":"201","password":"1"},{"extension":"201","password":"1"}]}"#,
            "201",
        ),
        ("binary.json", "\u{0}\u{1}", "binary.json"),
        (
            "type.json",
            r#"{"users": {"extension":"201"}}"#,
            "invalid type",
        ),
        ("number.json", r#"{"no_answer_s": -1}"#, "-1"),
        ("latin.json", "{\u{ff}", "latin.json"),
    ] {
        let path = lab.path(name);
        std::fs::write(&path, text)?;
        let output = solstice(&["serve", "ipoffice", "--config", &path.to_string_lossy()])?;
        says(&output, 2, &[part, "correct the file"])?;
    }
    let bytes = lab.path("bytes.json");
    std::fs::write(&bytes, [0xff, 0xfe, 0])?;
    let output = solstice(&["serve", "ipoffice", "--config", &bytes.to_string_lossy()])?;
    says(&output, 2, &["bytes.json", "readable text file"])?;
    let folder = lab.folder("folder")?;
    let output = solstice(&["serve", "ipoffice", "--config", &folder.to_string_lossy()])?;
    says(&output, 2, &["folder", "readable text file"])
}

#[test]
fn arguments_that_make_no_sense_are_named() -> Result<(), Failure> {
    for (arguments, part) in [
        (&["run", "no/such/scenario"][..], "no/such/scenario"),
        (&["run", "--seeds", "20..3"], "20..3"),
        (&["run", "--world", "moon"], "moon"),
        (&["replay", "/no/such/capsule"], "/no/such/capsule"),
        (&["call", "201"], "--settings"),
        (&["serve", "nothing"], "nothing"),
    ] {
        says(&solstice(arguments)?, 2, &[part])?;
    }
    Ok(())
}

fn solstice(arguments: &[&str]) -> Result<Output, Failure> {
    Ok(Command::new(env!("CARGO_BIN_EXE_solstice"))
        .args(arguments)
        .output()?)
}

/// The exit status, and words that standard error must hold.
fn says(output: &Output, status: i32, words: &[&str]) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(&output.stderr);
    if output.status.code() != Some(status) {
        return Err(format!(
            "expected exit status {status}, came {}: {text}",
            output.status
        )
        .into());
    }
    match words.iter().find(|word| !text.contains(*word)) {
        Some(word) => Err(format!("expected {word:?} in: {text}").into()),
        None => Ok(()),
    }
}
