//! Many datagrams in one turn on real sockets: all arrive, in order, whole, whatever their lengths and wherever they go.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test names what it expects; all else fails it"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use net::faults::{Direction, Effect, FaultPlan, Target};
use net::{FlowEvent, FlowId, Flows, World};

/// How long datagrams are waited for that must come; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long more than those are listened for.
const MOMENT: Duration = Duration::from_millis(300);

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

/// Sockets of one party.
async fn bound(flows: &mut Flows, local: SocketAddr) -> (FlowId, SocketAddr) {
    let bound = flows.bind_udp(local);
    match flows.next().await {
        FlowEvent::Bound { flow, local } if flow == bound => (flow, local),
        other => panic!("not bound: {other:?}"),
    }
}

/// So many datagrams, and what comes within a moment after them, by the socket that it came to.
async fn received(flows: &mut Flows, count: usize) -> BTreeMap<FlowId, Vec<Bytes>> {
    let mut received: BTreeMap<FlowId, Vec<Bytes>> = BTreeMap::new();
    let mut missing = count;
    loop {
        let time = if missing > 0 { PATIENCE } else { MOMENT };
        let Ok(event) = tokio::time::timeout(time, flows.next()).await else {
            break;
        };
        match event {
            FlowEvent::Datagram { flow, bytes, .. } => {
                received.entry(flow).or_default().push(bytes);
                missing = missing.saturating_sub(1);
            }
            other => panic!("no datagram: {other:?}"),
        }
    }
    received
}

fn flows() -> Flows {
    Flows::new(&World::real_machine().host("here"))
}

/// A datagram that says its number.
fn numbered(number: u32, len: usize) -> Vec<u8> {
    let mut datagram = vec![number as u8; len.max(4)];
    datagram[..4].copy_from_slice(&number.to_be_bytes());
    datagram
}

#[tokio::test]
async fn a_picture_reaches_all_its_receivers() {
    let mut sender = flows();
    let (source, _) = bound(&mut sender, loopback()).await;
    let mut receiver = flows();
    let mut ends = Vec::new();
    for _ in 0..40 {
        ends.push(bound(&mut receiver, loopback()).await);
    }
    // Ten packets of a picture, the last shorter; then something that is longer than a frame, empty, short.
    let lens = [1200; 9].into_iter().chain([431, 9000, 0, 12]);
    let datagrams: Vec<Vec<u8>> = lens.map(|len| vec![len as u8; len]).collect();
    for datagram in &datagrams {
        for (_, target) in &ends {
            sender.send_to(source, *target, datagram);
        }
    }
    drop(sender);
    let received = received(&mut receiver, ends.len() * datagrams.len()).await;
    for (flow, _) in ends {
        assert_eq!(
            received[&flow], datagrams,
            "in order, each as long as it was"
        );
    }
}

#[tokio::test]
async fn a_burst_to_one_receiver_keeps_its_order() {
    for local in ["127.0.0.1:0", "[::1]:0"] {
        let local: SocketAddr = local.parse().expect("an address");
        let mut party = flows();
        let (source, _) = bound(&mut party, local).await;
        let (sink, target) = bound(&mut party, local).await;
        let lens = [172, 172, 172, 60, 1452, 1453, 1, 300];
        // No more than what the socket holds by default.
        let datagrams: Vec<Vec<u8>> = (0..200)
            .map(|number| numbered(number, lens[number as usize % lens.len()]))
            .collect();
        for datagram in &datagrams {
            party.send_to(source, target, datagram);
        }
        assert_eq!(
            received(&mut party, datagrams.len()).await[&sink],
            datagrams
        );
        assert_eq!(party.dropped_count(), 0);
    }
}

#[tokio::test]
async fn what_cannot_be_sent_harms_no_other() {
    let mut party = flows();
    let (source, _) = bound(&mut party, loopback()).await;
    let (sink, target) = bound(&mut party, loopback()).await;
    let too_long = vec![0; 65_508];
    let wrong_family: SocketAddr = "[::1]:9".parse().expect("an address");
    let datagrams: Vec<Vec<u8>> = (0..20).map(|number| numbered(number, 160)).collect();
    for datagram in &datagrams {
        party.send_to(source, target, datagram);
        party.send_to(source, target, &too_long);
        party.send_to(source, wrong_family, datagram);
    }
    assert_eq!(
        received(&mut party, datagrams.len()).await[&sink],
        datagrams
    );
    assert_eq!(party.dropped_count(), 40, "each one counted");
}

#[tokio::test]
async fn closed_ports_among_the_targets_end_no_socket() {
    let mut party = flows();
    let (source, _) = bound(&mut party, loopback()).await;
    let (sink, target) = bound(&mut party, loopback()).await;
    let mut closed = Vec::new();
    for _ in 0..8 {
        let (flow, local) = bound(&mut party, loopback()).await;
        party.close(flow);
        closed.push(local);
    }
    let datagrams: Vec<Vec<u8>> = (0..50).map(|number| numbered(number, 160)).collect();
    for datagram in &datagrams {
        for gone in &closed {
            party.send_to(source, *gone, datagram);
        }
        party.send_to(source, target, datagram);
        // So that the ICMP messages come in between.
        tokio::task::yield_now().await;
    }
    assert_eq!(
        received(&mut party, datagrams.len()).await[&sink],
        datagrams
    );
}

#[tokio::test]
async fn what_is_sent_last_is_sent() {
    let mut receiver = flows();
    let (sink, target) = bound(&mut receiver, loopback()).await;
    let mut sender = flows();
    let (source, _) = bound(&mut sender, loopback()).await;
    sender.send_to(source, target, b"before the socket closes");
    sender.close(source);
    let (source, _) = bound(&mut sender, loopback()).await;
    sender.send_to(source, target, b"before the party ends");
    drop(sender);
    let said: [&[u8]; 2] = [b"before the socket closes", b"before the party ends"];
    assert_eq!(received(&mut receiver, said.len()).await[&sink], said);
}

#[tokio::test]
async fn links_of_a_fault_plan_see_every_datagram() {
    let site = |direction| Target::Site {
        name: "here".to_owned(),
        direction,
    };
    let plan = FaultPlan::seeded(7).with(
        site(Direction::Down),
        Duration::ZERO,
        Duration::from_secs(3600),
        Effect::Lose { percent: 50.0 },
    );
    let address = loopback().ip();
    let world = World::real_machine_under(&plan, "here", &[address]).expect("a plan for one site");
    let mut faulty = Flows::new(&world.host("here"));
    let (sink, target) = bound(&mut faulty, loopback()).await;
    let mut sender = flows();
    let (source, _) = bound(&mut sender, loopback()).await;
    for number in 0..200 {
        sender.send_to(source, target, &numbered(number, 172));
    }
    drop(sender);
    let count = received(&mut faulty, 60).await[&sink].len();
    assert!((60..140).contains(&count), "half of 200: {count}");
}
