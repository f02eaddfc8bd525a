//! One packet for many receivers.

use std::hint::black_box;

use benches::ratios::Comparison;
use benches::{CpuTime, assert_no_allocations, ratios};
use criterion::{BenchmarkId, Criterion, Throughput};
use media::Suite;
use media::rtp::PacketMut;
use media::srtp::{self, Outbound, SdesKey};

use super::peers::{Raw, Rtc};
use super::{ROOM, SUITES};

const RECEIVERS: usize = 1_000;
const LEN: usize = 12 + 1_200;

pub(crate) fn fan_out(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("srtp_fan_out");
    group.throughput(Throughput::Elements(RECEIVERS as u64));
    let mut packet = vec![0x5a; LEN];
    packet[0] = 0x80;
    let mut sequence = 0_u16;
    // One buffer for all, as a forwarder sends each before it writes the next but one.
    let mut buffers = vec![[0; LEN + ROOM]; 64];
    for (name, suite) in SUITES {
        let raw: Vec<Raw> = (0..RECEIVERS).map(|_| Raw::new(suite)).collect();
        group.bench_function(BenchmarkId::new("raw", name), |bencher| {
            bencher.iter(|| {
                for (number, key) in raw.iter().enumerate() {
                    let buffer = &mut buffers[number % 64];
                    buffer[..LEN].copy_from_slice(&packet);
                    key.protect(buffer, LEN);
                }
            });
        });
        let mut contexts: Vec<Outbound> = (0..RECEIVERS).map(|n| context(suite, n)).collect();
        let mut round = || {
            sequence = sequence.wrapping_add(1);
            let mut header = PacketMut::parse(&mut packet).expect("a header");
            header.set_sequence(sequence);
            for contexts in contexts.chunks_mut(64) {
                let targets = buffers.iter_mut().map(|buffer| &mut buffer[..]);
                srtp::fan_out(
                    &packet,
                    contexts.iter_mut().zip(targets),
                    |_, _| {},
                    |_, result| {
                        black_box(result.expect("sequence numbers grow"));
                    },
                );
            }
        };
        round();
        assert_no_allocations(&mut round);
        group.bench_function(BenchmarkId::new("ours", name), |bencher| {
            bencher.iter(&mut round);
        });
        let mut theirs: Vec<Rtc> = (0..RECEIVERS).map(|_| Rtc::new(suite)).collect();
        group.bench_function(BenchmarkId::new("rtc", name), |bencher| {
            bencher.iter(|| theirs.iter_mut().for_each(|rtc| rtc.protect(&packet)));
        });
    }
    group.finish();
}

fn context(suite: Suite, number: usize) -> Outbound {
    Outbound::new(&SdesKey::generate(suite, |octets| {
        octets.fill(number as u8);
        octets[1] = (number >> 8) as u8;
    }))
}

pub(crate) fn report() {
    ratios::report(
        "srtp_fan_out",
        &[
            Comparison::speed("ours/gcm", "raw/gcm", Some(0.90)),
            Comparison::speed("ours/gcm", "rtc/gcm", None),
            // Two packets at a time: the goal is to be faster than their parts.
            Comparison::speed("ours/cm_sha1_80", "raw/cm_sha1_80", Some(1.3)),
            Comparison::speed("ours/cm_sha1_80", "rtc/cm_sha1_80", None),
        ],
    );
}
