//! A UDP socket owned by a task inside its turmoil host.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{World, unspecified};
use crate::host::lock;

/// The handle that a party holds.
pub(crate) struct Socket {
    local: SocketAddr,
    inbox: Arc<Inbox>,
    outbox: mpsc::Sender<(Bytes, SocketAddr)>,
}

/// Datagrams that wait to be read.
#[derive(Default)]
struct Inbox {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<(Bytes, SocketAddr)>,
    waker: Option<Waker>,
    is_closed: bool,
}

/// Binds inside the turmoil host that polls this, and leaves a task there that owns the socket.
pub(super) async fn open(
    world: Arc<World>,
    index: usize,
    address: IpAddr,
    port: u16,
) -> io::Result<Socket> {
    let socket = ::turmoil::net::UdpSocket::bind(unspecified(address, port)).await?;
    let local = SocketAddr::new(address, socket.local_addr()?.port());
    let inbox = Arc::new(Inbox::default());
    let (outbox, waiting) = mpsc::channel(OUTBOX);
    let pump = Pump {
        world,
        index,
        local,
        socket,
        inbox: inbox.clone(),
    };
    tokio::spawn(pump.run(waiting));
    Ok(Socket {
        local,
        inbox,
        outbox,
    })
}

impl Socket {
    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.local
    }

    pub(crate) async fn send_to(&self, bytes: &[u8], target: SocketAddr) -> io::Result<usize> {
        let datagram = (Bytes::copy_from_slice(bytes), target);
        self.outbox
            .send(datagram)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::NetworkDown))?;
        Ok(bytes.len())
    }

    pub(crate) fn try_send_to(&self, bytes: &[u8], target: SocketAddr) -> io::Result<usize> {
        match self
            .outbox
            .try_send((Bytes::copy_from_slice(bytes), target))
        {
            Ok(()) => Ok(bytes.len()),
            Err(mpsc::error::TrySendError::Full(_)) => Err(io::ErrorKind::WouldBlock.into()),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(io::ErrorKind::NetworkDown.into()),
        }
    }

    pub(crate) fn poll_recv(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Bytes, SocketAddr)>> {
        let mut state = lock(&self.inbox.state);
        match state.queue.pop_front() {
            Some(datagram) => Poll::Ready(Ok(datagram)),
            None if state.is_closed => Poll::Ready(Err(io::ErrorKind::NetworkDown.into())),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// The task that owns the socket: ends when the handle is gone or the host crashes.
struct Pump {
    world: Arc<World>,
    index: usize,
    local: SocketAddr,
    socket: ::turmoil::net::UdpSocket,
    inbox: Arc<Inbox>,
}

impl Pump {
    async fn run(self, mut waiting: mpsc::Receiver<(Bytes, SocketAddr)>) {
        let mut buffer = vec![0; MAX_DATAGRAM];
        loop {
            tokio::select! {
                biased;
                out = waiting.recv() => match out {
                    Some((bytes, target)) => self.send(bytes, target).await,
                    None => return,
                },
                heard = self.socket.recv_from(&mut buffer) => if let Ok((len, source)) = heard {
                    self.hear(Bytes::copy_from_slice(&buffer[..len]), source);
                },
            }
        }
    }

    /// An address that nobody has is silence, as it is on a real network.
    async fn send(&self, bytes: Bytes, target: SocketAddr) {
        let at_ns = self.world.now_ns();
        let packet = self.world.datagram(self.local, target, bytes);
        lock(self.world.recorder()).sent(at_ns, self.index, &packet);
        if let Err(error) = self.socket.send_to(&packet.payload, target).await {
            lock(self.world.recorder()).dropped(at_ns, packet.id, || format!("turmoil: {error}"));
        }
    }

    fn hear(&self, bytes: Bytes, source: SocketAddr) {
        let packet = self.world.datagram(source, self.local, bytes.clone());
        lock(self.world.recorder()).arrived(self.world.now_ns(), self.index, &packet);
        let mut state = lock(&self.inbox.state);
        if state.queue.len() < INBOX {
            state.queue.push_back((bytes, source));
        }
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        let mut state = lock(&self.inbox.state);
        state.is_closed = true;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Socket({})", self.local)
    }
}

/// Largest UDP payload.
const MAX_DATAGRAM: usize = 65_535;
/// Datagrams that may wait for the owning task.
const OUTBOX: usize = 1024;
/// Datagrams that may wait for the party; one more is dropped, as by an operating system.
const INBOX: usize = 1024;
