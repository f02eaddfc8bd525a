//! What is going to happen: events ordered by time and, within a moment, by when they were planned.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A plan of events of type `E`.
#[derive(Debug)]
pub(super) struct Timeline<E> {
    heap: BinaryHeap<Reverse<Entry>>,
    slots: Vec<Slot<E>>,
    free: Vec<u32>,
    next_order: u64,
    cancelled: usize,
}

/// Names a planned event, also after it has happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Ticket {
    slot: u32,
    uses: u32,
}

/// Small, because the heap moves it about; the event itself lies still in its slot.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
struct Entry {
    at_ns: u64,
    order: u64,
    slot: u32,
    uses: u32,
}

#[derive(Debug)]
struct Slot<E> {
    uses: u32,
    event: Option<E>,
}

impl<E> Timeline<E> {
    pub(super) fn new() -> Timeline<E> {
        Timeline {
            heap: BinaryHeap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            next_order: 0,
            cancelled: 0,
        }
    }

    /// Plans an event.
    pub(super) fn push(&mut self, at_ns: u64, event: E) -> Ticket {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                let uses = 0;
                self.slots.push(Slot { uses, event: None });
                u32::try_from(self.slots.len() - 1).expect("memory ends before 2^32 events")
            }
        };
        let place = &mut self.slots[slot as usize];
        place.event = Some(event);
        let uses = place.uses;
        let order = self.next_order;
        self.next_order += 1;
        let entry = Entry {
            at_ns,
            order,
            slot,
            uses,
        };
        self.heap.push(Reverse(entry));
        Ticket { slot, uses }
    }

    /// Takes an event back; nothing if it has happened.
    pub(super) fn cancel(&mut self, ticket: Ticket) -> Option<E> {
        let event = self.take(ticket)?;
        self.cancelled += 1;
        // A party plans a far deadline again and again and seldom lets it come: the heap must
        // not fill with what will never happen.
        if self.cancelled > MIN_SWEEP && self.cancelled > self.heap.len() / 2 {
            let slots = &self.slots;
            self.heap
                .retain(|Reverse(e)| slots[e.slot as usize].uses == e.uses);
            self.cancelled = 0;
        }
        Some(event)
    }

    /// The event, if it has not happened.
    pub(super) fn get_mut(&mut self, ticket: Ticket) -> Option<&mut E> {
        let slot = &mut self.slots[ticket.slot as usize];
        if slot.uses == ticket.uses {
            slot.event.as_mut()
        } else {
            None
        }
    }

    /// When something happens next.
    pub(super) fn next_at(&mut self) -> Option<u64> {
        loop {
            let Reverse(entry) = *self.heap.peek()?;
            if self.slots[entry.slot as usize].uses == entry.uses {
                return Some(entry.at_ns);
            }
            self.heap.pop();
            self.cancelled = self.cancelled.saturating_sub(1);
        }
    }

    /// The next event, if it happens at `at_ns` or before.
    pub(super) fn pop(&mut self, at_ns: u64) -> Option<E> {
        if self.next_at()? > at_ns {
            return None;
        }
        let Reverse(entry) = self.heap.pop()?;
        let (slot, uses) = (entry.slot, entry.uses);
        self.take(Ticket { slot, uses })
    }

    fn take(&mut self, ticket: Ticket) -> Option<E> {
        let slot = &mut self.slots[ticket.slot as usize];
        if slot.uses != ticket.uses {
            return None;
        }
        let event = slot.event.take()?;
        slot.uses = slot.uses.wrapping_add(1);
        self.free.push(ticket.slot);
        Some(event)
    }
}

/// Below this a sweep costs more than the space.
const MIN_SWEEP: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_keeps_the_order_of_planning() {
        let mut timeline = Timeline::new();
        for name in ["first", "second", "third"] {
            timeline.push(5, name);
        }
        timeline.push(3, "early");
        assert_eq!(timeline.next_at(), Some(3));
        assert_eq!(timeline.pop(2), None);
        let order: Vec<_> = std::iter::from_fn(|| timeline.pop(5)).collect();
        assert_eq!(order, ["early", "first", "second", "third"]);
    }

    #[test]
    fn a_ticket_names_its_own_event_only() {
        let mut timeline = Timeline::new();
        let first = timeline.push(1, "first");
        assert_eq!(timeline.cancel(first), Some("first"));
        let second = timeline.push(2, "second");
        assert_eq!(timeline.cancel(first), None);
        assert_eq!(timeline.get_mut(second), Some(&mut "second"));
        assert_eq!(timeline.next_at(), Some(2));
        assert_eq!(timeline.pop(2), Some("second"));
        assert_eq!(timeline.get_mut(second), None);
        assert_eq!(timeline.next_at(), None);
    }

    #[test]
    fn cancelled_deadlines_do_not_pile_up() {
        let mut timeline = Timeline::new();
        timeline.push(7, 0);
        for number in 1..100_000 {
            let ticket = timeline.push(1_000_000, number);
            timeline.cancel(ticket);
        }
        assert!(
            timeline.heap.len() < 3 * MIN_SWEEP,
            "{}",
            timeline.heap.len()
        );
        assert_eq!(timeline.slots.len(), 2);
        assert_eq!(timeline.pop(7), Some(0));
    }
}
