//! Puts packets back in order before pictures are made of them, and gives up on those that don't come.
//!
//! A packet that is next goes through untouched; only what came early is kept, in a ring of slots, until what is missing
//! comes or has been waited for long enough. Room is used over and over, so nothing is allocated once a stream has been in
//! its worst disorder.

use std::time::Duration;

use crate::clock::Unwrapper;

/// Packets that may be kept: 0.1 s of 50 Mbit/s.
const SLOTS: usize = 512;
/// Octets of the largest packet that is kept; one more is no datagram of a path with the usual MTU.
pub const KEPT_MAX: usize = 2_048;

/// What is to be done with a packet that came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Arrival {
    /// It is the next: use it, then take what it was waited for with [`Reorder::next`].
    Next,
    /// It came early and is kept.
    Kept,
    /// It came before, too late, or is too large.
    Refused,
}

/// Packets of one source that came early.
#[derive(Debug)]
pub struct Reorder {
    slots: Vec<Slot>,
    /// Reads sequence numbers as numbers that only grow.
    numbers: Unwrapper,
    /// The number that comes next; none before the first packet.
    expected: Option<u64>,
    kept: usize,
    /// Room of packets that were used, and the packet used last.
    spare: Vec<Vec<u8>>,
    used: Vec<u8>,
    patience: Duration,
    /// Packets given up on.
    missed: u64,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    /// Zero: empty. Numbers begin far above it.
    number: u64,
    since: Duration,
    packet: Vec<u8>,
}

impl Reorder {
    /// Waits for a missing packet for as long as `patience` once a later one is there.
    pub fn new(patience: Duration) -> Reorder {
        Reorder {
            slots: vec![Slot::default(); SLOTS],
            numbers: Unwrapper::default(),
            expected: None,
            kept: 0,
            spare: Vec::with_capacity(SLOTS),
            used: Vec::with_capacity(KEPT_MAX),
            patience,
            missed: 0,
        }
    }

    /// Waits so long from now on.
    pub fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Notes a packet.
    #[inline]
    pub fn insert(&mut self, now: Duration, sequence: u16, packet: &[u8]) -> Arrival {
        let number = self.numbers.sequence(sequence);
        let expected = *self.expected.get_or_insert(number);
        if number == expected {
            self.expected = Some(number + 1);
            return Arrival::Next;
        }
        if expected > number + SLOTS as u64 {
            // Too far behind to be late. The caller's account (RFC 3550 A.1) has seen two of them in a row: it began anew.
            self.reset();
            self.expected = Some(self.numbers.sequence(sequence) + 1);
            return Arrival::Next;
        }
        if number < expected || packet.len() > KEPT_MAX {
            return Arrival::Refused;
        }
        self.keep(now, number, packet)
    }

    /// The packet that follows the one used last, if it is there, or the first there is after a gap that was waited for.
    pub fn next(&mut self, now: Duration) -> Option<&[u8]> {
        if self.kept == 0 {
            return None;
        }
        let expected = self.expected?;
        if self.slots[place(expected)].number == expected {
            return self.release(expected);
        }
        let first = self.first_kept()?;
        let is_far = self.numbers.highest()? - expected >= SLOTS as u64;
        if is_far || now.saturating_sub(self.oldest()?) >= self.patience {
            self.missed += first - expected;
            return self.release(first);
        }
        None
    }

    /// When a gap will have been waited for.
    pub fn deadline(&self) -> Option<Duration> {
        Some(self.oldest()? + self.patience)
    }

