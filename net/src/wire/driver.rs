//! Runs a simulated world: lets all tasks run until they are idle, then goes to the next moment.
//!
//! ```text
//! tasks run ──all idle──► next moment T ──► tokio's clock to the whole ms before T ──► tasks run
//!     ▲                                             (timers of libraries)                 │ idle
//!     └────────── wake those concerned ◄── work through T's events at exactly T ◄─────────┘
//! ```
//!
//! Tasks of hosts are polled here. While tasks of libraries are alive on the runtime, they are let
//! run too: that they are idle is known from the runtime's own hook, called only when neither a
//! task nor a deferred wake is left. Without any, a task that calls `tokio::task::yield_now` may
//! see up to a millisecond pass.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::Shared;
use super::network::{Event, Network, Waiting};
use super::start::nanoseconds;
use super::task::HostTask;
use crate::faults::{Change, Direction, Effect, Target};
use crate::host::lock;
use crate::world::{Stopped, panic_message};

/// Runs the world until the play is over; gives its value, or why it had to be stopped.
pub(crate) fn run<T, F>(shared: &Arc<Shared>, limit: Duration, play: F) -> Result<T, Stopped>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let idle = Arc::new(Idle::default());
    let hook = idle.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .event_interval(u32::MAX)
        .on_thread_park(move || hook.reached())
        .build();
    let runtime = runtime.expect("a runtime without sockets needs nothing of the system");
    let result = runtime.block_on(tokio::task::unconstrained(async {
        let stage = Arc::new(Stage::default());
        let play = perform(stage.clone(), play);
        let play = shared.ready.spawn(PLAY, &Arc::default(), play);
        shared.start();
        let driver = Driver {
            shared,
            idle,
            stage,
            library: tokio::runtime::Handle::current().metrics(),
            base: tokio::time::Instant::now(),
            limit_ns: nanoseconds(limit),
        };
        let result = driver.drive().await;
        play.abort();
        shared.close();
        result
    }));
    // Ends what libraries have left running.
    drop(runtime);
    result
}

struct Driver<'a, T> {
    shared: &'a Arc<Shared>,
    idle: Arc<Idle>,
    stage: Arc<Stage<T>>,
    /// What is alive on the runtime beside the driver.
    library: tokio::runtime::RuntimeMetrics,
    base: tokio::time::Instant,
    limit_ns: u64,
}

