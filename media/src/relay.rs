//! Relay between the two legs of a call: unprotects with the keys of one leg, protects with those of the other, in place.
//!
//! A leg without keys is plain RTP, so the same relay joins plain to plain, plain to SRTP, and SRTP to SRTP.

use crate::rtp::{PacketMut, RtpError};
use crate::srtp::{Inbound, KeyPair, OVERHEAD_MAX, Outbound, SrtpError};

/// Octets that a buffer must have beyond the packet that came.
pub const HEADROOM: usize = OVERHEAD_MAX;

/// One of the two legs.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Side {
    /// The leg of the party that called.
    A,
    /// The leg of the party that was called.
    B,
}

impl Side {
    /// The leg opposite.
    pub fn other(self) -> Side {
        match self {
            Side::A => Side::B,
            Side::B => Side::A,
        }
    }
}

/// What passed from one leg and what did not.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LegStatistics {
    /// RTP packets that came from this leg and went on.
    pub packets: u64,
    /// Octets of these, as they left.
    pub octets: u64,
    /// RTCP packets that went on.
    pub reports: u64,
    /// Packets refused: broken, forged, replayed.
    pub refused: u64,
}

/// A pair of legs with their keys.
#[derive(Debug)]
pub struct Relay {
    legs: [Leg; 2],
}

#[derive(Debug, Default)]
struct Leg {
    inbound: Option<Inbound>,
    outbound: Option<Outbound>,
    keys: KeyPair,
    /// Payload types of the other leg by those of this leg; empty while they are the same.
    payload_types: Option<Box<[u8; 128]>>,
    statistics: LegStatistics,
}

impl Relay {
    /// A relay between two legs.
    pub fn new(a: &KeyPair, b: &KeyPair) -> Relay {
        let mut relay = Relay {
            legs: [Leg::default(), Leg::default()],
        };
        relay.set_keys(Side::A, a);
        relay.set_keys(Side::B, b);
        relay
    }

    /// Takes new keys for a leg, as after a re-INVITE. A key that stays keeps its counters: RFC 3711 §9.1 forbids to
    /// start them again.
    pub fn set_keys(&mut self, side: Side, keys: &KeyPair) {
        let leg = &mut self.legs[side as usize];
        if leg.keys.inbound != keys.inbound {
            leg.inbound = keys.inbound.as_ref().map(Inbound::new);
        }
        if leg.keys.outbound != keys.outbound {
            leg.outbound = keys.outbound.as_ref().map(Outbound::new);
        }
        leg.keys = keys.clone();
    }

    /// Has packets from `side` with payload type `source` leave with `target`, for legs which number a codec differently.
    pub fn map_payload_type(&mut self, side: Side, source: u8, target: u8) {
        let map = &mut self.legs[side as usize].payload_types;
        let map = map.get_or_insert_with(|| Box::new(std::array::from_fn(|number| number as u8)));
        map[usize::from(source & 0x7f)] = target & 0x7f;
    }

    /// Passes on the RTP packet in `buffer[..len]` that came from `side`; gives its length for the other leg. The buffer
    /// needs [`HEADROOM`] behind the packet.
    #[inline]
    pub fn forward(
        &mut self,
        side: Side,
        buffer: &mut [u8],
        len: usize,
    ) -> Result<usize, SrtpError> {
        let result = self.pass(side, buffer, len);
        let statistics = &mut self.legs[side as usize].statistics;
        match result {
            Ok(len) => {
                statistics.packets += 1;
                statistics.octets += len as u64;
            }
            Err(_) => statistics.refused += 1,
        }
        result
    }

    /// Passes on the RTCP packet in `buffer[..len]`; as [`Relay::forward`].
    pub fn forward_rtcp(
        &mut self,
        side: Side,
        buffer: &mut [u8],
        len: usize,
    ) -> Result<usize, SrtpError> {
        let result = self.pass_rtcp(side, buffer, len);
        let statistics = &mut self.legs[side as usize].statistics;
        match result {
            Ok(_) => statistics.reports += 1,
            Err(_) => statistics.refused += 1,
        }
        result
    }

    /// What came from a leg.
    pub fn statistics(&self, side: Side) -> LegStatistics {
        self.legs[side as usize].statistics
    }

    #[inline]
    fn pass(&mut self, side: Side, buffer: &mut [u8], mut len: usize) -> Result<usize, SrtpError> {
        let packet = packet(buffer, len)?;
        let source = &mut self.legs[side as usize];
        if let Some(inbound) = &mut source.inbound {
            len = inbound.unprotect(packet)?;
        }
        let mut header = PacketMut::parse(&mut buffer[..len])?;
        if let Some(map) = &source.payload_types {
            header.set_payload_type(map[usize::from(header.payload_type())]);
        }
        match &mut self.legs[side.other() as usize].outbound {
            Some(outbound) => outbound.protect(buffer, len),
            None => Ok(len),
        }
    }

    fn pass_rtcp(
        &mut self,
        side: Side,
        buffer: &mut [u8],
        mut len: usize,
    ) -> Result<usize, SrtpError> {
        let packet = packet(buffer, len)?;
        if let Some(inbound) = &mut self.legs[side as usize].inbound {
            len = inbound.unprotect_rtcp(packet)?;
        }
        match &mut self.legs[side.other() as usize].outbound {
            Some(outbound) => outbound.protect_rtcp(buffer, len),
            None if len < 8 || buffer[0] >> 6 != 2 => {
                Err(RtpError::TooShort { len, need: 8 }.into())
            }
            None => Ok(len),
        }
    }
}

fn packet(buffer: &mut [u8], len: usize) -> Result<&mut [u8], SrtpError> {
    let need = buffer.len();
    buffer.get_mut(..len).ok_or(SrtpError::BufferTooSmall {
        len: need,
        need: len,
    })
}

#[cfg(test)]
mod tests;
