//! Pacer: lets packets go at a rate in place of in bursts, so that a key frame does not fill the narrowest queue on its way.
//!
//! Packets wait in a ring of slots that keep their room; one more than it holds is refused. A packet goes as soon as those
//! before it have had their time at the rate.

use std::time::Duration;

/// Packets that may wait: a key frame of 600 kB.
const SLOTS: usize = 512;
/// Time that may be saved up for a burst: what a timer may be late.
const BURST: Duration = Duration::from_millis(5);

/// Packets that wait to be sent.
#[derive(Debug)]
pub struct Pacer {
    bits_per_second: u64,
    slots: Vec<Vec<u8>>,
    head: usize,
    len: usize,
    /// When the packets that went will have had their time.
    free_at: Duration,
    refused: u64,
}

impl Pacer {
    /// Sends at this rate; at least 1 kbit/s.
    pub fn new(bits_per_second: u64) -> Pacer {
        Pacer {
            bits_per_second: bits_per_second.max(1_000),
            slots: vec![Vec::new(); SLOTS],
            head: 0,
            len: 0,
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
        if self.len == SLOTS {
            self.refused += 1;
            return false;
        }
        let slot = &mut self.slots[(self.head + self.len) % SLOTS];
        slot.clear();
        slot.extend_from_slice(packet);
        self.len += 1;
        true
    }

    /// The packet whose turn it is.
    pub fn pop(&mut self, now: Duration) -> Option<&[u8]> {
        if self.len == 0 || now < self.free_at {
            return None;
        }
        let packet = &self.slots[self.head];
        let nanos = packet.len() as u64 * 8 * 1_000_000_000 / self.bits_per_second;
        self.free_at = self.free_at.max(now.saturating_sub(BURST)) + Duration::from_nanos(nanos);
        self.head = (self.head + 1) % SLOTS;
        self.len -= 1;
        Some(packet)
    }

    /// When the next packet may go; nothing if none waits.
    pub fn deadline(&self) -> Option<Duration> {
        (self.len > 0).then_some(self.free_at)
    }

    /// Packets that wait.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Packets refused because too many waited.
    pub fn refused(&self) -> u64 {
        self.refused
    }
}
