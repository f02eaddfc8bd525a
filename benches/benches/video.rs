//! What do pictures cost between encoder and network, and on their way to many receivers?
//!
//! `h264/pay`, `h264/depay`: pictures of 1.5 Mbit/s at 30 a second, cut into payloads of 1,200 octets and put together again,
//! for each packet; beside them a copy of the same payloads.
//! `forward/ours`: a VP8 packet of 1,200 octets for 1,000 receivers, each with numbers, picture ids and an AES-GCM key of its
//! own; beside it the protection alone, and the copy alone.
//! `bandwidth/entry`: transport-wide feedback on 100 packets each, for each packet, sending noted and feedback parsed.
//! `codec`: encoding and decoding a picture of 320x192 and of 640x360, which is what a clip spares.
//!
//! Targets: pay and depay in at most twice the time of the copy; 3.3 million packets a second forwarded; 25 ns an entry.

use std::hint::black_box;
use std::time::Duration;

use benches::ratios::Comparison;
use benches::{CountingAllocator, CpuTime, assert_no_allocations, hot_path, ratios};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use media::bandwidth::{ArrivalLog, BandwidthEstimator, Limits};
use media::forward::{Incoming, Outgoing, PayloadFormat, Rewriter};
use media::rtcp::{Compound, CompoundWriter, FeedbackMessage, Packet};
use media::rtp::{Header, PacketMut};
use media::srtp::{Outbound, SdesKey};
use media::video::h264::{AccessUnit, Decoder, Depacketizer, Encoder, Packetizer, Rate};
use media::video::{Format, Mark, Pattern};
use media::{Ssrc, Suite};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const PAYLOAD: usize = 1_200;
const PICTURES: usize = 300;
/// 1.5 Mbit/s at 30 pictures a second.
const PICTURE_LEN: usize = 6_250;
const RECEIVERS: usize = 1_000;
const FORWARDED: usize = 12 + PAYLOAD;
const ENTRIES: u16 = 100;

fn h264(criterion: &mut Criterion<CpuTime>) {
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

/// A VP8 packet with picture id and base layer's index, and its sequence number.
fn vp8(sequence: u16, packet: &mut [u8]) {
    let header = Header {
        marker: false,
        payload_type: 96,
        sequence,
        timestamp: u32::from(sequence) * 750,
        ssrc: Ssrc(1),
    };
    header.write(packet.first_chunk_mut().expect("longer than a header"));
    let descriptor = [
        0x90,
        0xc0,
        0x80 | (sequence >> 8) as u8,
        sequence as u8,
        7,
        0,
    ];
    packet[12..18].copy_from_slice(&descriptor);
}

fn key(number: usize) -> SdesKey {
    SdesKey::generate(Suite::AeadAes128Gcm, |octets| {
        octets.fill(number as u8);
        octets[1] = (number >> 8) as u8;
    })
}

fn forward(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("forward");
    group.throughput(Throughput::Elements(RECEIVERS as u64));
    let mut packet = vec![0x5a; FORWARDED];
    let mut buffers = vec![[0; FORWARDED + 32]; 64];
    let mut receivers: Vec<Outgoing> = (0..RECEIVERS)
        .map(|number| {
            let rewriter = Rewriter::video(number as u16 & 0x7fff);
            let mut outgoing =
                Outgoing::new(Ssrc(number as u32), 100, rewriter, Some(&key(number)));
            outgoing.choose(Some(0));
            outgoing
        })
        .collect();
    let mut sequence = 0u16;
    let mut round = || {
        sequence = sequence.wrapping_add(1);
        vp8(sequence, &mut packet);
        let incoming = Incoming::read(PayloadFormat::Vp8, &packet).expect("a packet");
        for (number, receiver) in receivers.iter_mut().enumerate() {
            let buffer = &mut buffers[number % 64];
            let len = receiver.forward(Duration::from_millis(1), 0, &incoming, buffer);
            black_box(len.expect("chosen and begun"));
        }
    };
    round();
    assert_no_allocations(&mut round);
    group.bench_function(BenchmarkId::new("ours", RECEIVERS), |bencher| {
        bencher.iter(&mut round);
    });
    let mut contexts: Vec<Outbound> = (0..RECEIVERS)
        .map(|number| Outbound::new(&key(number)))
        .collect();
    let mut packet = vec![0x80; FORWARDED];
    let mut sequence = 0u16;
    group.bench_function(BenchmarkId::new("protect", RECEIVERS), |bencher| {
        bencher.iter(|| {
            sequence = sequence.wrapping_add(1);
            PacketMut::parse(&mut packet)
                .expect("a header")
                .set_sequence(sequence);
            for (number, context) in contexts.iter_mut().enumerate() {
                let buffer = &mut buffers[number % 64];
                buffer[..FORWARDED].copy_from_slice(&packet);
                black_box(context.protect(buffer, FORWARDED).expect("numbers grow"));
            }
        });
    });
    group.bench_function(BenchmarkId::new("copy", RECEIVERS), |bencher| {
        bencher.iter(|| {
            for number in 0..RECEIVERS {
                buffers[number % 64][..FORWARDED].copy_from_slice(black_box(&packet));
            }
            black_box(&mut buffers[..]);
        });
    });
    group.finish();
}

fn bandwidth(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("bandwidth");
    group.throughput(Throughput::Elements(u64::from(ENTRIES)));
    let mut estimator = BandwidthEstimator::new(Limits::default());
    let (mut log, mut sequence, mut now) = (ArrivalLog::new(), 0u16, Duration::ZERO);
    let mut buffer = [0; 1_200];
    let mut round = |estimator: &mut BandwidthEstimator| {
        for _ in 0..ENTRIES {
            now += Duration::from_millis(1);
            estimator.on_sent(now, sequence, PAYLOAD);
            // One in ten is lost, and they do not arrive as evenly as they left.
            if !sequence.is_multiple_of(10) {
                let wait = Duration::from_micros(20_000 + u64::from(sequence % 7) * 100);
                log.on_packet(now + wait, sequence);
            }
            sequence = sequence.wrapping_add(1);
        }
        let mut writer = CompoundWriter::new(&mut buffer);
        log.write(&mut writer, Ssrc(1), Ssrc(2)).expect("room");
        let len = writer.finish();
        for packet in Compound::parse(&buffer[..len]).expect("ours").packets() {
            if let Packet::Feedback(feedback) = packet
                && let FeedbackMessage::TransportWide(feedback) = feedback.message
            {
                estimator.on_feedback(now, &feedback);
            }
        }
    };
    round(&mut estimator);
    assert_no_allocations(|| round(&mut estimator));
    group.bench_function("entry", |bencher| bencher.iter(|| round(&mut estimator)));
    group.finish();
}

fn codec(criterion: &mut Criterion<CpuTime>) {
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

criterion_group! {
    name = benchmarks;
    config = hot_path();
    targets = h264, forward, bandwidth, codec
}

fn main() {
    benchmarks();
    let twice = |ours| Comparison::peer(ours, "copy", Some(2.0));
    ratios::report("h264", &[twice("pay"), twice("depay")]);
    ratios::report(
        "forward",
        &[
            Comparison::rate("ours/1000", 3_300_000.0),
            Comparison::peer("ours/1000", "protect/1000", None),
            Comparison::peer("ours/1000", "copy/1000", None),
        ],
    );
    ratios::report("bandwidth", &[Comparison::limit("entry", 25.0)]);
}
