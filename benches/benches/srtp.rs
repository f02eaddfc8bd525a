//! What does SRTP cost beyond its cryptography?
//!
//! 1,000 sources under one key, one packet of each after the other, of 160 or 1,200 octets of payload, replay protection on.
//! `raw`: the same sealing or signing of the same buffers without packets around it. For AES-GCM that is `ring`, which is
//! what ours uses on processors without AVX-512; for AES-CM it is RustCrypto's AES-CTR and HMAC-SHA1 as anyone would put
//! them together, the processor's SHA instructions included. `rtc`: the crate `rtc-srtp`, its replay protection on as well. `hash`: SHA-1 alone
//! over the packet, without the blocks of the key: what no HMAC-SHA1 of one packet can go below. `libsrtp2`, with the feature
//! `peers`: the library in C.
//!
//! Fan-out: one packet of 1,200 octets copied and protected for 1,000 receivers, each with a key of its own; `raw` copies and
//! seals in the same loop.

#[path = "srtp/fan_out.rs"]
mod fan_out;
#[path = "srtp/peers.rs"]
mod peers;
#[path = "srtp/sources.rs"]
mod sources;

use benches::ratios::Comparison;
use benches::{CountingAllocator, CpuTime, assert_no_allocations, hot_path, ratios};
use criterion::measurement::Measurement;
use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group};
use media::Suite;
use media::srtp::{Inbound, OVERHEAD_MAX, Outbound, SdesKey};

use peers::{Raw, Rtc};
use sources::{Packets, SOURCES};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// A suite with its short name.
const SUITES: [(&str, Suite); 2] = [
    ("gcm", Suite::AeadAes128Gcm),
    ("cm_sha1_80", Suite::AesCm128HmacSha1_80),
];
/// Octets of payload.
const PAYLOADS: [usize; 2] = [160, 1_200];

fn key(suite: Suite) -> SdesKey {
    SdesKey::generate(suite, |octets| {
        (1..)
            .zip(octets)
            .for_each(|(number, octet)| *octet = number)
    })
}

/// Measures `work` on each packet of a round; a round has one packet of each source.
fn measure<M: Measurement>(
    group: &mut BenchmarkGroup<'_, M>,
    name: BenchmarkId,
    packets: &mut Packets,
    mut work: impl FnMut(&mut [u8], usize),
) {
    group.throughput(Throughput::Elements(SOURCES as u64));
    packets.round(&mut work);
    assert_no_allocations(|| packets.round(&mut work));
    group.bench_function(name, |bencher| {
        bencher.iter(|| packets.round(&mut work));
    });
}

fn protect(criterion: &mut Criterion<CpuTime>) {
    for (name, suite) in SUITES {
        let mut group = criterion.benchmark_group(format!("srtp_{name}_protect"));
        for len in PAYLOADS {
            let mut packets = Packets::new(len);
            let raw = Raw::new(suite);
            measure(
                &mut group,
                BenchmarkId::new("raw", len),
                &mut packets,
                |buffer, len| {
                    raw.protect(buffer, len);
                },
            );
            let mut ours = Outbound::new(&key(suite));
            measure(
                &mut group,
                BenchmarkId::new("ours", len),
                &mut packets,
                |buffer, len| {
                    ours.protect(buffer, len).expect("sequence numbers grow");
                },
            );
            let mut rtc = Rtc::new(suite);
            group.bench_function(BenchmarkId::new("rtc", len), |bencher| {
                bencher.iter(|| packets.round(&mut |buffer, len| rtc.protect(&buffer[..len])));
            });
            #[cfg(feature = "peers")]
            {
                let mut c = c_library(suite, benches::peers::Srtp2::outbound);
                let name = BenchmarkId::new("libsrtp2", len);
                let packets = &mut Packets::new(len);
                group.bench_function(name, |bencher| {
                    bencher.iter(|| packets.round(&mut |buffer, len| _ = c.protect(buffer, len)));
                });
            }
            if !suite.is_aead() {
                let name = BenchmarkId::new("hash", len);
                measure(&mut group, name, &mut packets, |buffer, len| {
                    std::hint::black_box(peers::hash(&buffer[..len]));
                });
            }
        }
        group.finish();
    }
}

