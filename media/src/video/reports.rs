//! When reports on pictures are sent, what they say, and what the other side's say of us; requests for key frames.
//!
//! RFC 3550 §6.2, §6.4; RFC 4585 §3.5 (a request need not wait for the next report), §6.3.1; RFC 5104 §4.3.1.

use std::time::Duration;

use super::sender::Sender;
use super::stream::VideoStatistics;
use crate::clock::{NtpTime, from_short_ntp};
use crate::rtcp::{
    Compound, CompoundWriter, Feedback, FeedbackMessage, IntraRequest, Packet, Reception,
    ReportBlock, SdesItem, SenderInfo,
};
use crate::rtp::Ssrc;
use crate::sender::Identity;
use crate::srtp::OVERHEAD_MAX;

/// Mean time between two reports. RFC 3550 §6.2.
const INTERVAL: Duration = Duration::from_secs(5);
/// Octets of our largest compound: sender report, a block, a name of 255 octets, a request, farewell.
const REPORT_MAX: usize = 28 + 24 + 4 + 4 + 260 + 20 + 8;

/// What a compound asked of our camera.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Asked {
    /// A picture loss indication for our source.
    pub(super) picture_loss: bool,
    /// The number of a full intra request for our source.
    pub(super) full_intra: Option<u8>,
}

impl Asked {
    fn take(&mut self, feedback: &Feedback<'_>, ours: Ssrc) {
        match feedback.message {
            FeedbackMessage::PictureLoss => self.picture_loss |= feedback.media == ours,
            FeedbackMessage::FullIntra(entries) => {
                let mut requests = entries.requests();
                if let Some(request) = requests.find(|request| request.ssrc == ours) {
                    self.full_intra = Some(request.command);
                }
            }
            // Nothing is kept to be sent again, and clips have the rate they have.
            FeedbackMessage::Nack(_)
            | FeedbackMessage::MaximumBitrate(_)
            | FeedbackMessage::TransportWide(_)
            | FeedbackMessage::Other { .. } => {}
        }
    }
}

/// The reports of one stream.
#[derive(Debug)]
pub(super) struct Reports {
    cname: Vec<u8>,
    /// State of the randomisation, seeded by the identity.
    random: u64,
    due: Option<Duration>,
    packets_before: u64,
    /// Number of our next full intra request.
    command: u8,
    buffer: Box<[u8]>,
    ready: Option<usize>,
    statistics: VideoStatistics,
}

impl Reports {
    pub(super) fn new(identity: &Identity) -> Reports {
        let name = identity.cname.as_bytes();
        Reports {
            cname: name[..name.len().min(255)].to_vec(),
            random: u64::from(identity.ssrc.0) << 32 | u64::from(identity.timestamp),
            due: None,
            packets_before: 0,
            command: 0,
            buffer: vec![0; REPORT_MAX + OVERHEAD_MAX].into(),
            ready: None,
            statistics: VideoStatistics::default(),
        }
    }

    /// Hears the other side's reports and requests.
    pub(super) fn handle(
        &mut self,
        now: Duration,
        bytes: &[u8],
        ours: Ssrc,
        mut reception: Option<&mut Reception>,
    ) -> Asked {
        let mut asked = Asked::default();
        let Ok(compound) = Compound::parse(bytes) else {
            self.statistics.reports_malformed += 1;
            return asked;
        };
        self.statistics.reports_received += 1;
        for packet in compound.packets() {
            match packet {
                Packet::SenderReport { ssrc, info, blocks } => {
                    if let Some(reception) = reception
                        .as_deref_mut()
                        .filter(|reception| reception.ssrc() == ssrc)
                    {
                        reception.on_sender_report(now, info.ntp);
                    }
                    self.note(now, blocks.on(ours));
                }
                Packet::ReceiverReport { blocks, .. } => self.note(now, blocks.on(ours)),
                Packet::Bye(_) => self.statistics.farewell_received = true,
                Packet::Feedback(feedback) => asked.take(&feedback, ours),
                Packet::SourceDescription(_)
                | Packet::App(_)
                | Packet::ExtendedReport { .. }
                | Packet::Other { .. } => {}
            }
        }
        self.statistics.picture_losses += u64::from(asked.picture_loss);
        asked
    }

    /// Notes a full intra request that does not repeat the last.
    pub(super) fn on_command(&mut self) {
        self.statistics.full_intra_requests += 1;
    }

    /// Whether the time for a report has come; the first is due after half the interval.
    pub(super) fn is_due(&mut self, now: Duration) -> bool {
        match self.due {
            None => {
                self.due = Some(now + self.wait(INTERVAL / 2));
                false
            }
            Some(due) => now >= due,
        }
    }

