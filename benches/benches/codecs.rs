//! How many times faster than it is spoken is a voice coded and decoded?
//!
//! Ten seconds of seeded speech in frames of 20 ms: G.722, G.729, and Opus as the product uses it, at 16 kHz with 20 kbit/s and at
//! 48 kHz with 24 kbit/s. The element is the frame, so 50 elements a second are real time. With the feature `opus-native` the
//! same by `libopus`, with `peers` that and G.722 by `libspandsp`: each encodes the same speech and decodes the packets that
//! ours made of it.

#[cfg(feature = "opus-native")]
#[path = "codecs/peers.rs"]
mod peers;

use std::hint::black_box;

use benches::ratios::Comparison;
use benches::{CountingAllocator, CpuTime, assert_no_allocations, hot_path, ratios};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use media::codec::{G722, G729, Opus, opus};
use media::{Codec, Speech, Talker};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Frames of the speech, which is said over and over.
const FRAMES: usize = 500;
/// Bits a second of Opus, by its sample rate.
const BITRATE_16K: u32 = 20_000;
const BITRATE_48K: u32 = 24_000;

fn opus_at(sample_rate_hz: u32, bitrate: u32) -> Opus {
    Opus::with(&opus::Settings {
        sample_rate_hz,
        bitrate,
        ..opus::Settings::default()
    })
}

/// What is said, and the packets that a codec of ours makes of it.
struct Material {
    rate_hz: u32,
    said: Vec<i16>,
    payloads: Vec<Vec<u8>>,
}

impl Material {
    fn new(rate_hz: u32, codec: &mut dyn Codec) -> Material {
        let frame_len = rate_hz as usize / 50;
        let mut said = vec![0; FRAMES * frame_len];
        Speech::new(rate_hz, Talker::ALL[0], 1).fill(&mut said);
        let mut buffer = [0; opus::PAYLOAD_MAX];
        let encode = |frame| {
            let len = codec.encode(frame, &mut buffer).expect("a frame");
            buffer[..len].to_vec()
        };
        let payloads = said.chunks(frame_len).map(encode).collect();
        Material {
            rate_hz,
            said,
            payloads,
        }
    }

    /// Measures an encoder and a decoder under the same name.
    fn measure(
        &self,
        criterion: &mut Criterion<CpuTime>,
        name: &str,
        mut encode: impl FnMut(&[i16], &mut [u8]) -> bool,
        mut decode: impl FnMut(&[u8], &mut [i16]) -> bool,
    ) {
        let frame_len = self.rate_hz as usize / 50;
        let mut group = criterion.benchmark_group("codecs");
        group.throughput(Throughput::Elements(1));
        let mut buffer = [0; opus::PAYLOAD_MAX];
        let mut frames = self.said.chunks(frame_len).cycle();
        group.bench_function(BenchmarkId::new("encode", name), |bencher| {
            bencher.iter(|| {
                let frame = frames.next().expect("no end");
                black_box(encode(frame, &mut buffer));
            });
        });
        let mut frame = vec![0; frame_len];
        let mut packets = self.payloads.iter().cycle();
        group.bench_function(BenchmarkId::new("decode", name), |bencher| {
            bencher.iter(|| {
                let payload = packets.next().expect("no end");
                black_box(decode(payload, &mut frame));
            });
        });
        group.finish();
    }
}

/// Measures a codec of ours; gives the material for others.
fn ours(
    criterion: &mut Criterion<CpuTime>,
    name: &str,
    rate_hz: u32,
    fresh: impl Fn() -> Box<dyn Codec>,
) -> Material {
    let material = Material::new(rate_hz, &mut *fresh());
    let (mut encoder, mut decoder) = (fresh(), fresh());
    // Opus asks for room in each frame; the others never do.
    if !name.starts_with("opus") {
        let (mut payload, mut frame) = ([0; opus::PAYLOAD_MAX], vec![0; rate_hz as usize / 50]);
        assert_no_allocations(|| {
            for said in material.said.chunks(frame.len()) {
                let len = encoder.encode(said, &mut payload).expect("a frame");
                decoder
                    .decode(&payload[..len], &mut frame)
                    .expect("decoded");
            }
        });
    }
    material.measure(
        criterion,
        name,
        |frame, payload| encoder.encode(frame, payload).is_ok(),
        |payload, frame| decoder.decode(payload, frame).is_ok(),
    );
    material
}

fn codecs(criterion: &mut Criterion<CpuTime>) {
    let g722 = ours(criterion, "g722", 16_000, || Box::new(G722::new()));
    ours(criterion, "g729", 8_000, || Box::new(G729::new()));
    let opus_16k = ours(criterion, "opus_16k", 16_000, || {
        Box::new(opus_at(16_000, BITRATE_16K))
    });
    let opus_48k = ours(criterion, "opus_48k", 48_000, || {
        Box::new(opus_at(48_000, BITRATE_48K))
    });
    #[cfg(feature = "opus-native")]
    {
        peers::opus(criterion, &opus_16k, "libopus_16k", BITRATE_16K);
        peers::opus(criterion, &opus_48k, "libopus_48k", BITRATE_48K);
    }
    #[cfg(feature = "peers")]
    peers::g722(criterion, &g722);
    // Without the features nobody else says the same.
    drop((g722, opus_16k, opus_48k));
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
    let mut rows = vec![
        Comparison::rate("encode/g722", times_real_time(1_000)),
        Comparison::rate("decode/g722", times_real_time(1_000)),
        Comparison::told("encode/g729", times_real_time(1)),
        Comparison::told("decode/g729", times_real_time(1)),
        Comparison::rate("encode/opus_16k", times_real_time(50)),
        Comparison::rate("decode/opus_16k", times_real_time(500)),
        Comparison::rate("encode/opus_48k", times_real_time(50)),
        Comparison::rate("decode/opus_48k", times_real_time(250)),
    ];
    for (ours, theirs) in [
        ("encode/opus_16k", "encode/libopus_16k"),
        ("decode/opus_16k", "decode/libopus_16k"),
        ("encode/opus_48k", "encode/libopus_48k"),
        ("decode/opus_48k", "decode/libopus_48k"),
        ("encode/g722", "encode/libspandsp"),
        ("decode/g722", "decode/libspandsp"),
    ] {
        // Without its feature a peer was not measured in this run.
        let is_there = match theirs.ends_with("spandsp") {
            true => cfg!(feature = "peers"),
            false => cfg!(feature = "opus-native"),
        };
        if is_there {
            rows.push(Comparison::speed(ours, theirs, None));
        }
    }
    ratios::report("codecs", &rows);
}
