//! Datagrams that have come in before their time: each waits at its socket until it may be heard.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::time::Sleep;

/// What waits at one socket.
#[derive(Default)]
pub(super) struct Inbox {
    /// By the time of hearing, then in the order of coming.
    waiting: BTreeMap<(u64, u64), (Bytes, SocketAddr)>,
    next: u64,
    /// Set for the first of those waiting.
    alarm: Option<(u64, Pin<Box<Sleep>>)>,
}

impl Inbox {
    /// Keeps a datagram until its time. When full it is as lost as in any full queue.
    pub(super) fn hold(&mut self, until_ns: u64, bytes: Bytes, source: SocketAddr) {
        if self.waiting.len() < MAX_WAITING {
            self.waiting.insert((until_ns, self.next), (bytes, source));
            self.next += 1;
        }
    }

    /// The next datagram whose time has come; the caller is woken when there is another. `start` is the moment that times are
    /// counted from.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        start: Instant,
    ) -> Poll<(Bytes, SocketAddr)> {
        loop {
            let Some((&(until_ns, order), _)) = self.waiting.first_key_value() else {
                self.alarm = None;
                return Poll::Pending;
            };
            let until = start.checked_add(Duration::from_nanos(until_ns));
            let Some(until) = until.map(tokio::time::Instant::from_std) else {
                return Poll::Pending;
            };
            if until <= tokio::time::Instant::now()
                && let Some(datagram) = self.waiting.remove(&(until_ns, order))
            {
                return Poll::Ready(datagram);
            }
            let (set_ns, sleep) = self
                .alarm
                .get_or_insert_with(|| (until_ns, Box::pin(tokio::time::sleep_until(until))));
            if *set_ns != until_ns {
                *set_ns = until_ns;
                sleep.as_mut().reset(until);
            }
            std::task::ready!(sleep.as_mut().poll(cx));
            self.alarm = None;
        }
    }
}

/// Datagrams that may wait at one socket: seconds of many streams of video.
const MAX_WAITING: usize = 65_536;
