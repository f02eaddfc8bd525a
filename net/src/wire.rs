//! The simulated world: an event-driven packet network under one thread, one clock and one lock.
//!
//! All hosts live on one paused single-thread runtime. The [`driver`] lets every task run until
//! all are idle, then goes to the next moment at which anything happens: idle time costs nothing.
//! Time has nanoseconds of its own; tokio's clock follows in whole milliseconds, for the timers of
//! libraries.

pub(crate) mod driver;
mod flight;
pub(crate) mod network;
mod ports;
mod resolver;
mod site;
mod slab;
mod sleep;
pub(crate) mod task;
pub(crate) mod tcp;
mod timeline;
pub(crate) mod udp;

mod start;

pub(crate) use start::build;

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use crate::dns::{Naptr, Srv, Zone};
use crate::faults::{Direction, Record};
use crate::host::{AnyTask, Host, Seat as AnySeat, Task, Tasks, WeakHost, lock};
use crate::link::LinkSpec;
use crate::topology::Topology;
use crate::trace::{Note, Trace};
use crate::world::{Boot, Stopped};
use network::Network;
use sleep::Sleep;
use task::{Pause, Ready};

/// What all hosts of a simulated world share.
pub(crate) struct Shared {
    network: Mutex<Network>,
    topology: Topology,
    zone: Zone,
    hosts: OnceLock<Vec<WeakHost>>,
    /// The moment at hand, for those who only want to know the time.
    now_ns: AtomicU64,
    /// Whether the driver waits on tokio's clock, which may then be ahead of `now_ns`.
    is_waiting: AtomicBool,
    ready: Arc<Ready>,
    stopped: Mutex<Option<Stopped>>,
    boots: Mutex<BTreeMap<usize, Boot>>,
}

/// A host's place in the simulated world.
pub(crate) struct Seat {
    shared: Arc<Shared>,
    index: usize,
    tasks: Tasks,
    pause: Arc<Pause>,
}

impl Shared {
    /// The network, to be touched in short steps; tasks it wants woken are woken afterwards.
    fn lock(&self) -> Guard<'_> {
        Guard {
            network: Some(lock(&self.network)),
        }
    }

    #[inline]
    pub(crate) fn now_ns(&self) -> u64 {
        if self.is_waiting.load(Ordering::Relaxed) {
            lock(&self.network).now_ns()
        } else {
            self.now_ns.load(Ordering::Relaxed)
        }
    }

    /// The host of that number, while the world lasts.
    fn host(&self, index: usize) -> Option<Host> {
        self.hosts.get()?.get(index)?.upgrade()
    }

    /// Ends everything that runs, so that nothing keeps the world any more.
    pub(crate) fn close(&self) {
        lock(&self.boots).clear();
        for host in self.hosts.get().into_iter().flatten() {
            if let Some(host) = host.upgrade()
                && let AnySeat::Wire(seat) = host.seat()
            {
                seat.tasks.abort();
            }
        }
    }

    /// What happened, what was decided, and how many of the decisions given nobody has asked for; after the run.
    pub(crate) fn finish(&self) -> (Trace, (Record, usize), Duration) {
        let mut network = lock(&self.network);
        let now_ns = network.now_ns;
        let trace = network.recorder.finish(now_ns);
        let decisions = (network.judge.record(), network.judge.unused());
        (trace, decisions, Duration::from_nanos(now_ns))
    }

    /// Ends the run, for this reason if there is none yet.
    fn stop(&self, reason: Stopped) {
        lock(&self.stopped).get_or_insert(reason);
    }

    /// The host dies: its tasks end, its sockets close without a word.
    pub(crate) fn crash(&self, host: usize) {
        if let Some(dying) = self.host(host)
            && let AnySeat::Wire(seat) = dying.seat()
        {
            seat.tasks.abort();
            seat.pause.end(&self.ready);
            let mut network = self.lock();
            let now_ns = network.now_ns();
            let text = format!("host {} crashes", network.hosts[host].name);
            network.recorder.fault(now_ns, text);
            network.kill_host(host);
        }
    }

    /// The host is up again and answers for names if that is its task.
    pub(crate) fn revive(self: &Arc<Self>, host: usize) {
        let mut network = self.lock();
        let now_ns = network.now_ns();
        let text = format!("host {} starts again", network.hosts[host].name);
        network.recorder.fault(now_ns, text);
        drop(network);
        self.start_resolver(host);
        let boot = lock(&self.boots).get(&host).cloned();
        if let (Some(boot), Some(host)) = (boot, self.host(host)) {
            host.spawn(boot(host.clone()));
        }
    }

    /// Says what runs on a host when it starts again.
    pub(crate) fn set_boot(&self, host: usize, boot: Boot) {
        lock(&self.boots).insert(host, boot);
    }

    /// The host stands still, or goes on.
    pub(crate) fn pause(&self, host: usize, is_paused: bool) {
        if let Some(paused) = self.host(host)
            && let AnySeat::Wire(seat) = paused.seat()
        {
            let mut network = self.lock();
            let now_ns = network.now_ns();
            let verb = if is_paused { "stands still" } else { "goes on" };
            let text = format!("host {} {verb}", network.hosts[host].name);
            network.recorder.fault(now_ns, text);
            drop(network);
            if is_paused {
                seat.pause.begin(&self.ready);
            } else {
                seat.pause.end(&self.ready);
            }
        }
    }

    /// Gives a site's link other properties from now on.
    pub(crate) fn set_link(&self, site: usize, direction: Direction, spec: &LinkSpec) {
        let name = &self.topology.sites[site].name;
        let mut network = self.lock();
        let now_ns = network.now_ns();
        let text = format!("{} changes", direction.link_name(name));
        network.recorder.fault(now_ns, text);
        let is_up = matches!(direction, Direction::Up | Direction::Both);
        let is_down = matches!(direction, Direction::Down | Direction::Both);
        if is_up {
            network.links.sites[site].up.change(spec);
        }
        if is_down {
            network.links.sites[site].down.change(spec);
        }
    }

    /// The site's NAT forgets its mappings; false if it has none.
    pub(crate) fn rebind(&self, site: usize) -> bool {
        let mut network = self.lock();
        let now_ns = network.now_ns();
        let name = &self.topology.sites[site].name;
        let Some(nat) = &mut network.links.sites[site].nat else {
            return false;
        };
        nat.rebind();
        let text = format!("NAT of site {name} has its mappings replaced");
        network.recorder.fault(now_ns, text);
        true
    }

    pub(crate) fn fault(&self, text: String) {
        let mut network = self.lock();
        let now_ns = network.now_ns();
        network.recorder.fault(now_ns, text);
    }

    fn start_resolver(self: &Arc<Self>, host: usize) {
        let resolver = self.topology.resolver.as_ref();
        if resolver.and_then(|name| self.topology.host_index(name)) == Some(host)
            && let Some(host) = self.host(host)
        {
            host.spawn(resolver::answer(host.clone(), self.zone.clone()));
        }
    }
}

