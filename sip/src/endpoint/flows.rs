//! The flows of a party: which are open, by which a hop is reached, and what their streams hold.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use crate::flow::{FlowId, Hop, Path, Transport};
use crate::framing::{Frame, FramingError, StreamFramer};

/// One connection.
#[derive(Debug)]
struct Stream {
    transport: Transport,
    local: SocketAddr,
    remote: SocketAddr,
    framer: StreamFramer,
    is_open: bool,
}

/// All flows.
#[derive(Debug, Default)]
pub(super) struct Flows {
    sockets: BTreeMap<FlowId, SocketAddr>,
    streams: BTreeMap<FlowId, Stream>,
    by_remote: BTreeMap<(Transport, SocketAddr), FlowId>,
    asked: BTreeSet<(Transport, SocketAddr)>,
}

impl Flows {
    pub(super) fn bound(&mut self, flow: FlowId, local: SocketAddr) {
        self.sockets.insert(flow, local);
    }

    /// A connection is wanted; the driver will say by which flow.
    pub(super) fn ask(&mut self, transport: Transport, remote: SocketAddr) {
        self.asked.insert((transport, remote));
    }

    pub(super) fn connecting(&mut self, flow: FlowId, transport: Transport, remote: SocketAddr) {
        let local = SocketAddr::new(remote.ip(), 0);
        let framer = StreamFramer::opened();
        self.streams.insert(
            flow,
            Stream {
                transport,
                local,
                remote,
                framer,
                is_open: false,
            },
        );
    }

    pub(super) fn opened(
        &mut self,
        flow: FlowId,
        transport: Transport,
        local: SocketAddr,
        remote: SocketAddr,
    ) {
        // A connection that was not asked for is one that the other side opened: its pings are to be answered.
        let framer = if self.streams.contains_key(&flow) {
            StreamFramer::opened()
        } else {
            StreamFramer::accepted()
        };
        if let Some(asked) = self.streams.insert(
            flow,
            Stream {
                transport,
                local,
                remote,
                framer,
                is_open: true,
            },
        ) {
            self.asked.remove(&(asked.transport, asked.remote));
        }
        self.by_remote.insert((transport, remote), flow);
    }

    /// Forgets a flow; says what it was, unless it was a socket or unknown.
    pub(super) fn closed(&mut self, flow: FlowId) -> Option<(Transport, SocketAddr)> {
        if let Some(local) = self.sockets.remove(&flow) {
            return Some((Transport::Udp, local));
        }
        let stream = self.streams.remove(&flow)?;
        let key = (stream.transport, stream.remote);
        self.asked.remove(&key);
        if self.by_remote.get(&key) == Some(&flow) {
            self.by_remote.remove(&key);
        }
        Some(key)
    }

    /// A connection that takes too long is not waited for any more; the next request asks for a new one.
    pub(super) fn forget_asked(&mut self, transport: Transport, remote: SocketAddr) {
        self.asked.remove(&(transport, remote));
    }

    pub(super) fn is_asked(&self, transport: Transport, remote: SocketAddr) -> bool {
        self.asked.contains(&(transport, remote))
    }

    /// The open way to a hop.
    pub(super) fn path(&self, hop: &Hop, addresses: &[IpAddr]) -> Option<Path> {
        if hop.transport == Transport::Udp {
            let fits = |local: &SocketAddr| local.is_ipv4() == hop.remote.is_ipv4();
            let preferred = hop
                .flow
                .and_then(|flow| self.sockets.get_key_value(&flow))
                .filter(|(_, local)| fits(local));
            let (flow, local) =
                preferred.or_else(|| self.sockets.iter().find(|(_, local)| fits(local)))?;
            let local = told(*local, addresses);
            return Some(Path {
                flow: *flow,
                transport: Transport::Udp,
                local,
                remote: hop.remote,
            });
        }
        let preferred = hop.flow.filter(|flow| {
            self.streams
                .get(flow)
                .is_some_and(|stream| stream.is_open && stream.transport == hop.transport)
        });
        let flow =
            preferred.or_else(|| self.by_remote.get(&(hop.transport, hop.remote)).copied())?;
        self.stream_path(flow, addresses)
    }

    /// The way back along an open connection.
    pub(super) fn stream_path(&self, flow: FlowId, addresses: &[IpAddr]) -> Option<Path> {
        let stream = self.streams.get(&flow).filter(|stream| stream.is_open)?;
        let local = told(stream.local, addresses);
        Some(Path {
            flow,
            transport: stream.transport,
            local,
            remote: stream.remote,
        })
    }

    /// The way back to who sent a datagram.
    pub(super) fn datagram_path(
        &self,
        flow: FlowId,
        source: SocketAddr,
        addresses: &[IpAddr],
    ) -> Option<Path> {
        let local = told(*self.sockets.get(&flow)?, addresses);
        Some(Path {
            flow,
            transport: Transport::Udp,
            local,
            remote: source,
        })
    }

    pub(super) fn push(&mut self, flow: FlowId, bytes: &[u8]) {
        if let Some(stream) = self.streams.get_mut(&flow) {
            stream.framer.push(bytes);
        }
    }

    pub(super) fn next_frame(&mut self, flow: FlowId) -> Option<Result<Frame, FramingError>> {
        self.streams.get_mut(&flow)?.framer.next().transpose()
    }
}

/// What is told to others in place of an unspecified address.
fn told(local: SocketAddr, addresses: &[IpAddr]) -> SocketAddr {
    let known = addresses
        .iter()
        .find(|address| address.is_ipv4() == local.is_ipv4());
    match known {
        Some(address) if local.ip().is_unspecified() => SocketAddr::new(*address, local.port()),
        _ => local,
    }
}
