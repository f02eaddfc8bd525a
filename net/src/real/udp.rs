//! A UDP socket of the operating system that no ICMP message can end.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::World;
use super::inbox::Inbox;
use super::many::{self, Rest};
use super::outbox::Held;
use super::shaper::{Fate, datagram, nanoseconds};
use crate::departures::Departures;
use crate::host::lock;
use crate::host::udp::Armed;

/// A UDP socket of the operating system.
pub(crate) struct Socket {
    world: Arc<World>,
    index: usize,
    socket: Arc<UdpSocket>,
    /// As the hosts know it.
    local: SocketAddr,
    /// What was received with others and waits to be asked for.
    waiting: Mutex<VecDeque<(Bytes, SocketAddr)>>,
    /// What a link still keeps from being heard, where links lie before this socket.
    inbox: Option<Mutex<Inbox>>,
}

impl Socket {
    pub(crate) fn new(world: Arc<World>, index: usize, socket: UdpSocket) -> io::Result<Socket> {
        // More than the usual default, as a burst of video must wait for one task; best effort.
        let options = socket2::SockRef::from(&socket);
        let _ = options.set_recv_buffer_size(RECEIVE_BUFFER);
        let _ = options.set_send_buffer_size(RECEIVE_BUFFER);
        many::accept_runs(&socket);
        let local = world.inside(socket.local_addr()?);
        let socket = Arc::new(socket);
        let inbox = world.way_in().map(|_| Mutex::default());
        Ok(Socket {
            world,
            index,
            socket,
            local,
            waiting: Mutex::default(),
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

    /// Whether datagrams may leave together: nothing of ours lies on the way that each must pass, or be recorded at.
    pub(crate) fn may_send_together(&self) -> bool {
        !self.world.is_lab() && self.world.links.get().is_none()
    }

    /// Sends all, never waiting; gives how many could not be sent.
    pub(crate) fn send_together(&self, departures: &Departures) -> u64 {
        if departures.len() > 1 && self.may_send_together() {
            return lock(&self.world.sender).send(&self.socket, departures);
        }
        let is_refused =
            |(target, bytes): &(SocketAddr, &[u8])| self.try_send_to(bytes, *target).is_err();
        departures.iter().filter(is_refused).count() as u64
    }

    /// A datagram, and whether to ask again for the next; if not, the caller is woken for it.
    pub(crate) fn poll_recv(&self, cx: &mut Context<'_>) -> Poll<io::Result<Armed>> {
        if let Some(inbox) = &self.inbox {
            return self
                .poll_inbox(inbox, cx)
                .map_ok(|datagram| (datagram, true));
        }
        let datagram = ready!(self.poll_socket(cx))?;
        let is_armed =
            lock(&self.waiting).is_empty() && self.socket.poll_recv_ready(cx).is_pending();
        Poll::Ready(Ok((datagram, !is_armed)))
    }

    fn poll_inbox(
        &self,
        inbox: &Mutex<Inbox>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Bytes, SocketAddr)>> {
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
        let mut icmp_count = 0;
        loop {
            let mut waiting = lock(&self.waiting);
            if let Some((bytes, source)) = waiting.pop_front() {
                drop(waiting);
                let source = self.on_received(source, &bytes);
                return Poll::Ready(Ok((bytes, source)));
            }
            ready!(self.socket.poll_recv_ready(cx))?;
            let received = self.socket.try_io(Interest::READABLE, || {
                let take = |bytes, source| waiting.push_back((bytes, source));
                match lock(&self.world.receiver).receive(&self.socket, take)? {
                    // The runtime learns by this error, and by no other way, that it has to look for news.
                    Rest::Nothing => Err(io::ErrorKind::WouldBlock.into()),
                    Rest::Perhaps => Ok(()),
                }
            });
            match received {
                Err(error) if is_icmp(&error) && icmp_count < MAX_ICMP => icmp_count += 1,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                    return Poll::Ready(Err(error));
                }
                Ok(()) | Err(_) => {}
            }
        }
    }

    /// The source as the hosts know it; a laboratory records what arrives.
    fn on_received(&self, source: SocketAddr, bytes: &[u8]) -> SocketAddr {
        let source = self.world.inside(source);
        if self.world.is_lab() {
            let packet = datagram(source, self.local, bytes, u64::MAX);
            let now_ns = self.world.now_ns();
            lock(&self.world.recorder).arrived(now_ns, self.index, &packet);
        }
        source
    }
}

/// Whether the error only says that an earlier datagram found nobody.
pub(super) fn is_icmp(error: &io::Error) -> bool {
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

/// About a second of ten video streams.
const RECEIVE_BUFFER: usize = 2 << 20;
/// Errors read in a row before the caller hears of one.
const MAX_ICMP: u32 = 64;
