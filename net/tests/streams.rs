//! Whatever a link does to segments, a stream delivers exactly the bytes sent, in order, and ends.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test names what it expects; all else fails it"
)]

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use net::faults::{Direction, Effect, FaultPlan, Target};
use net::topology::{Site, Topology};
use net::world::{Kind, Setup};
use net::{Host, TcpStream, World};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const MS: Duration = Duration::from_millis(1);

/// What is wrong with the link, and how much is sent each way.
#[derive(Clone, Debug)]
struct Case {
    seed: u64,
    effects: Vec<(Direction, Effect)>,
    question_len: usize,
    answer_len: usize,
    is_ipv6: bool,
}

fn case() -> impl Strategy<Value = Case> {
    let lossy = (0.0..19.9_f64).prop_map(|percent| Effect::Lose { percent });
    let bursts = (0.1..2.0_f64, 20.0..90.0_f64).prop_map(|(enter_percent, leave_percent)| {
        Effect::LoseBursts {
            enter_percent,
            leave_percent,
        }
    });
    let reorder = (0.0..50.0_f64, 1..60_u32).prop_map(|(percent, by)| Effect::Reorder {
        percent,
        by: by * MS,
    });
    let double = (0.0..60.0_f64).prop_map(|percent| Effect::Duplicate { percent });
    let corrupt = (0.0..10.0_f64).prop_map(|percent| Effect::Corrupt { percent });
    let jitter = (1..80_u32).prop_map(|ms| Effect::Jitter { up_to: ms * MS });
    let mtu = (96..1500_usize).prop_map(|bytes| Effect::Mtu { bytes });
    let throttle =
        (64_000..10_000_000_u64, 3_000..100_000_u64).prop_map(|(bits_per_s, queue_bytes)| {
            Effect::Throttle {
                bits_per_s,
                queue_bytes,
            }
        });
    let effect = prop_oneof![4 => lossy, 1 => bursts, 2 => reorder, 2 => double, 1 => corrupt, 1 => jitter, 2 => mtu, 1 => throttle];
    let direction = prop_oneof![
        Just(Direction::Up),
        Just(Direction::Down),
        Just(Direction::Both)
    ];
    let effects = prop::collection::vec((direction, effect), 0..4);
    (
        any::<u64>(),
        effects,
        0..120_000_usize,
        0..120_000_usize,
        any::<bool>(),
    )
        .prop_map(|(seed, effects, question_len, answer_len, is_ipv6)| {
            let mut loss = 0.0;
            // Each direction of the link loses less than 20 % in all.
            let effects = effects.into_iter().filter(|(_, effect)| match effect {
                Effect::Lose { percent } | Effect::Corrupt { percent } => {
                    loss += percent;
                    loss < 20.0
                }
                _ => true,
            });
            let effects = effects.collect();
            Case {
                seed,
                effects,
                question_len,
                answer_len,
                is_ipv6,
            }
        })
}

fn topology() -> Topology {
    let ip = |text: &str| text.parse().expect("an address");
    Topology::new()
        .site(Site::new("home"))
        .site(Site::new("cloud"))
        .host("client", "home", &[ip("192.0.2.1"), ip("2001:db8::1")])
        .host("server", "cloud", &[ip("203.0.113.5"), ip("2001:db8:1::5")])
}

fn bytes(len: usize, salt: usize) -> Vec<u8> {
    (0..len)
        .map(|place| (place * 31 + place / 251 + salt) as u8)
        .collect()
}

/// A lost handshake is tried again: that is the party's business.
async fn connect(host: &Host, target: SocketAddr) -> TcpStream {
    for _ in 0..20 {
        match host.connect(target).await {
            Ok(stream) => return stream,
            Err(error) => assert_eq!(error.kind(), ErrorKind::TimedOut),
        }
    }
    panic!("twenty handshakes failed");
}

