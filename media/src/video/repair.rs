//! What a stream does about lost packets: knows which are missing, and sends again those of its own that are asked for.
//!
//! RFC 4585 §6.2.1; RFC 4588 where retransmissions have a source of their own. Within a peer connection, which protects and
//! reports, feedback leaves alone (RFC 5506 §3.3); a stream by itself asks with its reports. What is kept is not protected yet.

use std::collections::VecDeque;
use std::time::Duration;

use super::sender::PAYLOAD_MAX;
use super::stream::{RepairStatistics, VideoConfig};
use crate::rtcp::{Compound, CompoundWriter, FeedbackMessage, IntraRequest, Packet};
use crate::rtp::{self, FIXED_HEADER_LEN, Ssrc};
use crate::rtx::{History, MISSING_MAX, Missing, ORIGINAL_SEQUENCE_LEN, Retransmitter};
use crate::srtp::OVERHEAD_MAX;

/// Packets that are kept to be sent again: a second of 5 Mbit/s.
const KEPT: usize = 512;
/// Requests that wait to be answered; more at once ask for what is gone by then.
const WANTED_MAX: usize = 256;
/// Time within which a request for the same packet crossed its retransmission.
const CROSSED: Duration = Duration::from_millis(20);
/// Octets of our own packets before their protection.
const PACKET_MAX: usize = FIXED_HEADER_LEN + PAYLOAD_MAX;
/// Octets of our largest feedback: an entry for each missing packet, and a full intra request.
const FEEDBACK_MAX: usize = 12 + 4 * MISSING_MAX + 20;

/// Repair of one stream, and the feedback of a carried one.
#[derive(Debug)]
pub(super) struct Repair {
    ours: Ssrc,
    /// The source that comes.
    source: Option<Ssrc>,
    missing: Missing,
    history: History,
    retransmitter: Option<Retransmitter>,
    wanted: VecDeque<u16>,
    packet: Box<[u8]>,
    feedback: Box<[u8]>,
    feedback_len: usize,
    /// Number of our next full intra request.
    command: u8,
    sent_again: u64,
}

impl Repair {
    /// The repair that was agreed on; that of a carried stream goes without saying.
    pub(super) fn agreed(config: &VideoConfig) -> Option<Repair> {
        let is_agreed = config.repair.is_some() || config.carriage.is_some();
        let identity = &config.identity;
        // Retransmissions are numbered from the same random number as the packets.
        let apart = config.sent_apart();
        let retransmitter =
            apart.map(|(source, pairs)| Retransmitter::new(source, identity.sequence, pairs));
        is_agreed.then(|| Repair::new(identity.ssrc, retransmitter))
    }

    fn new(ours: Ssrc, retransmitter: Option<Retransmitter>) -> Repair {
        Repair {
            ours,
            source: None,
            missing: Missing::new(),
            history: History::new(KEPT, PACKET_MAX as u16),
            retransmitter,
            wanted: VecDeque::with_capacity(WANTED_MAX),
            packet: vec![0; PACKET_MAX + ORIGINAL_SEQUENCE_LEN + OVERHEAD_MAX].into(),
            feedback: vec![0; FEEDBACK_MAX].into(),
            feedback_len: 0,
            command: 0,
            sent_again: 0,
        }
    }

    /// Notes a packet of the source that is followed.
    #[inline]
    pub(super) fn on_packet(&mut self, now: Duration, source: Ssrc, sequence: u16) {
        if self.source.replace(source) != Some(source) {
            self.missing.reset();
        }
        self.missing.on_packet(now, sequence);
    }

    /// Notes a packet that came as a retransmission.
    pub(super) fn on_retransmission(&mut self, now: Duration, sequence: u16) {
        self.missing.on_retransmission(now, sequence);
    }

    /// Has retransmissions by these payload types from now on; their numbers go on.
    pub(super) fn go_on(&mut self, config: &VideoConfig) {
        if let (Some(retransmitter), Some((_, pairs))) =
            (&mut self.retransmitter, config.sent_apart())
        {
            retransmitter.set_payload_types(pairs);
        }
    }

