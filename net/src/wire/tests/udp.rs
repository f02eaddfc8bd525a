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

#[test]
fn a_host_is_reached_by_each_of_its_addresses_and_answers_from_it() {
    let addresses = ["10.0.0.7", "10.0.0.8", "2001:db8::7"].map(ip);
    let topology = Topology::new()
        .site(Site::new("lan"))
        .host("alice", "lan", &[ip("10.0.0.1"), ip("2001:db8::1")])
        .host("bob", "lan", &addresses);
    play(topology, move |world| async move {
        let (alice, bob) = (world.host("alice"), world.host("bob"));
        assert_eq!(alice.resolve("bob").await.expect("known"), addresses);
        for address in addresses {
            let any = if address.is_ipv4() {
                "0.0.0.0:0"
            } else {
                "[::]:0"
            };
            let socket = alice.udp(at(any)).await.expect("free");
            let own = bob.udp(SocketAddr::new(address, 4000)).await.expect("free");
            socket
                .send_to(b"you?", own.local_addr())
                .await
                .expect("sent");
            let (_, source) = own.recv().await.expect("heard");
            own.send_to(b"yes", source).await.expect("sent");
            assert_eq!(socket.recv().await.expect("answered").1, own.local_addr());

            let mut port = at(any);
            port.set_port(5060);
            let (every, listener) = (bob.udp(port).await, bob.listen(port).await);
            let (every, listener) = (every.expect("free"), listener.expect("free"));
            let target = SocketAddr::new(address, 5060);
            socket.send_to(b"any?", target).await.expect("sent");
            assert_eq!(&every.recv().await.expect("heard").0[..], b"any?");
            let stream = alice.connect(target).await.expect("connected");
            assert_eq!(
                listener.accept().await.expect("taken").1,
                stream.local_addr()
            );
        }
    });
}

/// Two hosts behind one NAT by its outside address: only a NAT that turns packets back lets them meet.
#[test]
fn a_nat_turns_packets_back_if_it_is_said_to() {
    for hairpin in [false, true] {
        let mut topology = home_and_cloud();
        let nat = topology.sites[0].nat.as_mut().expect("the home has one");
        nat.behaviour = crate::nat::NatSpec {
            hairpin,
            ..crate::nat::NatSpec::default()
        };
        let heard = play(topology, |world| async move {
            let (alice, carol) = (world.host("alice"), world.host("carol"));
            let server = world.host("server");
            let ear = server.udp(at("0.0.0.0:5060")).await.expect("free");
            let hers = alice.udp(at("0.0.0.0:4000")).await.expect("free");
            let other = carol.udp(at("0.0.0.0:4000")).await.expect("free");
            let mut outside = Vec::new();
            for socket in [&hers, &other] {
                socket
                    .send_to(b"?", at("203.0.113.5:5060"))
                    .await
                    .expect("sent");
                outside.push(ear.recv().await.expect("heard").1);
            }
            // Both must have spoken to the other for the strictest filter to let it in.
            hers.send_to(b"from alice", outside[1]).await.expect("sent");
            other
                .send_to(b"from carol", outside[0])
                .await
                .expect("sent");
            hers.send_to(b"from alice", outside[1]).await.expect("sent");
            tokio::select! {
                biased;
                heard = other.recv() => Some((heard.expect("heard").1, outside[0])),
                () = carol.sleep(1000 * MS) => None,
            }
        });
        assert_eq!(heard.is_some(), hairpin);
        if let Some((source, outside)) = heard {
            assert_eq!(source, outside, "as the NAT shows her");
        }
    }
}
