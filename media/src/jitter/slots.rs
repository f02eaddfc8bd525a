//! The packets that wait for their turn, found by sequence number.
//!
//! A packet is put into the lowest place that is free and not into one that its number decides: as few packets wait on most
//! lines, the same few places serve the whole call, and stay near the processor however many calls there are. What is
//! looked at for every packet is two words and one line of places.

use super::SLOTS;
use crate::near;

/// Packets by their numbers.
#[derive(Debug)]
pub(super) struct Slots {
    /// Bit n: place n is taken.
    taken: u64,
    /// Bit n: the packet numbered `end - 1 - n` was there, so that a duplicate is known when its turn is over.
    seen: u64,
    /// One more than the highest number stored.
    end: u64,
    payload_max: usize,
    packets: Box<[Waiting; SLOTS]>,
    payloads: Box<[u8]>,
    /// Where the packet may be whose number leaves this rest.
    places: [u8; SLOTS],
}

/// A packet that waits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waiting {
    pub(super) timestamp: u64,
    /// The timestamp in µs.
    pub(super) timestamp_us: i64,
    /// When it came, in µs since the host's clock began.
    pub(super) arrived_us: i64,
    pub(super) carried: Carried,
    pub(super) len: u16,
    /// Lower half of its number, as [`Slots::store`] writes it, which tells it from those that leave the same rest.
    pub(super) number: u32,
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Carried {
    Speech,
    /// A description of the noise in a pause.
    Noise,
    /// It holds its place in the sequence and no more.
    #[default]
    Nothing,
}

const _: () = assert!(SLOTS == u64::BITS as usize, "a bit for each place");

impl Slots {
    pub(super) fn new(payload_max: usize) -> Slots {
        Slots {
            taken: 0,
            seen: 0,
            end: 0,
            payload_max,
            packets: Box::new([Waiting::default(); SLOTS]),
            payloads: vec![0; payload_max * SLOTS].into(),
            places: [0; SLOTS],
        }
    }

    /// See [`near`]: where the next packet will be put, and the last one was.
    #[inline]
    pub(super) fn fetch(&self) {
        let free = self.taken.trailing_ones() as usize % SLOTS;
        let rest = rest(self.end.wrapping_sub(1));
        for place in [free, usize::from(self.places[rest]) % SLOTS] {
            let packet = &self.packets[place];
            near::fetch(packet);
            let start = place * self.payload_max;
            near::fetch(&self.payloads[start..start + self.payload_max.min(USUAL)]);
        }
    }

    pub(super) fn clear(&mut self) {
        (self.taken, self.seen, self.end) = (0, 0, 0);
    }

    #[inline]
    pub(super) fn payload_max(&self) -> usize {
        self.payload_max
    }

    pub(super) fn filled(&self) -> usize {
        self.taken.count_ones() as usize
    }

    /// Whether a packet of this number has come, though its turn may be over.
    #[inline]
    pub(super) fn was_there(&self, number: u64) -> bool {
        match self.end.checked_sub(number + 1) {
            Some(back) => back < SLOTS as u64 && self.seen >> back & 1 == 1,
            None => false,
        }
    }

    /// Keeps a packet. One whose number leaves the same rest is given up for it.
    #[inline]
    pub(super) fn store(&mut self, number: u64, packet: Waiting, payload: &[u8]) {
        let rest = rest(number);
        let there = usize::from(self.places[rest]);
        let is_taken = self.taken >> there & 1 == 1;
        if is_taken && self.packets[there].number as usize % SLOTS == rest {
            self.taken &= !(1 << there);
        }
        // A place for each rest, so one is free.
        let place = self.taken.trailing_ones() as usize % SLOTS;
        self.taken |= 1 << place;
        self.places[rest] = place as u8;
        self.note(number);
        self.packets[place] = Waiting {
            number: number as u32,
            len: payload.len() as u16,
            ..packet
        };
        self.payloads[place * self.payload_max..][..payload.len()].copy_from_slice(payload);
    }

    /// Remembers that the packet has come, stored or too late.
    #[inline]
    pub(super) fn note(&mut self, number: u64) {
        match self.end.checked_sub(number + 1) {
            Some(back) if back < SLOTS as u64 => self.seen |= 1 << back,
            Some(_) => {}
            None => {
                let ahead = (number + 1 - self.end).min(SLOTS as u64) as u32;
                self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
                self.end = number + 1;
            }
        }
    }

    #[inline]
    fn place(&self, number: u64) -> Option<usize> {
        let place = usize::from(self.places[rest(number)]) % SLOTS;
        let is_there = self.taken >> place & 1 == 1 && self.packets[place].number == number as u32;
        is_there.then_some(place)
    }

    /// The packet, if it is there.
    #[inline]
    pub(super) fn get(&self, number: u64) -> Option<&Waiting> {
        self.place(number).map(|place| &self.packets[place])
    }

    /// Its payload; empty if it is not there.
    #[inline]
    pub(super) fn payload(&self, number: u64) -> &[u8] {
        self.place(number).map_or(&[], |place| {
            let len = usize::from(self.packets[place].len);
            &self.payloads[place * self.payload_max..][..len]
        })
    }

    /// The first packet that is there from `number` on, with its timestamp.
    pub(super) fn first_from(&self, number: u64) -> Option<(u64, u64)> {
        if self.taken == 0 {
            return None;
        }
        (number..self.end).find_map(|number| Some((number, self.get(number)?.timestamp)))
    }

    /// Ends a packet's turn.
    #[inline]
    pub(super) fn release(&mut self, number: u64) {
        if let Some(place) = self.place(number) {
            self.taken &= !(1 << place);
        }
    }
}

/// Octets of the payload of most packets: 20 ms of G.711.
const USUAL: usize = 160;

/// What is left of a number when it is divided by that of the slots.
#[inline]
fn rest(number: u64) -> usize {
    number as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(timestamp: u64) -> Waiting {
        Waiting {
            timestamp,
            carried: Carried::Speech,
            ..Waiting::default()
        }
    }

    #[test]
    fn a_short_queue_uses_the_same_few_places_for_ever() {
        let mut slots = Slots::new(8);
        for number in 100..1_000 {
            slots.store(number, packet(number), &number.to_be_bytes());
            if number >= 103 {
                assert_eq!(slots.payload(number - 3), (number - 3).to_be_bytes());
                slots.release(number - 3);
                assert!(slots.get(number - 3).is_none() && slots.was_there(number - 3));
            }
            assert_eq!(slots.taken >> 4, 0, "four places are enough");
        }
        assert_eq!(slots.filled(), 3);
        assert!(!slots.was_there(1_000) && !slots.was_there(900));
    }

    #[test]
    fn all_places_are_filled_and_a_number_of_the_same_rest_replaces() {
        let mut slots = Slots::new(1);
        for number in (64..128).rev() {
            slots.store(number, packet(number), &[number as u8]);
        }
        assert_eq!((slots.filled(), slots.first_from(64)), (64, Some((64, 64))));
        slots.store(130, packet(130), &[130]);
        assert_eq!(slots.filled(), 64);
        assert_eq!(
            (slots.payload(130), slots.payload(66)),
            (&[130][..], &[][..])
        );
        assert_eq!(slots.first_from(66), Some((67, 67)));
    }
}
