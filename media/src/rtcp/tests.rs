use std::time::Duration;

use proptest::prelude::*;
use rtcp_types as oracle;
use rtcp_types::RtcpPacketWriterExt;

use super::*;
use crate::clock::NtpTime;

const INFO: SenderInfo = SenderInfo {
    ntp: NtpTime(0x0123_4567_89ab_cdef),
    timestamp: 7,
    packets: 8,
    octets: 9,
};

fn block(ssrc: u32, lost: i32) -> ReportBlock {
    ReportBlock {
        ssrc: Ssrc(ssrc),
        fraction_lost: 12,
        cumulative_lost: lost,
        highest_sequence: 0x1_0002,
        jitter: 33,
        last_sender_report: 44,
        delay_since_last_sender_report: 55,
    }
}

/// A sender report with two blocks, a description, a packet of an application and a farewell.
fn everything() -> Vec<u8> {
    let mut buffer = vec![0xaa; 512];
    let mut writer = CompoundWriter::new(&mut buffer);
    writer
        .sender_report(Ssrc(1), &INFO, &[block(2, -5), block(3, 70_000)])
        .unwrap();
    writer
        .source_description(
            Ssrc(1),
            &[(SdesItem::CNAME, b"alice@host"), (SdesItem::TOOL, b"")],
        )
        .unwrap();
    writer
        .app(&App {
            subtype: 3,
            ssrc: Ssrc(1),
            name: *b"TEST",
            data: &[1, 2, 3, 4],
        })
        .unwrap();
    writer.bye(&[Ssrc(1), Ssrc(9)], b"off to lunch").unwrap();
    let len = writer.finish();
    buffer.truncate(len);
    buffer
}

#[test]
fn a_compound_reads_back() {
    let bytes = everything();
    let packets: Vec<_> = Compound::parse(&bytes).unwrap().packets().collect();
    let Packet::SenderReport {
        ssrc: Ssrc(1),
        info,
        blocks,
    } = packets[0]
    else {
        panic!("{packets:?}")
    };
    assert_eq!(info, INFO);
    assert_eq!(
        blocks.iter().collect::<Vec<_>>(),
        [block(2, -5), block(3, 70_000)]
    );
    assert_eq!(blocks.on(Ssrc(3)), Some(block(3, 70_000)));
    let Packet::SourceDescription(mut chunks) = packets[1] else {
        panic!("{packets:?}")
    };
    assert_eq!(chunks.next().unwrap().cname(), Some(&b"alice@host"[..]));
    let Packet::App(app) = packets[2] else {
        panic!("{packets:?}")
    };
    assert_eq!(
        (app.subtype, app.name, app.data),
        (3, *b"TEST", &[1, 2, 3, 4][..])
    );
    let Packet::Bye(bye) = packets[3] else {
        panic!("{packets:?}")
    };
    assert_eq!(bye.reason, Some(&b"off to lunch"[..]));
    assert_eq!(bye.sources().collect::<Vec<_>>(), [Ssrc(1), Ssrc(9)]);
}

#[test]
fn the_oracle_reads_what_we_write() {
    let bytes = everything();
    let mut theirs = oracle::Compound::parse(&bytes).unwrap();
    let Some(Ok(oracle::Packet::Sr(report))) = theirs.next() else {
        panic!()
    };
    assert_eq!(
        (
            report.ssrc(),
            report.ntp_timestamp(),
            report.rtp_timestamp()
        ),
        (1, INFO.ntp.0, 7)
    );
    assert_eq!(
        (
            report.packet_count(),
            report.octet_count(),
            report.n_reports()
        ),
        (8, 9, 2)
    );
    let Some(Ok(oracle::Packet::Sdes(description))) = theirs.next() else {
        panic!()
    };
    assert_eq!(
        description
            .chunks()
            .next()
            .unwrap()
            .items()
            .next()
            .unwrap()
            .value(),
        b"alice@host"
    );
    assert!(matches!(theirs.next(), Some(Ok(oracle::Packet::App(_)))));
    let Some(Ok(oracle::Packet::Bye(bye))) = theirs.next() else {
        panic!()
    };
    assert_eq!(bye.reason(), Some(&b"off to lunch"[..]));
}

