//! Datagrams that leave later than they were sent: one task sends each at its time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

/// Where datagrams wait; the task lives as long as this.
pub(super) struct Outbox {
    held: mpsc::Sender<Held>,
}

/// A datagram that must wait.
pub(super) struct Held {
    pub(super) until_ns: u64,
    /// Among those of the same moment, the lower goes first.
    pub(super) order: u64,
    pub(super) socket: Arc<UdpSocket>,
    pub(super) target: SocketAddr,
    pub(super) payload: Bytes,
}

impl Outbox {
    /// An empty one; needs a runtime.
    pub(super) fn open(now_ns: impl Fn() -> u64 + Send + 'static) -> Self {
        let (held, receiver) = mpsc::channel(MAX_HELD);
        tokio::spawn(send_in_time(receiver, now_ns));
        Self { held }
    }

    /// Keeps a datagram until its time. When full it is as lost as in any full queue.
    pub(super) fn hold(&self, held: Held) {
        let _ = self.held.try_send(held);
    }
}

async fn send_in_time(mut receiver: mpsc::Receiver<Held>, now_ns: impl Fn() -> u64) {
    let mut waiting = BinaryHeap::new();
    loop {
        let now_ns = now_ns();
        while waiting
            .peek()
            .is_some_and(|Reverse(held): &Reverse<Held>| held.until_ns <= now_ns)
        {
            if let Some(Reverse(held)) = waiting.pop() {
                let socket = socket2::SockRef::from(&*held.socket);
                let _ = socket.send_to(&held.payload, &held.target.into());
            }
        }
        let next_ns = waiting.peek().map(|Reverse(held)| held.until_ns - now_ns);
        let pause = Duration::from_nanos(next_ns.unwrap_or(u64::MAX / 4));
        tokio::select! {
            biased;
            held = receiver.recv(), if waiting.len() < MAX_HELD => match held {
                Some(held) => waiting.push(Reverse(held)),
                None => return,
            },
            () = tokio::time::sleep(pause) => {}
        }
    }
}

impl Held {
    fn key(&self) -> (u64, u64) {
        (self.until_ns, self.order)
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// Datagrams that may be under way.
const MAX_HELD: usize = 65_536;
