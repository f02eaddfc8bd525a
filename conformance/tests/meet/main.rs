//! `solstice meet` on real sockets: two of our own phones see each other, and what leads nowhere is a clear error.

#![allow(clippy::disallowed_methods, reason = "processes live in real time")]

#[allow(
    dead_code,
    reason = "shared with the tests of real peers, which need more of it"
)]
#[path = "../real_peers/lab.rs"]
mod lab;
#[allow(
    dead_code,
    reason = "shared with the tests of real peers, which need more of it"
)]
#[path = "../real_peers/solstice.rs"]
mod solstice;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;

use lab::{Failure, Lab, PATIENCE, free_port_pair};
use serde_json::json;
use solstice::Serve;

fn meet(room: &str, more: &[&str]) -> Result<Child, Failure> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_solstice"));
    command
        .args(["meet", room])
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Ok(command.spawn()?)
}

/// A phone that stays in its room until the test has seen enough; dropped, it is ended.
struct Staying {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Staying {
    fn start(room: &str, more: &[&str]) -> Result<Staying, Failure> {
        let mut child = meet(room, more)?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let (said, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = said.send(line);
            }
        });
        Ok(Staying { child, lines })
    }

    /// Waits until it says this; what it said before is passed over.
    fn says(&mut self, expected: &str) -> Result<(), Failure> {
        let mut before = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(expected) => return Ok(()),
                Ok(line) => before.push(line),
                Err(_) => return Err(format!("{expected:?} was not said after {before:?}").into()),
            }
        }
    }
}

impl Drop for Staying {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn words(output: &Output) -> String {
    let (said, failed) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(said),
        String::from_utf8_lossy(failed)
    )
}

/// A room that is served, and its address.
fn room(lab: &Lab) -> Result<(Serve, String), Failure> {
    let (plain, stun) = (free_port_pair()?, free_port_pair()?);
    let config = json!({
        "ports": {"https": null, "portal": null, "plain": plain, "stun": stun},
        "rooms": [{"number": "801", "title": "Ann's room", "pin": "12"}],
    });
    let server = Serve::start(lab, "meetings", &config)?;
    let address = format!("http://127.0.0.1:{plain}/portal/tenants/solstice/?ID=801");
    Ok((server, address))
}

#[test]
fn two_phones_see_each_other() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let (_server, room) = room(&lab)?;
    let room = format!("{room}***12");
    // Ann is there before Bob comes and stays until he has gone, however long either takes.
    let mut ann = Staying::start(&room, &["--name", "Ann", "--video", "--seconds", "600"])?;
    ann.says("joined Ann's room")?;
    let output =
        meet(&room, &["--name", "Bob", "--video", "--seconds", "8"])?.wait_with_output()?;
    let said = words(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for expected in ["joined Ann's room", "talking opus", "seeing Ann"] {
        assert!(said.contains(expected), "{expected:?} is not in {said}");
    }
    assert!(said.contains("pictures seen, 0 broken"), "{said}");
    ann.says("seeing Bob")
}

#[test]
fn what_leads_nowhere_is_a_clear_error() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let (_server, room) = room(&lab)?;
    let elsewhere = format!("http://127.0.0.1:{}/portal/?ID=801", free_port_pair()?);
    let no_room = room.replace("ID=801", "number=801");
    for (address, expected) in [
        (room.as_str(), "ONE_TIME_PIN_REQUIRED"),
        (&format!("{room}***13"), "FORBIDDEN_ONE_TIME_PIN_REQUIRED"),
        (&room.replace("ID=801", "ID=802"), "VIRTUAL_ROOM_NOT_FOUND"),
        (&no_room, "this is no address of a room"),
        (&elsewhere, "the portal cannot be reached"),
    ] {
        let output = meet(address, &["--seconds", "5"])?.wait_with_output()?;
        let said = words(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(expected), "{expected:?} is not in {said}");
    }
    for arguments in [
        &["--seconds", "0"][..],
        &["--login", "ann"],
        &["--ca", "/nowhere.pem"],
    ] {
        let output = meet(&room, arguments)?.wait_with_output()?;
        assert_eq!(output.status.code(), Some(2), "{}", words(&output));
    }
    Ok(())
}
