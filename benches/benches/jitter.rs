//! What does the play-out buffer cost for each packet that comes and each 10 ms that are heard?
//!
//! 1,000 buffers with 50 packets a second each, samples of 16 bits as they are, so that no codec is measured. `clean`: every
//! packet comes in its turn. `lossy`: 3 % are lost and 2 % come after their successor, so that some pulls conceal. `conceal` and
//! `stretch`: only those pulls of a worse line that make samples up, or shorten or lengthen the delay.
//!
//! Beside it in the same run, with the packets of `clean`: the crate `neteq`, a hundred of its buffers, as it is slower. It stamps
//! packets by the clock on the wall, so what it plays depends on how fast the benchmark runs, and much of it is stretched.
//!
//! Targets: a packet in at most 40 ns; 10 ms out at most 60 ns while nothing has to be made up, and at most 3 µs when it has.

#[path = "jitter/made_up.rs"]
mod made_up;
#[path = "jitter/theirs.rs"]
mod theirs;

use std::hint::black_box;
use std::time::Duration;

use benches::ratios::Comparison;
use benches::{CountingAllocator, CpuTime, assert_no_allocations, hot_path, ratios};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use media::Codec;
use media::codec::CodecError;
use media::jitter::JitterBuffer;

use made_up::{Made, Troubled};
use theirs::{THEIRS, Theirs};

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
            // A number for each packet, the same in every run.
            let fate = |tick: u64| (((tick * 31 + number as u64) * 2_654_435_761) >> 16) % 100;
            let mut insert = |tick: u64| {
                let timestamp = tick as u32 * PACKET as u32;
                buffer.insert(now, tick as u16, timestamp, Some(&self.payload));
            };
            let is_late = |fate: u64| self.is_lossy && (3..5).contains(&fate);
            if !(self.is_lossy && fate(self.tick) < 5) {
                insert(self.tick);
            }
            if is_late(fate(self.tick - 1)) {
                insert(self.tick - 1);
            }
        }
        let middle = CpuTime::THREAD.now();
        let mut frame = [0; PULL];
        for half in 0..2 {
            let now = now + Duration::from_millis(10 * half);
            for buffer in &mut self.buffers {
                black_box(buffer.pull(now, &mut Plain, &mut frame));
            }
        }
        (middle - start, CpuTime::THREAD.now() - middle)
    }
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
    let mut crowd = Crowd::new(false);
    group.throughput(Throughput::Elements(BUFFERS as u64));
    group.bench_function(BenchmarkId::new("packet", "clean"), |bencher| {
        bencher.iter_custom(|rounds| (0..rounds).map(|_| whole(crowd.round())).sum());
    });
    let mut troubled = Troubled::new();
    group.throughput(Throughput::Elements(BUFFERS as u64));
    for (name, made) in [("conceal", Made::Conceal), ("stretch", Made::Stretch)] {
        group.bench_function(BenchmarkId::new("pull", name), |bencher| {
            bencher.iter_custom(|pulls| troubled.pulls(made, pulls));
        });
    }
    let mut theirs = Theirs::new(Crowd::new(false).payload);
    group.throughput(Throughput::Elements(THEIRS as u64));
    group.bench_function(BenchmarkId::new("insert", "neteq"), |bencher| {
        bencher.iter_custom(|rounds| (0..rounds).map(|_| theirs.round().0).sum());
    });
    group.throughput(Throughput::Elements(2 * THEIRS as u64));
    group.bench_function(BenchmarkId::new("pull", "neteq"), |bencher| {
        bencher.iter_custom(|rounds| (0..rounds).map(|_| theirs.round().1).sum());
    });
    group.throughput(Throughput::Elements(THEIRS as u64));
    group.bench_function(BenchmarkId::new("packet", "neteq"), |bencher| {
        bencher.iter_custom(|rounds| (0..rounds).map(|_| whole(theirs.round())).sum());
    });
    group.finish();
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
            Comparison::speed("insert/clean", "insert/neteq", None),
            Comparison::speed("pull/clean", "pull/neteq", None),
        ],
    );
}
