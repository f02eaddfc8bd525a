//! UDP of the simulated network: a table of bound ports and a queue for each socket.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use super::network::Network;
use super::slab::Key;
use super::{Shared, gone};
use crate::packet::{Packet, Protocol};

/// The handle of a party.
pub(crate) struct Socket {
    shared: Arc<Shared>,
    key: Key,
    local: SocketAddr,
}

/// A bound socket.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) host: usize,
    pub(super) local: SocketAddr,
    queue: VecDeque<(Bytes, SocketAddr)>,
    queued_bytes: usize,
    reader: Option<Waker>,
}

impl Socket {
    pub(super) fn bind(shared: &Arc<Shared>, host: usize, local: SocketAddr) -> io::Result<Socket> {
        let mut network = shared.lock();
        let local = network.free_address(host, local, Protocol::Udp)?;
        let key = network.sockets.insert(Bound {
            host,
            local,
            queue: VecDeque::new(),
            queued_bytes: 0,
            reader: None,
        });
        network.hosts[host].udp.bind(local, key);
        drop(network);
        Ok(Socket {
            shared: shared.clone(),
            key,
            local,
        })
    }

    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// The simulated network always has room.
    pub(crate) fn try_send_to(&self, bytes: &[u8], target: SocketAddr) -> io::Result<usize> {
        if bytes.len() > MAX_PAYLOAD {
            let error = "a datagram holds at most 65,507 bytes";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
        }
        let payload = Bytes::copy_from_slice(bytes);
        let mut network = self.shared.lock();
        let host = network.sockets.get(self.key).ok_or_else(gone)?.host;
        let source = network.source_address(host, self.local, target)?;
        let packet = Packet {
            source,
            target,
            protocol: Protocol::Udp,
            payload,
            id: network.next_id(),
        };
        network.send(host, packet, None);
        Ok(bytes.len())
    }

    /// A datagram, and whether there are more. Without more, the task is woken when one comes.
    pub(crate) fn poll_recv(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Datagram, bool)>> {
        let mut network = self.shared.lock();
        let Some(bound) = network.sockets.get_mut(self.key) else {
            return Poll::Ready(Err(gone()));
        };
        let datagram = bound.queue.pop_front();
        if let Some((bytes, _)) = &datagram {
            bound.queued_bytes -= cost(bytes);
        }
        let has_more = !bound.queue.is_empty();
        let is_known = bound
            .reader
            .as_ref()
            .is_some_and(|r| r.will_wake(cx.waker()));
        let old = if has_more || is_known {
            None
        } else {
            bound.reader.replace(cx.waker().clone())
        };
        drop(network);
        drop(old);
        match datagram {
            Some(datagram) => Poll::Ready(Ok((datagram, has_more))),
            None => Poll::Pending,
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let bound = self.shared.lock().close_udp(self.key);
        drop(bound);
    }
}

impl Network {
    /// A datagram has reached its host.
    pub(super) fn receive_udp(&mut self, host: usize, packet: Packet) {
        let Some(key) = self.hosts[host].udp.find(packet.target) else {
            let target = packet.target;
            self.drop_packet(packet.id, || format!("udp: nothing is bound to {target}"));
            return;
        };
        let Some(bound) = self.sockets.get_mut(key) else {
            return;
        };
        if bound.queued_bytes > MAX_QUEUED {
            let local = bound.local;
            self.drop_packet(packet.id, || format!("udp: the queue of {local} is full"));
            return;
        }
        bound.queued_bytes += cost(&packet.payload);
        bound.queue.push_back((packet.payload, packet.source));
        let reader = bound.reader.take();
        self.wakes.extend(reader);
    }

    /// Frees the port; waits no more.
    pub(super) fn close_udp(&mut self, key: Key) -> Option<Bound> {
        let mut bound = self.sockets.remove(key)?;
        self.hosts[bound.host].udp.free(bound.local.port(), key);
        self.wakes.extend(bound.reader.take());
        Some(bound)
    }
}

/// What a waiting datagram counts: its bytes and what surrounds them.
fn cost(bytes: &Bytes) -> usize {
    bytes.len() + 64
}

/// A datagram and where it came from.
pub(crate) type Datagram = (Bytes, SocketAddr);

/// RFC 768, RFC 791: 65,535 less the headers.
const MAX_PAYLOAD: usize = 65_507;
/// Bytes that may wait in one socket: about a second of ten video streams.
const MAX_QUEUED: usize = 2 << 20;
