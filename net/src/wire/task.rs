//! Tasks of simulated hosts, and the queue of those that want to run.
//!
//! They are polled by the driver itself, in the order in which they were woken: a packet then
//! costs no turn of the runtime's scheduler. Tasks that libraries spawn on the runtime live
//! beside them and get their turn whenever there are any.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use futures_util::task::{ArcWake, waker_ref};

use crate::host::lock;
use crate::world::panic_message;

/// Tasks that want to run.
#[derive(Default)]
pub(super) struct Ready {
    queue: Mutex<VecDeque<Arc<HostTask>>>,
    /// The driver, while it waits on tokio's clock.
    driver: Mutex<Option<Waker>>,
    is_driver_waiting: AtomicBool,
    /// Hosts that stand still, so that nobody looks at each one's state while there are none.
    paused_count: AtomicUsize,
}

/// A task of a host.
pub(crate) struct HostTask {
    ready: Arc<Ready>,
    pause: Arc<Pause>,
    pub(super) host: usize,
    work: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    is_queued: AtomicBool,
    is_aborted: AtomicBool,
    end: Mutex<End>,
}

#[derive(Default)]
struct End {
    /// Set at the end: whether the task came to it by itself.
    result: Option<bool>,
    waiting: Vec<Waker>,
}

/// Whether a host stands still, and which of its tasks want to go on afterwards.
#[derive(Default)]
pub(super) struct Pause {
    is_paused: AtomicBool,
    waiting: Mutex<Vec<Arc<HostTask>>>,
}

impl Ready {
    /// Puts a new task at the end of the queue.
    pub(super) fn spawn(
        self: &Arc<Self>,
        host: usize,
        pause: &Arc<Pause>,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> Arc<HostTask> {
        let task = Arc::new(HostTask {
            ready: self.clone(),
            pause: pause.clone(),
            host,
            work: Mutex::new(Some(Box::pin(work))),
            is_queued: AtomicBool::new(false),
            is_aborted: AtomicBool::new(false),
            end: Mutex::default(),
        });
        HostTask::wake_by_ref(&task);
        task
    }

    /// Takes all tasks that want to run, in their order, for an empty `batch`.
    pub(super) fn take(&self, batch: &mut VecDeque<Arc<HostTask>>) {
        std::mem::swap(&mut *lock(&self.queue), batch);
    }

    pub(super) fn is_empty(&self) -> bool {
        lock(&self.queue).is_empty()
    }

    /// Lets `driver` be woken by the next task that wants to run; none: it looks by itself.
    pub(super) fn set_driver(&self, driver: Option<Waker>) {
        self.is_driver_waiting
            .store(driver.is_some(), Ordering::Relaxed);
        *lock(&self.driver) = driver;
    }
}

impl HostTask {
    /// Lets the task run until it waits; gives the words of its panic.
    pub(super) fn run(self: &Arc<Self>) -> Option<String> {
        self.is_queued.store(false, Ordering::Relaxed);
        let is_any_paused = self.ready.paused_count.load(Ordering::Relaxed) > 0;
        if is_any_paused && self.pause.is_paused.load(Ordering::Relaxed) {
            lock(&self.pause.waiting).push(self.clone());
            return None;
        }
        let waker = waker_ref(self);
        let mut cx = Context::from_waker(&waker);
        let mut work = lock(&self.work);
        let future = work.as_mut()?.as_mut();
        let polled = catch_unwind(AssertUnwindSafe(|| future.poll(&mut cx)));
        if matches!(polled, Ok(Poll::Pending)) && !self.is_aborted.load(Ordering::Relaxed) {
            return None;
        }
        let done = work.take();
        drop(work);
        drop(done);
        self.finish(matches!(polled, Ok(Poll::Ready(()))));
        polled.err().map(|payload| panic_message(&*payload))
    }

    /// Ends the task where it waits; if it is running, when it waits next.
    pub(crate) fn abort(&self) {
        self.is_aborted.store(true, Ordering::Relaxed);
        let Ok(mut work) = self.work.try_lock() else {
            return;
        };
        if let Some(undone) = work.take() {
            drop(work);
            drop(undone);
            self.finish(false);
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        lock(&self.end).result.is_some()
    }

    /// Whether the task came to its end by itself, when it has ended.
    pub(crate) fn poll_join(&self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut end = lock(&self.end);
        match end.result {
            Some(result) => Poll::Ready(result),
            None => {
                end.waiting.push(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn finish(&self, result: bool) {
        let mut end = lock(&self.end);
        end.result.get_or_insert(result);
        let waiting = std::mem::take(&mut end.waiting);
        drop(end);
        for waker in waiting {
            waker.wake();
        }
    }
}

impl ArcWake for HostTask {
    fn wake(self: Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::Relaxed) {
            let ready = self.ready.clone();
            lock(&ready.queue).push_back(self);
            if ready.is_driver_waiting.load(Ordering::Relaxed)
                && let Some(driver) = &*lock(&ready.driver)
            {
                driver.wake_by_ref();
            }
        }
    }

    fn wake_by_ref(task: &Arc<Self>) {
        task.clone().wake();
    }
}

impl std::fmt::Debug for HostTask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HostTask(host {})", self.host)
    }
}

impl Pause {
    pub(super) fn begin(&self, ready: &Ready) {
        if !self.is_paused.swap(true, Ordering::Relaxed) {
            ready.paused_count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn end(&self, ready: &Ready) {
        if self.is_paused.swap(false, Ordering::Relaxed) {
            ready.paused_count.fetch_sub(1, Ordering::Relaxed);
        }
        for task in std::mem::take(&mut *lock(&self.waiting)) {
            task.wake();
        }
    }
}
