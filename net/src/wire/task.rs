//! A task on a simulated host: stands still with its host, and its panic ends the run.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use super::Shared;
use crate::host::lock;
use crate::world::{Stopped, panic_message};

/// A future that belongs to a host.
pub(super) struct OnHost<F> {
    shared: Arc<Shared>,
    host: usize,
    pause: Arc<Pause>,
    future: Pin<Box<F>>,
}

/// Whether a host stands still, and who wants to go on afterwards.
#[derive(Debug, Default)]
pub(super) struct Pause {
    is_paused: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

impl<F> OnHost<F> {
    pub(super) fn new(shared: Arc<Shared>, host: usize, pause: Arc<Pause>, future: F) -> OnHost<F> {
        OnHost {
            shared,
            host,
            pause,
            future: Box::pin(future),
        }
    }
}

impl<F: Future<Output = ()>> Future for OnHost<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if this.pause.is_paused.load(Ordering::Relaxed) {
            lock(&this.pause.waiting).push(cx.waker().clone());
            return Poll::Pending;
        }
        if this.shared.count_poll() >= MAX_POLLS {
            // Not polled again, so it cannot wake itself again, and the driver gets its turn.
            this.shared.stop(Stopped::BusyLoop {
                host: this.shared.topology.hosts[this.host].name.clone(),
                at: std::time::Duration::from_nanos(this.shared.now_ns()),
            });
            return Poll::Pending;
        }
        let future = this.future.as_mut();
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(poll) => poll,
            Err(payload) => {
                this.shared.stop(Stopped::TaskPanicked {
                    host: this.shared.topology.hosts[this.host].name.clone(),
                    message: panic_message(&*payload),
                });
                Poll::Ready(())
            }
        }
    }
}

impl Pause {
    pub(super) fn begin(&self) {
        self.is_paused.store(true, Ordering::Relaxed);
    }

    pub(super) fn end(&self) {
        self.is_paused.store(false, Ordering::Relaxed);
        for waker in std::mem::take(&mut *lock(&self.waiting)) {
            waker.wake();
        }
    }
}

/// Polls within one moment that only a task which wakes itself for ever can reach.
pub(super) const MAX_POLLS: u64 = 20_000_000;
