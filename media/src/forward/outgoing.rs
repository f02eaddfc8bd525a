//! One receiver of a forwarded source: which layer it is sent, under which numbers, with which key.

use std::time::Duration;

use super::{Incoming, Rewriter};
use crate::rtp::{PacketMut, Ssrc};
use crate::srtp::{OVERHEAD_MAX, Outbound, SdesKey};

/// What a receiver was sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct OutgoingStatistics {
    /// Packets.
    pub packets: u64,
    /// Their octets, without SRTP.
    pub octets: u64,
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
    statistics: OutgoingStatistics,
}

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
        let source = incoming.packet.as_bytes();
        let mut len = source.len();
        if buffer.len() < len + OVERHEAD_MAX {
            self.statistics.failed += 1;
            return None;
        }
        buffer[..len].copy_from_slice(source);
        let mut header = PacketMut::parse(&mut buffer[..len]).ok()?;
        header.set_payload_type(self.payload_type);
        header.set_sequence(rewritten.sequence);
        header.set_timestamp(rewritten.timestamp);
        header.set_ssrc(self.ssrc);
        incoming.renumber(
            &mut buffer[incoming.packet.header_len()..len],
            rewritten.numbers,
        );
        self.statistics.octets += len as u64;
        if let Some(outbound) = &mut self.outbound {
            match outbound.protect(buffer, len) {
                Ok(protected) => len = protected,
                Err(_) => {
                    self.statistics.failed += 1;
                    return None;
                }
            }
        }
        self.statistics.packets += 1;
        Some(len)
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
