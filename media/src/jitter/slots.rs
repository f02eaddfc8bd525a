//! Ring of packets by sequence number, with room for each one's payload.

use std::time::Duration;

use super::SLOTS;

/// The ring.
#[derive(Debug)]
pub(super) struct Slots {
    slots: [Slot; SLOTS],
    payloads: Box<[u8]>,
    payload_max: usize,
    filled: usize,
    /// One more than the highest number stored.
    end: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    number: u64,
    timestamp: u64,
    arrived: Duration,
    len: u16,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum State {
    #[default]
    Empty,
    Filled(Carried),
    /// Its turn is over; the number stays, so that a duplicate is known.
    Released,
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Carried {
    Speech,
    /// A description of the noise in a pause.
    Noise,
    /// It holds its place in the sequence and no more.
    Nothing,
}

/// Whether a number is new.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    Free,
    Taken,
}

impl Slots {
    pub(super) fn new(payload_max: usize) -> Slots {
        Slots {
            slots: [Slot::default(); SLOTS],
            payloads: vec![0; payload_max * SLOTS].into(),
            payload_max,
            filled: 0,
            end: 0,
        }
    }

    pub(super) fn clear(&mut self) {
        self.slots = [Slot::default(); SLOTS];
        (self.filled, self.end) = (0, 0);
    }

    pub(super) fn payload_max(&self) -> usize {
        self.payload_max
    }

    pub(super) fn filled(&self) -> usize {
        self.filled
    }

    #[inline]
    pub(super) fn place(&self, number: u64) -> Place {
        let slot = &self.slots[index(number)];
        if slot.state != State::Empty && slot.number == number {
            Place::Taken
        } else {
            Place::Free
        }
    }

    #[inline]
    pub(super) fn store(
        &mut self,
        number: u64,
        timestamp: u64,
        arrived: Duration,
        carried: Carried,
        payload: &[u8],
    ) {
        let at = index(number);
        let was_filled = matches!(self.slots[at].state, State::Filled(_));
        self.filled += usize::from(!was_filled);
        self.end = self.end.max(number + 1);
        self.slots[at] = Slot {
            number,
            timestamp,
            arrived,
            len: payload.len() as u16,
            state: State::Filled(carried),
        };
        self.payloads[at * self.payload_max..][..payload.len()].copy_from_slice(payload);
    }

    #[inline]
    fn get(&self, number: u64) -> Option<&Slot> {
        let slot = &self.slots[index(number)];
        (slot.number == number && matches!(slot.state, State::Filled(_))).then_some(slot)
    }

    /// Timestamp of the packet, if it is there.
    #[inline]
    pub(super) fn timestamp(&self, number: u64) -> Option<u64> {
        self.get(number).map(|slot| slot.timestamp)
    }

    /// What the packet carries; nothing if it is not there.
    pub(super) fn carried(&self, number: u64) -> Carried {
        match self.get(number).map(|slot| slot.state) {
            Some(State::Filled(carried)) => carried,
            Some(State::Empty | State::Released) | None => Carried::Nothing,
        }
    }

    pub(super) fn arrived(&self, number: u64) -> Duration {
        self.get(number).map_or(Duration::ZERO, |slot| slot.arrived)
    }

    #[inline]
    pub(super) fn payload(&self, number: u64) -> &[u8] {
        let at = index(number);
        &self.payloads[at * self.payload_max..][..usize::from(self.slots[at].len)]
    }

    /// The first packet that is there from `number` on, with its timestamp.
    pub(super) fn first_from(&self, number: u64) -> Option<(u64, u64)> {
        if self.filled == 0 {
            return None;
        }
        (number..self.end).find_map(|number| Some((number, self.timestamp(number)?)))
    }

    /// Ends a packet's turn.
    #[inline]
    pub(super) fn release(&mut self, number: u64) {
        let slot = &mut self.slots[index(number)];
        if slot.number == number && matches!(slot.state, State::Filled(_)) {
            slot.state = State::Released;
            self.filled -= 1;
        }
    }
}

#[inline]
fn index(number: u64) -> usize {
    number as usize % SLOTS
}
