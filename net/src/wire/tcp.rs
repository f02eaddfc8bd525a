//! TCP of the simulated network: handles of parties, and who gets which segment.
//!
//! Each end of a connection is a small stack of its own ([`connection`]); the network finds it by
//! the four addresses of a segment. A segment that nobody waits for is answered with a reset.

pub(super) mod connection;
mod demux;
mod device;
mod patience;
mod segment;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::ReadBuf;

use super::slab::Key;
use super::{Shared, gone};
use crate::packet::Protocol;
use connection::Connection;

/// A listening socket in the hands of a party.
pub(crate) struct Listener {
    shared: Arc<Shared>,
    key: Key,
    local: SocketAddr,
}

/// A listening socket.
#[derive(Debug)]
pub(super) struct Listening {
    pub(super) host: usize,
    pub(super) local: SocketAddr,
    /// Established, not yet accepted.
    pub(super) established: VecDeque<Key>,
    /// Handshakes under way and connections not yet accepted.
    pub(super) waiting: usize,
    pub(super) acceptor: Option<Waker>,
}

impl Listener {
    pub(super) fn bind(
        shared: &Arc<Shared>,
        host: usize,
        local: SocketAddr,
    ) -> io::Result<Listener> {
        let mut network = shared.lock();
        let local = network.free_address(host, local, Protocol::Tcp)?;
        let key = network.listeners.insert(Listening {
            host,
            local,
            established: VecDeque::new(),
            waiting: 0,
            acceptor: None,
        });
        network.hosts[host].tcp.bind(local, key);
        drop(network);
        Ok(Listener {
            shared: shared.clone(),
            key,
            local,
        })
    }

    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.local
    }

    pub(crate) fn poll_accept(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Stream, SocketAddr)>> {
        let mut network = self.shared.lock();
        loop {
            let Some(listening) = network.listeners.get_mut(self.key) else {
                return Poll::Ready(Err(gone()));
            };
            let Some(key) = listening.established.pop_front() else {
                let old = listening.acceptor.replace(cx.waker().clone());
                drop(network);
                drop(old);
                return Poll::Pending;
            };
            listening.waiting -= 1;
            let Some(connection) = network.connections.get_mut(key) else {
                continue;
            };
            connection.listener = None;
            let (local, remote) = (connection.local, connection.remote);
            drop(network);
            let shared = self.shared.clone();
            let stream = Stream {
                shared,
                key,
                local,
                remote,
            };
            return Poll::Ready(Ok((stream, remote)));
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.shared.lock().close_listener(self.key);
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listener({})", self.local)
    }
}

/// One end of a connection in the hands of a party.
pub(crate) struct Stream {
    shared: Arc<Shared>,
    key: Key,
    local: SocketAddr,
    remote: SocketAddr,
}

impl Stream {
    /// Begins the handshake and waits for its end.
    pub(super) async fn connect(
        shared: &Arc<Shared>,
        host: usize,
        target: SocketAddr,
    ) -> io::Result<Stream> {
        let (key, local) = shared.lock().open(host, target)?;
        // Made before the handshake, so that giving up closes the connection.
        let stream = Stream {
            shared: shared.clone(),
            key,
            local,
            remote: target,
        };
        std::future::poll_fn(|cx| stream.poll_connected(cx)).await?;
        Ok(stream)
    }

    fn poll_connected(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut network = self.shared.lock();
        let Some(connection) = network.connections.get_mut(self.key) else {
            return Poll::Ready(Err(gone()));
        };
        connection.poll_connected(cx)
    }

    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.local
    }

    pub(crate) fn peer_addr(&self) -> SocketAddr {
        self.remote
    }

    /// Keeps in the trace the first `len` bytes of these as said over this connection before it was protected.
    pub(crate) fn note_said(&self, pieces: &[io::IoSlice<'_>], len: usize) {
        let mut network = self.shared.lock();
        let Some(connection) = network.connections.get(self.key) else {
            return;
        };
        if network.recorder.keeps() {
            let host = connection.host;
            let bytes = pieces.iter().flat_map(|piece| piece.iter()).take(len);
            let bytes = bytes.copied().collect();
            let now_ns = network.now_ns();
            let ends = (self.local, self.remote);
            network.recorder.said(now_ns, host, ends, bytes);
        }
    }

    pub(crate) fn set_keep_alive(&self, interval: Option<Duration>) -> io::Result<()> {
        let now_ns = self.shared.lock().now_ns();
        let set = self.with(|connection| {
            connection.set_keep_alive(now_ns, interval);
            Poll::Ready(Ok(()))
        });
        match set {
            Poll::Ready(result) => result,
            Poll::Pending => Ok(()),
        }
    }

    pub(crate) fn abort(self) {
        let mut network = self.shared.lock();
        if let Some(connection) = network.connections.get_mut(self.key) {
            connection.reset();
            network.pump(self.key);
        }
    }

    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.with(|connection| connection.poll_read(cx, buffer))
    }

    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.with(|connection| connection.poll_write(cx, bytes))
    }

    /// What was written is on its way already.
    pub(crate) fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    pub(crate) fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|connection| {
            connection.close();
            Poll::Ready(Ok(()))
        })
    }

    /// Does something with the connection and sends what follows from it.
    fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let mut network = self.shared.lock();
        let Some(connection) = network.connections.get_mut(self.key) else {
            return Poll::Ready(Err(gone()));
        };
        let result = work(connection);
        if connection.is_dirty() {
            network.pump(self.key);
        }
        result
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.shared.lock().release(self.key);
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stream({} to {})", self.local, self.remote)
    }
}
