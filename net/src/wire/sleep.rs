//! A host's timer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::Shared;
use super::network::Event;
use super::timeline::Ticket;

/// Ready when world time has reached a moment, to the nanosecond.
pub(super) struct Sleep<'a> {
    shared: &'a Arc<Shared>,
    until_ns: u64,
    ticket: Option<Ticket>,
}

impl<'a> Sleep<'a> {
    pub(super) fn new(shared: &'a Arc<Shared>, until_ns: u64) -> Sleep<'a> {
        Sleep {
            shared,
            until_ns,
            ticket: None,
        }
    }
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut network = self.shared.lock();
        if network.now_ns() >= self.until_ns {
            return Poll::Ready(());
        }
        if self.until_ns == u64::MAX {
            // Never: no need to plan it.
            return Poll::Pending;
        }
        let planned = self
            .ticket
            .and_then(|ticket| network.timeline.get_mut(ticket));
        let mut old = None;
        match planned {
            Some(Event::Wake(waker)) => {
                if !waker.will_wake(cx.waker()) {
                    old = Some(std::mem::replace(waker, cx.waker().clone()));
                }
            }
            _ => {
                let event = Event::Wake(cx.waker().clone());
                let ticket = network.schedule(self.until_ns, event);
                drop(network);
                self.ticket = Some(ticket);
                return Poll::Pending;
            }
        }
        drop(network);
        drop(old);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let event = self.shared.lock().timeline.cancel(ticket);
            drop(event);
        }
    }
}
