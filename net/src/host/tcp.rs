//! TCP sockets of a host: one that accepts, and a connection.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{real, turmoil, wire};

/// A TCP socket that accepts connections.
#[derive(Debug)]
pub struct TcpListener {
    inner: ListenerInner,
}

#[derive(Debug)]
enum ListenerInner {
    Real(real::tcp::Listener),
    Turmoil(turmoil::tcp::Listener),
    Wire(wire::tcp::Listener),
}

impl TcpListener {
    pub(crate) fn real(listener: real::tcp::Listener) -> TcpListener {
        TcpListener {
            inner: ListenerInner::Real(listener),
        }
    }

    pub(crate) fn turmoil(listener: turmoil::tcp::Listener) -> TcpListener {
        TcpListener {
            inner: ListenerInner::Turmoil(listener),
        }
    }

    pub(crate) fn wire(listener: wire::tcp::Listener) -> TcpListener {
        TcpListener {
            inner: ListenerInner::Wire(listener),
        }
    }

    /// The address it is bound to.
    pub fn local_addr(&self) -> SocketAddr {
        match &self.inner {
            ListenerInner::Real(listener) => listener.local_addr(),
            ListenerInner::Turmoil(listener) => listener.local_addr(),
            ListenerInner::Wire(listener) => listener.local_addr(),
        }
    }

    /// The next connection and the address of its far end.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        poll_fn(|cx| self.poll_accept(cx)).await
    }

    /// Like [`TcpListener::accept`]; the last caller is woken.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        match &self.inner {
            ListenerInner::Real(listener) => listener
                .poll_accept(cx)
                .map_ok(|(stream, remote)| (TcpStream::real(stream), remote)),
            ListenerInner::Turmoil(listener) => listener
                .poll_accept(cx)
                .map_ok(|(stream, remote)| (TcpStream::turmoil(stream), remote)),
            ListenerInner::Wire(listener) => listener
                .poll_accept(cx)
                .map_ok(|(stream, remote)| (TcpStream::wire(stream), remote)),
        }
    }
}

/// A TCP connection. Dropping it closes it; with unread data the far end sees a reset.
#[derive(Debug)]
pub struct TcpStream {
    inner: StreamInner,
}

#[derive(Debug)]
enum StreamInner {
    Real(real::tcp::Stream),
    Turmoil(turmoil::tcp::Stream),
    Wire(wire::tcp::Stream),
}

impl TcpStream {
    pub(crate) fn real(stream: real::tcp::Stream) -> TcpStream {
        TcpStream {
            inner: StreamInner::Real(stream),
        }
    }

    pub(crate) fn turmoil(stream: turmoil::tcp::Stream) -> TcpStream {
        TcpStream {
            inner: StreamInner::Turmoil(stream),
        }
    }

    pub(crate) fn wire(stream: wire::tcp::Stream) -> TcpStream {
        TcpStream {
            inner: StreamInner::Wire(stream),
        }
    }

    /// This end's address.
    pub fn local_addr(&self) -> SocketAddr {
        match &self.inner {
            StreamInner::Real(stream) => stream.local_addr(),
            StreamInner::Turmoil(stream) => stream.local_addr(),
            StreamInner::Wire(stream) => stream.local_addr(),
        }
    }

    /// The far end's address.
    pub fn peer_addr(&self) -> SocketAddr {
        match &self.inner {
            StreamInner::Real(stream) => stream.peer_addr(),
            StreamInner::Turmoil(stream) => stream.peer_addr(),
            StreamInner::Wire(stream) => stream.peer_addr(),
        }
    }

    /// Ends the connection at once: what waits to be sent is dropped, the far end sees a reset (RFC 9293 §3.10.5).
    pub fn abort(self) {
        match self.inner {
            StreamInner::Real(stream) => stream.abort(),
            StreamInner::Turmoil(stream) => stream.abort(),
            StreamInner::Wire(stream) => stream.abort(),
        }
    }

    /// Tells the trace of a simulation what was said over this connection before it was protected.
    pub(crate) fn note_said(&self, pieces: &[io::IoSlice<'_>], len: usize) {
        match &self.inner {
            StreamInner::Wire(stream) => stream.note_said(pieces, len),
            // Their packets are not kept, or nobody's business.
            StreamInner::Turmoil(_) | StreamInner::Real(_) => {}
        }
    }

    /// Probes a silent far end after each `interval` (RFC 9293 §3.8.4); `None` turns it off.
    pub fn set_keep_alive(&self, interval: Option<Duration>) -> io::Result<()> {
        match &self.inner {
            StreamInner::Real(stream) => stream.set_keep_alive(interval),
            // turmoil's connections know no silence: a crash of the far end is seen at once.
            StreamInner::Turmoil(_) => Ok(()),
            StreamInner::Wire(stream) => stream.set_keep_alive(interval),
        }
    }
}

impl AsyncRead for TcpStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.inner {
            StreamInner::Real(stream) => stream.poll_read(cx, buffer),
            StreamInner::Turmoil(stream) => stream.poll_read(cx, buffer),
            StreamInner::Wire(stream) => stream.poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for TcpStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.inner {
            StreamInner::Real(stream) => stream.poll_write(cx, bytes),
            StreamInner::Turmoil(stream) => stream.poll_write(cx, bytes),
            StreamInner::Wire(stream) => stream.poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            StreamInner::Real(stream) => stream.poll_flush(cx),
            StreamInner::Turmoil(stream) => stream.poll_flush(cx),
            StreamInner::Wire(stream) => stream.poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            StreamInner::Real(stream) => stream.poll_shutdown(cx),
            StreamInner::Turmoil(stream) => stream.poll_shutdown(cx),
            StreamInner::Wire(stream) => stream.poll_shutdown(cx),
        }
    }
}
