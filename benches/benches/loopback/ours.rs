//! Our side: flows on real sockets, driven by one loop as in our servers.

use std::future::poll_fn;
use std::net::{SocketAddr, SocketAddrV4};
use std::task::Poll;

use net::{FlowEvent, FlowId, Flows, World};
use tokio::runtime::Runtime;

/// A party of flows with its runtime.
pub(super) struct Ours {
    runtime: Runtime,
    flows: Flows,
}

impl Ours {
    pub(super) fn new() -> Ours {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let world = World::real_machine_at(&["127.0.0.1".parse().expect("an address")]);
        Ours {
            flows: Flows::new(&world.host("bench")),
            runtime,
        }
    }

    /// A socket.
    pub(super) fn bind(&mut self) -> (FlowId, SocketAddrV4) {
        let flow = self
            .flows
            .bind_udp("127.0.0.1:0".parse().expect("an address"));
        let event = self.runtime.block_on(self.flows.next());
        let FlowEvent::Bound {
            local: SocketAddr::V4(local),
            ..
        } = event
        else {
            panic!("not bound: {event:?}");
        };
        (flow, local)
    }

    /// Takes so many datagrams and has each answered, until all answers have left.
    pub(super) fn take(&mut self, count: usize, mut answer: impl FnMut(&mut Flows, FlowId, &[u8])) {
        let flows = &mut self.flows;
        let mut taken = 0;
        self.runtime.block_on(poll_fn(|cx| {
            loop {
                match flows.poll_next(cx) {
                    Poll::Ready(FlowEvent::Datagram { flow, bytes, .. }) => {
                        answer(flows, flow, &bytes);
                        taken += 1;
                    }
                    Poll::Ready(event) => panic!("{event:?}"),
                    Poll::Pending if taken == count => return Poll::Ready(()),
                    Poll::Pending => return Poll::Pending,
                }
            }
        }));
        assert_eq!(self.flows.dropped_count(), 0, "nothing was refused");
    }
}
