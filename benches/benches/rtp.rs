//! What does it cost to read and to write the header of an RTP packet?
//!
//! 1,024 packets of 160 octets of payload, one after the other, small enough for the second cache. `plain` has the fixed
//! header only, `extended` an extension with audio level, mid and transport-wide number. Reading gives fixed fields and
//! payload; `extended` also finds the extension, undecoded; `elements` decodes its three elements. Beside them in the same
//! run: `rtp-types` (which does not know elements) and `rtc-rtp`; for writing, a copy of the finished packet.

use std::hint::black_box;

use benches::ratios::Comparison;
use benches::{CountingAllocator, CpuTime, assert_no_allocations, hot_path, ratios};
use bytes::Bytes;
use criterion::measurement::Measurement;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group};
use media::Ssrc;
use media::rtp::{AudioLevel, ElementKind, ExtensionMap, Header, HeaderExtensions, Packet, Writer};
use rtc_shared::marshal::{Marshal, MarshalSize, Unmarshal};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const PACKETS: usize = 1_024;
const PAYLOAD: [u8; 160] = [0x5a; 160];

const EXTENSIONS: HeaderExtensions<'_> = HeaderExtensions {
    audio_level: Some(AudioLevel {
        voice: true,
        below_overload_db: 30,
    }),
    mid: Some(b"0"),
    stream_id: None,
    repaired_stream_id: None,
    transport_sequence: Some(7),
    absolute_send_time: None,
};

fn map() -> ExtensionMap {
    let mut map = ExtensionMap::new();
    let kinds = [
        (1, ElementKind::AudioLevel),
        (3, ElementKind::TransportSequence),
        (4, ElementKind::Mid),
    ];
    for (id, kind) in kinds {
        map.insert(id, kind).expect("each is given once");
    }
    map
}

fn header(number: usize) -> Header {
    Header {
        marker: number % 50 == 0,
        payload_type: 111,
        sequence: number as u16,
        timestamp: 160 * number as u32,
        ssrc: Ssrc(number as u32 % 64),
    }
}

#[inline]
fn write(map: &ExtensionMap, number: usize, extended: bool, buffer: &mut [u8]) -> usize {
    let mut writer = Writer::new(buffer, header(number)).expect("the buffer is long enough");
    if extended {
        map.write(&mut writer, &EXTENSIONS)
            .expect("the buffer is long enough");
    }
    writer.payload(&PAYLOAD).expect("the buffer is long enough")
}

fn packets(extended: bool) -> Vec<Vec<u8>> {
    let map = map();
    let packet = |number| {
        let mut buffer = vec![0; 300];
        let len = write(&map, number, extended, &mut buffer);
        buffer.truncate(len);
        buffer
    };
    (0..PACKETS).map(packet).collect()
}

/// Measures `read` on every packet.
fn each<M: Measurement>(
    group: &mut BenchmarkGroup<'_, M>,
    name: BenchmarkId,
    packets: &[Vec<u8>],
    read: impl Fn(&[u8]),
) {
    group.throughput(Throughput::Elements(PACKETS as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| packets.iter().for_each(|packet| read(black_box(packet))));
    });
}

fn read_ours(packet: &[u8]) -> Packet<'_> {
    let packet = Packet::parse(packet).expect("well formed");
    black_box((packet.sequence(), packet.timestamp(), packet.ssrc()));
    black_box((packet.marker(), packet.payload_type(), packet.payload()));
    packet
}

fn read_rtp_types(packet: &[u8]) -> rtp_types::RtpPacket<'_> {
    let packet = rtp_types::RtpPacket::parse(packet).expect("well formed");
    black_box((packet.sequence_number(), packet.timestamp(), packet.ssrc()));
    black_box((packet.marker_bit(), packet.payload_type(), packet.payload()));
    packet
}

fn read_rtc(mut packet: &[u8]) -> rtc_rtp::Header {
    let header = rtc_rtp::Header::unmarshal(&mut packet).expect("well formed");
    black_box((header.sequence_number, header.timestamp, header.ssrc));
    black_box((header.marker, header.payload_type, packet));
    header
}

