//! Pictures into payloads and back.

use std::hint::black_box;

use benches::{CpuTime, assert_no_allocations};
use criterion::{Criterion, Throughput};
use media::video::h264::{AccessUnit, Depacketizer, Packetizer};

use super::PAYLOAD;

const PICTURES: usize = 300;
/// 1.5 Mbit/s at 30 pictures a second.
const PICTURE_LEN: usize = 6_250;

pub(crate) fn h264(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("h264");
    let pictures: Vec<AccessUnit> = (0..PICTURES)
        .map(|number| {
            let mut picture = AccessUnit::default();
            let mut nal: Vec<u8> = (0..PICTURE_LEN)
                .map(|n| (n * 40_503 + number) as u8)
                .collect();
            // Each a key frame with its parameters, so that none waits for another.
            picture.push(&[0x67, 0x42, 0xe0, 0x1f, 0x8c]);
            picture.push(&[0x68, 0xce, 0x3c, 0x80]);
            (nal[0], nal[1]) = (0x65, 0x88);
            picture.push(&nal);
            picture
        })
        .collect();
    let mut payload = vec![0; PAYLOAD];
    let mut packetizer = Packetizer::new(PAYLOAD);
    let mut payloads: Vec<(Vec<u8>, bool)> = Vec::new();
    for picture in &pictures {
        packetizer.begin();
        while let Some(piece) = packetizer.next(picture, &mut payload) {
            payloads.push((payload[..piece.len].to_vec(), piece.is_last));
        }
    }
    group.throughput(Throughput::Elements(payloads.len() as u64));
    let mut pay = || {
        for picture in black_box(&pictures) {
            packetizer.begin();
            while let Some(piece) = packetizer.next(picture, &mut payload) {
                black_box(&mut payload[..piece.len]);
            }
        }
    };
    assert_no_allocations(&mut pay);
    group.bench_function("pay", |bencher| bencher.iter(&mut pay));
    let (mut depacketizer, mut sequence, mut timestamp) = (Depacketizer::new(), 0u16, 0u32);
    let mut depay = || {
        for (payload, is_last) in black_box(&payloads) {
            depacketizer.handle(sequence, timestamp, *is_last, payload);
            sequence = sequence.wrapping_add(1);
            if *is_last {
                timestamp = timestamp.wrapping_add(3_000);
                black_box(depacketizer.poll().is_some());
            }
        }
    };
    depay();
    assert_no_allocations(&mut depay);
    group.bench_function("depay", |bencher| bencher.iter(&mut depay));
    let mut target = vec![0; PAYLOAD];
    group.bench_function("copy", |bencher| {
        bencher.iter(|| {
            for (payload, _) in black_box(&payloads) {
                target[..payload.len()].copy_from_slice(payload);
                black_box(&mut target[..]);
            }
        });
    });
    group.finish();
}