#[test]
fn what_the_oracle_writes_is_the_same_to_the_octet() {
    let ours = {
        let mut buffer = vec![0; 512];
        let mut writer = CompoundWriter::new(&mut buffer);
        writer.receiver_report(Ssrc(5), &[block(6, 3)]).unwrap();
        writer
            .source_description(Ssrc(5), &[(SdesItem::CNAME, b"bob@host.example")])
            .unwrap();
        writer.bye(&[Ssrc(5)], b"").unwrap();
        let len = writer.finish();
        buffer.truncate(len);
        buffer
    };
    let theirs = oracle::Compound::builder()
        .add_packet(
            oracle::ReceiverReport::builder(5).add_report_block(
                oracle::ReportBlock::builder(6)
                    .fraction_lost(12)
                    .cumulative_lost(3)
                    .extended_sequence_number(0x1_0002)
                    .interarrival_jitter(33)
                    .last_sender_report_timestamp(44)
                    .delay_since_last_sender_report_timestamp(55),
            ),
        )
        .add_packet(
            oracle::Sdes::builder().add_chunk(oracle::SdesChunk::builder(5).add_item(
                oracle::SdesItem::builder(oracle::SdesItem::CNAME, "bob@host.example"),
            )),
        )
        .add_packet(oracle::Bye::builder().add_source(5));
    let mut buffer = vec![0; 512];
    let len = theirs.write_into(&mut buffer).unwrap();
    assert_eq!(ours, buffer[..len]);
}

#[test]
fn limits_are_errors() {
    let mut buffer = [0; 64];
    let mut writer = CompoundWriter::new(&mut buffer);
    assert_eq!(
        writer.receiver_report(Ssrc(1), &[ReportBlock::default(); 32]),
        Err(RtcpError::TooMany(32))
    );
    assert!(matches!(
        writer.receiver_report(Ssrc(1), &[ReportBlock::default(); 3]),
        Err(RtcpError::BufferTooSmall { .. })
    ));
    assert_eq!(writer.bye(&[], &[b'x'; 256]), Err(RtcpError::TooMany(256)));
    assert_eq!(writer.finish(), 0);
    assert!(matches!(
        Compound::parse(&[]),
        Err(RtcpError::TooShort { .. })
    ));
    assert!(matches!(
        Compound::parse(&[0x81, 200, 0, 6]),
        Err(RtcpError::TooShort { .. })
    ));
    assert_eq!(
        Compound::parse(&[0x01, 200, 0, 0]).unwrap_err(),
        RtcpError::Version(0)
    );
    assert_eq!(
        Compound::parse(&[0xa0, 203, 0, 1, 0, 0, 0, 5]).unwrap_err(),
        RtcpError::Padding
    );
    assert_eq!(
        Compound::parse(&[0x81, 202, 0, 2, 0, 0, 0, 1, 1, 9, 0, 0]).unwrap_err(),
        RtcpError::SourceDescription
    );
}

#[test]
fn the_account_counts_loss_reordering_and_duplicates() {
    let mut account = Reception::new(Ssrc(1), 8_000);
    let at = |number: u64| Duration::from_millis(20 * number);
    for number in [0u16, 1, 3, 2, 6, 6] {
        assert!(account.on_packet(
            at(u64::from(number)),
            number.wrapping_sub(2),
            u32::from(number) * 160
        ));
    }
    assert_eq!(
        (
            account.expected(),
            account.received(),
            account.lost(),
            account.reordered()
        ),
        (7, 6, 1, 1)
    );
    let report = account.report(at(7));
    assert_eq!(
        (
            report.fraction_lost,
            report.cumulative_lost,
            report.highest_sequence
        ),
        (36, 1, 0x1_0004)
    );
    assert_eq!(report.jitter, 0);
    assert_eq!(account.report(at(8)).fraction_lost, 0);
}

