//! What does a call cost in the whole simulated system? A hundred calls at once, through the IP Office's relay.
//!
//! Two hundred phones fetch their settings by HTTPS, register by TLS and are called or call: each call is G.711 with
//! SDES-SRTP on both legs, which the relay decrypts and encrypts again, with RTCP beside it. Each phone says a tone and its
//! ear measures what it hears. Everything is counted in: worlds built, handshakes, signalling, the 60 s of sound and the
//! farewells.
//!
//! The element is the call second: criterion's throughput is call seconds for each second of processor time. Target:
//! 2,000. `--once` runs it a single time and prints the figure.

use std::time::Duration;

use benches::office::{self, Office};
use benches::ratios::Comparison;
use benches::{CALL_INTERVAL, CountingAllocator, CpuTime, cpu_time, ratios};
use client::{CallId, Command, Event, LogIn};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group};
use net::{Kind, Setup, World};
use sim_ipoffice::config::SrtpPolicy;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const CALLS: u16 = 100;
const TALK: Duration = Duration::from_secs(60);
/// Packets that may still wait in a play-out buffer when their call ends.
const HANGING_UP: u64 = 3;
const CALL_SECONDS: u64 = CALLS as u64 * TALK.as_secs();
/// 2,000 call seconds in a second.
const GOAL_NS: f64 = 1e9 / 2_000.0;

/// Holds the calls for 60 s; gives the packets that were sent.
fn calls() -> u64 {
    let setup = Setup::new(Kind::Wire, office::topology(2 * CALLS)).seed(7);
    let run = setup.run(|world| async move {
        let config = sim_ipoffice::Config {
            srtp: SrtpPolicy::Enforced,
            ..sim_ipoffice::Config::default()
        };
        let mut office = Office::open(&world, 2 * CALLS, config, login).await;
        let calls = connect(&world, &mut office).await;
        world.host(office::IP_OFFICE).sleep(TALK).await;
        hang_up(&mut office, calls).await;
    });
    let run = run.expect("the topology is sound");
    run.value.expect("nobody is stuck");
    run.trace.sent_count
}

fn login(user: String, password: String) -> LogIn {
    let url = format!("https://{}/46xxsettings.txt", office::IP_OFFICE);
    LogIn::Settings {
        url,
        user,
        password,
    }
}

/// Phone n calls phone 100 + n; gives the callers' calls when all stand.
async fn connect(world: &World, office: &mut Office) -> Vec<CallId> {
    let (callers, called) = office.phones.split_at_mut(usize::from(CALLS));
    for (caller, number) in callers.iter().zip(CALLS..) {
        let number = office::extension(number);
        caller
            .commands
            .send(Command::Call {
                number,
                video: false,
            })
            .await
            .expect("the phone runs");
        // Over the time of a packet, so that they do not all speak at the same moments.
        world
            .host(office::IP_OFFICE)
            .sleep(CALL_INTERVAL / u32::from(CALLS))
            .await;
    }
    for phone in called.iter_mut() {
        let event = office::sees(phone, |event| matches!(event, Event::IncomingCall { .. })).await;
        let Event::IncomingCall { call, .. } = event else {
            continue;
        };
        phone
            .commands
            .send(Command::Answer { call, video: false })
            .await
            .expect("the phone runs");
    }
    let mut calls = Vec::new();
    for phone in callers.iter_mut().chain(called) {
        let event = office::sees(phone, |event| matches!(event, Event::Talking { .. })).await;
        let Event::Talking { call, media } = event else {
            continue;
        };
        assert!(media.suite.is_some(), "{media:?}");
        calls.push(call);
    }
    calls.truncate(usize::from(CALLS));
    calls
}

/// Ends all calls and looks at what every ear has heard.
async fn hang_up(office: &mut Office, calls: Vec<CallId>) {
    for (phone, call) in office.phones.iter().zip(calls) {
        phone
            .commands
            .send(Command::HangUp { call })
            .await
            .expect("the phone runs");
    }
    for phone in &mut office.phones {
        let event = office::sees(phone, |event| matches!(event, Event::Ended { .. })).await;
        let Event::Ended {
            measurement: Some(heard),
            ..
        } = event
        else {
            panic!("a call without sound: {event:?}")
        };
        let frequency_hz = heard.heard.frequency_hz.unwrap_or_default();
        assert!(
            (frequency_hz - office::VOICE_HZ).abs() < 5.0,
            "heard {frequency_hz} Hz"
        );
        assert_eq!(heard.loss(), 0.0);
        assert!(
            heard.statistics.playout.packets_played + HANGING_UP >= TALK.as_secs() * 50,
            "{heard:?}"
        );
    }
}

fn stack(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("full_stack");
    group
        .sampling_mode(SamplingMode::Flat)
        .throughput(Throughput::Elements(CALL_SECONDS));
    group.bench_function(BenchmarkId::new("call_second", CALLS), |bencher| {
        bencher.iter(calls)
    });
    group.finish();
}

fn once() {
    let start = cpu_time();
    let packets = calls();
    let time_s = (cpu_time() - start).as_secs_f64();
    eprintln!(
        "{CALLS} calls for {} s: {time_s:.2} s of processor time, {:.0} call seconds a second, {packets} packets, {:.2} µs each",
        TALK.as_secs(),
        CALL_SECONDS as f64 / time_s,
        time_s * 1e6 / packets as f64,
    );
}

criterion_group! {
    name = benchmarks;
    config = Criterion::default().with_measurement(CpuTime::PROCESS).sample_size(10);
    targets = stack
}

fn main() {
    if std::env::args().any(|argument| argument == "--once") {
        once();
        return;
    }
    benchmarks();
    ratios::report(
        "full_stack",
        &[Comparison::limit("call_second/100", GOAL_NS)],
    );
}
