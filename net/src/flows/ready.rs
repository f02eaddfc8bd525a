//! Which flows have something to do: each is in the queue at most once.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use crate::host::lock;

/// The queue of flows that wait for their turn, and the task that gives turns.
#[derive(Debug, Default)]
pub(super) struct Ready {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    queue: VecDeque<u64>,
    party: Option<Waker>,
}

impl Ready {
    /// The next flow; without one the task of `cx` will be woken when there is one.
    pub(super) fn take(&self, cx: &mut Context<'_>) -> Option<u64> {
        let mut inner = lock(&self.inner);
        let flow = inner.queue.pop_front();
        if flow.is_none()
            && !inner
                .party
                .as_ref()
                .is_some_and(|p| p.will_wake(cx.waker()))
        {
            inner.party = Some(cx.waker().clone());
        }
        flow
    }
}

/// The waker of one flow.
#[derive(Debug)]
pub(super) struct Mark {
    flow: u64,
    is_queued: AtomicBool,
    ready: Arc<Ready>,
}

impl Mark {
    pub(super) fn new(flow: u64, ready: Arc<Ready>) -> Mark {
        Mark {
            flow,
            is_queued: AtomicBool::new(false),
            ready,
        }
    }

    /// The turn begins: whoever marks the flow from now on means the next turn.
    pub(super) fn begin(&self) {
        self.is_queued.store(false, Ordering::Release);
    }

    /// Puts the flow in the queue and wakes the party.
    pub(super) fn set(&self) {
        if self.is_queued.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut inner = lock(&self.ready.inner);
        inner.queue.push_back(self.flow);
        let party = inner.party.take();
        drop(inner);
        if let Some(party) = party {
            party.wake();
        }
    }
}

impl Wake for Mark {
    fn wake(self: Arc<Self>) {
        self.set();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.set();
    }
}
