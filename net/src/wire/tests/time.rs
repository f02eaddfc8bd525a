use super::*;
use crate::world::Stopped;
use std::sync::{Arc, Mutex};

#[test]
fn idle_time_costs_nothing_and_is_exact() {
    let run = run(pair(), |world| async move {
        let alice = world.host("alice");
        for _ in 0..100 {
            alice.sleep(Duration::from_nanos(30_000_000_001)).await;
        }
        alice.now()
    });
    assert_eq!(run.value, Ok(Duration::from_nanos(3_000_000_000_100)));
    assert_eq!(run.ended_at, Duration::from_nanos(3_000_000_000_100));
}

#[test]
fn timers_of_libraries_and_of_hosts_come_in_order() {
    let log = play(pair(), |world| async move {
        let log = Arc::new(Mutex::new(Vec::new()));
        let alice = world.host("alice");
        for us in [2_500, 1_000, 3_100, 3_000] {
            let (host, log) = (alice.clone(), log.clone());
            alice.spawn(async move {
                host.sleep(Duration::from_micros(us)).await;
                log.lock().expect("alone").push(("host", us, host.now()));
            });
        }
        for ms in [3, 1, 2] {
            let (host, log) = (alice.clone(), log.clone());
            alice.spawn(async move {
                tokio::time::sleep(MS * ms).await;
                log.lock()
                    .expect("alone")
                    .push(("library", u64::from(ms) * 1000, host.now()));
                // A library's timer may be what sets the network going.
                host.sleep(Duration::from_micros(10)).await;
                log.lock()
                    .expect("alone")
                    .push(("after", u64::from(ms) * 1000 + 10, host.now()));
            });
        }
        alice.sleep(10 * MS).await;
        Arc::try_unwrap(log)
            .expect("all are done")
            .into_inner()
            .expect("alone")
    });
    for (what, us, now) in &log {
        assert_eq!(*now, Duration::from_micros(*us), "{what}");
    }
    assert_eq!(log.len(), 10);
    assert!(log.windows(2).all(|pair| pair[0].2 <= pair[1].2), "{log:?}");
}

#[test]
fn hosts_have_their_own_clocks() {
    let mut topology = pair();
    topology.hosts[1].drift_ppm = 200;
    topology.hosts[1].skew_ms = -1500;
    play(topology, |world| async move {
        let (alice, bob) = (world.host("alice"), world.host("bob"));
        bob.sleep(Duration::from_secs(100)).await;
        assert_eq!(bob.now(), Duration::from_secs(100));
        let true_time = alice.now();
        assert!(true_time < Duration::from_secs(100), "{true_time:?}");
        let behind = alice
            .utc()
            .duration_since(bob.utc())
            .expect("bob is behind");
        let expected = Duration::from_millis(1500) - (Duration::from_secs(100) - true_time);
        assert!(
            behind.abs_diff(expected) < Duration::from_micros(1),
            "{behind:?}"
        );
    });
}

#[test]
fn a_world_that_cannot_go_on_says_so() {
    let stalled = run(pair(), |_| std::future::pending::<()>());
    let at = Duration::from_secs(3600);
    assert_eq!(stalled.value, Err(Stopped::Stalled { at }));
    let endless = run(pair(), |world| async move {
        loop {
            world.host("alice").sleep(Duration::from_secs(1)).await;
        }
    });
    let value: Result<(), _> = endless.value;
    assert_eq!(value, Err(Stopped::TimeLimit { at }));
}

#[test]
fn panics_are_heard_of() {
    let run = run(pair(), |world| async move {
        world.host("bob").spawn(async { panic!("bob is lost") });
        world.host("alice").sleep(MS).await;
    });
    let (host, message) = ("bob".to_string(), "bob is lost".to_string());
    assert_eq!(run.value, Err(Stopped::TaskPanicked { host, message }));
    let run = super::run(pair(), |world| async move {
        world.host("nobody");
    });
    let message = "the topology has no host 'nobody'".to_string();
    assert_eq!(run.value, Err(Stopped::Panicked { message }));
}

#[test]
fn a_task_that_never_rests_is_found() {
    let run = run(pair(), |world| async move {
        let alice = world.host("alice");
        alice.spawn(std::future::poll_fn(|cx| {
            cx.waker().wake_by_ref();
            std::task::Poll::Pending
        }));
        alice.sleep(MS).await;
    });
    let (host, at) = ("alice".to_string(), Duration::ZERO);
    assert_eq!(run.value, Err(Stopped::BusyLoop { host, at }));
}

#[test]
fn equal_seeds_give_equal_runs_and_others_do_not() {
    let once = |seed| {
        let setup = Setup::new(Kind::Wire, home_and_cloud().resolver("server")).seed(seed);
        let run = setup.run(|world| async move {
            let server = world.host("server");
            let listener = server.listen(at("0.0.0.0:80")).await.expect("free");
            server.spawn(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    tokio::io::copy(&mut tokio::io::empty(), &mut stream)
                        .await
                        .expect("sent");
                }
            });
            let alice = world.host("alice");
            let _ = alice.resolve("server").await;
            drop(alice.connect(at("203.0.113.5:80")).await);
            alice.sleep(Duration::from_secs(5)).await;
        });
        let run = run.expect("sound");
        run.value.expect("the play ends");
        run.trace
    };
    let (first, second, other) = (once(7), once(7), once(8));
    assert_eq!(first.first_difference(&second), None);
    assert!(first.sent_count > 8);
    assert_eq!(first.checkpoints.len(), 5);
    assert_ne!(first.hash, other.hash);
}
