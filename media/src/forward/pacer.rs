//! Pacer: lets packets go at a rate in place of in bursts, so that a key frame does not fill the narrowest queue on its way.
//!
//! At most [`WAITING_MAX`] packets wait, one more is refused; their room is used over and over. A packet goes as soon as those
//! before it have had their time at the rate.

use std::collections::VecDeque;
use std::time::Duration;

/// Packets that may wait: a key frame of 600 kB.
pub const WAITING_MAX: usize = 512;
/// Room for a packet of the usual MTU with its tag.
const PACKET_ROOM: usize = 1_500;
/// Time that may be saved up for a burst: what a timer may be late.
const BURST: Duration = Duration::from_millis(5);

/// Packets that wait to be sent.
#[derive(Debug)]
pub struct Pacer {
    bits_per_second: u64,
    waiting: VecDeque<Vec<u8>>,
    /// Room of packets that went, and the packet that went last.
    spare: Vec<Vec<u8>>,
    gone: Vec<u8>,
    /// When the packets that went will have had their time.
    free_at: Duration,
    refused: u64,
}

impl Pacer {
    /// Sends at this rate; at least 1 kbit/s.
    pub fn new(bits_per_second: u64) -> Pacer {
        Pacer {
            bits_per_second: bits_per_second.max(1_000),
            waiting: VecDeque::with_capacity(WAITING_MAX),
            spare: Vec::with_capacity(WAITING_MAX),
            gone: Vec::with_capacity(PACKET_ROOM),
            free_at: Duration::ZERO,
            refused: 0,
        }
    }

    /// Sends at another rate from now on.
    pub fn set_rate(&mut self, bits_per_second: u64) {
        self.bits_per_second = bits_per_second.max(1_000);
    }

    /// Has a packet wait for its turn; false if too many wait.
    pub fn push(&mut self, packet: &[u8]) -> bool {
        if self.waiting.len() == WAITING_MAX {
            self.refused += 1;
            return false;
        }
        let mut room = self
            .spare
            .pop()
            .unwrap_or_else(|| Vec::with_capacity(PACKET_ROOM));
        room.clear();
        room.extend_from_slice(packet);
        self.waiting.push_back(room);
        true
    }

    /// The packet whose turn it is.
    pub fn pop(&mut self, now: Duration) -> Option<&[u8]> {
        if now < self.free_at {
            return None;
        }
        let packet = self.waiting.pop_front()?;
        self.spare.push(std::mem::replace(&mut self.gone, packet));
        let nanos = self.gone.len() as u64 * 8 * 1_000_000_000 / self.bits_per_second;
        self.free_at = self.free_at.max(now.saturating_sub(BURST)) + Duration::from_nanos(nanos);
        Some(&self.gone)
    }

    /// When the next packet may go; nothing if none waits.
    pub fn deadline(&self) -> Option<Duration> {
        (!self.is_empty()).then_some(self.free_at)
    }

    /// Packets that wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Packets refused because too many waited.
    pub fn refused(&self) -> u64 {
        self.refused
    }
}
