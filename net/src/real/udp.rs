//! A UDP socket of the operating system that no ICMP message can end.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{Interest, ReadBuf};
use tokio::net::UdpSocket;

use super::World;
use super::inbox::Inbox;
use super::outbox::Held;
use super::shaper::{Fate, datagram, nanoseconds};
use crate::host::lock;

/// A UDP socket of the operating system.
pub(crate) struct Socket {
    world: Arc<World>,
    index: usize,
    socket: Arc<UdpSocket>,
    /// As the hosts know it.
    local: SocketAddr,
    /// What a link still keeps from being heard, where links lie before this socket.
    inbox: Option<Mutex<Inbox>>,
}

impl Socket {
    pub(crate) fn new(world: Arc<World>, index: usize, socket: UdpSocket) -> io::Result<Socket> {
        // More than the usual default, as a burst of video must wait for one task; best effort.
        let options = socket2::SockRef::from(&socket);
        let _ = options.set_recv_buffer_size(RECEIVE_BUFFER);
        let _ = options.set_send_buffer_size(RECEIVE_BUFFER);
        let local = world.inside(socket.local_addr()?);
        let socket = Arc::new(socket);
        let inbox = world.way_in().map(|_| Mutex::default());
        Ok(Socket {
            world,
            index,
            socket,
            local,
            inbox,
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
        let way = self.world.way_out(self.index, target.ip());
        if way.is_none() && !self.world.is_lab() {
            return self.send(bytes, target);
        }
        let id = self.world.next_packet.fetch_add(1, Ordering::Relaxed);
        let packet = datagram(self.local, target, bytes, id);
        let now_ns = self.world.now_ns();
        if self.world.is_lab() {
            lock(&self.world.recorder).sent(now_ns, self.index, &packet);
        }
        let Some((links, way)) = way else {
            return self.send(bytes, target);
        };
        match links.shaper.offer(now_ns, way, packet) {
            Fate::Now(payload) => self.send(&payload, target).map(|_| bytes.len()),
            Fate::Later(deliveries) => {
                let outside = self.world.outside(target);
                for delivery in deliveries {
                    links.outbox.hold(Held {
                        until_ns: nanoseconds(delivery.at),
                        order: id,
                        socket: self.socket.clone(),
                        target: outside,
                        payload: delivery.packet.payload,
                    });
                }
                Ok(bytes.len())
            }
            Fate::Lost { reason, .. } => {
                if self.world.is_lab() {
                    lock(&self.world.recorder).dropped(now_ns, id, || reason);
                }
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
        let Some(inbox) = &self.inbox else {
            return self.poll_socket(cx);
        };
        if let Poll::Ready(datagram) = lock(inbox).poll(cx, self.world.start) {
            return Poll::Ready(Ok(datagram));
        }
        loop {
            let (bytes, source) = match self.poll_socket(cx) {
                Poll::Ready(Ok(datagram)) => datagram,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                // Again, to be woken for what has just been put there.
                Poll::Pending => return lock(inbox).poll(cx, self.world.start).map(Ok),
            };
            match self.pass_in(bytes, source) {
                Fate::Now(bytes) => return Poll::Ready(Ok((bytes, source))),
                Fate::Later(deliveries) => {
                    for delivery in deliveries {
                        let until_ns = nanoseconds(delivery.at);
                        lock(inbox).hold(until_ns, delivery.packet.payload, source);
                    }
                }
                Fate::Lost { .. } => {}
            }
        }
    }

    /// Lets a datagram pass the links before this socket.
    fn pass_in(&self, bytes: Bytes, source: SocketAddr) -> Fate {
        let Some((links, way)) = self.world.way_in() else {
            return Fate::Now(bytes);
        };
        let id = self.world.next_packet.fetch_add(1, Ordering::Relaxed);
        let packet = datagram(source, self.local, &bytes, id);
        links.shaper.offer(self.world.now_ns(), way, packet)
    }

    /// The next datagram that the system has.
    fn poll_socket(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Bytes, SocketAddr)>> {
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
