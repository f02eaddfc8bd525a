use super::*;
use crate::flows::{FlowEvent, Flows};
use crate::trace::TraceEvent;

#[test]
fn a_datagram_takes_the_links_time_to_the_nanosecond() {
    let mut topology = pair();
    topology.sites[0].lan = crate::link::LinkSpec::delay(Duration::from_nanos(1_234_567));
    let (sent, received, source) = play(topology, |world| async move {
        let (alice, bob) = (world.host("alice"), world.host("bob"));
        let socket = bob.udp(at("0.0.0.0:5060")).await.expect("free");
        let sender = alice.udp(at("0.0.0.0:0")).await.expect("free");
        alice.sleep(Duration::from_nanos(7)).await;
        let sent = alice.now();
        sender
            .send_to(b"hello", at("10.0.0.2:5060"))
            .await
            .expect("sent");
        let (bytes, source) = socket.recv().await.expect("received");
        assert_eq!(&bytes[..], b"hello");
        (sent, bob.now(), source)
    });
    assert_eq!(sent, Duration::from_nanos(7));
    assert_eq!(received, Duration::from_nanos(7 + 1_234_567));
    assert_eq!(source.ip(), ip("10.0.0.1"));
    assert!(source.port() >= 49_152);
}

#[test]
fn every_drop_has_its_reason() {
    let run = run(pair(), |world| async move {
        let alice = world.host("alice");
        let socket = alice.udp(at("0.0.0.0:5060")).await.expect("free");
        for target in ["10.0.0.2:9", "10.9.9.9:9"] {
            socket.send_to(b"?", at(target)).await.expect("sent");
        }
        assert!(
            socket
                .send_to(&[0; 65_508], at("10.0.0.2:9"))
                .await
                .is_err()
        );
        assert!(socket.send_to(b"?", at("[2001:db8::1]:9")).await.is_err());
        assert!(alice.udp(at("10.0.0.1:5060")).await.is_err());
        assert!(alice.udp(at("10.0.0.2:5061")).await.is_err());
        alice.sleep(100 * MS).await;
    });
    run.value.expect("the play ends");
    let reasons = run
        .trace
        .entries
        .iter()
        .filter_map(|entry| match &entry.event {
            TraceEvent::Dropped { reason, .. } => Some(reason.as_str()),
            _ => None,
        });
    let expected = [
        "no route to 10.9.9.9:9",
        "udp: nothing is bound to 10.0.0.2:9",
    ];
    assert_eq!(reasons.collect::<Vec<_>>(), expected);
}

#[test]
fn a_home_reaches_the_cloud_through_its_nat_and_is_answered() {
    play(home_and_cloud(), |world| async move {
        let server = world.host("server");
        let socket = server.udp(at("0.0.0.0:5060")).await.expect("free");
        server.spawn(async move {
            while let Ok((bytes, source)) = socket.recv().await {
                let answer = format!("{source} said {}", String::from_utf8_lossy(&bytes));
                socket
                    .send_to(answer.as_bytes(), source)
                    .await
                    .expect("sent");
            }
        });
        for (name, port) in [("alice", 5060), ("carol", 5061)] {
            let host = world.host(name);
            let socket = host.udp(at("0.0.0.0:5060")).await.expect("free");
            socket
                .send_to(b"hi", at("203.0.113.5:5060"))
                .await
                .expect("sent");
            let (answer, _) = socket.recv().await.expect("answered");
            let answer = String::from_utf8_lossy(&answer).into_owned();
            assert_eq!(answer, format!("198.51.100.1:{port} said hi"));
            // LAN, backbone, LAN; and back.
            let one_way = 10 * MS + Duration::from_micros(400);
            assert_eq!(world.now(), one_way * 2 * (port - 5059) as u32);
            std::mem::forget(socket);
        }
    });
}

#[test]
fn one_party_hears_all_its_sockets_in_one_loop() {
    play(pair(), |world| async move {
        let (alice, bob) = (world.host("alice"), world.host("bob"));
        let mut flows = Flows::new(&bob);
        let mut ids = Vec::new();
        for port in 0..100 {
            ids.push(flows.bind_udp(SocketAddr::new(ip("0.0.0.0"), 6000 + port)));
        }
        for id in &ids {
            let FlowEvent::Bound { flow, .. } = flows.next().await else {
                panic!("not bound")
            };
            assert_eq!(flow, *id);
        }
        let socket = alice.udp(at("0.0.0.0:0")).await.expect("free");
        for round in 0..3_u8 {
            for port in 0..100 {
                let target = SocketAddr::new(ip("10.0.0.2"), 6000 + port);
                socket.send_to(&[round], target).await.expect("sent");
            }
        }
        let mut heard = [0_u8; 100];
        for _ in 0..300 {
            let FlowEvent::Datagram { flow, bytes, .. } = flows.next().await else {
                panic!()
            };
            let place = ids.iter().position(|id| *id == flow).expect("one of ours");
            assert_eq!(bytes[0], heard[place], "in order");
            heard[place] += 1;
        }
        assert_eq!(heard, [3; 100]);
        assert_eq!(bob.now(), 5 * MS);
    });
}

#[test]
fn a_full_queue_drops_and_the_reader_goes_on() {
    let count = play(pair(), |world| async move {
        let (alice, bob) = (world.host("alice"), world.host("bob"));
        let reader = bob.udp(at("0.0.0.0:5060")).await.expect("free");
        let writer = alice.udp(at("0.0.0.0:0")).await.expect("free");
        for _ in 0..1000 {
            writer
                .send_to(&[0; 10_000], at("10.0.0.2:5060"))
                .await
                .expect("sent");
        }
        bob.sleep(10 * MS).await;
        let mut count = 0;
        loop {
            tokio::select! {
                biased;
                received = reader.recv() => { received.expect("open"); count += 1; }
                () = bob.sleep(MS) => break count,
            }
        }
    });
    assert!((200..220).contains(&count), "{count}");
}
