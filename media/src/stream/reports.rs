//! When reports are sent, what they say, and what the other side's say of us.
//!
//! RFC 3550 §6.2 (interval), §6.4 (contents); two parties, so the interval is its minimum of 5 s, randomised.

use std::time::Duration;

use crate::clock::{NtpTime, from_short_ntp};
use crate::rtcp::{
    Compound, CompoundWriter, ExtendedBlock, Packet, Reception, ReportBlock, SdesItem, SenderInfo,
    VoipMetrics,
};
use crate::rtp::Ssrc;
use crate::sender::{Identity, Sender};
use crate::srtp::OVERHEAD_MAX;

/// Mean time between two reports. RFC 3550 §6.2.
const INTERVAL: Duration = Duration::from_secs(5);
/// Octets of our largest compound: sender report, a block, a name of 255 octets, voice metrics, farewell.
const REPORT_MAX: usize = 28 + 24 + 4 + 4 + 260 + 44 + 8 + 20;

/// The reports of one stream.
#[derive(Debug)]
pub(super) struct Reports {
    cname: Vec<u8>,
    /// State of the randomisation, seeded by the identity.
    random: u64,
    due: Option<Duration>,
    first: bool,
    packets_before: u64,
    buffer: Box<[u8]>,
    ready: Option<usize>,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) malformed: u64,
    pub(super) remote: Option<ReportBlock>,
    pub(super) round_trip: Option<Duration>,
    pub(super) remote_voice: Option<VoipMetrics>,
    pub(super) farewell_received: bool,
}

impl Reports {
    pub(super) fn new(identity: &Identity) -> Reports {
        let name = identity.cname.as_bytes();
        Reports {
            cname: name[..name.len().min(255)].to_vec(),
            random: u64::from(identity.ssrc.0) << 32 | u64::from(identity.timestamp),
            due: None,
            first: true,
            packets_before: 0,
            buffer: vec![0; REPORT_MAX + OVERHEAD_MAX].into(),
            ready: None,
            sent: 0,
            received: 0,
            malformed: 0,
            remote: None,
            round_trip: None,
            remote_voice: None,
            farewell_received: false,
        }
    }

    /// Hears the other side's reports.
    pub(super) fn handle(
        &mut self,
        now: Duration,
        bytes: &[u8],
        ours: Ssrc,
        mut reception: Option<&mut Reception>,
    ) {
        let Ok(compound) = Compound::parse(bytes) else {
            self.malformed += 1;
            return;
        };
        self.received += 1;
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
                Packet::Bye(_) => self.farewell_received = true,
                Packet::ExtendedReport { blocks, .. } => {
                    let ours = blocks
                        .filter_map(|block| match block {
                            ExtendedBlock::VoipMetrics(metrics) => Some(metrics),
                            ExtendedBlock::ReceiverReferenceTime(_)
                            | ExtendedBlock::Delays(_)
                            | ExtendedBlock::Other { .. } => None,
                        })
                        .filter(|metrics| metrics.ssrc == ours);
                    self.remote_voice = ours.last().or(self.remote_voice);
                }
                Packet::SourceDescription(_)
                | Packet::App(_)
                | Packet::Feedback(_)
                | Packet::Other { .. } => {}
            }
        }
    }

    /// Whether the time for a report has come; the first is due after half the interval.
    pub(super) fn is_due(&mut self, now: Duration) -> bool {
        match self.due {
            None => {
                let wait = self.interval();
                self.due = Some(now + wait);
                false
            }
            Some(due) => now >= due,
        }
    }

    /// Starts a compound with our report and name.
    pub(super) fn start<'a>(
        &'a mut self,
        now: Duration,
        sender: &'a mut Sender,
        reception: Option<&mut Reception>,
    ) -> Report<'a> {
        self.first = false;
        self.due = Some(now + self.interval());
        let block = reception.map(|reception| reception.report(now));
        let blocks = block.as_slice();
        let (ssrc, statistics) = (sender.ssrc(), sender.statistics());
        let info = SenderInfo {
            ntp: NtpTime::at(now),
            timestamp: sender.timestamp(),
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
        self.packets_before = statistics.packets;
        result
            .and_then(|()| writer.source_description(ssrc, &[(SdesItem::CNAME, &self.cname)]))
            .expect(FITS);
        let len = writer.finish();
        Report {
            reports: self,
            sender,
            len,
        }
    }

    /// The report that waits to be sent.
    pub(super) fn take(&mut self) -> Option<&[u8]> {
        let len = self.ready.take()?;
        Some(&self.buffer[..len])
    }

    fn note(&mut self, now: Duration, block: Option<ReportBlock>) {
        let Some(block) = block else { return };
        if block.last_sender_report != 0 {
            let apart = NtpTime::at(now)
                .middle()
                .wrapping_sub(block.last_sender_report)
                .wrapping_sub(block.delay_since_last_sender_report);
            // Rounding can make it a little less than nothing.
            self.round_trip = Some(if apart >> 31 == 1 {
                Duration::ZERO
            } else {
                from_short_ntp(apart)
            });
        }
        self.remote = Some(block);
    }

    /// RFC 3550 §6.3.1: half at first, times 0.5 to 1.5, over e - 1.5.
    fn interval(&mut self) -> Duration {
        let mean = if self.first { INTERVAL / 2 } else { INTERVAL };
        // SplitMix64: one multiplication chain, enough to keep reports of many streams apart.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let permille = 500 + (mixed ^ mixed >> 31) % 1_001;
        mean * permille as u32 / 1_218
    }
}

const FITS: &str = "the buffer holds the largest report";

/// A compound that can still be added to.
#[derive(Debug)]
pub(super) struct Report<'a> {
    reports: &'a mut Reports,
    sender: &'a mut Sender,
    len: usize,
}

impl Report<'_> {
    /// Adds how the other side's voice was heard.
    pub(super) fn voice(mut self, metrics: &VoipMetrics) -> Self {
        let mut writer = CompoundWriter::new(&mut self.reports.buffer[self.len..REPORT_MAX]);
        let mut report = writer.extended_report(self.sender.ssrc()).expect(FITS);
        report.voip_metrics(metrics).expect(FITS);
        self.len += writer.finish();
        self
    }

    /// Adds our farewell and ends the compound.
    pub(super) fn farewell(mut self) {
        let mut writer = CompoundWriter::new(&mut self.reports.buffer[self.len..REPORT_MAX]);
        writer.bye(&[self.sender.ssrc()], b"").expect(FITS);
        self.len += writer.finish();
        self.finish();
    }

    /// Ends the compound and makes it ready to be sent.
    pub(super) fn finish(self) {
        if let Ok(len) = self.sender.protect_rtcp(&mut self.reports.buffer, self.len) {
            self.reports.ready = Some(len);
            self.reports.sent += 1;
        }
    }
}
