//! What does the play-out buffer cost for each packet that comes and each 10 ms that are heard?
//!
//! 1,000 buffers with 50 packets a second each, samples of 16 bits as they are, so that no codec is measured. `clean`: every
//! packet comes in its turn. `lossy`: 3 % are lost and 2 % come after their successor, so that some pulls conceal. `conceal` and
//! `stretch`: only those pulls of a worse line that make samples up, or shorten or lengthen the delay.
//!
//! Beside it in the same run: as many buffers of the crate `neteq`, and a bare copy of each packet in and out of as much memory.
//! `neteq` stamps packets by the clock on the wall, so its rounds wait for their 20 ms, as they would in calls. Faster it plays
//! something else, at a cost that changes with the speed.
//!
//! Targets: a packet in at most 40 ns; 10 ms out at most 60 ns while nothing has to be made up, and at most 3 µs when it has.

#[path = "jitter/copies.rs"]
mod copies;
#[path = "jitter/made_up.rs"]
mod made_up;
#[path = "jitter/pace.rs"]
mod pace;
#[path = "jitter/theirs.rs"]
mod theirs;

use std::hint::black_box;
use std::time::Duration;

use benches::ratios::Comparison;
use benches::{CountingAllocator, CpuTime, assert_no_allocations, hot_path, ratios};
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group};
use media::Codec;
use media::codec::CodecError;
use media::jitter::JitterBuffer;

use copies::Copies;
use made_up::{Made, Troubled};
use pace::paced;
use theirs::Theirs;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const BUFFERS: usize = 1_000;
const RATE_HZ: u32 = 8_000;
/// Samples of a packet of 20 ms and of a pull of 10.
const PACKET: usize = 160;
const PULL: usize = 80;

/// Samples as they are, little-endian.
struct Plain;

impl Codec for Plain {
    fn encode(&mut self, _: &[i16], _: &mut [u8]) -> Result<usize, CodecError> {
        Ok(0)
    }

    fn decode(&mut self, payload: &[u8], samples: &mut [i16]) -> Result<usize, CodecError> {
        let pairs = samples.iter_mut().zip(payload.as_chunks().0);
        let len = pairs.len();
        pairs.for_each(|(sample, octets)| *sample = i16::from_le_bytes(*octets));
        Ok(len)
    }
}

/// All buffers in step with one time.
struct Crowd {
    buffers: Vec<JitterBuffer>,
    payload: Vec<u8>,
    tick: u64,
    is_lossy: bool,
}

impl Crowd {
    fn new(is_lossy: bool) -> Crowd {
        let buffer = || JitterBuffer::new(RATE_HZ, RATE_HZ, 2 * PACKET);
        let samples = (0..PACKET).map(|n| ((n * 40_503) as i16) >> 3);
        let mut crowd = Crowd {
            buffers: (0..BUFFERS).map(|_| buffer()).collect(),
            payload: samples.flat_map(i16::to_le_bytes).collect(),
            tick: 0,
            is_lossy,
        };
        for _ in 0..100 {
            crowd.round();
        }
        assert_no_allocations(|| crowd.round());
        crowd
    }

    /// 20 ms of all buffers: the time for the packets and the time for the pulls.
    fn round(&mut self) -> (Duration, Duration) {
        self.tick += 1;
        let now = Duration::from_millis(20 * self.tick);
        let start = CpuTime::THREAD.now();
        for (number, buffer) in self.buffers.iter_mut().enumerate() {
            for tick in coming(self.tick, number as u64, self.is_lossy) {
                let timestamp = tick as u32 * PACKET as u32;
                buffer.insert(now, tick as u16, timestamp, Some(&self.payload));
            }
        }
        let middle = CpuTime::THREAD.now();
        for half in 0..2 {
            let now = now + Duration::from_millis(10 * half);
            for buffer in &mut self.buffers {
                black_box(buffer.pull(now, &mut Plain, PULL));
                black_box(buffer.frame());
            }
        }
        (middle - start, CpuTime::THREAD.now() - middle)
    }
}

/// The packets that come to a buffer at this tick, the same in every run.
fn coming(tick: u64, number: u64, is_lossy: bool) -> impl Iterator<Item = u64> {
    let fate = move |tick: u64| (((tick * 31 + number) * 2_654_435_761) >> 16) % 100;
    let is_there = !(is_lossy && fate(tick) < 5);
    let is_overtaken = is_lossy && (3..5).contains(&fate(tick - 1));
    let next = is_there.then_some(tick);
    next.into_iter().chain(is_overtaken.then(|| tick - 1))
}

