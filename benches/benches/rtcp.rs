//! What does it cost to read and to write a compound of RTCP?
//!
//! A sender report with one block, a description, a NACK of 17 packets, and transport-wide feedback on 100 packets of which
//! every tenth is lost. Reading walks down to every number. Beside it in the same run: `rtcp-types` and `rtc-rtcp`.

use std::hint::black_box;
use std::time::Duration;

use benches::ratios::Comparison;
use benches::{CountingAllocator, CpuTime, assert_no_allocations, hot_path, ratios};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use media::Ssrc;
use media::clock::NtpTime;
use media::rtcp::{
    Compound, CompoundWriter, FeedbackMessage, Packet, ReportBlock, SdesItem, SenderInfo,
};
use rtc_rtcp::transport_feedbacks::transport_layer_cc::TransportLayerCc;
use rtc_rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;
use rtcp_types::prelude::*;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const OURS: Ssrc = Ssrc(1);
const THEIRS: Ssrc = Ssrc(2);
const NAME: &str = "201@office.example";

/// Every tenth is lost, the others come each 1 to 5 ms after the one before.
fn arrivals() -> impl Iterator<Item = Option<Duration>> + Clone {
    let at = |number: u64| Duration::from_micros(5_000_000 + number * 2_000 + number % 7 * 500);
    (0..100).map(move |number| (number % 10 != 9).then(|| at(number)))
}

fn lost() -> impl Iterator<Item = u16> + Clone {
    (0..17).map(|number| 1_000 + number)
}

fn block() -> ReportBlock {
    ReportBlock {
        ssrc: THEIRS,
        jitter: 30,
        ..ReportBlock::default()
    }
}

fn write_ours(buffer: &mut [u8]) -> usize {
    let info = SenderInfo {
        ntp: NtpTime(0x1234_5678_9abc),
        timestamp: 8_000,
        packets: 50,
        octets: 8_000,
    };
    let mut writer = CompoundWriter::new(buffer);
    let result = writer
        .sender_report(OURS, &info, &[block()])
        .and_then(|()| writer.source_description(OURS, &[(SdesItem::CNAME, NAME.as_bytes())]))
        .and_then(|()| writer.nack(OURS, THEIRS, lost()))
        .and_then(|()| writer.transport_wide(OURS, THEIRS, 500, 1, arrivals()));
    result.expect("the buffer is long enough");
    writer.finish()
}

fn read_ours(bytes: &[u8]) -> u64 {
    let mut sum = 0;
    for packet in Compound::parse(bytes).expect("well formed").packets() {
        match packet {
            Packet::SenderReport { info, blocks, .. } => {
                sum += u64::from(info.packets);
                sum += blocks
                    .iter()
                    .map(|block| u64::from(block.jitter))
                    .sum::<u64>();
            }
            Packet::SourceDescription(chunks) => {
                let names = chunks.filter_map(|chunk| chunk.cname());
                sum += names.map(|name| name.len() as u64).sum::<u64>();
            }
            Packet::Feedback(feedback) => sum += read_feedback(feedback.message),
            Packet::ReceiverReport { .. }
            | Packet::Bye(_)
            | Packet::App(_)
            | Packet::ExtendedReport { .. }
            | Packet::Other { .. }
            | _ => {}
        }
    }
    sum
}

fn read_feedback(message: FeedbackMessage<'_>) -> u64 {
    match message {
        FeedbackMessage::Nack(nack) => nack.sequences().map(u64::from).sum(),
        FeedbackMessage::TransportWide(feedback) => {
            let ticks = feedback.arrivals().filter_map(|arrival| arrival.ticks);
            ticks.map(|ticks| ticks as u64).sum()
        }
        FeedbackMessage::PictureLoss
        | FeedbackMessage::FullIntra(_)
        | FeedbackMessage::MaximumBitrate(_)
        | FeedbackMessage::Other { .. }
        | _ => 0,
    }
}

fn read_rtcp_types(bytes: &[u8]) -> u64 {
    use rtcp_types::{Compound, Nack, Packet, Twcc, TwccPacketStatus};
    let mut sum = 0;
    for packet in Compound::parse(bytes).expect("well formed") {
        let packet = packet.expect("well formed");
        if let Packet::Sr(report) = &packet {
            sum += u64::from(report.packet_count());
            let blocks = report.report_blocks();
            sum += blocks
                .map(|block| u64::from(block.interarrival_jitter()))
                .sum::<u64>();
        } else if let Packet::Sdes(description) = &packet {
            for item in description.chunks().flat_map(|chunk| chunk.items()) {
                sum += item.value().len() as u64;
            }
        } else if let Packet::TransportFeedback(feedback) = &packet {
            if let Ok(nack) = feedback.parse_fci::<Nack<'_>>() {
                sum += nack.entries().map(u64::from).sum::<u64>();
            } else if let Ok(twcc) = feedback.parse_fci::<Twcc<'_>>() {
                let mut at = 0;
                for packet in twcc.packets().flatten() {
                    if let TwccPacketStatus::Received { delta } = packet.1 {
                        at += i64::from(delta);
                        sum += at as u64;
                    }
                }
            }
        }
    }
    sum
}

