//! A picture's packet to many receivers.

use std::hint::black_box;
use std::time::Duration;

use benches::{CpuTime, assert_no_allocations};
use bytes::Bytes;
use criterion::measurement::Measurement;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use media::forward::{Incoming, Outgoing, PayloadFormat, Rewriter};
use media::rtp::{Header, PacketMut};
use media::srtp::{Outbound, SdesKey};
use media::{Ssrc, Suite};
use rtc_shared::marshal::{Marshal, Unmarshal};
use rtc_srtp::context::Context;
use rtc_srtp::protection_profile::ProtectionProfile;

use super::PAYLOAD;

const RECEIVERS: usize = 1_000;
const LEN: usize = 12 + PAYLOAD;
/// One after the other is written, as a forwarder sends each before it comes to it again.
type Buffers = [[u8; LEN + 32]; 64];

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

pub(crate) fn forward(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("forward");
    group.throughput(Throughput::Elements(RECEIVERS as u64));
    let mut buffers: Box<Buffers> = Box::new([[0; LEN + 32]; 64]);
    ours(&mut group, &mut buffers);
    rtc(&mut group);
    parts(&mut group, &mut buffers);
    group.finish();
}

fn ours<M: Measurement>(group: &mut BenchmarkGroup<'_, M>, buffers: &mut Buffers) {
    let mut packet = vec![0x5a; LEN];
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
}

/// The same by `rtc-rtp` and `rtc-srtp`: header and picture id of the receiver's own, written out and protected.
fn rtc<M: Measurement>(group: &mut BenchmarkGroup<'_, M>) {
    let mut packet = vec![0x5a; LEN];
    let mut contexts: Vec<Context> = (0..RECEIVERS).map(context).collect();
    let mut sequence = 0u16;
    group.bench_function(BenchmarkId::new("rtc", RECEIVERS), |bencher| {
        bencher.iter(|| {
            sequence = sequence.wrapping_add(1);
            vp8(sequence, &mut packet);
            let mut rest = Bytes::copy_from_slice(&packet);
            let incoming = rtc_rtp::Packet::unmarshal(&mut rest).expect("a packet");
            for (number, context) in contexts.iter_mut().enumerate() {
                let mut outgoing = incoming.clone();
                outgoing.header.ssrc = number as u32;
                outgoing.header.payload_type = 100;
                outgoing.header.timestamp = outgoing.header.timestamp.wrapping_add(number as u32);
                let mut payload = incoming.payload.to_vec();
                let picture = sequence.wrapping_add(number as u16) & 0x7fff | 0x8000;
                payload[2..4].copy_from_slice(&picture.to_be_bytes());
                outgoing.payload = payload.into();
                let written = outgoing.marshal().expect("room is made");
                black_box(context.encrypt_rtp(&written).is_ok());
            }
        });
    });
}

fn context(number: usize) -> Context {
    let key = key(number);
    let (master, salt) = key.key_and_salt().split_at(Suite::AeadAes128Gcm.key_len());
    let provider = rtc_crypto::default_provider().expect("ring is compiled in");
    let profile = ProtectionProfile::AeadAes128Gcm;
    Context::new(master, salt, profile, None, None, provider.crypto())
        .expect("key and salt have their lengths")
}

/// What it is made of: the protection alone, and the copy alone.
fn parts<M: Measurement>(group: &mut BenchmarkGroup<'_, M>, buffers: &mut Buffers) {
    let mut contexts: Vec<Outbound> = (0..RECEIVERS)
        .map(|number| Outbound::new(&key(number)))
        .collect();
    let mut packet = vec![0x80; LEN];
    let mut sequence = 0u16;
    group.bench_function(BenchmarkId::new("protect", RECEIVERS), |bencher| {
        bencher.iter(|| {
            sequence = sequence.wrapping_add(1);
            PacketMut::parse(&mut packet)
                .expect("a header")
                .set_sequence(sequence);
            for (number, context) in contexts.iter_mut().enumerate() {
                let buffer = &mut buffers[number % 64];
                buffer[..LEN].copy_from_slice(&packet);
                black_box(context.protect(buffer, LEN).expect("numbers grow"));
            }
        });
    });
    group.bench_function(BenchmarkId::new("copy", RECEIVERS), |bencher| {
        bencher.iter(|| {
            for number in 0..RECEIVERS {
                buffers[number % 64][..LEN].copy_from_slice(black_box(&packet));
            }
            black_box(&mut buffers[..]);
        });
    });
}
