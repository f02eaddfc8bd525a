//! Packets on their way: when each was sent and how long it was, by its transport-wide sequence number.

use std::time::Duration;

/// Packets remembered: 4 s at 2,000 a second.
const PACKETS: usize = 8_192;

/// A packet that was sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct SentPacket {
    pub(super) at: Duration,
    pub(super) octets: u32,
    sequence: u16,
    is_there: bool,
}

/// The packets sent last.
#[derive(Debug)]
pub(super) struct Sent {
    packets: Box<[SentPacket]>,
}

impl Sent {
    pub(super) fn new() -> Sent {
        Sent {
            packets: vec![SentPacket::default(); PACKETS].into(),
        }
    }

    #[inline]
    pub(super) fn note(&mut self, at: Duration, sequence: u16, octets: usize) {
        self.packets[place(sequence)] = SentPacket {
            at,
            octets: octets as u32,
            sequence,
            is_there: true,
        };
    }

    #[inline]
    pub(super) fn look_up(&self, sequence: u16) -> Option<SentPacket> {
        let packet = self.packets[place(sequence)];
        (packet.is_there && packet.sequence == sequence).then_some(packet)
    }

    /// Feedback told of its arrival: to be told again means nothing.
    #[inline]
    pub(super) fn forget(&mut self, sequence: u16) {
        self.packets[place(sequence)].is_there = false;
    }
}

#[inline]
fn place(sequence: u16) -> usize {
    usize::from(sequence) % PACKETS
}
