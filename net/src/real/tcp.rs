//! TCP sockets of the operating system.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::World;
use super::carrier::Carried;

/// A listening socket.
pub(crate) struct Listener {
    world: Arc<World>,
    host: usize,
    listener: tokio::net::TcpListener,
    local: SocketAddr,
}

impl Listener {
    pub(crate) fn new(
        world: Arc<World>,
        host: usize,
        listener: tokio::net::TcpListener,
    ) -> io::Result<Self> {
        let local = world.inside(listener.local_addr()?);
        Ok(Listener {
            world,
            host,
            listener,
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
        loop {
            let (stream, remote) = std::task::ready!(self.listener.poll_accept(cx))?;
            // A connection that is gone before it is taken is nobody's error.
            if let Ok(stream) = Stream::new(&self.world, self.host, stream) {
                return Poll::Ready(Ok((stream, self.world.inside(remote))));
            }
        }
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listener({})", self.local)
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Stream {
    wire: Wire,
    local: SocketAddr,
    remote: SocketAddr,
}

/// What lies between the party and the system's socket.
#[derive(Debug)]
enum Wire {
    /// Nothing.
    Open(tokio::net::TcpStream),
    /// The links of a fault plan.
    Carried(Carried),
}

impl Stream {
    pub(crate) fn new(
        world: &Arc<World>,
        host: usize,
        stream: tokio::net::TcpStream,
    ) -> io::Result<Stream> {
        // Signalling waits for answers: a small segment must not wait for an acknowledgement.
        stream.set_nodelay(true)?;
        let local = world.inside(stream.local_addr()?);
        let remote = world.inside(stream.peer_addr()?);
        let wire = if world.links.get().is_some() {
            Wire::Carried(Carried::new(world, host, (local, remote), stream)?)
        } else {
            Wire::Open(stream)
        };
        Ok(Stream {
            wire,
            local,
            remote,
        })
    }

    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.local
    }

    pub(crate) fn peer_addr(&self) -> SocketAddr {
        self.remote
    }

    pub(crate) fn set_keep_alive(&self, interval: Option<Duration>) -> io::Result<()> {
        let options = match &self.wire {
            Wire::Open(stream) => socket2::SockRef::from(stream),
            Wire::Carried(carried) => socket2::SockRef::from(&carried.socket),
        };
        match interval {
            None => options.set_keepalive(false),
            Some(interval) => {
                let probes = socket2::TcpKeepalive::new()
                    .with_time(interval)
                    .with_interval(interval);
                options.set_tcp_keepalive(&probes)
            }
        }
    }

    pub(crate) fn abort(self) {
        // A socket that does not linger is closed by a reset, and what it holds is dropped. Where the option cannot be had the
        // connection is gone already.
        match self.wire {
            Wire::Open(stream) => drop(socket2::SockRef::from(&stream).set_linger(NOT_AT_ALL)),
            Wire::Carried(carried) => {
                drop(carried.socket.set_linger(NOT_AT_ALL));
                carried.abort();
            }
        }
    }

    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Open(stream) => Pin::new(stream).poll_read(cx, buffer),
            Wire::Carried(carried) => carried.poll_read(cx, buffer),
        }
    }

    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.wire {
            Wire::Open(stream) => Pin::new(stream).poll_write(cx, bytes),
            Wire::Carried(carried) => Pin::new(&mut carried.pipe).poll_write(cx, bytes),
        }
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Open(stream) => Pin::new(stream).poll_flush(cx),
            Wire::Carried(carried) => Pin::new(&mut carried.pipe).poll_flush(cx),
        }
    }

    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Open(stream) => Pin::new(stream).poll_shutdown(cx),
            Wire::Carried(carried) => Pin::new(&mut carried.pipe).poll_shutdown(cx),
        }
    }
}

/// RFC 9293 §3.10.5 by the name that sockets have for it.
const NOT_AT_ALL: Option<Duration> = Some(Duration::ZERO);
