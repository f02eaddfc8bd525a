//! Each checker with a run that it accepts and runs that it does not.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use net::packet::{Packet, Protocol};
use net::topology::Topology;
use net::trace::{Entry, TraceEvent};

use super::*;
use crate::outcome::Fault;

const ALICE: usize = 0;
const BOB: usize = 1;
const OFFICE: usize = 2;

/// A run on a LAN of alice, bob and an IP Office.
#[derive(Default)]
struct Run {
    entries: Vec<Entry>,
}

impl Run {
    fn sent(mut self, at_ms: u64, host: usize, from: u16, to: &str, payload: &[u8]) -> Self {
        let source = SocketAddr::new(address(host), from);
        let target: SocketAddr = to.parse().expect("an address in a test");
        let id = self.entries.len() as u64;
        let payload = Bytes::copy_from_slice(payload);
        let packet = Packet {
            source,
            target,
            protocol: Protocol::Udp,
            payload,
            id,
        };
        self.entries.push(Entry {
            at: Duration::from_millis(at_ms),
            event: TraceEvent::Sent { host, packet },
        });
        self
    }

    fn sip(self, at_ms: u64, host: usize, to: &str, text: &str) -> Self {
        let text = format!("{}\r\n\r\n", text.replace('\n', "\r\n"));
        self.sent(at_ms, host, 5060, to, text.as_bytes())
    }

    fn rtp(self, at_ms: u64, host: usize, from: u16, to: &str) -> Self {
        let mut packet = vec![0x80, 0, 0, 1];
        packet.resize(172, 0);
        self.sent(at_ms, host, from, to, &packet)
    }

    fn verdict(&self) -> Result<(), Finding> {
        let topology = Topology::lan(&["alice", "bob", "office"], Duration::from_millis(1));
        let cast = Cast {
            ip_office: Some(OFFICE),
            clients: vec![ALICE, BOB],
            secrets: vec!["hunter2-alice".to_owned()],
            end: Duration::from_secs(60),
            ..Cast::default()
        };
        check(&Evidence::read(&topology, &self.entries), &cast)
    }

    /// Which checker objects, and whom it blames.
    fn objection(&self) -> Option<(String, Fault)> {
        self.verdict()
            .err()
            .map(|finding| (finding.checker.unwrap_or_default(), finding.fault))
    }
}

fn address(host: usize) -> std::net::IpAddr {
    let topology = Topology::lan(&["alice", "bob", "office"], Duration::ZERO);
    topology.hosts[host].addresses[0]
}

/// A call from alice to the office: INVITE, 200, ACK, BYE, 200.
fn call(run: Run, call_id: &str) -> Run {
    let head = |start: &str, cseq: &str, to_tag: &str| {
        format!(
            "{start}\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK{cseq}\nFrom: <sip:201@office>;tag=a\nTo: <sip:202@office>{to_tag}\nCall-ID: {call_id}\nCSeq: {cseq}\nMax-Forwards: 70\nContent-Length: 0"
        )
        .replace("bK1 ", "bK1").replace("bK2 ", "bK2")
    };
    let (office, alice) = ("10.0.0.3:5060", "10.0.0.1:5060");
    run.sip(
        0,
        ALICE,
        office,
        &head("INVITE sip:202@office SIP/2.0", "1 INVITE", ""),
    )
    .sip(
        20,
        OFFICE,
        alice,
        &head("SIP/2.0 200 OK", "1 INVITE", ";tag=b"),
    )
    .sip(
        40,
        ALICE,
        office,
        &head("ACK sip:202@office SIP/2.0", "1 ACK", ";tag=b"),
    )
    .sip(
        5000,
        ALICE,
        office,
        &head("BYE sip:202@office SIP/2.0", "2 BYE", ";tag=b"),
    )
    .sip(
        5020,
        OFFICE,
        alice,
        &head("SIP/2.0 200 OK", "2 BYE", ";tag=b"),
    )
}

#[test]
fn an_ordinary_call_is_accepted() {
    let run = call(Run::default(), "one")
        .rtp(100, ALICE, 41000, "10.0.0.3:40750")
        .rtp(100, OFFICE, 40750, "10.0.0.1:41000");
    assert_eq!(run.verdict(), Ok(()));
}

#[test]
fn a_port_outside_the_table_is_the_clients_fault() {
    let run = Run::default().sent(0, ALICE, 40000, "10.0.0.3:9999", b"x");
    assert_eq!(run.objection(), Some(("ports".to_owned(), Fault::Client)));
    let answer = Run::default()
        .sent(0, OFFICE, 9999, "10.0.0.1:40000", b"x")
        .sent(1, ALICE, 40000, "10.0.0.3:9999", b"x");
    assert_eq!(
        answer.objection(),
        None,
        "an answer goes where the question came from"
    );
}

#[test]
fn media_outside_the_range_or_on_odd_ports_is_the_offices_fault() {
    for port in [40749, 40751, 50752] {
        let run = Run::default().rtp(0, OFFICE, port, "10.0.0.1:41000");
        assert_eq!(
            run.objection(),
            Some(("ports".to_owned(), Fault::IpOffice)),
            "port {port}"
        );
    }
}

#[test]
fn a_stranger_is_noticed() {
    let run = Run::default().sent(0, BOB, 40000, "198.51.100.7:443", b"x");
    assert_eq!(
        run.objection(),
        Some(("strangers".to_owned(), Fault::Client))
    );
}

#[test]
fn a_password_in_the_clear_is_noticed() {
    let run = Run::default().sent(0, ALICE, 40000, "10.0.0.3:80", b"pass=hunter2-alice");
    // The port is one of TCP, so the ports come first; what counts is that a UDP port of the table carries it too.
    assert!(run.objection().is_some());
    let run = Run::default().sent(0, ALICE, 5060, "10.0.0.3:5060", b"x: hunter2-alice");
    assert_eq!(
        run.objection(),
        Some(("clear_credentials".to_owned(), Fault::Client))
    );
}

#[test]
fn a_call_that_nobody_ends_is_noticed() {
    let mut run = call(Run::default(), "one");
    run.entries.truncate(3);
    assert_eq!(
        run.objection(),
        Some(("half_open".to_owned(), Fault::Client))
    );
    let mut unanswered = call(Run::default(), "one");
    unanswered.entries.truncate(4);
    assert_eq!(
        unanswered.objection(),
        Some(("half_open".to_owned(), Fault::IpOffice))
    );
}
