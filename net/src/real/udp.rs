//! A UDP socket of the operating system that no ICMP message can end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{Interest, ReadBuf};
use tokio::net::UdpSocket;

use super::World;

/// A UDP socket of the operating system.
pub(crate) struct Socket {
    world: Arc<World>,
    socket: UdpSocket,
    /// As the hosts know it.
    local: SocketAddr,
}

impl Socket {
    pub(crate) fn new(world: Arc<World>, socket: UdpSocket) -> io::Result<Socket> {
        // More than the usual default, as a burst of video must wait for one task; best effort.
        let options = socket2::SockRef::from(&socket);
        let _ = options.set_recv_buffer_size(RECEIVE_BUFFER);
        let _ = options.set_send_buffer_size(RECEIVE_BUFFER);
        let local = world.inside(socket.local_addr()?);
        Ok(Socket {
            world,
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
        let target = self.world.outside(target).into();
        let socket = socket2::SockRef::from(&self.socket);
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
                    return Poll::Ready(Ok((bytes, self.world.inside(source))));
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
    [ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable].contains(&kind)
}

/// Largest UDP payload and a little more.
const MAX_DATAGRAM: usize = 65_536;
/// About a second of ten video streams.
const RECEIVE_BUFFER: usize = 2 << 20;
/// Errors read in a row before the caller hears of one.
const MAX_ICMP: u32 = 64;
