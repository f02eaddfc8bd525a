//! `--faults FILE` on real sockets: exactly what the plan says befalls what real peers send and hear.

#![allow(
    clippy::disallowed_methods,
    reason = "peers that are not ours live in real time"
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

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};

use lab::{Failure, Lab, PATIENCE};
use office::{Office, options};
use serde_json::{Value, json};

impl Office {
    /// An IP Office behind the links of a plan.
    fn behind(faults: &Value) -> Result<Self, Failure> {
        let lab = Lab::new()?;
        let path = plan(&lab, faults)?;
        Self::start_in(lab, &["--faults", &path])
    }

    /// The call identifiers of what is answered to these OPTIONS, sent one after the other by UDP.
    fn answered(&self, call_ids: &[&str]) -> Result<Vec<String>, Failure> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(PATIENCE))?;
        for call_id in call_ids {
            let options = options(&socket.local_addr()?.to_string(), "UDP", call_id);
            socket.send_to(options.as_bytes(), ("127.0.0.1", self.ports.sip))?;
        }
        let mut heard = Vec::new();
        let mut answer = [0; 4096];
        while heard.last().map(String::as_str) != call_ids.last().copied() {
            let (len, _) = socket.recv_from(&mut answer)?;
            let text = String::from_utf8_lossy(&answer[..len]).into_owned();
            let line = text.lines().find_map(|line| line.strip_prefix("Call-ID: "));
            heard.push(line.ok_or("no Call-ID in the answer")?.to_owned());
        }
        Ok(heard)
    }
}

fn plan(lab: &Lab, faults: &Value) -> Result<String, Failure> {
    let path = lab.path("faults.json");
    let plan = json!({"version": 1, "seed": 7, "faults": faults});
    std::fs::write(&path, plan.to_string())?;
    Ok(path.to_string_lossy().into_owned())
}

fn fault(site: &str, direction: &str, effect: &Value) -> Value {
    let target = json!({"site": {"name": site, "direction": direction}});
    json!([{"id": 0, "target": target, "from": "0s", "effect": effect}])
}

fn losing(packets: &[u64]) -> Value {
    json!({"stage": {"stage": "loss", "only": "udp", "model": {"list": {"packets": packets}}}})
}

#[test]
fn what_the_plan_lists_is_lost_on_its_way_in() -> Result<(), Failure> {
    let office = Office::behind(&fault("ipoffice", "down", &losing(&[1, 3])))?;
    assert_eq!(office.answered(&["a", "b", "c", "d"])?, ["b", "d"]);
    Ok(())
}

#[test]
fn what_the_plan_lists_is_lost_on_its_way_out() -> Result<(), Failure> {
    let office = Office::behind(&fault("ipoffice", "up", &losing(&[2])))?;
    assert_eq!(office.answered(&["a", "b", "c"])?, ["a", "c"]);
    Ok(())
}

#[test]
fn a_delay_holds_up_connections_too() -> Result<(), Failure> {
    let office = Office::behind(&fault(
        "ipoffice",
        "both",
        &json!({"delay": {"by": "60ms"}}),
    ))?;
    let start = Instant::now();
    assert_eq!(office.answered(&["a"])?, ["a"]);
    assert!(start.elapsed() >= Duration::from_millis(120), "both ways");
    let mut stream = TcpStream::connect(("127.0.0.1", office.ports.sip))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let start = Instant::now();
    stream.write_all(options(&stream.local_addr()?.to_string(), "TCP", "b").as_bytes())?;
    let mut answer = [0; 4096];
    let len = stream.read(&mut answer)?;
    assert!(answer[..len].starts_with(b"SIP/2.0 200"));
    assert!(start.elapsed() >= Duration::from_millis(120), "both ways");
    Ok(())
}

#[test]
fn a_phone_behind_a_bad_line_hears_its_loss() -> Result<(), Failure> {
    let office = Office::behind(&json!([]))?;
    let registrar = format!("127.0.0.1:{};transport=udp", office.ports.sip);
    // Signalling is over long before the fortieth packet, and the call has at least a hundred.
    let lost: Vec<u64> = (41..=60).collect();
    let path = plan(&office.lab, &fault("phone", "down", &losing(&lost)))?;
    let call = |more: &[&str]| {
        let user = ["--user", "201", "--password", "2012012012"];
        let arguments = [
            &["--registrar", &registrar],
            &user[..],
            &["902", "--seconds", "3"],
            more,
        ];
        solstice::call(&arguments.concat())
    };
    let loss = |output: &[u8]| -> Result<f64, Failure> {
        let text = String::from_utf8_lossy(output).into_owned();
        let share = text
            .split("loss ")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        Ok(share.ok_or(text.clone())?.parse()?)
    };
    assert!(loss(&call(&[])?.stdout)? < 1.0);
    let share = loss(&call(&["--faults", &path])?.stdout)?;
    assert!(
        (5.0..25.0).contains(&share),
        "20 of about 150 packets: {share} %"
    );
    Ok(())
}

#[test]
fn a_plan_that_cannot_be_used_is_named_with_the_reason() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let cases = [
        (json!("no plan"), "faults.json"),
        (
            fault("hotel", "up", &json!("cut")),
            "there is no site 'hotel'; sites: ipoffice",
        ),
        (
            fault("ipoffice", "up", &json!({"lose": {"percent": 300}})),
            "from 0 to 100, not 300",
        ),
        (
            fault("ipoffice", "both", &json!("rebind")),
            "no NAT of ours",
        ),
        (fault("ipoffice", "sideways", &json!("cut")), "sideways"),
        (
            json!([{"id": 1, "target": {"host": {"name": "ipoffice"}}, "from": "0s", "effect": "crash"}]),
            "only links can be struck",
        ),
    ];
    for (faults, part) in cases {
        let path = plan(&lab, &faults)?;
        let output = serve(&["--faults", &path])?;
        assert!(output.contains(part), "expected {part:?} in: {output}");
        assert!(
            output.contains("fault-plan.md"),
            "what to do next: {output}"
        );
    }
    let output = serve(&["--faults", "/no/such/plan.json"])?;
    assert!(output.contains("/no/such/plan.json"), "{output}");
    Ok(())
}

/// What `solstice serve ipoffice` says when it cannot serve.
fn serve(more: &[&str]) -> Result<String, Failure> {
    let output = Command::new(env!("CARGO_BIN_EXE_solstice"))
        .args(["serve", "ipoffice"])
        .args(more)
        .output()?;
    assert_eq!(output.status.code(), Some(2));
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The example in the book is a plan that serves.
#[test]
fn the_plan_in_the_book_can_be_used() -> Result<(), Failure> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/how-to/real-phones.md");
    let page = std::fs::read_to_string(page)?;
    let example = page
        .split("```json\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let example: Value = serde_json::from_str(example.ok_or("no example in the book")?)?;
    let office = Office::behind(&example["faults"])?;
    // Its faults begin later, so that the phone can log in.
    assert_eq!(office.answered(&["a", "b"])?, ["a", "b"]);
    Ok(())
}
