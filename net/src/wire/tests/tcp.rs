use super::*;
use std::io::ErrorKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Reads all, answers in capitals, closes.
fn shout(world: &World, name: &str) {
    let host = world.host(name);
    let server = host.clone();
    host.spawn(async move {
        let listener = server.listen(at("0.0.0.0:80")).await.expect("free");
        while let Ok((mut stream, _)) = listener.accept().await {
            server.spawn(async move {
                let mut text = Vec::new();
                if stream.read_to_end(&mut text).await.is_ok() {
                    text.make_ascii_uppercase();
                    let _ = stream.write_all(&text).await;
                }
            });
        }
    });
}

#[test]
fn a_question_half_closed_is_answered() {
    let (text, now) = play(pair(), |world| async move {
        shout(&world, "bob");
        let alice = world.host("alice");
        alice.sleep(MS).await;
        let mut stream = alice.connect(at("10.0.0.2:80")).await.expect("connected");
        assert_eq!(stream.peer_addr(), at("10.0.0.2:80"));
        assert_eq!(alice.now(), 11 * MS, "a handshake takes one round trip");
        stream.write_all(b"hello").await.expect("sent");
        stream.shutdown().await.expect("half-closed");
        let mut text = String::new();
        stream.read_to_string(&mut text).await.expect("answered");
        (text, alice.now())
    });
    assert_eq!(text, "HELLO");
    assert!(now < 40 * MS, "{now:?}");
}

#[test]
fn refused_and_unanswered_connections_fail_as_they_should() {
    play(pair(), |world| async move {
        let alice = world.host("alice");
        let refused = alice
            .connect(at("10.0.0.2:80"))
            .await
            .expect_err("nobody listens");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(alice.now(), 10 * MS);
        let lost = alice
            .connect(at("10.0.0.99:80"))
            .await
            .expect_err("nobody is there");
        assert_eq!(lost.kind(), ErrorKind::TimedOut);
        assert_eq!(alice.now(), 30_010 * MS);
    });
}

#[test]
fn both_families_and_a_nat() {
    let topology =
        home_and_cloud()
            .site(Site::new("office"))
            .host("dora", "office", &[ip("2001:db8:1::4")]);
    play(topology, |world| async move {
        let server = world.host("server");
        for any in ["0.0.0.0:80", "[::]:80"] {
            let listener = server.listen(at(any)).await.expect("free");
            server.spawn(async move {
                while let Ok((mut stream, remote)) = listener.accept().await {
                    stream
                        .write_all(remote.to_string().as_bytes())
                        .await
                        .expect("sent");
                }
            });
        }
        let cases = [
            ("alice", "203.0.113.5:80", "198.51.100.1:"),
            ("dora", "[2001:db8::5]:80", "[2001:db8:1::4]:"),
        ];
        for (name, target, seen) in cases {
            let mut stream = world
                .host(name)
                .connect(at(target))
                .await
                .expect("connected");
            let mut text = String::new();
            stream.read_to_string(&mut text).await.expect("told");
            assert!(text.starts_with(seen), "{text}");
        }
    });
}