#[test]
fn jitter_follows_the_integer_filter_of_appendix_a_8() {
    let mut account = Reception::new(Ssrc(1), 8_000);
    let mut expected = 0u32;
    for number in 0..100u32 {
        // Every second packet comes 5 ms (40 units) late.
        let late = Duration::from_millis(u64::from(number % 2) * 5);
        account.on_packet(
            Duration::from_millis(u64::from(number) * 20) + late,
            number as u16,
            number * 160,
        );
        if number > 0 {
            expected = expected + 40 - ((expected + 8) >> 4);
        }
    }
    assert_eq!(account.report(Duration::ZERO).jitter, expected >> 4);
    assert!((Duration::from_millis(4)..Duration::from_millis(6)).contains(&account.jitter()));
}

#[test]
fn a_jump_needs_two_packets_in_a_row() {
    let mut account = Reception::new(Ssrc(1), 8_000);
    assert!(account.on_packet(Duration::ZERO, 5, 0));
    assert!(!account.on_packet(Duration::ZERO, 30_000, 0));
    assert!(!account.on_packet(Duration::ZERO, 20_000, 0));
    assert!(account.on_packet(Duration::ZERO, 6, 0));
    assert!(!account.on_packet(Duration::ZERO, 30_000, 0));
    assert!(account.on_packet(Duration::ZERO, 30_001, 0));
    assert_eq!((account.received(), account.lost()), (1, 0));
}

#[test]
fn one_damaged_number_leaves_the_account_as_it_was() {
    // Of each bit of the sequence number, in the middle of 400 packets; a report is made while the jump stands.
    for bit in 0..16 {
        let mut account = Reception::new(Ssrc(1), 8_000);
        for number in 0..400u16 {
            let damage = if number == 150 { 1 << bit } else { 0 };
            let sequence = (65_400u16.wrapping_add(number)) ^ damage;
            account.on_packet(Duration::ZERO, sequence, u32::from(number) * 160);
            if number == 150 {
                account.report(Duration::ZERO);
            }
        }
        let counted = (account.expected(), account.received());
        let is_taken = counted == (400, 400);
        // What is too far off to be believed is not counted.
        assert!(is_taken || counted == (400, 399), "bit {bit}: {counted:?}");
        // Where the damaged number was one that had come, its own is missing: one of 250.
        let fraction = account.report(Duration::ZERO).fraction_lost;
        assert!(fraction <= 1, "bit {bit}: {fraction}");
    }
}

#[test]
fn a_jump_that_the_next_packet_confirms_is_loss() {
    let mut account = Reception::new(Ssrc(1), 8_000);
    for sequence in [1, 2, 1_500, 1_501, 1_502] {
        assert!(account.on_packet(Duration::ZERO, sequence, 0));
    }
    assert!(!account.on_packet(Duration::ZERO, 3, 0), "it is too late");
    assert_eq!((account.expected(), account.received()), (1_502, 5));
}

#[test]
fn the_round_trip_can_be_told_from_the_answer() {
    let mut account = Reception::new(Ssrc(1), 8_000);
    account.on_sender_report(
        Duration::from_millis(1_100),
        NtpTime::at(Duration::from_secs(50)),
    );
    let report = account.report(Duration::from_millis(1_350));
    assert_eq!(report.last_sender_report, 50 << 16);
    assert_eq!(report.delay_since_last_sender_report, 0x4000);
}

proptest! {
    #[test]
    fn any_octets_are_read_like_the_oracle_or_refused(words in proptest::collection::vec(any::<u32>(), 1..20), kind in 198u8..208) {
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        bytes[0] = bytes[0] & 0x07 | 0x80;
        bytes[1] = kind;
        bytes[2..4].copy_from_slice(&(words.len() as u16 - 1).to_be_bytes());
        if let Ok(compound) = Compound::parse(&bytes) {
            for packet in compound.packets() {
                if let Packet::SourceDescription(chunks) = packet {
                    chunks.for_each(|chunk| chunk.items.for_each(drop));
                }
            }
        } else if let Ok(mut theirs) = oracle::Compound::parse(&bytes) {
            let parsed = theirs.next().expect("the oracle found a packet");
            prop_assert!(parsed.is_err() || kind == SOURCE_DESCRIPTION, "{:?}", parsed);
        }
    }

    #[test]
    fn any_soup_is_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(compound) = Compound::parse(&bytes) {
            compound.packets().for_each(drop);
        }
    }
}