impl Seat {
    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    #[inline]
    pub(crate) fn now_ns(&self) -> u64 {
        self.shared.now_ns()
    }

    pub(crate) async fn sleep_until(&self, world_ns: u64) {
        Sleep::new(&self.shared, world_ns).await;
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Task {
        let task = self.shared.ready.spawn(self.index, &self.pause, task);
        self.tasks.add(AnyTask::Wire(task.clone()));
        Task::wire(task)
    }

    pub(crate) fn udp(&self, local: SocketAddr) -> io::Result<udp::Socket> {
        udp::Socket::bind(&self.shared, self.index, local)
    }

    pub(crate) fn listen(&self, local: SocketAddr) -> io::Result<tcp::Listener> {
        tcp::Listener::bind(&self.shared, self.index, local)
    }

    pub(crate) async fn connect(&self, target: SocketAddr) -> io::Result<tcp::Stream> {
        tcp::Stream::connect(&self.shared, self.index, target).await
    }

    pub(crate) async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        resolver::addresses(&self.shared, self.index, name).await
    }

    pub(crate) async fn resolve_srv(&self, name: &str) -> io::Result<Vec<Srv>> {
        resolver::services(&self.shared, self.index, name).await
    }

    pub(crate) async fn resolve_naptr(&self, name: &str) -> io::Result<Vec<Naptr>> {
        resolver::authorities(&self.shared, self.index, name).await
    }

    pub(crate) fn note(&self, note: Note) {
        let mut network = self.shared.lock();
        let now_ns = network.now_ns();
        network.recorder.note(now_ns, self.index, note);
    }
}

/// The locked network.
struct Guard<'a> {
    network: Option<MutexGuard<'a, Network>>,
}

impl Deref for Guard<'_> {
    type Target = Network;

    fn deref(&self) -> &Network {
        self.network
            .as_ref()
            .expect("held until the guard is dropped")
    }
}

impl DerefMut for Guard<'_> {
    fn deref_mut(&mut self) -> &mut Network {
        self.network
            .as_mut()
            .expect("held until the guard is dropped")
    }
}

impl Drop for Guard<'_> {
    /// Waking may run foreign code, which may come back here: so only after unlocking.
    fn drop(&mut self) {
        let Some(mut network) = self.network.take() else {
            return;
        };
        if network.wakes.is_empty() {
            return;
        }
        let wakes = std::mem::take(&mut network.wakes);
        drop(network);
        for waker in wakes {
            waker.wake();
        }
    }
}

/// The error of a socket whose host has died.
fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the host has crashed")
}

#[cfg(test)]
mod tests;
