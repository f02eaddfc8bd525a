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
        marker: number.is_multiple_of(50),
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
    writer
        .payload(black_box(&PAYLOAD[..]))
        .expect("the buffer is long enough")
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
    read: impl Fn(&[u8]) -> u64,
) {
    group.throughput(Throughput::Elements(PACKETS as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let read = packets.iter().map(|packet| read(packet));
            read.fold(0, u64::wrapping_add)
        });
    });
}

/// Uses all fields, so that none is left unread.
fn sum<const N: usize>(fields: [u64; N]) -> u64 {
    fields.into_iter().fold(0, u64::wrapping_add)
}

fn len(octets: &[u8]) -> u64 {
    octets.len() as u64 + octets.first().map_or(0, |&octet| u64::from(octet))
}

#[inline(always)]
fn ours(bytes: &[u8]) -> Packet<'_> {
    Packet::parse(bytes).expect("well formed")
}

#[inline(always)]
fn fields_ours(packet: &Packet<'_>) -> u64 {
    sum([
        u64::from(packet.sequence()),
        u64::from(packet.timestamp()),
        u64::from(packet.ssrc().0),
        u64::from(packet.marker()),
        u64::from(packet.payload_type()),
        len(packet.payload()),
    ])
}

#[inline(always)]
fn rtp_types(bytes: &[u8]) -> rtp_types::RtpPacket<'_> {
    rtp_types::RtpPacket::parse(bytes).expect("well formed")
}

#[inline(always)]
fn fields_rtp_types(packet: &rtp_types::RtpPacket<'_>) -> u64 {
    sum([
        u64::from(packet.sequence_number()),
        u64::from(packet.timestamp()),
        u64::from(packet.ssrc()),
        u64::from(packet.marker_bit()),
        u64::from(packet.payload_type()),
        len(packet.payload()),
    ])
}

fn read_rtc(mut bytes: &[u8]) -> (rtc_rtp::Header, u64) {
    let header = rtc_rtp::Header::unmarshal(&mut bytes).expect("well formed");
    let total = sum([
        u64::from(header.sequence_number),
        u64::from(header.timestamp),
        u64::from(header.ssrc),
        u64::from(header.marker),
        u64::from(header.payload_type),
        len(bytes),
    ]);
    (header, total)
}

fn elements_ours(map: &ExtensionMap, bytes: &[u8]) -> u64 {
    let packet = ours(bytes);
    let read = map.read(&packet);
    fields_ours(&packet)
        + sum([
            u64::from(read.audio_level.map_or(0, |level| level.below_overload_db)),
            u64::from(read.transport_sequence.unwrap_or(0)),
            len(read.mid.unwrap_or_default()),
        ])
}

fn elements_rtc(bytes: &[u8]) -> u64 {
    let (header, total) = read_rtc(bytes);
    let element = |id| header.get_extension(id).unwrap_or_default();
    let sequence = element(3);
    let sequence = sequence
        .first_chunk()
        .copied()
        .map_or(0, u16::from_be_bytes);
    total
        + sum([
            u64::from(element(1).first().map_or(0, |octet| octet & 0x7f)),
            u64::from(sequence),
            len(&element(4)),
        ])
}

fn extension(total: u64, extension: Option<(u16, &[u8])>) -> u64 {
    total + extension.map_or(0, |(profile, data)| u64::from(profile) + len(data))
}

fn parse(criterion: &mut Criterion<CpuTime>) {
    let (plain, extended, map) = (packets(false), packets(true), map());
    for packet in &extended {
        let sum = assert_no_allocations(|| elements_ours(&map, packet));
        assert_eq!(sum, elements_rtc(packet), "both read the same");
    }
    let mut group = criterion.benchmark_group("rtp_parse");
    let id = |name, what| BenchmarkId::new(name, what);
    each(&mut group, id("ours", "plain"), &plain, |packet| {
        fields_ours(&ours(packet))
    });
    each(&mut group, id("rtp_types", "plain"), &plain, |packet| {
        fields_rtp_types(&rtp_types(packet))
    });
    each(&mut group, id("rtc", "plain"), &plain, |packet| {
        read_rtc(packet).1
    });
    each(&mut group, id("ours", "extended"), &extended, |packet| {
        let packet = ours(packet);
        let sum = fields_ours(&packet);
        let found = packet.extension();
        extension(sum, found.map(|found| (found.profile, found.data)))
    });
    each(
        &mut group,
        id("rtp_types", "extended"),
        &extended,
        |packet| {
            let packet = rtp_types(packet);
            let sum = fields_rtp_types(&packet);
            extension(sum, packet.extension())
        },
    );
    each(&mut group, id("ours", "elements"), &extended, |packet| {
        elements_ours(&map, packet)
    });
    each(&mut group, id("rtc", "elements"), &extended, elements_rtc);
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
