//! One end of a connection: smoltcp's interface and socket, with nothing else on it.
//!
//! ```text
//! opening ──SYN|ACK──► established ──► closing (either way first) ──► over
//!    └─ refused, timed out ─────────── reset, timed out ──────────────┘
//! ```
//!
//! The stack decides what to send and when it wants to be asked again; this file adds what to tell
//! the party, and [`Patience`] how long to try.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use tokio::io::ReadBuf;

use super::device::{Device, instant, interface};
use super::patience::{Patience, Phase};
use super::segment;
use crate::packet::Packet;
use crate::wire::slab::Key;
use crate::wire::timeline::Ticket;

/// One end of a connection.
pub(in crate::wire) struct Connection {
    pub(super) host: usize,
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
    /// Set until the party has accepted it.
    pub(super) listener: Option<Key>,
    pub(super) timer: Option<(u64, Ticket)>,
    interface: Interface,
    device: Device,
    sockets: SocketSet<'static>,
    handle: SocketHandle,
    seed: u64,
    reader: Option<Waker>,
    writer: Option<Waker>,
    /// Why it is over, if not in order.
    ending: Option<io::ErrorKind>,
    is_dirty: bool,
    is_established: bool,
    patience: Patience,
    last_ack: Option<u32>,
}

impl Connection {
    pub(super) fn new(
        host: usize,
        local: SocketAddr,
        remote: SocketAddr,
        seed: u64,
        now_ns: u64,
    ) -> Connection {
        let mut device = Device::ethernet();
        let interface = interface(&mut device, local, seed, now_ns);
        let buffer = || SocketBuffer::new(vec![0; BUFFER_SIZE]);
        let mut socket = Socket::new(buffer(), buffer());
        // Signalling waits for answers: a small segment must not wait for an acknowledgement.
        socket.set_nagle_enabled(false);
        let mut sockets = SocketSet::new(Vec::new());
        let handle = sockets.add(socket);
        Connection {
            host,
            local,
            remote,
            listener: None,
            timer: None,
            interface,
            device,
            sockets,
            handle,
            seed,
            reader: None,
            writer: None,
            ending: None,
            is_dirty: false,
            is_established: false,
            patience: Patience::new(now_ns),
            last_ack: None,
        }
    }

