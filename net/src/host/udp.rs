//! A UDP socket of a host.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::ReadBuf;

use crate::departures::Departures;
use crate::{real, turmoil, wire};

/// A UDP socket. All methods take `&self`: several tasks may share it, one of them reading.
pub struct UdpSocket {
    inner: Inner,
}

enum Inner {
    Real(real::udp::Socket),
    Turmoil(turmoil::udp::Socket),
    Wire(wire::udp::Socket),
}

impl UdpSocket {
    pub(crate) fn real(socket: real::udp::Socket) -> UdpSocket {
        UdpSocket {
            inner: Inner::Real(socket),
        }
    }

    pub(crate) fn turmoil(socket: turmoil::udp::Socket) -> UdpSocket {
        UdpSocket {
            inner: Inner::Turmoil(socket),
        }
    }

    pub(crate) fn wire(socket: wire::udp::Socket) -> UdpSocket {
        UdpSocket {
            inner: Inner::Wire(socket),
        }
    }

    /// The address it is bound to.
    pub fn local_addr(&self) -> SocketAddr {
        match &self.inner {
            Inner::Real(socket) => socket.local_addr(),
            Inner::Turmoil(socket) => socket.local_addr(),
            Inner::Wire(socket) => socket.local_addr(),
        }
    }

    /// Sends one datagram, waiting for room if the system has none.
    pub async fn send_to(&self, bytes: &[u8], target: SocketAddr) -> io::Result<usize> {
        match &self.inner {
            Inner::Real(socket) => socket.send_to(bytes, target).await,
            Inner::Turmoil(socket) => socket.send_to(bytes, target).await,
            Inner::Wire(socket) => socket.try_send_to(bytes, target),
        }
    }

    /// Sends one datagram at once, or fails with `WouldBlock`.
    pub fn try_send_to(&self, bytes: &[u8], target: SocketAddr) -> io::Result<usize> {
        match &self.inner {
            Inner::Real(socket) => socket.try_send_to(bytes, target),
            Inner::Turmoil(socket) => socket.try_send_to(bytes, target),
            Inner::Wire(socket) => socket.try_send_to(bytes, target),
        }
    }

    /// Whether datagrams had better be sent together.
    pub(crate) fn may_send_together(&self) -> bool {
        match &self.inner {
            Inner::Real(socket) => socket.may_send_together(),
            Inner::Turmoil(_) | Inner::Wire(_) => false,
        }
    }

    /// Sends all at once; gives how many could not be sent.
    pub(crate) fn send_together(&self, departures: &Departures) -> u64 {
        let is_refused =
            |(target, bytes): &(SocketAddr, &[u8])| self.try_send_to(bytes, *target).is_err();
        match &self.inner {
            Inner::Real(socket) => socket.send_together(departures),
            Inner::Turmoil(_) | Inner::Wire(_) => {
                departures.iter().filter(is_refused).count() as u64
            }
        }
    }

    /// The next datagram and where it came from; what does not fit in `buffer` is cut off.
    pub async fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (bytes, source) = self.recv().await?;
        let len = bytes.len().min(buffer.len());
        buffer[..len].copy_from_slice(&bytes[..len]);
        Ok((len, source))
    }

    /// The next datagram and where it came from.
    pub async fn recv(&self) -> io::Result<(Bytes, SocketAddr)> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// Like [`UdpSocket::recv`]; the last caller is woken.
    pub fn poll_recv(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Bytes, SocketAddr)>> {
        self.poll_recv_armed(cx).map_ok(|(datagram, _)| datagram)
    }

    /// Like [`UdpSocket::recv_from`]; the last caller is woken.
    pub fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        self.poll_recv(cx).map_ok(|(bytes, source)| {
            let len = bytes.len().min(buffer.remaining());
            buffer.put_slice(&bytes[..len]);
            source
        })
    }

    /// A datagram, and whether the caller must ask again to be woken for the next.
    pub(crate) fn poll_recv_armed(&self, cx: &mut Context<'_>) -> Poll<io::Result<Armed>> {
        match &self.inner {
            Inner::Real(socket) => socket.poll_recv(cx),
            Inner::Turmoil(socket) => socket.poll_recv(cx).map_ok(|datagram| (datagram, true)),
            Inner::Wire(socket) => socket.poll_recv(cx),
        }
    }
}

impl std::fmt::Debug for UdpSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UdpSocket({})", self.local_addr())
    }
}

/// A datagram with its source, and whether to ask again.
pub(crate) type Armed = ((Bytes, SocketAddr), bool);
