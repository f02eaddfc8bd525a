//! What does a sample of G.711 cost, each way and by each law?
//!
//! `frames`: 1,000 streams with a frame of 160 samples each, one after the other, as a server has them. `mebi`: 1 Mi samples
//! in one piece. Beside them in the same run: a table of all 65,536 samples, the crate `audio-codec-algorithms`, and as the
//! limit a copy of the 16-bit side.
//!
//! Targets: at least 4 Gsample/s in frames, 5 times the table, half the speed of the copy for 1 Mi samples.

use std::hint::black_box;

use audio_codec_algorithms::{decode_alaw, decode_ulaw, encode_alaw, encode_ulaw};
use benches::ratios::Comparison;
use benches::{CountingAllocator, CpuTime, assert_no_allocations, hot_path, ratios};
use criterion::measurement::Measurement;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group};
use media::codec::g711::{decode_a_law, decode_mu_law, encode_a_law, encode_mu_law};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const FRAME: usize = 160;
const STREAMS: usize = 1_000;
const MEBI: usize = 1 << 20;

/// The samples of one workload, and how many belong together.
struct Workload {
    name: &'static str,
    piece: usize,
    samples: Vec<i16>,
    codes: Vec<u8>,
}

impl Workload {
    fn new(name: &'static str, piece: usize, len: usize) -> Workload {
        // Every sample comes up, in no order that a table's cache would like.
        let samples: Vec<i16> = (0..len).map(|n| (n * 40_503) as i16).collect();
        let mut codes = vec![0; len];
        encode_mu_law(&samples, &mut codes);
        Workload {
            name,
            piece,
            samples,
            codes,
        }
    }

    /// Measures a function from 16 to 8 bits.
    fn encode<M: Measurement>(
        &mut self,
        group: &mut BenchmarkGroup<'_, M>,
        name: &str,
        encode: impl Fn(&[i16], &mut [u8]),
    ) {
        let mut run = || {
            let pieces = black_box(&self.samples[..]).chunks(self.piece);
            for (samples, codes) in pieces.zip(self.codes.chunks_mut(self.piece)) {
                encode(samples, codes);
            }
            black_box(&mut self.codes[..]);
        };
        assert_no_allocations(&mut run);
        group.throughput(Throughput::Elements(self.samples.len() as u64));
        group.bench_function(BenchmarkId::new(name, self.name), |bencher| {
            bencher.iter(&mut run);
        });
    }

    /// Measures a function from 8 to 16 bits.
    fn decode<M: Measurement>(
        &mut self,
        group: &mut BenchmarkGroup<'_, M>,
        name: &str,
        decode: impl Fn(&[u8], &mut [i16]),
    ) {
        let mut run = || {
            let pieces = black_box(&self.codes[..]).chunks(self.piece);
            for (codes, samples) in pieces.zip(self.samples.chunks_mut(self.piece)) {
                decode(codes, samples);
            }
            black_box(&mut self.samples[..]);
        };
        assert_no_allocations(&mut run);
        group.throughput(Throughput::Elements(self.codes.len() as u64));
        group.bench_function(BenchmarkId::new(name, self.name), |bencher| {
            bencher.iter(&mut run);
        });
    }
}