fn parse(criterion: &mut Criterion<CpuTime>) {
    let (plain, extended, map) = (packets(false), packets(true), map());
    let elements = |packet: &[u8]| {
        black_box(map.read(&read_ours(packet)));
    };
    assert_no_allocations(|| extended.iter().for_each(|packet| elements(packet)));
    let mut group = criterion.benchmark_group("rtp_parse");
    let id = |name, what| BenchmarkId::new(name, what);
    each(&mut group, id("ours", "plain"), &plain, |packet| {
        read_ours(packet);
    });
    each(&mut group, id("rtp_types", "plain"), &plain, |packet| {
        read_rtp_types(packet);
    });
    each(&mut group, id("rtc", "plain"), &plain, |packet| {
        read_rtc(packet);
    });
    each(&mut group, id("ours", "extended"), &extended, |packet| {
        black_box(read_ours(packet).extension());
    });
    each(
        &mut group,
        id("rtp_types", "extended"),
        &extended,
        |packet| {
            black_box(read_rtp_types(packet).extension());
        },
    );
    each(&mut group, id("ours", "elements"), &extended, elements);
    each(&mut group, id("rtc", "elements"), &extended, |packet| {
        let header = read_rtc(packet);
        for id in [1, 3, 4] {
            black_box(header.get_extension(id));
        }
    });
    group.finish();
}

fn write_packets(criterion: &mut Criterion<CpuTime>) {
    let map = map();
    let mut group = criterion.benchmark_group("rtp_write");
    group.throughput(Throughput::Elements(PACKETS as u64));
    // Each packet is written in a place of its own, as into the slots of a send queue.
    let mut slots = vec![[0_u8; 256]; PACKETS];
    for (name, extended) in [("plain", false), ("extended", true)] {
        let finished = packets(extended);
        group.bench_function(BenchmarkId::new("copy", name), |bencher| {
            bencher.iter(|| {
                for (packet, slot) in finished.iter().zip(&mut slots) {
                    black_box(&mut slot[..packet.len()]).copy_from_slice(packet);
                }
            });
        });
        let mut round = || {
            for (number, slot) in slots.iter_mut().enumerate() {
                black_box(write(&map, number, extended, black_box(slot)));
            }
        };
        assert_no_allocations(&mut round);
        group.bench_function(BenchmarkId::new("ours", name), |bencher| {
            bencher.iter(&mut round);
        });
    }
    group.bench_function(BenchmarkId::new("rtp_types", "plain"), |bencher| {
        bencher.iter(|| {
            for (number, slot) in slots.iter_mut().enumerate() {
                let header = header(number);
                let builder = rtp_types::RtpPacketBuilder::<&[u8], &[u8]>::new()
                    .marker_bit(header.marker)
                    .payload_type(header.payload_type)
                    .sequence_number(header.sequence)
                    .timestamp(header.timestamp)
                    .ssrc(header.ssrc.0)
                    .payload(&PAYLOAD[..]);
                black_box(builder.write_into(black_box(slot)).is_ok());
            }
        });
    });
    let payload = Bytes::from_static(&PAYLOAD);
    group.bench_function(BenchmarkId::new("rtc", "plain"), |bencher| {
        bencher.iter(|| {
            for (number, slot) in slots.iter_mut().enumerate() {
                let header = header(number);
                let packet = rtc_rtp::Packet {
                    header: rtc_rtp::Header {
                        version: 2,
                        marker: header.marker,
                        payload_type: header.payload_type,
                        sequence_number: header.sequence,
                        timestamp: header.timestamp,
                        ssrc: header.ssrc.0,
                        ..rtc_rtp::Header::default()
                    },
                    payload: payload.clone(),
                };
                let len = packet.marshal_size();
                black_box(packet.marshal_to(black_box(&mut slot[..len])).is_ok());
            }
        });
    });
    group.finish();
}

criterion_group! {
    name = benchmarks;
    config = hot_path();
    targets = parse, write_packets
}

fn main() {
    benchmarks();
    ratios::report(
        "rtp_parse",
        &[
            Comparison::speed("ours/plain", "rtp_types/plain", Some(3.0)),
            Comparison::speed("ours/extended", "rtp_types/extended", Some(3.0)),
            Comparison::speed("ours/plain", "rtc/plain", None),
            Comparison::speed("ours/elements", "rtc/elements", None),
        ],
    );
    ratios::report(
        "rtp_write",
        &[
            Comparison::peer("ours/plain", "copy/plain", Some(2.0)),
            Comparison::peer("ours/extended", "copy/extended", Some(2.0)),
            Comparison::speed("ours/plain", "rtp_types/plain", None),
            Comparison::speed("ours/plain", "rtc/plain", None),
        ],
    );
}
