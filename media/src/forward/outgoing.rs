//! One receiver of a forwarded source: which layer it is sent, under which numbers, with which key.

use std::time::Duration;

use super::{Incoming, Rewriter, Rewritten};
use crate::rtp::{PacketMut, Ssrc};
use crate::rtx::Retransmitter;
use crate::srtp::{OVERHEAD_MAX, Outbound, SdesKey};

/// What a receiver was sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct OutgoingStatistics {
    /// Packets.
    pub packets: u64,
    /// Their octets, without SRTP.
    pub octets: u64,
    /// Packets sent again because they were missed.
    pub repaired: u64,
    /// Times that another layer was begun with, the first included.
    pub switches: u64,
    /// Packets that did not fit the buffer or could not be protected.
    pub failed: u64,
}

/// One receiver of one source.
#[derive(Debug)]
pub struct Outgoing {
    ssrc: Ssrc,
    payload_type: u8,
    rewriter: Rewriter,
    outbound: Option<Outbound>,
    /// The layer to be forwarded; none while paused.
    wanted: Option<u8>,
    /// The layer being forwarded; none while paused.
    current: Option<u8>,
    repair: Option<Repair>,
    statistics: OutgoingStatistics,
}

/// What answers requests for missing packets.
#[derive(Debug)]
struct Repair {
    retransmitter: Retransmitter,
    /// Room for the packet as it was sent.
    packet: Box<[u8]>,
}

/// Octets of the largest packet that is sent again: one of a path with the usual MTU, with room for a tag.
const REPAIRED_MAX: usize = 1_500 + OVERHEAD_MAX;

impl Outgoing {
    /// A receiver that sees this source with this payload type, numbered by `rewriter`; in clear without a key. It is sent
    /// nothing until a layer is chosen.
    pub fn new(
        ssrc: Ssrc,
        payload_type: u8,
        rewriter: Rewriter,
        key: Option<&SdesKey>,
    ) -> Outgoing {
        Outgoing {
            ssrc,
            payload_type,
            rewriter,
            outbound: key.map(Outbound::new),
            wanted: None,
            current: None,
            repair: None,
            statistics: OutgoingStatistics::default(),
        }
    }

    /// Forwards this layer from its next key frame on, the one before until then; `None` pauses at once.
    pub fn choose(&mut self, layer: Option<u8>) {
        self.wanted = layer;
        if layer.is_none() && self.current.take().is_some() {
            self.rewriter.pause();
        }
    }

    /// The layer that is waited for: a key frame of it is to be asked for.
    #[inline]
    pub fn awaited(&self) -> Option<u8> {
        self.wanted.filter(|_| self.wanted != self.current)
    }

    /// The layer being forwarded.
    pub fn layer(&self) -> Option<u8> {
        self.current
    }

    /// Writes the packet as this receiver is to get it, which is at most 20 octets longer than what came; gives its length,
    /// nothing if the receiver is not to get it.
    #[inline]
    pub fn forward(
        &mut self,
        now: Duration,
        layer: u8,
        incoming: &Incoming<'_>,
        buffer: &mut [u8],
    ) -> Option<usize> {
        if incoming.can_begin && self.awaited() == Some(layer) {
            self.rewriter.switch(now, layer, incoming);
            self.current = Some(layer);
            self.statistics.switches += 1;
        }
        let rewritten = if self.current.is_some() {
            self.rewriter.map(now, layer, incoming)?
        } else {
            self.rewriter.late(layer, incoming)?
        };
        let Some(len) = write(self.ssrc, self.payload_type, incoming, rewritten, buffer) else {
            self.statistics.failed += 1;
            return None;
        };
        self.statistics.octets += len as u64;
        let len = self.protect(buffer, len)?;
        self.statistics.packets += 1;
        Some(len)
    }

    /// Uses another payload type from now on, as when a source of another codec comes in the place of the one before.
    pub fn set_payload_type(&mut self, payload_type: u8) {
        self.payload_type = payload_type;
    }

    /// Answers requests for missing packets from now on, under this source of repair; `None` no more.
    pub fn set_retransmitter(&mut self, retransmitter: Option<Retransmitter>) {
        self.repair = retransmitter.map(|retransmitter| Repair {
            retransmitter,
            packet: vec![0; REPAIRED_MAX].into(),
        });
    }

    /// Writes a retransmission (RFC 4588) of the packet that the receiver knows by this sequence number, which is the one
    /// given: [`Outgoing::origin`] tells which it was, and a [`crate::rtx::History`] of the source has it. Gives its length,
    /// nothing if it was never sent to this receiver or nothing is to be repaired.
    pub fn repair(
        &mut self,
        sequence: u16,
        incoming: &Incoming<'_>,
        buffer: &mut [u8],
    ) -> Option<usize> {
        let rewritten = self.rewriter.again(sequence, incoming)?;
        let repair = self.repair.as_mut()?;
        let (ssrc, payload_type) = (self.ssrc, self.payload_type);
        let len = write(ssrc, payload_type, incoming, rewritten, &mut repair.packet)?;
        let original = &repair.packet[..len];
        let Ok(len) = repair.retransmitter.wrap(original, buffer) else {
            self.statistics.failed += 1;
            return None;
        };
        let len = self.protect(buffer, len)?;
        self.statistics.repaired += 1;
        Some(len)
    }

    #[inline]
    fn protect(&mut self, buffer: &mut [u8], len: usize) -> Option<usize> {
        let Some(outbound) = &mut self.outbound else {
            return Some(len);
        };
        let result = outbound.protect(buffer, len);
        self.statistics.failed += u64::from(result.is_err());
        result.ok()
    }

    /// Where a packet that the receiver misses came from: layer and sequence number.
    pub fn origin(&self, sequence: u16) -> Option<(u8, u16)> {
        self.rewriter.origin(sequence)
    }

    /// What the receiver was sent.
    pub fn statistics(&self) -> OutgoingStatistics {
        self.statistics
    }
}

/// Copies a packet and writes what the receiver is to see of it; nothing if it does not fit with its tag.
#[inline]
fn write(
    ssrc: Ssrc,
    payload_type: u8,
    incoming: &Incoming<'_>,
    rewritten: Rewritten,
    buffer: &mut [u8],
) -> Option<usize> {
    let source = incoming.packet.as_bytes();
    let len = source.len();
    if buffer.len() < len + OVERHEAD_MAX {
        return None;
    }
    let copy = &mut buffer[..len];
    copy.copy_from_slice(source);
    let mut header = PacketMut::parse(copy).ok()?;
    header.set_payload_type(payload_type);
    header.set_sequence(rewritten.sequence);
    header.set_timestamp(rewritten.timestamp);
    header.set_ssrc(ssrc);
    let payload = &mut buffer[incoming.packet.header_len()..len];
    incoming.renumber(payload, rewritten.numbers);
    Some(len)
}