fn g711(criterion: &mut Criterion<CpuTime>) {
    // Arrays, so that no index is checked.
    let mut table = [0; 1 << 16];
    let all: Vec<i16> = (0..1 << 16).map(|n: i32| n as i16).collect();
    encode_mu_law(&all, &mut table);
    let mut back = [0; 256];
    decode_mu_law(&(0..=255).collect::<Vec<u8>>(), &mut back);
    let (table, back) = (&table, &back);

    let mut group = criterion.benchmark_group("g711");
    for mut workload in [
        Workload::new("frames", FRAME, STREAMS * FRAME),
        Workload::new("mebi", MEBI, MEBI),
    ] {
        workload.encode(&mut group, "encode_mu", encode_mu_law);
        workload.encode(&mut group, "encode_a", encode_a_law);
        workload.encode(&mut group, "encode_table", |samples, codes| {
            let pairs = samples.iter().zip(codes);
            pairs.for_each(|(sample, code)| *code = table[usize::from(*sample as u16)]);
        });
        workload.encode(&mut group, "encode_mu_crate", |samples, codes| {
            let pairs = samples.iter().zip(codes);
            pairs.for_each(|(sample, code)| *code = encode_ulaw(*sample));
        });
        workload.encode(&mut group, "encode_a_crate", |samples, codes| {
            let pairs = samples.iter().zip(codes);
            pairs.for_each(|(sample, code)| *code = encode_alaw(*sample));
        });
        workload.decode(&mut group, "decode_mu", decode_mu_law);
        workload.decode(&mut group, "decode_a", decode_a_law);
        workload.decode(&mut group, "decode_table", |codes, samples| {
            let pairs = codes.iter().zip(samples);
            pairs.for_each(|(code, sample)| *sample = back[usize::from(*code)]);
        });
        workload.decode(&mut group, "decode_mu_crate", |codes, samples| {
            let pairs = codes.iter().zip(samples);
            pairs.for_each(|(code, sample)| *sample = decode_ulaw(*code));
        });
        workload.decode(&mut group, "decode_a_crate", |codes, samples| {
            let pairs = codes.iter().zip(samples);
            pairs.for_each(|(code, sample)| *sample = decode_alaw(*code));
        });
        copy(&mut group, &workload);
    }
    group.finish();
}

/// The limit: the 16-bit side, copied.
fn copy<M: Measurement>(group: &mut BenchmarkGroup<'_, M>, workload: &Workload) {
    let mut target = vec![0; workload.samples.len()];
    group.throughput(Throughput::Elements(workload.samples.len() as u64));
    group.bench_function(BenchmarkId::new("copy", workload.name), |bencher| {
        bencher.iter(|| {
            let pieces = black_box(&workload.samples[..]).chunks(workload.piece);
            for (source, target) in pieces.zip(target.chunks_mut(workload.piece)) {
                target.copy_from_slice(source);
            }
            black_box(&mut target[..]);
        });
    });
}

criterion_group! {
    name = benchmarks;
    config = hot_path();
    targets = g711
}

/// Samples a second that a frame must reach.
const FRAMES_GOAL: f64 = 4e9;

fn main() {
    benchmarks();
    ratios::report(
        "g711",
        &[
            Comparison::rate("encode_mu/frames", FRAMES_GOAL),
            Comparison::rate("encode_a/frames", FRAMES_GOAL),
            Comparison::rate("decode_mu/frames", FRAMES_GOAL),
            Comparison::rate("decode_a/frames", FRAMES_GOAL),
            Comparison::speed("encode_mu/frames", "encode_table/frames", Some(5.0)),
            Comparison::speed("encode_a/frames", "encode_table/frames", Some(5.0)),
            Comparison::speed("decode_mu/frames", "decode_table/frames", Some(5.0)),
            Comparison::speed("decode_a/frames", "decode_table/frames", Some(5.0)),
            Comparison::speed("encode_mu/frames", "encode_mu_crate/frames", None),
            Comparison::speed("encode_a/frames", "encode_a_crate/frames", None),
            Comparison::speed("decode_mu/frames", "decode_mu_crate/frames", None),
            Comparison::speed("decode_a/frames", "decode_a_crate/frames", None),
            Comparison::speed("encode_mu/mebi", "copy/mebi", Some(0.5)),
            Comparison::speed("encode_a/mebi", "copy/mebi", Some(0.5)),
            Comparison::speed("decode_mu/mebi", "copy/mebi", Some(0.5)),
            Comparison::speed("decode_a/mebi", "copy/mebi", Some(0.5)),
        ],
    );
}
