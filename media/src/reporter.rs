//! What the reports of every stream share, of sound and of pictures: when they are due, how a compound begins, and what the
//! other side's say of us.
//!
//! RFC 3550 §6.2 (interval), §6.4 (contents); two parties, so the interval is its minimum of 5 s, randomised.

use std::time::Duration;

use crate::clock::{NtpTime, from_short_ntp};
use crate::rtcp::{
    Compound, CompoundWriter, Packet, Reception, ReportBlock, RtcpError, SdesItem, SenderInfo,
};
use crate::rtp::Ssrc;
use crate::sender::{Identity, SenderStatistics};
use crate::srtp::{OVERHEAD_MAX, SrtpError};

/// Mean time between two reports. RFC 3550 §6.2.
const INTERVAL: Duration = Duration::from_secs(5);
/// Octets of our largest compound: sender report, a block, a name of 255 octets, an extended report (voice metrics, a time, an
/// answer), a request, farewell.
const REPORT_MAX: usize = 28 + 24 + 4 + 4 + 260 + (8 + 36 + 12 + 16) + 20 + 8;

/// Writes the reports of one stream, and reads the other side's.
#[derive(Debug)]
pub(crate) struct Reporter {
    cname: Vec<u8>,
    /// State of the randomisation, seeded by the identity.
    random: u64,
    due: Option<Duration>,
    packets_before: u64,
    buffer: Box<[u8]>,
    /// Octets of the compound that is being written.
    len: usize,
    ready: Option<usize>,
    pub(crate) exchange: Exchange,
}

/// What went to and fro.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Exchange {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) malformed: u64,
    /// What the other side last reported of us.
    pub(crate) remote: Option<ReportBlock>,
    pub(crate) round_trip: Option<Duration>,
    pub(crate) farewell_received: bool,
}

/// What our side of a stream says of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own {
    pub(crate) ssrc: Ssrc,
    pub(crate) timestamp: u32,
    pub(crate) sent: SenderStatistics,
}

impl Reporter {
    /// Writes compounds with room for so many octets of requests beyond [`REPORT_MAX`].
    pub(crate) fn new(identity: &Identity, requests: usize) -> Reporter {
        let name = identity.cname.as_bytes();
        Reporter {
            cname: name[..name.len().min(255)].to_vec(),
            random: u64::from(identity.ssrc.0) << 32 | u64::from(identity.timestamp),
            due: None,
            packets_before: 0,
            buffer: vec![0; REPORT_MAX + requests + OVERHEAD_MAX].into(),
            len: 0,
            ready: None,
            exchange: Exchange::default(),
        }
    }

