#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test names what it expects; all else fails it"
)]

use super::*;

fn host() -> Host {
    let world = crate::World::real_machine();
    world.host("here")
}

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

async fn bound(flows: &mut Flows) -> SocketAddr {
    match flows.next().await {
        FlowEvent::Bound { local, .. } => local,
        other => panic!("not bound: {other:?}"),
    }
}

#[tokio::test]
async fn datagrams_of_two_sockets_come_out_of_one_loop() {
    let mut flows = Flows::new(&host());
    let first = flows.bind_udp(loopback());
    let first_local = bound(&mut flows).await;
    let second = flows.bind_udp(loopback());
    let second_local = bound(&mut flows).await;
    for number in 0..3_u8 {
        flows.send_to(first, second_local, &[number]);
        flows.send_to(second, first_local, &[number]);
    }
    let mut counts = [0, 0];
    for _ in 0..6 {
        match flows.next().await {
            FlowEvent::Datagram {
                flow,
                source,
                bytes,
            } if flow == first => {
                assert_eq!((source, &bytes[..]), (second_local, &[counts[0]][..]));
                counts[0] += 1;
            }
            FlowEvent::Datagram { flow, .. } if flow == second => counts[1] += 1,
            other => panic!("no datagram: {other:?}"),
        }
    }
    assert_eq!(counts, [3, 3]);
    flows.close(first);
    flows.close(first);
    let third = flows.bind_udp(loopback());
    assert_ne!(third, first);
    flows.send_to(first, second_local, b"nobody sends this");
    bound(&mut flows).await;
}

#[tokio::test]
async fn a_connection_opens_talks_and_closes() {
    let mut flows = Flows::new(&host());
    let listener = flows.listen(loopback(), None);
    let target = bound(&mut flows).await;
    let client = flows.connect(target, None);
    let mut server = None;
    let mut log = Vec::new();
    loop {
        match flows.next().await {
            FlowEvent::Opened {
                flow,
                listener: None,
                remote,
                ..
            } => {
                assert_eq!((flow, remote), (client, target));
                flows.send(client, b"question").expect("there is room");
            }
            FlowEvent::Opened {
                flow,
                listener: from,
                transport,
                ..
            } => {
                assert_eq!((from, transport), (Some(listener), Transport::Tcp));
                server = Some(flow);
            }
            FlowEvent::Bytes { flow, bytes } if flow == client => {
                log.push(bytes);
                flows.close(client);
            }
            FlowEvent::Bytes { flow, bytes } => {
                log.push(bytes);
                flows.send(flow, b"answer").expect("there is room");
            }
            FlowEvent::Closed { flow, reason } => {
                assert_eq!((Some(flow), reason), (server, None));
                break;
            }
            other => panic!("unexpected {other:?}"),
        }
    }
    assert_eq!(log, ["question", "answer"]);
    assert_eq!(flows.send(client, b"late"), Err(FlowError::Gone));
}

#[tokio::test]
async fn failures_are_events() {
    let mut flows = Flows::new(&host());
    let listener = flows.listen(loopback(), None);
    let taken = bound(&mut flows).await;
    let second = flows.listen(taken, None);
    let error = FlowError::AddressInUse;
    assert_eq!(
        flows.next().await,
        FlowEvent::Failed {
            flow: second,
            error
        }
    );
    flows.close(listener);
    let refused = flows.connect(taken, None);
    let error = FlowError::Refused;
    assert_eq!(
        flows.next().await,
        FlowEvent::Failed {
            flow: refused,
            error
        }
    );
}
