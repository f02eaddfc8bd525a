//! The packets sent last, so that those which are asked for can be sent again.
//!
//! RFC 4585 §6.2.1 lets a receiver ask for any; what the ring has lost already is not answered.

use std::time::Duration;

/// Packets that a history may hold: half the sequence numbers, so that each names one.
const PACKETS_MAX: usize = 1 << 15;

/// A ring of packets by sequence number, its memory taken once.
#[derive(Clone, Debug)]
pub struct History {
    slots: Box<[Slot]>,
    bytes: Box<[u8]>,
    packet_max: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    sequence: u16,
    /// Octets; zero for none.
    len: u16,
    /// When it was sent again last.
    resent: Option<Duration>,
}

impl History {
    /// Holds `packets`, rounded up to a power of two of at most 32,768, of at most `packet_max` octets each.
    pub fn new(packets: usize, packet_max: u16) -> History {
        let packets = packets.clamp(1, PACKETS_MAX).next_power_of_two();
        let packet_max = usize::from(packet_max);
        History {
            slots: vec![Slot::default(); packets].into(),
            bytes: vec![0; packets * packet_max].into(),
            packet_max,
        }
    }

    /// Keeps a copy of a packet that is sent, in place of the one that stood there; false if it is too long to be kept.
    pub fn keep(&mut self, sequence: u16, packet: &[u8]) -> bool {
        let place = self.place(sequence);
        let fits = packet.len() <= self.packet_max;
        let len = if fits { packet.len() } else { 0 };
        self.slots[place] = Slot {
            sequence,
            len: len as u16,
            resent: None,
        };
        let start = place * self.packet_max;
        self.bytes[start..start + len].copy_from_slice(&packet[..len]);
        fits
    }

    /// The packet to be sent again; `None` if it is gone, or was sent again less than `pause` ago.
    ///
    /// With the round trip as the pause, requests that cross a retransmission are not answered twice.
    pub fn resend(&mut self, now: Duration, sequence: u16, pause: Duration) -> Option<&[u8]> {
        let place = self.place(sequence);
        let slot = &mut self.slots[place];
        let is_too_soon = slot
            .resent
            .is_some_and(|resent| now.saturating_sub(resent) < pause);
        if slot.len == 0 || slot.sequence != sequence || is_too_soon {
            return None;
        }
        slot.resent = Some(now);
        let start = place * self.packet_max;
        Some(&self.bytes[start..start + usize::from(slot.len)])
    }

    /// Forgets all packets.
    pub fn clear(&mut self) {
        self.slots.fill(Slot::default());
    }

    fn place(&self, sequence: u16) -> usize {
        usize::from(sequence) & (self.slots.len() - 1)
    }
}