impl<T> Driver<'_, T> {
    async fn drive(&self) -> Result<T, Stopped> {
        let (mut wakes, mut batch) = (Vec::new(), VecDeque::new());
        let mut library_ms = 0;
        loop {
            self.run_tasks(&mut batch).await;
            if let Some(reason) = lock(&self.shared.stopped).take() {
                return Err(reason);
            }
            if let Some(result) = lock(&self.stage.result).take() {
                return result;
            }
            loop {
                let next_ns = lock(&self.shared.network).timeline.next_at();
                let at_ns = next_ns.unwrap_or(u64::MAX).min(self.limit_ns);
                let at_ms = at_ns / NS_PER_MS;
                if at_ms > library_ms {
                    library_ms = self.wait(at_ns, at_ms).await;
                    break;
                }
                if next_ns.is_none_or(|next_ns| next_ns > self.limit_ns) {
                    return Err(self.at_limit(next_ns));
                }
                if self.step(at_ns, &mut wakes) {
                    break;
                }
            }
        }
    }

    /// Lets everybody run until all wait.
    async fn run_tasks(&self, batch: &mut VecDeque<Arc<HostTask>>) {
        let mut polls = 0_u64;
        loop {
            loop {
                self.shared.ready.take(batch);
                if batch.is_empty() {
                    break;
                }
                for task in batch.drain(..) {
                    polls += 1;
                    if let Some(message) = task.run() {
                        let host = self.name(&task);
                        self.shared.stop(Stopped::TaskPanicked { host, message });
                    }
                    if polls >= MAX_POLLS {
                        let at = Duration::from_nanos(self.shared.now_ns());
                        let host = self.name(&task);
                        self.shared.stop(Stopped::BusyLoop { host, at });
                        return;
                    }
                }
            }
            if self.library.num_alive_tasks() == 0 {
                return;
            }
            self.idle.wait().await;
            if self.shared.ready.is_empty() {
                return;
            }
        }
    }

    fn name(&self, task: &HostTask) -> String {
        let host = self.shared.topology.hosts.get(task.host);
        host.map_or_else(|| "the play".to_string(), |host| host.name.clone())
    }

    /// Lets tokio's clock go to `at_ms`, or less if something comes up before `at_ns`. Says where
    /// that clock then is.
    async fn wait(&self, at_ns: u64, at_ms: u64) -> u64 {
        let deadline = self.base + Duration::from_millis(at_ms);
        let mut sleep = pin!(tokio::time::sleep_until(deadline));
        self.shared.is_waiting.store(true, Ordering::Relaxed);
        poll_fn(|cx| {
            let mut network = self.shared.lock();
            let is_disturbed = network.timeline.next_at().is_some_and(|next| next < at_ns);
            if is_disturbed || !self.shared.ready.is_empty() {
                return Poll::Ready(());
            }
            if sleep.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            self.shared.ready.set_driver(Some(cx.waker().clone()));
            network.waiting = Some(Waiting {
                base: self.base,
                until_ns: at_ns,
                driver: cx.waker().clone(),
            });
            Poll::Pending
        })
        .await;
        self.shared.ready.set_driver(None);
        let passed_ms = self.base.elapsed().as_millis() as u64;
        let mut network = self.shared.lock();
        network.waiting = None;
        network.now_ns = network.now_ns.max(passed_ms * NS_PER_MS);
        self.shared.now_ns.store(network.now_ns, Ordering::Relaxed);
        self.shared.is_waiting.store(false, Ordering::Relaxed);
        passed_ms
    }

    /// Works through one moment; says whether any task has been woken.
    fn step(&self, at_ns: u64, wakes: &mut Vec<Waker>) -> bool {
        let mut network = lock(&self.shared.network);
        network.now_ns = at_ns;
        self.shared.now_ns.store(at_ns, Ordering::Relaxed);
        while let Some(event) = network.timeline.pop(at_ns) {
            network.happen(event);
        }
        std::mem::swap(&mut network.wakes, wakes);
        let due = std::mem::take(&mut network.due);
        drop(network);
        let is_awake = !wakes.is_empty() || !due.is_empty();
        for waker in wakes.drain(..) {
            waker.wake();
        }
        for change in due {
            self.shared.strike(&change);
        }
        is_awake
    }

    fn at_limit(&self, next_ns: Option<u64>) -> Stopped {
        let at = Duration::from_nanos(self.limit_ns);
        match next_ns {
            Some(_) => Stopped::TimeLimit { at },
            None => Stopped::Stalled { at },
        }
    }
}

impl Network {
    fn happen(&mut self, event: Event) {
        match event {
            Event::Flight(flight) => self.resume(flight),
            Event::Wake(waker) => self.wakes.push(waker),
            Event::Tcp(key) => self.tick(key),
            Event::TooLarge(key, size) => self.shrink(key, size),
            Event::Change(index) => {
                let change = self.changes[index].clone();
                self.recorder.fault(self.now_ns, change.to_string());
                self.change_links(&change);
                self.due.push(change);
            }
        }
    }