/// Unprotecting a packet changes it, and a replay is refused: every round is of new packets, made outside of the measurement.
fn unprotect(criterion: &mut Criterion<CpuTime>) {
    for (name, suite) in SUITES {
        let mut group = criterion.benchmark_group(format!("srtp_{name}_unprotect"));
        group.throughput(Throughput::Elements(SOURCES as u64));
        for len in PAYLOADS {
            let mut packets = Packets::new(len);
            let raw = Raw::new(suite);
            rounds(
                &mut group,
                BenchmarkId::new("raw", len),
                || packets.sealed(|buffer, len| raw.protect(buffer, len)),
                |packet| raw.unprotect(packet),
            );
            let (mut sender, mut ours) = (Outbound::new(&key(suite)), Inbound::new(&key(suite)));
            let protect = |sender: &mut Outbound, buffer: &mut [u8], len| {
                sender.protect(buffer, len).expect("sequence numbers grow")
            };
            let mut unprotect = |packet: &mut [u8]| {
                ours.unprotect(packet).expect("authentic and new");
            };
            for packet in &mut packets.sealed(|buffer, len| protect(&mut sender, buffer, len)) {
                unprotect(packet);
            }
            let mut warm = packets.sealed(|buffer, len| protect(&mut sender, buffer, len));
            assert_no_allocations(|| warm.iter_mut().for_each(|packet| unprotect(packet)));
            rounds(
                &mut group,
                BenchmarkId::new("ours", len),
                || packets.sealed(|buffer, len| protect(&mut sender, buffer, len)),
                unprotect,
            );
            // Who begins to listen after the numbers went round can't know how often they did: each peer hears them from the first.
            (packets, sender) = (Packets::new(len), Outbound::new(&key(suite)));
            let mut rtc = Rtc::new(suite);
            rounds(
                &mut group,
                BenchmarkId::new("rtc", len),
                || packets.sealed(|buffer, len| protect(&mut sender, buffer, len)),
                |packet| rtc.unprotect(packet),
            );
            #[cfg(feature = "peers")]
            {
                (packets, sender) = (Packets::new(len), Outbound::new(&key(suite)));
                let mut c = c_library(suite, benches::peers::Srtp2::inbound);
                rounds(
                    &mut group,
                    BenchmarkId::new("libsrtp2", len),
                    || packets.sealed(|buffer, len| protect(&mut sender, buffer, len)),
                    |packet| _ = c.unprotect(packet),
                );
            }
        }
        group.finish();
    }
}

/// A session of the C library with the key of a suite.
#[cfg(feature = "peers")]
fn c_library<S>(suite: Suite, session: impl FnOnce(&[u8], bool) -> S) -> S {
    session(key(suite).key_and_salt(), suite.is_aead())
}

fn rounds<M: Measurement>(
    group: &mut BenchmarkGroup<'_, M>,
    name: BenchmarkId,
    mut fresh: impl FnMut() -> Vec<Vec<u8>>,
    mut work: impl FnMut(&mut [u8]),
) {
    group.bench_function(name, |bencher| {
        bencher.iter_batched_ref(
            &mut fresh,
            |packets| packets.iter_mut().for_each(|packet| work(packet)),
            BatchSize::PerIteration,
        );
    });
}

criterion_group! {
    name = benchmarks;
    config = hot_path();
    targets = protect, unprotect, fan_out::fan_out
}

fn main() {
    benchmarks();
    let against = |raw: f64, rtc: f64| {
        let mut rows = vec![
            Comparison::speed("ours/160", "raw/160", Some(raw)),
            Comparison::speed("ours/1200", "raw/1200", Some(raw)),
            Comparison::speed("ours/160", "rtc/160", Some(rtc)),
            Comparison::speed("ours/1200", "rtc/1200", Some(rtc)),
            // How much of the way to the peer the cryptography alone allows.
            Comparison::speed("raw/1200", "rtc/1200", None),
        ];
        if cfg!(feature = "peers") {
            rows.push(Comparison::speed("ours/160", "libsrtp2/160", None));
            rows.push(Comparison::speed("ours/1200", "libsrtp2/1200", None));
        }
        rows
    };
    ratios::report("srtp_gcm_protect", &against(0.90, 1.5));
    ratios::report("srtp_gcm_unprotect", &against(0.90, 1.5));
    let mut protect = against(0.95, 1.2);
    protect.push(Comparison::speed("ours/1200", "hash/1200", None));
    protect.push(Comparison::speed("hash/1200", "rtc/1200", None));
    ratios::report("srtp_cm_sha1_80_protect", &protect);
    ratios::report("srtp_cm_sha1_80_unprotect", &against(0.95, 1.2));
    fan_out::report();
}

/// Octets that a buffer has behind its packet.
const ROOM: usize = OVERHEAD_MAX;
