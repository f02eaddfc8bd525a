//! RTCP: compounds down to the last number of feedback and extended reports.

use std::time::Duration;

use media::Ssrc;
use media::clock::NtpTime;
use media::rtcp::{
    App, Compound, CompoundWriter, DelayBlock, ExtendedBlock, FeedbackMessage, IntraRequest,
    Packet, ReferenceClock, ReportBlock, SdesItem, SenderInfo, TemporaryLimit, VoipMetrics,
};

use super::Target;

#[derive(Debug)]
pub(super) struct Rtcp {
    clock: ReferenceClock,
}

impl Rtcp {
    pub(super) fn new() -> Rtcp {
        Rtcp {
            clock: ReferenceClock::default(),
        }
    }

    fn walk(&mut self, packet: Packet<'_>) {
        match packet {
            Packet::SenderReport { blocks, .. } | Packet::ReceiverReport { blocks, .. } => {
                assert!(blocks.iter().count() <= 31);
            }
            Packet::SourceDescription(chunks) => {
                for chunk in chunks {
                    chunk.items.for_each(drop);
                }
            }
            Packet::Bye(bye) => assert!(bye.sources().count() <= 31),
            Packet::Feedback(feedback) => self.feedback(feedback.message),
            Packet::ExtendedReport { blocks, .. } => {
                for block in blocks {
                    if let ExtendedBlock::Delays(delays) = block {
                        delays.iter().for_each(drop);
                    }
                }
            }
            Packet::App(_) | Packet::Other { .. } | _ => {}
        }
    }

    fn feedback(&mut self, message: FeedbackMessage<'_>) {
        match message {
            FeedbackMessage::Nack(nack) => nack.sequences().for_each(drop),
            FeedbackMessage::FullIntra(full_intra) => full_intra.requests().for_each(drop),
            FeedbackMessage::LimitRequest(limits) | FeedbackMessage::LimitNotice(limits) => {
                limits
                    .limits()
                    .for_each(|limit| assert!(limit.of_rtp(1_000) <= limit.bits_per_second));
            }
            FeedbackMessage::MaximumBitrate(estimate) => estimate.sources().for_each(drop),
            FeedbackMessage::TransportWide(feedback) => {
                self.clock.ticks(feedback.reference);
                let count = feedback.arrivals().count();
                assert_eq!(count, usize::from(feedback.count));
            }
            FeedbackMessage::PictureLoss | FeedbackMessage::Other { .. } | _ => {}
        }
    }
}

fn seed(
    write: impl FnOnce(&mut CompoundWriter<'_>) -> Result<(), media::rtcp::RtcpError>,
) -> Vec<u8> {
    let mut buffer = vec![0; 1_200];
    let mut writer = CompoundWriter::new(&mut buffer);
    write(&mut writer).expect("there is room");
    let len = writer.finish();
    buffer.truncate(len);
    buffer
}

impl Target for Rtcp {
    fn name(&self) -> &'static str {
        "rtcp"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let (ours, theirs) = (Ssrc(1), Ssrc(2));
        let block = ReportBlock::default();
        let app = App {
            subtype: 1,
            ssrc: ours,
            name: *b"TEST",
            data: &[0; 8],
        };
        let at = |number: u64| Duration::from_micros(number * number * 250);
        let arrivals = (0..300).map(move |number| (number % 11 != 3).then(|| at(number)));
        vec![
            seed(|writer| {
                writer.sender_report(ours, &SenderInfo::default(), &[block; 2])?;
                writer.source_description(
                    ours,
                    &[(SdesItem::CNAME, b"a@b"), (SdesItem::TOOL, b"")],
                )?;
                writer.app(&app)?;
                writer.bye(&[ours], b"done")
            }),
            seed(|writer| {
                writer.receiver_report(ours, &[block])?;
                let mut report = writer.extended_report(ours)?;
                report.receiver_reference_time(NtpTime(9))?;
                report.delays(&[DelayBlock::default(); 2])?;
                report.voip_metrics(&VoipMetrics::default())
            }),
            seed(|writer| {
                writer.nack(ours, theirs, (0..60).map(|number| number * 7))?;
                writer.picture_loss(ours, theirs)?;
                let request = IntraRequest {
                    ssrc: theirs,
                    command: 1,
                };
                writer.full_intra(ours, &[request])?;
                let limit = TemporaryLimit {
                    ssrc: theirs,
                    bits_per_second: 1_000_000,
                    overhead: 40,
                };
                writer.limit_request(ours, &[limit])?;
                writer.maximum_bitrate(ours, 1_000_000, &[theirs])
            }),
            seed(|writer| {
                writer
                    .transport_wide(ours, theirs, 65_500, 3, arrivals)
                    .map(drop)
            }),
        ]
    }

    fn run(&mut self, input: &[u8]) {
        let Ok(compound) = Compound::parse(input) else {
            return;
        };
        let mut count = 0;
        for packet in compound.packets() {
            self.walk(packet);
            count += 1;
        }
        assert!(0 < count && count <= input.len() / 4);
    }
}