    /// The part of a fault that strikes links.
    fn change_links(&mut self, change: &Change) {
        let Some(stage) = change.fault.effect.stage() else {
            return;
        };
        let id = change.fault.id;
        let strike = |pipeline: &mut crate::link::Pipeline| {
            if change.begins {
                pipeline.impose(id, &stage);
            } else {
                pipeline.lift(id);
            }
        };
        match &change.fault.target {
            Target::Site { name, direction } => {
                let Some(number) = self.site_names.iter().position(|site| site == name) else {
                    return;
                };
                let site = &mut self.links.sites[number];
                if !matches!(direction, Direction::Down) {
                    strike(&mut site.up);
                }
                if !matches!(direction, Direction::Up) {
                    strike(&mut site.down);
                }
            }
            Target::Pair { source, target } => {
                let number = |name: &String| self.hosts.iter().position(|host| host.name == *name);
                if let (Some(source), Some(target)) = (number(source), number(target))
                    && let Some(pipeline) = self.links.pairs.get_mut(&(source, target))
                {
                    strike(pipeline);
                }
            }
            Target::Host { .. } => {}
        }
    }
}

impl Shared {
    /// The part of a fault that strikes hosts, clocks and NATs.
    fn strike(self: &Arc<Self>, change: &Change) {
        let begins = change.begins;
        let sign = if begins { 1 } else { -1 };
        if let Target::Site { name, .. } = &change.fault.target {
            if let (true, Effect::Rebind, Some(site)) =
                (begins, &change.fault.effect, self.topology.site_index(name))
            {
                self.rebind(site);
            }
            return;
        }
        let Target::Host { name } = &change.fault.target else {
            return;
        };
        let Some(index) = self.topology.host_index(name) else {
            return;
        };
        let Some(host) = self.host(index) else {
            return;
        };
        let clock = host.clock();
        match (&change.fault.effect, begins) {
            (Effect::Crash, true) => self.crash(index),
            (Effect::Crash, false) => self.revive(index),
            (Effect::Suspend, is_paused) => self.pause(index, is_paused),
            (Effect::StepClock { by_ms }, _) => clock.step(by_ms.saturating_mul(sign)),
            (Effect::DriftClock { ppm }, _) => {
                clock.add_drift(self.now_ns(), ppm.saturating_mul(sign as i32));
            }
            // All others strike links and NATs.
            _ => {}
        }
    }
}

/// Runs the play and keeps its result; a panic is a result too.
async fn perform<T>(stage: Arc<Stage<T>>, play: impl Future<Output = T>) {
    let mut play = pin!(play);
    let result = poll_fn(|cx: &mut Context<'_>| {
        match catch_unwind(AssertUnwindSafe(|| play.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(payload) => {
                let message = panic_message(&*payload);
                Poll::Ready(Err(Stopped::Panicked { message }))
            }
        }
    })
    .await;
    *lock(&stage.result) = Some(result);
}

/// Where the play leaves its result.
struct Stage<T> {
    result: Mutex<Option<Result<T, Stopped>>>,
}

impl<T> Default for Stage<T> {
    fn default() -> Self {
        Stage {
            result: Mutex::new(None),
        }
    }
}

/// Tells the driver when no task has anything to do.
#[derive(Debug, Default)]
struct Idle {
    is_wanted: AtomicBool,
    driver: Mutex<Option<Waker>>,
}

impl Idle {
    async fn wait(&self) {
        self.is_wanted.store(true, Ordering::Relaxed);
        poll_fn(|cx| {
            if !self.is_wanted.load(Ordering::Relaxed) {
                return Poll::Ready(());
            }
            let mut driver = lock(&self.driver);
            if !driver
                .as_ref()
                .is_some_and(|known| known.will_wake(cx.waker()))
            {
                *driver = Some(cx.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    /// Called by the runtime when it would go to sleep.
    fn reached(&self) {
        if self.is_wanted.load(Ordering::Relaxed) {
            self.is_wanted.store(false, Ordering::Relaxed);
            self.wake_driver();
        }
    }

    fn wake_driver(&self) {
        if let Some(driver) = &*lock(&self.driver) {
            driver.wake_by_ref();
        }
    }
}

const NS_PER_MS: u64 = 1_000_000;
/// No host of the topology has this number.
const PLAY: usize = usize::MAX;
/// Polls within one moment that only tasks which wake themselves for ever can reach.
const MAX_POLLS: u64 = 20_000_000;