    /// Reads a compound of the other side.
    pub(crate) fn read<'b>(&mut self, bytes: &'b [u8]) -> Option<Compound<'b>> {
        self.exchange.read(bytes)
    }

    /// Hears one packet of it: a report, or a farewell; gives what it reports of us. Others are left to the stream.
    pub(crate) fn hear(
        &mut self,
        now: Duration,
        packet: &Packet<'_>,
        ours: Ssrc,
        reception: Option<&mut Reception>,
    ) -> Option<ReportBlock> {
        self.exchange.hear(now, packet, ours, reception)
    }

    /// Whether we are a sender as the next report will say. RFC 3550 §6.4: who sent since the report before the last; here,
    /// since the last.
    pub(crate) fn is_sender(&self, sent: SenderStatistics) -> bool {
        sent.packets > self.packets_before
    }

    /// Whether the time for a report has come; the first is due after half the interval. RFC 3550 §6.2.
    pub(crate) fn is_due(&mut self, now: Duration) -> bool {
        match self.due {
            None => {
                self.due = Some(now + self.wait(INTERVAL / 2));
                false
            }
            Some(due) => now >= due,
        }
    }

    /// When the next report is due; at once before the first tick.
    pub(crate) fn deadline(&self) -> Duration {
        self.due.unwrap_or_default()
    }

    /// Starts a compound with our report and name; gives the source that it reports on.
    pub(crate) fn start(
        &mut self,
        now: Duration,
        own: &Own,
        reception: Option<&mut Reception>,
    ) -> Option<Ssrc> {
        let is_sender = self.is_sender(own.sent);
        let block = reception.map(|reception| reception.report(now));
        let info = SenderInfo {
            ntp: NtpTime::at(now),
            timestamp: own.timestamp,
            packets: own.sent.packets as u32,
            octets: own.sent.octets as u32,
        };
        let mut writer = CompoundWriter::new(&mut self.buffer[..REPORT_MAX]);
        let result = if is_sender {
            writer.sender_report(own.ssrc, &info, block.as_slice())
        } else {
            writer.receiver_report(own.ssrc, block.as_slice())
        };
        result
            .and_then(|()| writer.source_description(own.ssrc, &[(SdesItem::CNAME, &self.cname)]))
            .expect(FITS);
        self.len = writer.finish();
        block.map(|block| block.ssrc)
    }

    /// Adds a packet to the compound.
    ///
    /// # Panics
    /// If it is larger than the room reckoned with.
    pub(crate) fn add(
        &mut self,
        write: impl FnOnce(&mut CompoundWriter<'_>) -> Result<(), RtcpError>,
    ) {
        let end = self.buffer.len() - OVERHEAD_MAX;
        let mut writer = CompoundWriter::new(&mut self.buffer[self.len..end]);
        write(&mut writer).expect(FITS);
        self.len += writer.finish();
    }

    /// Ends the compound, which `protect` makes ready to be sent.
    pub(crate) fn end(
        &mut self,
        protect: impl FnOnce(&mut [u8], usize) -> Result<usize, SrtpError>,
    ) {
        if let Ok(len) = protect(&mut self.buffer, self.len) {
            self.ready = Some(len);
            self.exchange.sent += 1;
        }
    }

    /// Begins the wait for the next report, as one was made that had its time.
    pub(crate) fn wait_for_next(&mut self, now: Duration, sent: SenderStatistics) {
        self.packets_before = sent.packets;
        self.due = Some(now + self.wait(INTERVAL));
    }

    /// Whether a compound waits to be sent.
    pub(crate) fn is_waiting(&self) -> bool {
        self.ready.is_some()
    }

    /// The compound that waits to be sent.
    pub(crate) fn take(&mut self) -> Option<&[u8]> {
        let len = self.ready.take()?;
        Some(&self.buffer[..len])
    }

    /// RFC 3550 §6.3.1: times 0.5 to 1.5, over e - 1.5.
    fn wait(&mut self, mean: Duration) -> Duration {
        // SplitMix64: one multiplication chain, enough to keep reports of many streams apart.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let permille = 500 + (mixed ^ mixed >> 31) % 1_001;
        mean * permille as u32 / 1_218
    }
}

impl Exchange {
    /// Reads a compound of the other side.
    pub(crate) fn read<'b>(&mut self, bytes: &'b [u8]) -> Option<Compound<'b>> {
        let compound = Compound::parse(bytes).ok();
        self.received += u64::from(compound.is_some());
        self.malformed += u64::from(compound.is_none());
        compound
    }

    /// Hears one packet of it: a report, or a farewell; gives what it reports of us. Others are left to the stream.
    pub(crate) fn hear(
        &mut self,
        now: Duration,
        packet: &Packet<'_>,
        ours: Ssrc,
        reception: Option<&mut Reception>,
    ) -> Option<ReportBlock> {
        match packet {
            Packet::SenderReport { ssrc, info, blocks } => {
                if let Some(reception) = reception.filter(|reception| reception.ssrc() == *ssrc) {
                    reception.on_sender_report(now, info.ntp);
                }
                self.note(now, blocks.on(ours)?)
            }
            Packet::ReceiverReport { blocks, .. } => self.note(now, blocks.on(ours)?),
            Packet::Bye(_) => {
                self.farewell_received = true;
                None
            }
            Packet::SourceDescription(_)
            | Packet::App(_)
            | Packet::Feedback(_)
            | Packet::ExtendedReport { .. }
            | Packet::Other { .. } => None,
        }
    }

    fn note(&mut self, now: Duration, block: ReportBlock) -> Option<ReportBlock> {
        let (sent, held) = (
            block.last_sender_report,
            block.delay_since_last_sender_report,
        );
        self.note_round_trip(now, sent, held);
        self.remote = Some(block);
        self.remote
    }

    /// The other side answers a time of ours, of which it has the middle bits, and says for how long it had it; zero where it had
    /// none. RFC 3550 §6.4.1, RFC 3611 §4.5.
    pub(crate) fn note_round_trip(&mut self, now: Duration, sent: u32, held: u32) {
        if sent == 0 {
            return;
        }
        let apart = NtpTime::at(now)
            .middle()
            .wrapping_sub(sent)
            .wrapping_sub(held);
        // Rounding can make it a little less than nothing.
        let is_negative = apart >> 31 == 1;
        self.round_trip = Some(if is_negative {
            Duration::ZERO
        } else {
            from_short_ntp(apart)
        });
    }
}

const FITS: &str = "the buffer holds the largest report";