fn read_rtc(mut bytes: &[u8]) -> u64 {
    let packets = rtc_rtcp::packet::unmarshal(&mut bytes).expect("well formed");
    let mut sum = 0;
    for packet in packets {
        let packet = packet.as_any();
        if let Some(report) = packet.downcast_ref::<rtc_rtcp::sender_report::SenderReport>() {
            sum += u64::from(report.packet_count);
            sum += report
                .reports
                .iter()
                .map(|block| u64::from(block.jitter))
                .sum::<u64>();
        } else if let Some(nack) = packet.downcast_ref::<TransportLayerNack>() {
            let pairs = nack.nacks.iter().flat_map(|pair| pair.packet_list());
            sum += pairs.map(u64::from).sum::<u64>();
        } else if let Some(feedback) = packet.downcast_ref::<TransportLayerCc>() {
            let mut at = 0;
            for delta in &feedback.recv_deltas {
                at += delta.delta / 250;
                sum += at as u64;
            }
        } else if let Some(description) =
            packet.downcast_ref::<rtc_rtcp::source_description::SourceDescription>()
        {
            let items = description.chunks.iter().flat_map(|chunk| &chunk.items);
            sum += items.map(|item| item.text.len() as u64).sum::<u64>();
        }
    }
    sum
}

/// The same compound by `rtcp-types`, its statuses gathered as its interface wants them.
fn write_rtcp_types(buffer: &mut [u8]) -> usize {
    use rtcp_types as peer;
    let mut statuses = Vec::with_capacity(100);
    let mut before = 5_000_000 / 64_000 * 64_000 / 250;
    for arrival in arrivals() {
        statuses.push(match arrival {
            None => peer::TwccPacketStatus::NotReceived,
            Some(time) => {
                let ticks = time.as_micros() as i64 / 250;
                let delta = (ticks - before) as i16;
                before = ticks;
                peer::TwccPacketStatus::Received { delta }
            }
        });
    }
    let nack = lost().fold(peer::Nack::builder(), |nack, sequence| {
        nack.add_rtp_sequence(sequence)
    });
    let twcc = peer::Twcc::builder(500, 5_000_000 / 64_000, 1, &statuses, None);
    let compound = peer::Compound::builder()
        .add_packet(
            peer::SenderReport::builder(1)
                .ntp_timestamp(0x1234_5678_9abc)
                .rtp_timestamp(8_000)
                .packet_count(50)
                .octet_count(8_000)
                .add_report_block(peer::ReportBlock::builder(2).interarrival_jitter(30)),
        )
        .add_packet(
            peer::Sdes::builder().add_chunk(
                peer::SdesChunk::builder(1)
                    .add_item(peer::SdesItem::builder(peer::SdesItem::CNAME, NAME)),
            ),
        )
        .add_packet(
            peer::TransportFeedback::builder(&nack)
                .sender_ssrc(1)
                .media_ssrc(2),
        )
        .add_packet(
            peer::TransportFeedback::builder(&twcc)
                .sender_ssrc(1)
                .media_ssrc(2),
        );
    compound
        .write_into(buffer)
        .expect("the buffer is long enough")
}

fn compound(criterion: &mut Criterion<CpuTime>) {
    let mut buffer = [0; 1_200];
    let len = write_ours(&mut buffer);
    let bytes = buffer[..len].to_vec();
    let sum = assert_no_allocations(|| read_ours(&bytes));
    assert_no_allocations(|| write_ours(&mut buffer));
    assert_eq!(sum, read_rtcp_types(&bytes), "all read the same");
    assert_eq!(sum, read_rtc(&bytes), "all read the same");
    let theirs = write_rtcp_types(&mut buffer);
    assert_eq!(sum, read_ours(&buffer[..theirs]), "both say the same");

    let mut group = criterion.benchmark_group("rtcp_compound");
    group.throughput(Throughput::Elements(1));
    group.bench_function(BenchmarkId::new("read", "ours"), |bencher| {
        bencher.iter(|| read_ours(black_box(&bytes)));
    });
    group.bench_function(BenchmarkId::new("read", "rtcp_types"), |bencher| {
        bencher.iter(|| read_rtcp_types(black_box(&bytes)));
    });
    group.bench_function(BenchmarkId::new("read", "rtc"), |bencher| {
        bencher.iter(|| read_rtc(black_box(&bytes)));
    });
    group.bench_function(BenchmarkId::new("write", "ours"), |bencher| {
        bencher.iter(|| write_ours(black_box(&mut buffer)));
    });
    group.bench_function(BenchmarkId::new("write", "rtcp_types"), |bencher| {
        bencher.iter(|| write_rtcp_types(black_box(&mut buffer)));
    });
    let packets = rtc_rtcp::packet::unmarshal(&mut &bytes[..]).expect("well formed");
    group.bench_function(BenchmarkId::new("write", "rtc"), |bencher| {
        bencher.iter(|| rtc_rtcp::packet::marshal(black_box(&packets)));
    });
    group.finish();
}

criterion_group! {
    name = benchmarks;
    config = hot_path();
    targets = compound
}

fn main() {
    benchmarks();
    ratios::report(
        "rtcp_compound",
        &[
            Comparison::speed("read/ours", "read/rtcp_types", Some(3.0)),
            Comparison::speed("read/ours", "read/rtc", Some(3.0)),
            Comparison::speed("write/ours", "write/rtcp_types", Some(3.0)),
            // Theirs has its chunks and deltas made already; only the octets are written.
            Comparison::speed("write/ours", "write/rtc", None),
        ],
    );
}