#[test]
fn a_crash_is_heard_at_the_next_word() {
    play(pair(), |world| async move {
        shout(&world, "bob");
        let alice = world.host("alice");
        alice.sleep(MS).await;
        let mut stream = alice.connect(at("10.0.0.2:80")).await.expect("connected");
        world.crash("bob");
        stream.write_all(b"are you there?").await.expect("queued");
        let error = stream.read_u8().await.expect_err("gone");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        let refused = alice
            .connect(at("10.0.0.2:80"))
            .await
            .expect_err("nobody listens");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn dropping_unread_bytes_resets_and_dropping_cleanly_does_not() {
    play(pair(), |world| async move {
        let (alice, bob) = (world.host("alice"), world.host("bob"));
        let listener = bob.listen(at("10.0.0.2:80")).await.expect("free");
        for is_read in [true, false] {
            let mut client = alice.connect(at("10.0.0.2:80")).await.expect("connected");
            let (mut server, _) = listener.accept().await.expect("accepted");
            client.write_all(b"data").await.expect("sent");
            bob.sleep(20 * MS).await;
            if is_read {
                server.read_exact(&mut [0; 4]).await.expect("read");
            }
            drop(server);
            let end = client.read(&mut [0; 1]).await;
            match is_read {
                true => assert_eq!(end.expect("the end"), 0),
                false => assert_eq!(end.expect_err("reset").kind(), ErrorKind::ConnectionReset),
            }
        }
    });
}

#[test]
fn a_full_backlog_waits_and_a_slow_reader_stops_the_writer() {
    play(pair(), |world| async move {
        let (alice, bob) = (world.host("alice"), world.host("bob"));
        let listener = bob.listen(at("0.0.0.0:80")).await.expect("free");
        let mut streams = Vec::new();
        for _ in 0..128 {
            streams.push(alice.connect(at("10.0.0.2:80")).await.expect("connected"));
        }
        let late = alice.clone();
        let task = alice.spawn(async move {
            late.connect(at("10.0.0.2:80"))
                .await
                .expect("connected in the end");
            assert!(late.now() > Duration::from_secs(5), "{:?}", late.now());
        });
        bob.sleep(Duration::from_secs(5)).await;
        let (mut server, _) = listener.accept().await.expect("accepted");
        assert!(task.join().await);
        let mut client = streams.swap_remove(0);
        let written = async {
            let mut sum = 0;
            while let Ok(len) = client.write(&[7; 1000]).await {
                sum += len;
            }
            sum
        };
        tokio::select! {
            biased;
            _ = written => panic!("nothing ends it"),
            () = alice.sleep(Duration::from_secs(3)) => {}
        }
        let mut sum = 0;
        let mut buffer = [0; 4096];
        loop {
            tokio::select! {
                biased;
                read = server.read(&mut buffer) => sum += read.expect("open"),
                () = bob.sleep(Duration::from_secs(2)) => break,
            }
        }
        assert!(
            (100_000..140_000).contains(&sum),
            "two buffers of 64 KiB: {sum}"
        );
    });
}

#[test]
fn keep_alive_finds_a_dead_peer() {
    play(pair(), |world| async move {
        let (alice, bob) = (world.host("alice"), world.host("bob"));
        let listener = bob.listen(at("0.0.0.0:80")).await.expect("free");
        let mut client = alice.connect(at("10.0.0.2:80")).await.expect("connected");
        let _server = listener.accept().await.expect("accepted");
        alice.sleep(Duration::from_secs(600)).await;
        client
            .set_keep_alive(Some(Duration::from_secs(10)))
            .expect("set");
        let quiet = tokio::select! {
            biased;
            _ = client.read_u8() => false,
            () = alice.sleep(Duration::from_secs(600)) => true,
        };
        assert!(quiet, "an answering peer is alive");
        world.crash("bob");
        let error = client.read_u8().await.expect_err("dead");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert!(alice.now() < Duration::from_secs(1215), "{:?}", alice.now());
    });
}

#[test]
fn a_listener_that_goes_resets_those_it_never_took() {
    play(pair(), |world| async move {
        let (alice, bob) = (world.host("alice"), world.host("bob"));
        let listener = bob.listen(at("0.0.0.0:80")).await.expect("free");
        let mut client = alice.connect(at("10.0.0.2:80")).await.expect("connected");
        bob.sleep(10 * MS).await;
        drop(listener);
        let error = client.read_u8().await.expect_err("reset");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        bob.listen(at("0.0.0.0:80")).await.expect("free again");
    });
}

#[test]
fn many_connections_leave_nothing_behind() {
    play(pair(), |world| async move {
        shout(&world, "bob");
        let alice = world.host("alice");
        alice.sleep(MS).await;
        for _ in 0..300 {
            let mut stream = alice.connect(at("10.0.0.2:80")).await.expect("connected");
            stream.write_all(b"x").await.expect("sent");
            stream.shutdown().await.expect("closed");
            assert_eq!(stream.read_u8().await.expect("answered"), b'X');
        }
        alice.sleep(Duration::from_secs(60)).await;
        if let crate::host::Seat::Wire(seat) = alice.seat() {
            assert_eq!(seat.shared().lock().connections.keys().len(), 0);
        }
    });
}
