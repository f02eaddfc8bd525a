//! Pictures encoded and decoded.

use std::time::Duration;

use benches::CpuTime;
use criterion::{BenchmarkId, Criterion, Throughput};
use media::video::h264::{AccessUnit, Decoder, Encoder, Rate};
use media::video::{Format, Mark, Pattern};

pub(crate) fn codec(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("video_codec");
    group.throughput(Throughput::Elements(1));
    for (name, format) in [("320x192", Format::SMALL), ("640x360", Format::MEDIUM)] {
        let rate = Rate::Quality { quantizer: 30 };
        let mut encoder = Encoder::new(format, rate).expect("an encoder");
        let mut pattern = Pattern::new(format).expect("room for the mark");
        let mut number = 0;
        group.bench_function(BenchmarkId::new("encode", name), |bencher| {
            bencher.iter(|| {
                let time = Duration::from_secs(1) * number / format.frame_rate;
                let picture = pattern.paint(Mark::at(number, time));
                number += 1;
                encoder
                    .encode(picture, time, number == 1)
                    .expect("coded")
                    .is_key()
            });
        });
        let mut encoder = Encoder::new(format, rate).expect("an encoder");
        let units: Vec<AccessUnit> = (0..60)
            .map(|number| {
                let time = Duration::from_secs(1) * number / format.frame_rate;
                let picture = pattern.paint(Mark::at(number, time));
                encoder
                    .encode(picture, time, number == 0)
                    .expect("coded")
                    .clone()
            })
            .collect();
        let mut decoder = Decoder::new().expect("a decoder");
        let mut place = 0;
        group.bench_function(BenchmarkId::new("decode", name), |bencher| {
            bencher.iter(|| {
                let picture = decoder.decode(&units[place]).expect("decoded");
                place = (place + 1) % units.len();
                picture.and_then(Mark::read).is_some()
            });
        });
    }
    group.finish();
}