    /// Begins the handshake.
    pub(super) fn open(&mut self) -> io::Result<()> {
        let socket = self.sockets.get_mut::<Socket<'_>>(self.handle);
        let context = self.interface.context();
        let opened = socket.connect(context, self.remote, self.local);
        opened.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))
    }

    /// Awaits the segment that begins the handshake.
    pub(super) fn listen(&mut self) -> io::Result<()> {
        let socket = self.sockets.get_mut::<Socket<'_>>(self.handle);
        let listening = socket.listen(self.local);
        listening.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))
    }

    /// A segment has come in.
    pub(super) fn receive(&mut self, now_ns: u64, packet: &Packet, wakes: &mut Vec<Waker>) {
        self.patience.on_heard(now_ns);
        let ack = segment::acknowledged(&packet.payload);
        let is_repeated = ack.is_some() && ack == self.last_ack;
        self.last_ack = ack.or(self.last_ack);
        if is_repeated && segment::is_bare(&packet.payload) && self.awaits_last_ack() {
            return;
        }
        let mut frame = std::mem::take(&mut self.device.space);
        segment::write_frame(packet, &mut frame);
        self.device.received = Some(frame);
        let is_reset = segment::is_reset(&packet.payload);
        self.run(now_ns, is_reset, wakes);
        if self.is_released() && self.socket().recv_queue() > 0 {
            // Nobody will ever read it: tell the far end so (RFC 9293 §3.6.1).
            self.reset();
            self.run(now_ns, false, wakes);
        }
    }

    /// Lets the stack work: timers, retransmissions, what the party has asked for.
    pub(super) fn run(&mut self, now_ns: u64, is_reset: bool, wakes: &mut Vec<Waker>) {
        self.is_dirty = false;
        let (before, had, queued) = self.outline();
        if self.give_up_ns().is_some_and(|at_ns| at_ns <= now_ns) {
            self.ending = Some(io::ErrorKind::TimedOut);
            self.reset();
            if !self.is_established {
                // Nobody answered, so there is nobody to be told.
                self.device.is_mute = true;
            }
        }
        let now = instant(now_ns);
        self.interface
            .poll(now, &mut self.device, &mut self.sockets);
        let (after, has, left) = self.outline();
        if after == State::Closed && before != State::Closed && is_reset {
            let refused = before == State::SynSent;
            let kind = if refused {
                io::ErrorKind::ConnectionRefused
            } else {
                io::ErrorKind::ConnectionReset
            };
            self.ending.get_or_insert(kind);
        }
        self.is_established |= !matches!(
            after,
            State::Closed | State::Listen | State::SynSent | State::SynReceived
        );
        self.patience.on_queue(now_ns, left);
        let is_changed = before != after || self.ending.is_some();
        if is_changed || had != has {
            wakes.extend(self.reader.take());
        }
        if is_changed || left < queued {
            wakes.extend(self.writer.take());
        }
    }

    /// The segments that the stack has written.
    pub(super) fn take_segments(&mut self) -> std::vec::Drain<'_, Bytes> {
        self.device.sent.drain(..)
    }

    /// When [`Connection::run`] must be called again.
    pub(super) fn next_ns(&mut self, now_ns: u64) -> Option<u64> {
        let at = self.interface.poll_at(instant(now_ns), &self.sockets);
        let at_ns = at.map(|at| u64::try_from(at.total_micros()).unwrap_or(0) * 1000);
        let at_ns = match (at_ns, self.give_up_ns()) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        // The stack's clock has microseconds; what it wants now, it has just got.
        at_ns.map(|at_ns| at_ns.max(now_ns + 1000))
    }

    /// The party or the network has asked for something that makes segments.
    pub(super) fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    /// Established, by both ends.
    pub(super) fn is_established(&self) -> bool {
        self.is_established
    }

    /// Over: no segment belongs to it any more.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.socket().state(), State::Closed | State::Listen)
    }

    /// Closed by both ends, only waiting for stray segments (RFC 9293 §3.6.1).
    pub(super) fn is_waiting_for_strays(&self) -> bool {
        self.socket().state() == State::TimeWait
    }

    pub(super) fn is_released(&self) -> bool {
        self.patience.is_released()
    }

    pub(super) fn poll_connected(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(kind) = self.ending {
            return Poll::Ready(Err(kind.into()));
        }
        if self.is_established {
            return Poll::Ready(Ok(()));
        }
        self.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let socket = self.sockets.get_mut::<Socket<'_>>(self.handle);
        if socket.recv_queue() > 0 {
            // The stack's buffer is a ring: two pieces may be waiting.
            while socket.recv_queue() > 0 && buffer.remaining() > 0 {
                let read = socket.recv(|bytes| {
                    let len = bytes.len().min(buffer.remaining());
                    buffer.put_slice(&bytes[..len]);
                    (len, ())
                });
                if read.is_err() {
                    break;
                }
            }
            self.is_dirty = true;
            return Poll::Ready(Ok(()));
        }
        if let Some(kind) = self.ending {
            return Poll::Ready(Err(kind.into()));
        }
        if !socket.may_recv() {
            return Poll::Ready(Ok(()));
        }
        self.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(kind) = self.ending {
            return Poll::Ready(Err(kind.into()));
        }
        let socket = self.sockets.get_mut::<Socket<'_>>(self.handle);
        if !socket.may_send() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        match socket.send_slice(bytes) {
            Ok(sent) if sent > 0 || bytes.is_empty() => {
                self.is_dirty = true;
                Poll::Ready(Ok(sent))
            }
            Ok(_) | Err(_) => {
                self.writer = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Says the last word; the far end may still speak.
    pub(super) fn close(&mut self) {
        self.socket_mut().close();
        self.is_dirty = true;
    }

    /// The party has let go: what it wrote is still sent, what it did not read is lost.
    pub(super) fn release(&mut self, now_ns: u64) {
        self.patience.on_release(now_ns);
        let is_unread = self.socket().recv_queue() > 0;
        if !self.is_established {
            self.device.is_mute = true;
            self.reset();
        } else if is_unread {
            self.reset();
        } else {
            self.socket_mut().close();
        }
    }

    /// Ends at once; the far end sees a reset.
    pub(super) fn reset(&mut self) {
        self.device.is_given_up = true;
        self.socket_mut().abort();
    }

    /// Ends without a word, as when a host dies; the party sees an abort.
    pub(super) fn kill(&mut self, wakes: &mut Vec<Waker>) {
        self.ending = Some(io::ErrorKind::ConnectionAborted);
        self.device.is_mute = true;
        self.reset();
        wakes.extend(self.reader.take());
        wakes.extend(self.writer.take());
    }

    pub(super) fn set_keep_alive(&mut self, now_ns: u64, interval: Option<Duration>) {
        self.patience.on_keep_alive(now_ns, interval);
        let interval = interval.map(|interval| {
            let us = u64::try_from(interval.as_micros()).unwrap_or(u64::MAX);
            smoltcp::time::Duration::from_micros(us)
        });
        self.socket_mut().set_keep_alive(interval);
        self.is_dirty = true;
    }

    /// A segment of `size` bytes was too large for some link: the next ones are smaller
    /// (RFC 1191 §7.1, the table of plateaus).
    pub(super) fn shrink(&mut self, now_ns: u64, size: usize) {
        let plateau = PLATEAUS.into_iter().find(|plateau| *plateau < size);
        let mtu = plateau.unwrap_or(MIN_MTU);
        if mtu < self.device.mtu {
            self.device.mtu = mtu;
            self.interface = interface(&mut self.device, self.local, self.seed, now_ns);
            self.is_dirty = true;
        }
    }

    /// Whether only the end of the stream is unacknowledged. smoltcp 0.14 would answer three
    /// repeated acknowledgements by a fast retransmission of data that is not there, and forget
    /// its timer: so they are not shown to it.
    fn awaits_last_ack(&self) -> bool {
        let (state, _, queued) = self.outline();
        queued == 0 && matches!(state, State::FinWait1 | State::Closing | State::LastAck)
    }

    /// When this end stops trying.
    fn give_up_ns(&self) -> Option<u64> {
        let phase = match self.socket().state() {
            State::Closed | State::Listen => Phase::Over,
            State::SynSent | State::SynReceived => Phase::Handshake,
            State::Established | State::CloseWait => Phase::Open,
            State::FinWait1 | State::Closing | State::LastAck => Phase::Open,
            State::FinWait2 => Phase::Listening,
            State::TimeWait => Phase::Strays,
        };
        self.patience.ends_ns(phase)
    }

    fn outline(&self) -> (State, usize, usize) {
        let socket = self.socket();
        (socket.state(), socket.recv_queue(), socket.send_queue())
    }

    fn socket(&self) -> &Socket<'static> {
        self.sockets.get(self.handle)
    }

    fn socket_mut(&mut self) -> &mut Socket<'static> {
        self.sockets.get_mut(self.handle)
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.socket().state();
        write!(f, "Connection({} to {}: {state})", self.local, self.remote)
    }
}

/// Bytes that may wait in each direction.
const BUFFER_SIZE: usize = 64 << 10;
/// RFC 1191 §7.1, and the least of IPv6 (RFC 8200 §5).
const PLATEAUS: [usize; 7] = [1492, 1280, 1006, 576, 508, 296, 128];
/// RFC 791 §3.2: every link carries 68 bytes; with TCP there must be room for some data.
const MIN_MTU: usize = 96;
