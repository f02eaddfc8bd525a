//! What does a packet of a conference cost from wire to wire, and how does that grow with the number of legs?
//!
//! A leg: SRTP packet in → unprotect (AES-128-GCM) → RTP → play-out buffer → decoded → mixed with two others → encoded → RTP →
//! protected → SRTP packet out, memory to memory, every 20 ms. The far ends make their packets outside the measured time. The
//! element is the packet; a leg has 50 a second.
//!
//! Targets: G.711 at most 550 ns a packet, which is 36,000 legs a core, beside the same assembled from crates; Opus at least
//! 0.95 of the codec alone, and ten times as many legs where all who listen share one encoding.

#[path = "pipeline/assembled.rs"]
mod assembled;
#[path = "pipeline/g711.rs"]
mod g711;
#[path = "pipeline/opus.rs"]
mod opus;

use benches::ratios::Comparison;
use benches::{CountingAllocator, CpuTime, hot_path, ratios};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn pipeline(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("pipeline");
    for legs in [10, 100, 1_000, 10_000] {
        let mut server = g711::Server::new(legs);
        group.throughput(Throughput::Elements(legs as u64));
        group.bench_function(BenchmarkId::new("g711", legs), |bencher| {
            bencher.iter_custom(|ticks| server.run(ticks));
        });
        server.check();
    }
    for legs in [10, 1_000] {
        let mut server = assembled::Server::new(legs);
        group.throughput(Throughput::Elements(legs as u64));
        group.bench_function(BenchmarkId::new("g711_assembled", legs), |bencher| {
            bencher.iter_custom(|ticks| server.run(ticks));
        });
    }
    let mut rooms = opus::Rooms::new(9);
    group.throughput(Throughput::Elements(9));
    group.bench_function(BenchmarkId::new("opus", 9), |bencher| {
        bencher.iter_custom(|ticks| rooms.run(ticks));
    });
    group.bench_function(BenchmarkId::new("opus_codec", 9), |bencher| {
        bencher.iter_custom(|ticks| rooms.run_codec(ticks));
    });
    let mut shared = opus::Shared::new(100);
    group.throughput(Throughput::Elements(100));
    group.bench_function(BenchmarkId::new("opus_shared", 100), |bencher| {
        bencher.iter_custom(|ticks| shared.run(ticks));
    });
    group.finish();
}

criterion_group! {
    name = benchmarks;
    config = hot_path();
    targets = pipeline
}

/// 36,000 legs with 50 packets a second each.
const PACKET_MOST_NS: f64 = 550.0;

fn main() {
    benchmarks();
    ratios::report(
        "pipeline",
        &[
            Comparison::limit("g711/10", PACKET_MOST_NS),
            Comparison::limit("g711/1000", PACKET_MOST_NS),
            Comparison::limit("g711/10000", PACKET_MOST_NS),
            Comparison::peer("g711/10000", "g711/10", None),
            Comparison::speed("g711/10", "g711_assembled/10", None),
            Comparison::speed("g711/1000", "g711_assembled/1000", None),
            Comparison::speed("opus/9", "opus_codec/9", Some(0.95)),
            Comparison::speed("opus_shared/100", "opus/9", Some(10.0)),
        ],
    );
}