/// What comes of a case: the stream as it was written, or the client's error.
async fn play(world: World, case: Case) -> Result<(), ErrorKind> {
    let (client, server) = (world.host("client"), world.host("server"));
    let (any, target) = if case.is_ipv6 {
        ("[::]:80", "[2001:db8:1::5]:80")
    } else {
        ("0.0.0.0:80", "203.0.113.5:80")
    };
    let listener = server
        .listen(any.parse().expect("an address"))
        .await
        .expect("free");
    let (question, answer) = (bytes(case.question_len, 1), bytes(case.answer_len, 7));
    let (asked, answered) = (question.clone(), answer.clone());
    let serving = server.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("listening");
            let mut heard = Vec::new();
            // A handshake whose last segment was lost and given up is no stream yet.
            if stream.read_to_end(&mut heard).await.is_err() {
                continue;
            }
            assert!(
                heard == asked,
                "{} of {} bytes, or others",
                heard.len(),
                asked.len()
            );
            if stream.write_all(&answered).await.is_ok() && stream.shutdown().await.is_ok() {
                return;
            }
        }
    });
    let mut stream = connect(&client, target.parse().expect("an address")).await;
    let mut heard = Vec::new();
    let talk = async {
        stream.write_all(&question).await?;
        stream.shutdown().await?;
        stream.read_to_end(&mut heard).await
    };
    if let Err(error) = talk.await {
        serving.abort();
        return Err(error.kind());
    }
    assert!(
        heard == answer,
        "{} of {} bytes, or others",
        heard.len(),
        answer.len()
    );
    assert!(serving.join().await);
    Ok(())
}

/// A retransmission is one packet. Where bursts of loss are long, all may be lost that an end has patience for, and the stream
/// may end before its time; it must end.
fn may_end_early(case: &Case) -> bool {
    let is_long = |effect: &Effect| matches!(effect, Effect::LoseBursts { leave_percent, .. } if *leave_percent < 50.0);
    case.effects.iter().any(|(_, effect)| is_long(effect))
}

fn setup(case: &Case) -> Setup {
    let mut plan = FaultPlan::seeded(case.seed);
    for (direction, effect) in &case.effects {
        let target = Target::Site {
            name: "home".to_string(),
            direction: *direction,
        };
        plan = plan.with(target, Duration::ZERO, None, effect.clone());
    }
    Setup::new(Kind::Wire, topology())
        .seed(case.seed)
        .faults(plan)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stream_is_exact_whatever_the_link_does(case in case()) {
        let case_again = case.clone();
        let run = setup(&case).run(move |world| play(world, case)).expect("sound");
        match &run.value {
            Ok(Err(ErrorKind::ConnectionReset | ErrorKind::TimedOut)) if may_end_early(&case_again) => {}
            value => prop_assert_eq!(value, &Ok(Ok(())), "after {:?}", run.ended_at),
        }
        let repeated = case_again.clone();
        let again = setup(&case_again).run(move |world| play(world, repeated)).expect("sound");
        prop_assert_eq!(again.trace.hash, run.trace.hash);
    }
}

#[test]
fn a_link_with_small_packets_is_found_out_in_seconds() {
    let mut case = Case {
        seed: 1,
        effects: vec![(Direction::Both, Effect::Mtu { bytes: 600 })],
        question_len: 100_000,
        answer_len: 100_000,
        is_ipv6: false,
    };
    for is_ipv6 in [false, true] {
        case.is_ipv6 = is_ipv6;
        let played = case.clone();
        let run = setup(&case)
            .run(move |world| play(world, played))
            .expect("sound");
        assert_eq!(run.value, Ok(Ok(())));
        assert!(run.ended_at < Duration::from_secs(20), "{:?}", run.ended_at);
    }
}

/// Doubled segments make repeated acknowledgements of the very last bytes; with the end of the
/// stream lost beside them, smoltcp alone would wait for ever.
#[test]
fn repeated_acknowledgements_do_not_stop_the_end_of_a_stream() {
    let case = Case {
        seed: 9_908_553_413_287_281_850,
        effects: vec![
            (Direction::Both, Effect::Mtu { bytes: 668 }),
            (
                Direction::Up,
                Effect::Duplicate {
                    percent: 57.07798658992885,
                },
            ),
        ],
        question_len: 9061,
        answer_len: 0,
        is_ipv6: false,
    };
    let run = setup(&case)
        .run(move |world| play(world, case))
        .expect("sound");
    assert_eq!(run.value, Ok(Ok(())));
}

/// An end that was never told what the other has heard gives up: the other, which awaits more, must be told.
#[test]
fn who_has_heard_more_than_is_known_is_told_of_the_end() {
    let bursts = Effect::LoseBursts {
        enter_percent: 0.8746824167771549,
        leave_percent: 20.0,
    };
    let case = Case {
        seed: 12_842_835_437_943_827_965,
        effects: vec![
            (Direction::Up, Effect::Lose { percent: 0.0 }),
            (Direction::Up, bursts),
        ],
        question_len: 103_969,
        answer_len: 32_225,
        is_ipv6: true,
    };
    let run = setup(&case).run(move |world| play(world, case));
    assert_eq!(
        run.expect("sound").value,
        Ok(Err(ErrorKind::ConnectionReset))
    );
}
