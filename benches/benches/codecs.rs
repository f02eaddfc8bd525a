//! How many times faster than it is spoken is a voice coded and decoded?
//!
//! Ten seconds of seeded speech in frames of 20 ms: G.722, and Opus as the product uses it, at 16 kHz with 20 kbit/s and at
//! 48 kHz with 24 kbit/s. The element is the frame, so 50 elements a second are real time.

use std::hint::black_box;

use benches::ratios::Comparison;
use benches::{CpuTime, hot_path, ratios};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use media::codec::{G722, Opus, opus};
use media::{Codec, Speech, Talker};

/// Frames of the speech, which is said over and over.
const FRAMES: usize = 500;

fn opus_at(sample_rate_hz: u32, bitrate: u32) -> Opus {
    Opus::with(&opus::Settings {
        sample_rate_hz,
        bitrate,
        ..opus::Settings::default()
    })
}

fn codec(criterion: &mut Criterion<CpuTime>, name: &str, rate_hz: u32, codec: &mut dyn Codec) {
    let frame_len = rate_hz as usize / 50;
    let mut said = vec![0; FRAMES * frame_len];
    Speech::new(rate_hz, Talker::ALL[0], 1).fill(&mut said);
    let mut buffer = [0; opus::PAYLOAD_MAX];
    let mut payloads = Vec::new();
    for frame in said.chunks(frame_len) {
        let len = codec.encode(frame, &mut buffer).expect("a frame");
        payloads.push(buffer[..len].to_vec());
    }
    let mut group = criterion.benchmark_group("codecs");
    group.throughput(Throughput::Elements(1));
    let mut frames = said.chunks(frame_len).cycle();
    group.bench_function(BenchmarkId::new("encode", name), |bencher| {
        bencher.iter(|| {
            let frame = frames.next().expect("no end");
            black_box(codec.encode(frame, &mut buffer).is_ok());
        });
    });
    let mut frame = vec![0; frame_len];
    let mut packets = payloads.iter().cycle();
    group.bench_function(BenchmarkId::new("decode", name), |bencher| {
        bencher.iter(|| {
            let payload = packets.next().expect("no end");
            black_box(codec.decode(payload, &mut frame).is_ok());
        });
    });
    group.finish();
}

fn codecs(criterion: &mut Criterion<CpuTime>) {
    codec(criterion, "g722", 16_000, &mut G722::new());
    codec(criterion, "opus_16k", 16_000, &mut opus_at(16_000, 20_000));
    codec(criterion, "opus_48k", 48_000, &mut opus_at(48_000, 24_000));
}

criterion_group! {
    name = benchmarks;
    config = hot_path();
    targets = codecs
}

/// So many frames a second are this many times real time.
const fn times_real_time(times: u32) -> f64 {
    50.0 * times as f64
}

fn main() {
    benchmarks();
    ratios::report(
        "codecs",
        &[
            Comparison::rate("encode/g722", times_real_time(1_000)),
            Comparison::rate("decode/g722", times_real_time(1_000)),
            Comparison::rate("encode/opus_16k", times_real_time(50)),
            Comparison::rate("decode/opus_16k", times_real_time(500)),
            Comparison::rate("encode/opus_48k", times_real_time(50)),
            Comparison::rate("decode/opus_48k", times_real_time(250)),
        ],
    );
}