    /// Sequence numbers that are missing before the highest that came, at most `SLOTS`.
    pub fn missing(&self) -> impl Iterator<Item = u16> + '_ {
        let range = match (self.kept, self.expected, self.numbers.highest()) {
            (1.., Some(expected), Some(highest)) => expected..highest.min(expected + SLOTS as u64),
            _ => 0..0,
        };
        range
            .filter(|&number| self.slots[place(number)].number != number)
            .map(|number| number as u16)
    }

    /// Packets that were given up on.
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// Forgets everything, as when another source takes over.
    pub fn reset(&mut self) {
        self.drop_kept();
        (self.numbers, self.expected) = (Unwrapper::default(), None);
    }

    fn keep(&mut self, now: Duration, number: u64, packet: &[u8]) -> Arrival {
        let slot = &mut self.slots[place(number)];
        if slot.number == number {
            return Arrival::Refused;
        }
        if slot.number != 0 {
            // The ring is overtaken: the gap is longer than it. What it holds is let go with the gap.
            let expected = self.expected.unwrap_or(number);
            self.missed += number - expected - self.kept as u64;
            self.drop_kept();
            self.expected = Some(number + 1);
            return Arrival::Next;
        }
        slot.number = number;
        slot.since = now;
        slot.packet = self
            .spare
            .pop()
            .unwrap_or_else(|| Vec::with_capacity(KEPT_MAX));
        slot.packet.clear();
        slot.packet.extend_from_slice(packet);
        self.kept += 1;
        Arrival::Kept
    }

    fn release(&mut self, number: u64) -> Option<&[u8]> {
        let slot = &mut self.slots[place(number)];
        slot.number = 0;
        self.kept -= 1;
        self.expected = Some(number + 1);
        let packet = std::mem::take(&mut slot.packet);
        self.spare.push(std::mem::replace(&mut self.used, packet));
        Some(&self.used)
    }

    fn drop_kept(&mut self) {
        for slot in self.slots.iter_mut().filter(|slot| slot.number != 0) {
            slot.number = 0;
            self.spare.push(std::mem::take(&mut slot.packet));
        }
        self.kept = 0;
    }

    fn first_kept(&self) -> Option<u64> {
        self.kept_slots().map(|slot| slot.number).min()
    }

    fn oldest(&self) -> Option<Duration> {
        if self.kept == 0 {
            return None;
        }
        self.kept_slots().map(|slot| slot.since).min()
    }

    fn kept_slots(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(|slot| slot.number != 0)
    }
}

#[inline]
fn place(number: u64) -> usize {
    number as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(50);

    fn taken(reorder: &mut Reorder, now: Duration) -> Vec<u8> {
        std::iter::from_fn(|| reorder.next(now).map(|packet| packet[0])).collect()
    }

    #[test]
    fn early_packets_wait_for_the_one_that_is_late() {
        let mut reorder = Reorder::new(PATIENCE);
        let at = Duration::from_millis;
        assert_eq!(reorder.insert(at(0), 65_535, &[9]), Arrival::Next);
        assert_eq!(reorder.insert(at(1), 1, &[1]), Arrival::Kept);
        assert_eq!(reorder.insert(at(2), 1, &[1]), Arrival::Refused);
        assert_eq!(reorder.insert(at(3), 2, &[2]), Arrival::Kept);
        assert_eq!(reorder.missing().collect::<Vec<_>>(), [0]);
        assert_eq!(reorder.deadline(), Some(at(51)));
        assert_eq!(taken(&mut reorder, at(4)), []);
        assert_eq!(reorder.insert(at(5), 0, &[0]), Arrival::Next);
        assert_eq!(taken(&mut reorder, at(5)), [1, 2]);
        assert_eq!((reorder.missed(), reorder.deadline()), (0, None));
        assert_eq!(reorder.insert(at(6), 0, &[0]), Arrival::Refused);
    }

    #[test]
    fn a_gap_is_given_up_after_the_patience_or_when_it_is_too_long() {
        let mut reorder = Reorder::new(PATIENCE);
        let at = Duration::from_millis;
        reorder.insert(at(0), 10, &[0]);
        reorder.insert(at(10), 13, &[3]);
        assert_eq!(taken(&mut reorder, at(59)), []);
        assert_eq!(taken(&mut reorder, at(60)), [3]);
        assert_eq!(reorder.missed(), 2);
        // Late by now.
        assert_eq!(reorder.insert(at(61), 11, &[1]), Arrival::Refused);
        reorder.insert(at(62), 15, &[5]);
        reorder.insert(at(62), 15 + SLOTS as u16, &[6]);
        assert_eq!(taken(&mut reorder, at(62)), []);
        assert_eq!(reorder.missed(), 2 + SLOTS as u64);
        assert_eq!(reorder.insert(at(62), 20_000, &[7]), Arrival::Kept);
        assert_eq!(taken(&mut reorder, at(62)), [7]);
        // Far behind: the sender began anew.
        assert_eq!(reorder.insert(at(63), 30, &[8]), Arrival::Next);
        assert_eq!(reorder.insert(at(63), 31, &[9]), Arrival::Next);
    }
}
