//! The table of flows: found by id in one step, ids never used twice.

use std::sync::Arc;
use std::task::Waker;

use super::{FlowId, Flows, Mark, Slot, State};

impl Flows {
    /// The lower half of an id is the place in the table, the upper half counts its uses.
    pub(super) fn insert(&mut self, state: State) -> FlowId {
        let flow = match self.free.pop() {
            Some(index) => FlowId(self.slots[index].flow.0 + NEXT_USE),
            None => FlowId(self.slots.len() as u64),
        };
        let mark = Arc::new(Mark::new(flow.0, self.ready.clone()));
        let slot = Slot {
            flow,
            state,
            waker: Waker::from(mark.clone()),
            mark: mark.clone(),
        };
        match self.slots.get_mut(index(flow)) {
            Some(place) => *place = slot,
            None => self.slots.push(slot),
        }
        mark.set();
        flow
    }

    pub(super) fn slot(&self, flow: FlowId) -> Option<&Slot> {
        self.slots.get(index(flow)).filter(|slot| slot.flow == flow)
    }

    pub(super) fn slot_mut(&mut self, flow: FlowId) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(index(flow));
        slot.filter(|slot| slot.flow == flow)
    }

    /// The flow goes on in another state, which gets a turn at once.
    pub(super) fn replace(&mut self, flow: FlowId, state: State) {
        if let Some(slot) = self.slot_mut(flow) {
            slot.state = state;
            slot.mark.set();
        }
    }

    /// The flow is gone; its place may be used again.
    pub(super) fn remove(&mut self, flow: FlowId) {
        if let Some(slot) = self.slot_mut(flow) {
            slot.state = State::Free;
            self.free.push(index(flow));
        }
    }

    /// Like [`Flows::remove`], for a state that has been taken out already.
    pub(super) fn forget(&mut self, flow: FlowId, state: &State) {
        match state {
            State::Free => return,
            State::Opening(opening) => self.handshakes -= usize::from(opening.listener.is_some()),
            State::BindingUdp(_)
            | State::Udp(_)
            | State::Listening(_)
            | State::Listener(_)
            | State::Open(_)
            | State::Closing(_) => {}
        }
        self.free.push(index(flow));
    }
}

fn index(flow: FlowId) -> usize {
    (flow.0 % NEXT_USE) as usize
}

const NEXT_USE: u64 = 1 << 32;
