use super::*;
use crate::faults::{Direction, Effect, FaultPlan, Outcome, Target};
use crate::flows::{FlowError, FlowEvent, Flows};
use crate::link::LinkSpec;
use crate::trace::TraceEvent;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SECOND: Duration = Duration::from_secs(1);

/// The server counts what it hears from the home, 50 a second.
async fn count_speech(world: World, time: Duration) -> Vec<(u64, Duration)> {
    let (alice, server) = (world.host("alice"), world.host("server"));
    let ear = server.udp(at("0.0.0.0:4000")).await.expect("free");
    let mouth = alice.udp(at("0.0.0.0:4000")).await.expect("free");
    let clock = alice.clone();
    alice.spawn(async move {
        for number in 0_u64.. {
            clock.sleep_until(20 * MS * number as u32).await;
            mouth
                .send_to(&number.to_be_bytes(), at("203.0.113.5:4000"))
                .await
                .expect("sent");
        }
    });
    let mut heard = Vec::new();
    loop {
        tokio::select! {
            biased;
            received = ear.recv() => {
                let (bytes, _) = received.expect("open");
                let number = u64::from_be_bytes(bytes[..].try_into().expect("8 bytes"));
                heard.push((number, world.now()));
            }
            () = server.sleep_until(time) => return heard,
        }
    }
}

#[test]
fn a_plan_strikes_and_heals_and_its_record_replays() {
    let plan = FaultPlan::seeded(5)
        .with(
            Target::uplink("home"),
            SECOND,
            2 * SECOND,
            Effect::Lose { percent: 50.0 },
        )
        .with(
            Target::pair("alice", "server"),
            3 * SECOND,
            4 * SECOND,
            Effect::Cut,
        );
    let setup = Setup::new(Kind::Wire, home_and_cloud()).keep_entries();
    let drawn = setup.clone().faults(plan.clone());
    let drawn = drawn
        .run(|world| count_speech(world, 5 * SECOND))
        .expect("sound");
    let heard = drawn.value.expect("the play ends");
    let between = |from: u64, to: u64| heard.iter().filter(|(n, _)| (from..to).contains(n)).count();
    assert_eq!(between(0, 50), 50);
    assert!((15..35).contains(&between(50, 100)), "{}", between(50, 100));
    assert_eq!(between(100, 149), 49);
    assert_eq!(between(150, 199), 0);
    assert!(between(200, 250) > 45);
    assert_eq!(drawn.decisions.decisions.len(), 50 - between(50, 100));
    let faults = drawn
        .trace
        .entries
        .iter()
        .filter(|e| matches!(e.event, TraceEvent::Fault { .. }));
    assert_eq!(faults.count(), 4);

    let mut other_seed = plan.clone();
    other_seed.seed = 6;
    let replayed = setup
        .clone()
        .faults(other_seed.clone())
        .decisions(drawn.decisions.clone());
    let replayed = replayed
        .run(|world| count_speech(world, 5 * SECOND))
        .expect("sound");
    assert_eq!(replayed.trace.first_difference(&drawn.trace), None);
    let other = setup
        .faults(other_seed)
        .run(|world| count_speech(world, 5 * SECOND));
    assert!(
        other
            .expect("sound")
            .trace
            .first_difference(&drawn.trace)
            .is_some()
    );
}

/// One decision taken out of the record gives back its packet and changes nothing else, whatever else is left to chance.
#[test]
fn without_one_decision_only_its_packet_fares_otherwise() {
    let to = 3 * MS;
    let plan = FaultPlan::seeded(11)
        .with(
            Target::uplink("home"),
            MS,
            None,
            Effect::Lose { percent: 20.0 },
        )
        .with(
            Target::uplink("home"),
            MS,
            None,
            Effect::Jitter { up_to: to },
        )
        .with(
            Target::uplink("home"),
            MS,
            None,
            Effect::Duplicate { percent: 10.0 },
        );
    let setup = Setup::new(Kind::Wire, home_and_cloud()).faults(plan);
    let run = |setup: Setup| {
        let run = setup.run(|world| count_speech(world, 4 * SECOND));
        let run = run.expect("sound");
        (
            run.value.expect("the play ends"),
            run.decisions,
            run.unused_decisions,
        )
    };
    let (heard, drawn, _) = run(setup.clone());
    let losses = drawn.decisions.iter().enumerate();
    let losses: Vec<usize> = losses
        .filter(|(_, decision)| decision.outcome == Outcome::Lost)
        .map(|(index, _)| index)
        .collect();
    assert!(losses.len() > 20, "{} losses", losses.len());
    for index in [
        losses[0],
        losses[losses.len() / 2],
        losses[losses.len() - 1],
    ] {
        let mut record = drawn.clone();
        let spared = record.decisions.remove(index);
        let (mut more, again, unused) = run(setup.clone().decisions(record.clone()));
        assert_eq!((again.decisions, unused), (record.decisions, 0));
        let number = spared.packet as usize - 1;
        let back = more.iter().position(|(heard, _)| *heard as usize == number);
        more.remove(back.expect("it arrives"));
        assert_eq!(more, heard, "without \"{spared}\"");
    }
    let mut foreign = drawn.clone();
    foreign.decisions[losses[0]].packet = 1_000_000;
    assert_eq!(run(setup.decisions(foreign)).2, 1);
}

