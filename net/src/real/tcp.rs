//! TCP sockets of the operating system.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::World;

/// A listening socket.
pub(crate) struct Listener {
    world: Arc<World>,
    listener: tokio::net::TcpListener,
    local: SocketAddr,
}

impl Listener {
    pub(crate) fn new(world: Arc<World>, listener: tokio::net::TcpListener) -> io::Result<Self> {
        let local = world.inside(listener.local_addr()?);
        Ok(Listener {
            world,
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
            if let Ok(stream) = Stream::new(&self.world, stream) {
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
    stream: tokio::net::TcpStream,
    local: SocketAddr,
    remote: SocketAddr,
}

impl Stream {
    pub(crate) fn new(world: &World, stream: tokio::net::TcpStream) -> io::Result<Stream> {
        // Signalling waits for answers: a small segment must not wait for an acknowledgement.
        stream.set_nodelay(true)?;
        let local = world.inside(stream.local_addr()?);
        let remote = world.inside(stream.peer_addr()?);
        Ok(Stream {
            stream,
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
        let options = socket2::SockRef::from(&self.stream);
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

    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }

    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