fn jitter(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("jitter");
    for (name, is_lossy) in [("clean", false), ("lossy", true)] {
        let mut crowd = Crowd::new(is_lossy);
        group.throughput(Throughput::Elements(BUFFERS as u64));
        group.bench_function(BenchmarkId::new("insert", name), |bencher| {
            bencher.iter_custom(|rounds| (0..rounds).map(|_| crowd.round().0).sum());
        });
        group.throughput(Throughput::Elements(2 * BUFFERS as u64));
        group.bench_function(BenchmarkId::new("pull", name), |bencher| {
            bencher.iter_custom(|rounds| (0..rounds).map(|_| crowd.round().1).sum());
        });
        check(&crowd);
    }
    group.throughput(Throughput::Elements(BUFFERS as u64));
    for (name, is_lossy) in [("clean", false), ("lossy", true)] {
        let mut crowd = Crowd::new(is_lossy);
        group.bench_function(BenchmarkId::new("packet", name), |bencher| {
            bencher.iter_custom(|rounds| (0..rounds).map(|_| whole(crowd.round())).sum());
        });
    }
    let mut troubled = Troubled::new();
    group.throughput(Throughput::Elements(BUFFERS as u64));
    for (name, made) in [("conceal", Made::Conceal), ("stretch", Made::Stretch)] {
        group.bench_function(BenchmarkId::new("pull", name), |bencher| {
            bencher.iter_custom(|pulls| troubled.pulls(made, pulls));
        });
    }
    beside(&mut group);
    group.finish();
}

/// What the same costs by the crate, and what a bare copy does.
fn beside(group: &mut BenchmarkGroup<'_, CpuTime>) {
    let payload = Crowd::new(false).payload;
    let mut theirs = Theirs::new(payload.clone(), false);
    group.bench_function(BenchmarkId::new("insert", "neteq"), |bencher| {
        bencher.iter_custom(|rounds| paced(rounds, || theirs.round().0));
    });
    group.bench_function(BenchmarkId::new("packet", "neteq"), |bencher| {
        bencher.iter_custom(|rounds| paced(rounds, || whole(theirs.round())));
    });
    let mut theirs = Theirs::new(payload.clone(), true);
    group.bench_function(BenchmarkId::new("packet", "neteq_lossy"), |bencher| {
        bencher.iter_custom(|rounds| paced(rounds, || whole(theirs.round())));
    });
    let mut copies = Copies::new(payload.clone());
    group.bench_function(BenchmarkId::new("packet", "copy"), |bencher| {
        bencher.iter_custom(|rounds| (0..rounds).map(|_| copies.round()).sum());
    });
    group.throughput(Throughput::Elements(2 * BUFFERS as u64));
    let mut theirs = Theirs::new(payload, false);
    group.bench_function(BenchmarkId::new("pull", "neteq"), |bencher| {
        bencher.iter_custom(|rounds| paced(rounds, || theirs.round().1));
    });
}

/// The time of packets in and of their 20 ms out: where a buffer does which part of its work, is its own affair.
fn whole((insert, pull): (Duration, Duration)) -> Duration {
    insert + pull
}

/// Only what was lost or late may have been made up.
fn check(crowd: &Crowd) {
    for buffer in &crowd.buffers {
        let statistics = buffer.statistics();
        assert!(statistics.packets_played > 0, "{statistics:?}");
        if !crowd.is_lossy {
            let made_up = statistics.concealed_samples - statistics.silent_concealed_samples;
            assert_eq!(made_up, 0, "{statistics:?}");
        }
    }
}

criterion_group! {
    name = benchmarks;
    config = hot_path();
    targets = jitter
}

fn main() {
    benchmarks();
    ratios::report(
        "jitter",
        &[
            Comparison::limit("insert/clean", 40.0),
            Comparison::limit("pull/clean", 60.0),
            Comparison::limit("insert/lossy", 40.0),
            Comparison::peer("pull/lossy", "pull/clean", None),
            Comparison::limit("pull/conceal", 3_000.0),
            Comparison::limit("pull/stretch", 3_000.0),
            Comparison::speed("packet/clean", "packet/neteq", Some(100.0)),
            Comparison::speed("packet/lossy", "packet/neteq_lossy", None),
            Comparison::peer("packet/clean", "packet/copy", None),
            Comparison::speed("insert/clean", "insert/neteq", None),
            Comparison::speed("pull/clean", "pull/neteq", None),
        ],
    );
}