    /// When the next report is due; at once before the first tick.
    pub(super) fn deadline(&self) -> Duration {
        self.due.unwrap_or_default()
    }

    /// Starts a compound with our report and name.
    pub(super) fn start<'a>(
        &'a mut self,
        now: Duration,
        sender: &'a mut Sender,
        reception: Option<&mut Reception>,
    ) -> Report<'a> {
        let block = reception.map(|reception| reception.report(now));
        let blocks = block.as_slice();
        let (ssrc, statistics) = (sender.ssrc(), sender.statistics());
        let info = SenderInfo {
            ntp: NtpTime::at(now),
            timestamp: sender.timestamp_at(now),
            packets: statistics.packets as u32,
            octets: statistics.octets as u32,
        };
        let mut writer = CompoundWriter::new(&mut self.buffer[..REPORT_MAX]);
        // RFC 3550 §6.4: a sender is who sent since the report before the last; here, since the last.
        let result = if statistics.packets > self.packets_before {
            writer.sender_report(ssrc, &info, blocks)
        } else {
            writer.receiver_report(ssrc, blocks)
        };
        result
            .and_then(|()| writer.source_description(ssrc, &[(SdesItem::CNAME, &self.cname)]))
            .expect(FITS);
        let len = writer.finish();
        Report {
            now,
            media: block.map(|block| block.ssrc),
            sender,
            len,
            reports: self,
        }
    }

    /// The report that waits to be sent.
    pub(super) fn take(&mut self) -> Option<&[u8]> {
        let len = self.ready.take()?;
        Some(&self.buffer[..len])
    }

    /// The counters that are ours; the others are zero.
    pub(super) fn statistics(&self) -> VideoStatistics {
        self.statistics.clone()
    }

    fn note(&mut self, now: Duration, block: Option<ReportBlock>) {
        let Some(block) = block else { return };
        if block.last_sender_report != 0 {
            let apart = NtpTime::at(now)
                .middle()
                .wrapping_sub(block.last_sender_report)
                .wrapping_sub(block.delay_since_last_sender_report);
            // Rounding can make it a little less than nothing.
            let is_negative = apart >> 31 == 1;
            self.statistics.round_trip = Some(if is_negative {
                Duration::ZERO
            } else {
                from_short_ntp(apart)
            });
        }
        self.statistics.remote = Some(block);
    }

    /// RFC 3550 §6.3.1: times 0.5 to 1.5, over e - 1.5.
    fn wait(&mut self, mean: Duration) -> Duration {
        // A 64-bit linear congruence: enough to keep reports of many streams apart.
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let permille = 500 + (self.random >> 33) % 1_001;
        mean * permille as u32 / 1_218
    }
}

const FITS: &str = "the buffer holds the largest report";

/// A compound that can still be added to.
#[derive(Debug)]
pub(super) struct Report<'a> {
    now: Duration,
    /// The source that is seen.
    media: Option<Ssrc>,
    reports: &'a mut Reports,
    sender: &'a mut Sender,
    len: usize,
}

impl Report<'_> {
    /// Adds a request for a key frame and ends the compound; the time of the next report stays as it is.
    pub(super) fn ask_key_frame(mut self, full_intra: bool) {
        let Some(media) = self.media else { return };
        let (ours, command) = (self.sender.ssrc(), self.reports.command);
        let mut writer = CompoundWriter::new(&mut self.reports.buffer[self.len..REPORT_MAX]);
        if full_intra {
            let request = IntraRequest {
                ssrc: media,
                command,
            };
            writer.full_intra(ours, &[request]).expect(FITS);
        } else {
            writer.picture_loss(ours, media).expect(FITS);
        }
        self.len += writer.finish();
        self.reports.command = command.wrapping_add(u8::from(full_intra));
        self.end();
    }

    /// Adds our farewell and ends the compound.
    pub(super) fn farewell(mut self) {
        let mut writer = CompoundWriter::new(&mut self.reports.buffer[self.len..REPORT_MAX]);
        writer.bye(&[self.sender.ssrc()], b"").expect(FITS);
        self.len += writer.finish();
        self.end();
    }

    /// Ends the compound, and begins the wait for the next.
    pub(super) fn finish(self) {
        self.reports.packets_before = self.sender.statistics().packets;
        let wait = self.reports.wait(INTERVAL);
        self.reports.due = Some(self.now + wait);
        self.end();
    }

    fn end(self) {
        if let Ok(len) = self.sender.protect_rtcp(&mut self.reports.buffer, self.len) {
            self.reports.ready = Some(len);
            self.reports.statistics.reports_sent += 1;
        }
    }
}