type Heard = tokio::sync::mpsc::Receiver<(bytes::Bytes, Duration)>;

/// Alice counts aloud ten times a second, from 0 whenever she starts; the server hears.
async fn listen_to_alice(world: &World) -> Heard {
    let server = world.host("server");
    let (sender, heard) = tokio::sync::mpsc::channel(1000);
    let ear = server.udp(at("0.0.0.0:4000")).await.expect("free");
    let clock = server.clone();
    server.spawn(async move {
        while let Ok((bytes, _)) = ear.recv().await {
            sender
                .send((bytes, clock.now()))
                .await
                .expect("there is room");
        }
    });
    world.boot("alice", |alice| async move {
        let mouth = alice
            .udp(at("0.0.0.0:4000"))
            .await
            .expect("the port is free again");
        for number in 0_u64.. {
            mouth
                .send_to(&number.to_be_bytes(), at("203.0.113.5:4000"))
                .await
                .expect("sent");
            alice.sleep(100 * MS).await;
        }
    });
    heard
}

#[test]
fn a_crashed_host_boots_again_and_a_suspended_one_catches_up() {
    let plan = FaultPlan::seeded(1)
        .with(Target::host("alice"), 1005 * MS, 2 * SECOND, Effect::Crash)
        .with(
            Target::host("server"),
            3 * SECOND,
            4 * SECOND,
            Effect::Suspend,
        );
    let setup = Setup::new(Kind::Wire, home_and_cloud()).faults(plan);
    let run = setup.run(|world| async move {
        let mut heard = listen_to_alice(&world).await;
        tokio::time::sleep(5 * SECOND).await;
        let mut all = Vec::new();
        while let Ok(one) = heard.try_recv() {
            all.push(one);
        }
        all
    });
    let heard = run.expect("sound").value.expect("the play ends");
    let first_words = heard
        .iter()
        .filter(|(bytes, _)| bytes[..] == 0_u64.to_be_bytes())
        .count();
    assert_eq!(first_words, 2, "the host began twice");
    let in_second = |second: u64| {
        heard
            .iter()
            .filter(|(_, now)| now.as_secs() == second)
            .count()
    };
    assert_eq!(in_second(1), 1, "one was under way when the host died");
    assert_eq!(in_second(3), 0);
    assert_eq!(
        in_second(4),
        20,
        "those that waited and those of the second"
    );
}

#[test]
fn links_and_nats_change_while_the_world_runs() {
    play(home_and_cloud(), |world| async move {
        let (alice, server) = (world.host("alice"), world.host("server"));
        let ear = server.udp(at("0.0.0.0:4000")).await.expect("free");
        let mouth = alice.udp(at("0.0.0.0:4000")).await.expect("free");
        let mut ports = Vec::new();
        for step in 0..3 {
            let before = alice.now();
            mouth
                .send_to(b"?", at("203.0.113.5:4000"))
                .await
                .expect("sent");
            let (_, source) = ear.recv().await.expect("heard");
            ports.push(source.port());
            let took = alice.now() - before;
            let slow = if step == 2 { 100 * MS } else { Duration::ZERO };
            assert_eq!(
                took,
                10 * MS + Duration::from_micros(400) + slow,
                "step {step}"
            );
            if step == 0 {
                assert!(world.rebind("home"));
                assert!(!world.rebind("cloud"));
            } else {
                world.set_link("home", Direction::Up, &LinkSpec::delay(100 * MS));
            }
        }
        assert_ne!(ports[0], ports[1]);
        assert_eq!(ports[1], ports[2]);
    });
}

