//! A UDP socket of the operating system that no ICMP message can end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{Interest, ReadBuf};
use tokio::net::UdpSocket;

use super::World;
use super::lab::Lab;
use super::shaper::{Fate, datagram};
use crate::host::lock;

/// A UDP socket of the operating system.
pub(crate) struct Socket {
    world: Arc<World>,
    index: usize,
    socket: Arc<UdpSocket>,
    /// As the hosts know it.
    local: SocketAddr,
}

impl Socket {
    pub(crate) fn new(world: Arc<World>, index: usize, socket: UdpSocket) -> io::Result<Socket> {
        // More than the usual default, as a burst of video must wait for one task; best effort.
        let options = socket2::SockRef::from(&socket);
        let _ = options.set_recv_buffer_size(RECEIVE_BUFFER);
        let _ = options.set_send_buffer_size(RECEIVE_BUFFER);
        let local = world.inside(socket.local_addr()?);
        let socket = Arc::new(socket);
        Ok(Socket {
            world,
            index,
            socket,
            local,
        })
    }

    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.local
    }

    pub(crate) async fn send_to(&self, bytes: &[u8], target: SocketAddr) -> io::Result<usize> {
        match self.try_send_to(bytes, target) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let send = || self.try_send_to(bytes, target);
                self.socket.async_io(Interest::WRITABLE, send).await
            }
            result => result,
        }
    }

    /// Asks the system itself: tokio would say `WouldBlock` until it has seen the socket writable.
    pub(crate) fn try_send_to(&self, bytes: &[u8], target: SocketAddr) -> io::Result<usize> {
        if !self.world.is_lab() {
            return self.send(bytes, target);
        }
        let id = self.world.next_packet.fetch_add(1, Ordering::Relaxed);
        let packet = datagram(self.local, target, bytes, id);
        let now_ns = self.world.now_ns();
        lock(&self.world.recorder).sent(now_ns, self.index, &packet);
        let receiver = Lab::index(target.ip());
        let (Some(links), Some(receiver)) = (self.world.links.get(), receiver) else {
            return self.send(bytes, target);
        };
        let outside = self.world.outside(target);
        let ends = (self.index, receiver);
        match links
            .shaper
            .offer(now_ns, ends, packet, (&self.socket, outside))
        {
            Fate::Now(payload) => self.send(&payload, target).map(|_| bytes.len()),
            Fate::Held => Ok(bytes.len()),
            Fate::Lost(reason) => {
                lock(&self.world.recorder).dropped(now_ns, id, || reason);
                Ok(bytes.len())
            }
        }
    }

    fn send(&self, bytes: &[u8], target: SocketAddr) -> io::Result<usize> {
        let target = self.world.outside(target).into();
        let socket = socket2::SockRef::from(&*self.socket);
        match socket.send_to(bytes, &target) {
            // An ICMP message about an earlier datagram: not about this one, so send it again.
            Err(error) if is_icmp(&error) => socket.send_to(bytes, &target),
            result => result,
        }
    }

    pub(crate) fn poll_recv(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Bytes, SocketAddr)>> {
        let mut space = [std::mem::MaybeUninit::uninit(); MAX_DATAGRAM];
        let mut icmp_count = 0;
        loop {
            let mut buffer = ReadBuf::uninit(&mut space);
            match std::task::ready!(self.socket.poll_recv_from(cx, &mut buffer)) {
                Ok(source) => {
                    let bytes = Bytes::copy_from_slice(buffer.filled());
                    let source = self.world.inside(source);
                    if self.world.is_lab() {
                        let packet = datagram(source, self.local, &bytes, u64::MAX);
                        let now_ns = self.world.now_ns();
                        lock(&self.world.recorder).arrived(now_ns, self.index, &packet);
                    }
                    return Poll::Ready(Ok((bytes, source)));
                }
                Err(error) if is_icmp(&error) && icmp_count < MAX_ICMP => icmp_count += 1,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

/// Whether the error only says that an earlier datagram found nobody.
fn is_icmp(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable};
    let kind = error.kind();
    [
        ConnectionRefused,
        ConnectionReset,
        HostUnreachable,
        NetworkUnreachable,
    ]
    .contains(&kind)
}

/// Largest UDP payload and a little more.
const MAX_DATAGRAM: usize = 65_536;
/// About a second of ten video streams.
const RECEIVE_BUFFER: usize = 2 << 20;
/// Errors read in a row before the caller hears of one.
const MAX_ICMP: u32 = 64;
