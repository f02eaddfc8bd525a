//! Silence of connections: tells by requests that nobody heard which connection carries nothing any more.
//!
//! A stream keeps what was written until it gets through, be it long after the request was given up: a phone would then ring
//! for nobody. So a connection is dead once a request on it got no answer in time that the next hop owes by itself: an
//! INVITE, which it answers 100 within 200 ms, or a REGISTER. Any other request may wait for somebody far behind a proxy
//! that must be silent itself. A stream keeps the order, too: the answer to a later request shows that the silent one was heard.
//!
//! RFC 3261 §17.1.1.2 and §17.1.2.2 (timers B and F), §17.2.1 (100); RFC 3263 §4.3 (the server has failed); RFC 4320 §4.2.

use std::collections::{BTreeMap, VecDeque};

use super::TransactionId;
use crate::flow::{FlowId, Path};
use crate::message::Method;

/// What the client transactions of one party say of its connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Silence {
    /// The latest request that was answered, of each open connection.
    answered: BTreeMap<FlowId, TransactionId>,
    dead: VecDeque<FlowId>,
}

impl Silence {
    /// A request was answered, be it provisionally.
    pub(super) fn on_answer(&mut self, id: TransactionId, path: Path) {
        if path.transport.is_reliable() {
            let latest = self.answered.entry(path.flow).or_insert(id);
            *latest = id.max(*latest);
        }
    }

    /// A request got no answer at all in time.
    pub(super) fn on_silence(&mut self, id: TransactionId, path: Path, method: &Method) {
        let is_owed = matches!(method, Method::Invite | Method::Register);
        // Transactions have their numbers in the order in which a connection carries their requests.
        let was_heard = self.answered.get(&path.flow).is_some_and(|last| *last > id);
        if path.transport.is_reliable() && is_owed && !was_heard {
            self.dead.push_back(path.flow);
        }
    }

    /// A connection is gone.
    pub(super) fn forget(&mut self, flow: FlowId) {
        self.answered.remove(&flow);
    }

    /// The next connection that is to be given up.
    pub(super) fn next_dead(&mut self) -> Option<FlowId> {
        self.dead.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Transport;

    const SILENT: TransactionId = TransactionId(5);

    fn path(transport: Transport) -> Path {
        let local = "192.0.2.2:5060".parse().unwrap();
        let remote = "192.0.2.1:5060".parse().unwrap();
        let flow = FlowId(1);
        Path {
            flow,
            transport,
            local,
            remote,
        }
    }

    /// Whether a silent request ends its connection, another one having been answered.
    fn is_dead(transport: Transport, method: Method, answered: Option<u64>) -> bool {
        let mut silence = Silence::default();
        if let Some(id) = answered {
            silence.on_answer(TransactionId(id), path(transport));
        }
        silence.on_silence(SILENT, path(transport), &method);
        silence.next_dead().is_some()
    }

    #[test]
    fn a_connection_is_dead_when_nobody_answers_what_the_next_hop_owes_an_answer() {
        for transport in [Transport::Tcp, Transport::Tls] {
            assert!(is_dead(transport, Method::Invite, None));
            assert!(is_dead(transport, Method::Register, None));
            assert!(!is_dead(transport, Method::Options, None));
            assert!(!is_dead(transport, Method::Bye, None));
        }
        assert!(!is_dead(Transport::Udp, Method::Invite, None));
    }

    #[test]
    fn an_answer_to_a_later_request_shows_that_it_carries() {
        assert!(is_dead(Transport::Tcp, Method::Invite, Some(4)));
        assert!(!is_dead(Transport::Tcp, Method::Invite, Some(6)));
    }

    #[test]
    fn nothing_is_kept_of_a_connection_that_is_gone() {
        let mut silence = Silence::default();
        silence.on_answer(SILENT, path(Transport::Tcp));
        silence.on_answer(SILENT, path(Transport::Udp));
        silence.forget(FlowId(1));
        assert!(silence.answered.is_empty());
    }
}