    /// Keeps a packet that is sent, before its protection.
    #[inline]
    pub(super) fn keep(&mut self, packet: &[u8]) {
        if let Ok(parsed) = rtp::Packet::parse(packet) {
            self.history.keep(parsed.sequence(), packet);
        }
    }

    /// Hears what the other side misses of ours.
    pub(super) fn on_feedback(&mut self, bytes: &[u8]) {
        let Ok(compound) = Compound::parse(bytes) else {
            return;
        };
        for packet in compound.packets() {
            if let Packet::Feedback(feedback) = packet
                && feedback.media == self.ours
                && let FeedbackMessage::Nack(nack) = feedback.message
            {
                let room = WANTED_MAX - self.wanted.len();
                self.wanted.extend(nack.sequences().take(room));
            }
        }
    }

    /// The packets to be asked for now.
    pub(super) fn due(&mut self, now: Duration) -> &[u16] {
        self.missing.due(now)
    }

    /// Asks for what is missing, by feedback that leaves alone.
    pub(super) fn tick(&mut self, now: Duration) {
        let Some(source) = self.source else {
            return;
        };
        let due = self.missing.due(now);
        if due.is_empty() {
            return;
        }
        let mut writer = CompoundWriter::new(&mut self.feedback[self.feedback_len..]);
        // Feedback that was not taken yet may leave too little room: what is not asked for now is asked for again.
        let _ = writer.nack(self.ours, source, due.iter().copied());
        self.feedback_len += writer.finish();
    }

    /// Asks for a key frame.
    pub(super) fn ask_key_frame(&mut self, full_intra: bool) {
        let Some(source) = self.source else {
            return;
        };
        let mut writer = CompoundWriter::new(&mut self.feedback[self.feedback_len..]);
        let result = if full_intra {
            let command = self.command;
            self.command = command.wrapping_add(1);
            let ssrc = source;
            writer.full_intra(self.ours, &[IntraRequest { ssrc, command }])
        } else {
            writer.picture_loss(self.ours, source)
        };
        // As above: the request is repeated.
        let _ = result;
        self.feedback_len += writer.finish();
    }

    /// Makes the next retransmission that was asked for; gives its length in [`Repair::packet`].
    #[inline]
    pub(super) fn send_again(&mut self, now: Duration) -> Option<usize> {
        while let Some(sequence) = self.wanted.pop_front() {
            let Some(kept) = self.history.resend(now, sequence, CROSSED) else {
                continue;
            };
            let len = match &mut self.retransmitter {
                Some(retransmitter) => retransmitter.wrap(kept, &mut self.packet).ok(),
                None => self.packet.get_mut(..kept.len()).map(|packet| {
                    packet.copy_from_slice(kept);
                    kept.len()
                }),
            };
            if len.is_some() {
                self.sent_again += 1;
                return len;
            }
        }
        None
    }

    /// Whether retransmissions have a source of their own.
    pub(super) fn is_apart(&self) -> bool {
        self.retransmitter.is_some()
    }

    /// The buffer in which the retransmission stands, with room for its protection.
    pub(super) fn buffer(&mut self) -> &mut [u8] {
        &mut self.packet
    }

    /// The retransmission that [`Repair::send_again`] made.
    pub(super) fn packet(&self, len: usize) -> &[u8] {
        &self.packet[..len]
    }

    /// The feedback that waits to be sent; empty if there is none.
    pub(super) fn take_feedback(&mut self) -> &[u8] {
        let len = std::mem::take(&mut self.feedback_len);
        &self.feedback[..len]
    }

    /// What repairs take, once one has come.
    pub(super) fn round_trip(&self) -> Option<Duration> {
        self.missing.round_trip()
    }

    /// When something is to be asked for.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.missing.deadline()
    }

    pub(super) fn statistics(&self) -> RepairStatistics {
        RepairStatistics {
            missing: self.missing.statistics(),
            sent_again: self.sent_again,
        }
    }
}