#[test]
fn clocks_are_stepped_and_drift() {
    let plan = FaultPlan::seeded(1)
        .with(
            Target::host("alice"),
            SECOND,
            2 * SECOND,
            Effect::StepClock { by_ms: 5000 },
        )
        .with(
            Target::host("server"),
            SECOND,
            11 * SECOND,
            Effect::DriftClock { ppm: 1000 },
        );
    let setup = Setup::new(Kind::Wire, home_and_cloud()).faults(plan);
    let run = setup.run(|world| async move {
        let (alice, server, carol) = (
            world.host("alice"),
            world.host("server"),
            world.host("carol"),
        );
        carol.sleep_until(1500 * MS).await;
        let ahead = alice.utc().duration_since(carol.utc()).expect("ahead");
        assert_eq!(ahead, 5 * SECOND);
        server.sleep_until(Duration::from_secs(20)).await;
        assert_eq!(alice.utc(), carol.utc());
        let gained = server.now() - carol.now();
        assert!(
            gained.abs_diff(10 * MS) < Duration::from_micros(1),
            "{gained:?}"
        );
    });
    run.expect("sound").value.expect("the play ends");
}

#[test]
fn nothing_is_left_of_a_world_that_is_over() {
    let kept = std::sync::Arc::new(());
    let (first, second, third) = (kept.clone(), kept.clone(), kept.clone());
    play(home_and_cloud().resolver("server"), |world| async move {
        let alice = world.host("alice");
        let (host, world_too) = (alice.clone(), world.clone());
        alice.spawn(async move {
            let _kept = (first, world_too);
            let socket = host.udp(at("0.0.0.0:4000")).await.expect("free");
            let _ = socket.recv().await;
        });
        world.boot("carol", move |host| {
            let kept = second.clone();
            async move {
                host.sleep(Duration::from_secs(100)).await;
                drop(kept);
            }
        });
        tokio::spawn(async move {
            let _kept = third;
            tokio::time::sleep(Duration::from_secs(100)).await;
        });
        alice.sleep(MS).await;
        world.restart("carol");
    });
    assert_eq!(std::sync::Arc::strong_count(&kept), 1);
}

#[test]
fn an_aborted_connection_drops_what_waits_in_it() {
    let until = 21 * SECOND;
    let plan = FaultPlan::seeded(1).with(Target::pair("alice", "bob"), SECOND, until, Effect::Cut);
    let setup = Setup::new(Kind::Wire, pair()).faults(plan);
    let run = setup.run(move |world| async move {
        let (alice, bob) = (world.host("alice"), world.host("bob"));
        let listener = bob.listen(at("10.0.0.2:80")).await.expect("free");
        let mut client = alice.connect(at("10.0.0.2:80")).await.expect("connected");
        let (mut server, _) = listener.accept().await.expect("accepted");
        alice.sleep_until(2 * SECOND).await;
        client.write_all(b"too late").await.expect("queued");
        alice.sleep_until(until + MS).await;
        client.abort();
        let end = server.read(&mut [0; 8]).await.expect_err("no bytes");
        assert_eq!(end.kind(), std::io::ErrorKind::ConnectionReset);
        assert!(bob.now() < until + SECOND, "at once: {:?}", bob.now());
        drop(server);
        if let crate::host::Seat::Wire(seat) = alice.seat() {
            assert_eq!(seat.shared().lock().connections.keys().len(), 0);
        }
    });
    run.expect("sound").value.expect("the play ends");
}

/// The reset is lost on a cut link: who has opened the connection finds out by asking.
#[test]
fn a_connection_that_only_this_end_believes_in_is_found_out() {
    let (from, until) = (SECOND, 20 * SECOND);
    let plan = FaultPlan::seeded(1).with(Target::pair("bob", "alice"), from, until, Effect::Cut);
    let setup = Setup::new(Kind::Wire, pair()).faults(plan);
    let run = setup.run(move |world| async move {
        let (alice, bob) = (world.host("alice"), world.host("bob"));
        let listener = bob.listen(at("10.0.0.2:80")).await.expect("free");
        let mut flows = Flows::new(&alice);
        let flow = flows.connect(at("10.0.0.2:80"), None);
        let (server, opened) = tokio::join!(listener.accept(), flows.next());
        assert!(matches!(opened, FlowEvent::Opened { .. }), "{opened:?}");
        bob.sleep_until(2 * SECOND).await;
        server.expect("accepted").0.abort();
        let reason = Some(FlowError::Reset);
        assert_eq!(flows.next().await, FlowEvent::Closed { flow, reason });
        let found = alice.now();
        assert!((until..until + 32 * SECOND).contains(&found), "{found:?}");
    });
    run.expect("sound").value.expect("the play ends");
}
