//! What does a quiet week cost? A hundred phones stay registered at one IP Office, and nobody calls.
//!
//! Registrations last 300 s and are refreshed before. Nonces live for 10 s, so the server challenges every refresh: four
//! datagrams, two digests and the timers of four transactions each time. Everything is real: the softphone's whole client,
//! the server's whole core, SIP over simulated UDP.
//!
//! Criterion measures one simulated day; the element is the day. `--week` on the command line measures one whole week once
//! and says what it took: `cargo bench -p benches --bench idle_week -- --week`. Target: a week in at most 20 s of processor
//! time, so a day in at most 2.86 s.

use std::time::Duration;

use benches::office::{self, Office};
use benches::ratios::Comparison;
use benches::{CountingAllocator, CpuTime, cpu_time, ratios};
use client::LogIn;
use client::settings::ControllerTransport;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group};
use net::{Kind, Setup};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const PHONES: u16 = 100;
const DAY: Duration = Duration::from_secs(24 * 3600);
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
/// A registration lives this long, so in such a time each phone registers at least once.
const EXPIRES_S: u64 = 300;
/// A challenged REGISTER: request, 401, request with credentials, 200.
const PACKETS: u64 = 4;
/// Processor time that a week may take, in ns, shared among its days.
const DAY_MOST_NS: f64 = 20e9 / 7.0;

/// Lets the phones idle for so long; gives the packets that were sent.
fn idle(time: Duration) -> u64 {
    let setup = Setup::new(Kind::Wire, office::topology(PHONES))
        .seed(7)
        .limit(office::LONG);
    let run = setup.run(move |world| async move {
        let mut office = Office::open(&world, PHONES, sim_ipoffice::Config::default(), login).await;
        world.host(office::IP_OFFICE).sleep(time).await;
        for phone in &mut office.phones {
            assert!(
                phone.events.try_recv().is_err(),
                "a phone has something to tell"
            );
        }
    });
    let run = run.expect("the topology is sound");
    run.value.expect("nobody is stuck");
    let least = time.as_secs() / EXPIRES_S * PACKETS * u64::from(PHONES);
    assert!(
        run.trace.sent_count >= least,
        "{} packets, at least {least} expected",
        run.trace.sent_count
    );
    assert_eq!(run.trace.dropped_count, 0);
    run.trace.sent_count
}

fn login(user: String, password: String) -> LogIn {
    LogIn::Direct {
        host: office::IP_OFFICE.to_owned(),
        port: None,
        transport: ControllerTransport::Udp,
        domain: None,
        user,
        password,
    }
}

fn days(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("idle_week");
    group
        .sampling_mode(SamplingMode::Flat)
        .throughput(Throughput::Elements(1));
    group.bench_function(BenchmarkId::new("day", PHONES), |bencher| {
        bencher.iter(|| idle(DAY))
    });
    group.finish();
}

fn week() {
    let start = cpu_time();
    let packets = idle(WEEK);
    let time_s = (cpu_time() - start).as_secs_f64();
    let each_us = time_s * 1e6 / (packets / PACKETS) as f64;
    eprintln!(
        "one week of {PHONES} idle phones: {time_s:.2} s of processor time, {packets} packets, {each_us:.1} µs a registration"
    );
}

criterion_group! {
    name = benchmarks;
    config = Criterion::default().with_measurement(CpuTime::PROCESS).sample_size(10);
    targets = days
}

fn main() {
    if std::env::args().any(|argument| argument == "--week") {
        week();
        return;
    }
    benchmarks();
    ratios::report("idle_week", &[Comparison::limit("day/100", DAY_MOST_NS)]);
}
