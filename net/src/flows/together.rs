//! What one flow sends in a turn of the party's loop leaves together, where that is cheaper.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::Context;

use tokio::task::coop;

use super::{FlowId, Flows, State};
use crate::host::Seat;

impl Flows {
    /// Sends a datagram, never waiting: a full queue drops it and counts. To no UDP flow: nothing. On real sockets it may leave
    /// together with others, when next [`Flows::next`] finds nothing to tell.
    pub fn send_to(&mut self, flow: FlowId, target: SocketAddr, bytes: &[u8]) {
        if self.departing != Some(flow) || !self.departures.has_room_for(bytes.len()) {
            self.depart();
        }
        let Some(State::Udp(socket)) = self.slot(flow).map(|slot| &slot.state) else {
            return;
        };
        if socket.may_send_together() {
            self.departures.push(target, bytes);
            self.departing = Some(flow);
        } else if socket.try_send_to(bytes, target).is_err() {
            self.dropped_count += 1;
        }
    }

    /// Sends what waits to be sent.
    pub(super) fn depart(&mut self) {
        let Some(flow) = self.departing.take() else {
            return;
        };
        if let Some(State::Udp(socket)) = self.slot(flow).map(|slot| &slot.state) {
            self.dropped_count += socket.send_together(&self.departures);
        }
        self.departures.clear();
    }

    /// Whether this task has had its share of the machine's runtime; it is woken when all others have had theirs. Every socket
    /// would find that out by itself, one after the other.
    pub(super) fn must_let_others(&self, cx: &mut Context<'_>) -> bool {
        let is_real = matches!(self.host.seat(), Seat::Real(_));
        is_real
            && !coop::has_budget_remaining()
            && pin!(coop::consume_budget()).poll(cx).is_pending()
    }
}

impl Drop for Flows {
    fn drop(&mut self) {
        self.depart();
    }
}
