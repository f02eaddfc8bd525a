use std::fmt::Write as _;
use std::time::Duration;

use super::super::*;
use crate::clock::NtpTime;
use crate::rtp::Ssrc;

const PHONE: Ssrc = Ssrc(0x0000_0201);
const SERVER: Ssrc = Ssrc(0x0000_0202);

/// Octets in words, then one line a packet.
fn trace(write: impl FnOnce(&mut CompoundWriter<'_>)) -> String {
    let mut buffer = [0xaa; 1_200];
    let mut writer = CompoundWriter::new(&mut buffer);
    write(&mut writer);
    let len = writer.finish();
    let mut text = String::new();
    for (number, word) in buffer[..len].chunks(4).enumerate() {
        let apart = if number % 8 == 7 || 4 * number + 4 == len {
            '\n'
        } else {
            ' '
        };
        let word = u32::from_be_bytes(word.try_into().unwrap());
        write!(text, "{word:08x}{apart}").unwrap();
    }
    let compound = Compound::parse(&buffer[..len]).unwrap();
    if compound.is_reduced() {
        text.push_str("(reduced size)\n");
    }
    for packet in compound.packets() {
        writeln!(text, "{packet}").unwrap();
    }
    text
}

fn block(lost: i32) -> ReportBlock {
    ReportBlock {
        ssrc: SERVER,
        fraction_lost: 12,
        cumulative_lost: lost,
        highest_sequence: 0x1_0102,
        jitter: 33,
        last_sender_report: 0x1234_5678,
        delay_since_last_sender_report: 0x8000,
    }
}

#[test]
fn a_call_that_ends() {
    let text = trace(|writer| {
        let info = SenderInfo {
            ntp: NtpTime::at(Duration::from_millis(65_250)),
            timestamp: 522_000,
            packets: 3_262,
            octets: 521_920,
        };
        writer.sender_report(PHONE, &info, &[block(-2)]).unwrap();
        let name: &[u8] = b"201@10.1.2.3";
        writer
            .source_description(
                PHONE,
                &[(SdesItem::CNAME, name), (SdesItem::TOOL, b"phone")],
            )
            .unwrap();
        writer.bye(&[PHONE], b"off to lunch").unwrap();
    });
    insta::assert_snapshot!(text);
}

#[test]
fn a_call_with_its_quality() {
    let text = trace(|writer| {
        writer.receiver_report(PHONE, &[block(70)]).unwrap();
        let mut report = writer.extended_report(PHONE).unwrap();
        report
            .receiver_reference_time(NtpTime::at(Duration::from_millis(1_500)))
            .unwrap();
        report
            .delays(&[DelayBlock {
                ssrc: SERVER,
                last_receiver_report: 0x0001_8000,
                delay_since_last_receiver_report: 0x4000,
            }])
            .unwrap();
        report
            .voip_metrics(&VoipMetrics {
                ssrc: SERVER,
                loss_rate: 5,
                discard_rate: 1,
                burst_density: 90,
                gap_density: 2,
                burst_duration_ms: 120,
                gap_duration_ms: 4_000,
                round_trip_delay_ms: 48,
                end_system_delay_ms: 60,
                signal_level_dbm0: -22,
                noise_level_dbm0: UNAVAILABLE as i8,
                residual_echo_return_loss_db: UNAVAILABLE,
                gap_threshold: 16,
                r_factor: 82,
                external_r_factor: UNAVAILABLE,
                mos_listening_tenths: 41,
                mos_conversational_tenths: 40,
                concealment: LossConcealment::Standard,
                adaptation: JitterAdaptation::Adaptive,
                adaptation_rate: 2,
                jitter_nominal_ms: 40,
                jitter_maximum_ms: 80,
                jitter_absolute_maximum_ms: 240,
            })
            .unwrap();
    });
    insta::assert_snapshot!(text);
}

#[test]
fn a_video_receiver_in_trouble() {
    let text = trace(|writer| {
        writer.receiver_report(PHONE, &[block(9)]).unwrap();
        writer
            .nack(PHONE, SERVER, [65_534, 65_535, 3, 14, 40].into_iter())
            .unwrap();
        writer.picture_loss(PHONE, SERVER).unwrap();
        let request = IntraRequest {
            ssrc: SERVER,
            command: 3,
        };
        writer.full_intra(PHONE, &[request]).unwrap();
        writer
            .maximum_bitrate(PHONE, 640_000, &[SERVER, Ssrc(7)])
            .unwrap();
        let limit = TemporaryLimit {
            ssrc: SERVER,
            bits_per_second: 256_000,
            overhead: 40,
        };
        writer.limit_request(PHONE, &[limit]).unwrap();
        writer.limit_notice(PHONE, &[limit]).unwrap();
    });
    insta::assert_snapshot!(text);
}

#[test]
fn when_packets_arrived() {
    let at = |micros| Some(Duration::from_micros(micros));
    let text = trace(|writer| {
        let arrivals = [
            at(640_250),
            at(645_000),
            None,
            at(645_000),
            at(643_500),
            None,
            None,
            at(800_000),
        ];
        writer
            .transport_wide(PHONE, SERVER, 65_533, 17, arrivals.into_iter())
            .unwrap();
        let app = App {
            subtype: 3,
            ssrc: PHONE,
            name: *b"TEST",
            data: &[1, 2, 3, 4],
        };
        writer.app(&app).unwrap();
    });
    insta::assert_snapshot!(text);
}
