//! What a party has of the world: sockets, a clock, randomness, names and tasks.
//!
//! A [`Host`] is a cheap handle, the same in every world. Sockets belong to the host they were
//! made on; there is no ambient current host.

pub(crate) mod address;
pub(crate) mod clock;
pub(crate) mod tcp;
pub(crate) mod udp;

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use clock::HostClock;

use crate::dns::{Naptr, Srv};
use crate::entropy::Entropy;
use crate::real;
use crate::trace::Note;
use crate::turmoil;
use crate::wire;
use crate::wire::task::HostTask;
use tcp::{TcpListener, TcpStream};
use udp::UdpSocket;

/// A party's place in a world; clones mean the same host.
#[derive(Clone)]
pub struct Host {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    addresses: Vec<IpAddr>,
    clock: HostClock,
    seed: Option<u64>,
    turns: Mutex<BTreeMap<String, u64>>,
    seat: Seat,
}

/// What the host's sockets, time and tasks are made of.
pub(crate) enum Seat {
    Real(real::Seat),
    Turmoil(turmoil::Seat),
    Wire(wire::Seat),
}

impl Host {
    /// A host of that name; without `seed` its randomness is the operating system's.
    pub(crate) fn new(
        name: &str,
        addresses: Vec<IpAddr>,
        clock: HostClock,
        seed: Option<u64>,
        seat: Seat,
    ) -> Host {
        let inner = Inner {
            name: name.to_string(),
            addresses,
            clock,
            seed,
            turns: Mutex::default(),
            seat,
        };
        Host {
            inner: Arc::new(inner),
        }
    }

    /// The host's name in its topology.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The host's addresses, the primary one first.
    pub fn addresses(&self) -> Vec<IpAddr> {
        self.inner.addresses.clone()
    }

    /// Time since the host's clock began; monotonic, drifting as this host's clock drifts.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.inner.clock.host_ns(self.world_ns()))
    }

    /// The host's wall clock, with its skew and drift.
    pub fn utc(&self) -> SystemTime {
        if let Seat::Real(seat) = &self.inner.seat
            && seat.is_machine()
        {
            return real::system_time();
        }
        self.inner.clock.utc(self.world_ns())
    }

    /// Waits until [`Host::now`] has reached `deadline`.
    pub async fn sleep_until(&self, deadline: Duration) {
        let host_ns = u64::try_from(deadline.as_nanos()).unwrap_or(u64::MAX);
        if self.inner.clock.is_exact() {
            self.sleep_in_world(host_ns).await;
        }
        // Again, because the clock may have changed its speed meanwhile.
        while self.inner.clock.host_ns(self.world_ns()) < host_ns {
            let world_ns = self.inner.clock.world_ns(host_ns);
            self.sleep_in_world(world_ns).await;
        }
    }

    async fn sleep_in_world(&self, world_ns: u64) {
        match &self.inner.seat {
            Seat::Wire(seat) => seat.sleep_until(world_ns).await,
            Seat::Real(seat) => seat.sleep_until(world_ns).await,
            Seat::Turmoil(seat) => seat.sleep_until(world_ns).await,
        }
    }

    /// Waits for `time` by the host's clock.
    pub async fn sleep(&self, time: Duration) {
        self.sleep_until(self.now().saturating_add(time)).await;
    }

    /// Randomness for one purpose. In a simulation it follows from the seed, the host, the purpose
    /// and how often this host has asked for that purpose before.
    pub fn entropy(&self, purpose: &str) -> Entropy {
        let Some(seed) = self.inner.seed else {
            return real::system_entropy();
        };
        let mut turns = lock(&self.inner.turns);
        let nth = match turns.get_mut(purpose) {
            Some(turn) => {
                *turn += 1;
                *turn
            }
            None => {
                turns.insert(purpose.to_string(), 0);
                0
            }
        };
        Entropy::derived(seed, &self.inner.name, purpose, nth)
    }

    /// Runs `task` on this host, until it ends or the host crashes.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Task {
        match &self.inner.seat {
            Seat::Real(seat) => seat.spawn(task),
            Seat::Turmoil(seat) => seat.spawn(task),
            Seat::Wire(seat) => seat.spawn(task),
        }
    }

    /// A UDP socket; an unspecified address means any of the host's, port 0 an ephemeral one.
    pub async fn udp(&self, local: SocketAddr) -> io::Result<UdpSocket> {
        match &self.inner.seat {
            Seat::Real(seat) => Ok(UdpSocket::real(seat.udp(local).await?)),
            Seat::Turmoil(seat) => Ok(UdpSocket::turmoil(seat.udp(local).await?)),
            Seat::Wire(seat) => Ok(UdpSocket::wire(seat.udp(local)?)),
        }
    }

    /// A TCP socket that accepts connections.
    pub async fn listen(&self, local: SocketAddr) -> io::Result<TcpListener> {
        match &self.inner.seat {
            Seat::Real(seat) => Ok(TcpListener::real(seat.listen(local).await?)),
            Seat::Turmoil(seat) => Ok(TcpListener::turmoil(seat.listen(local).await?)),
            Seat::Wire(seat) => Ok(TcpListener::wire(seat.listen(local)?)),
        }
    }

    /// A TCP connection to `target`, from the host's primary address of the same family.
    pub async fn connect(&self, target: SocketAddr) -> io::Result<TcpStream> {
        match &self.inner.seat {
            Seat::Real(seat) => Ok(TcpStream::real(seat.connect(target).await?)),
            Seat::Turmoil(seat) => Ok(TcpStream::turmoil(seat.connect(target).await?)),
            Seat::Wire(seat) => Ok(TcpStream::wire(seat.connect(target).await?)),
        }
    }

    /// The addresses of `name`; an IP literal is its own answer.
    pub async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let literal = name.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = literal.parse() {
            return Ok(vec![address]);
        }
        match &self.inner.seat {
            Seat::Real(seat) => seat.resolve(name).await,
            Seat::Turmoil(seat) => seat.resolve(name),
            Seat::Wire(seat) => seat.resolve(name).await,
        }
    }

    /// The services of `name` (RFC 2782), such as `_sip._udp.example.com`.
    pub async fn resolve_srv(&self, name: &str) -> io::Result<Vec<Srv>> {
        match &self.inner.seat {
            Seat::Real(seat) => seat.resolve_srv(name).await,
            Seat::Turmoil(seat) => seat.resolve_srv(name),
            Seat::Wire(seat) => seat.resolve_srv(name).await,
        }
    }

    /// The naming authority pointers of `name` (RFC 3403, RFC 3263 §4.1).
    pub async fn resolve_naptr(&self, name: &str) -> io::Result<Vec<Naptr>> {
        match &self.inner.seat {
            Seat::Real(seat) => seat.resolve_naptr(name).await,
            Seat::Turmoil(seat) => seat.resolve_naptr(name),
            Seat::Wire(seat) => seat.resolve_naptr(name).await,
        }
    }

    /// Keeps a notable event in the trace.
    pub fn note(&self, note: Note) {
        match &self.inner.seat {
            Seat::Real(seat) => seat.note(note),
            Seat::Turmoil(seat) => seat.note(note),
            Seat::Wire(seat) => seat.note(note),
        }
    }

    /// The address of the host on the way to `target`.
    pub fn address_towards(&self, target: IpAddr) -> Option<IpAddr> {
        address::address_towards(&self.inner.addresses, target)
    }

    /// A handle that does not keep the host's world.
    pub(crate) fn downgrade(&self) -> WeakHost {
        WeakHost(Arc::downgrade(&self.inner))
    }

    pub(crate) fn clock(&self) -> &HostClock {
        &self.inner.clock
    }

    pub(crate) fn seat(&self) -> &Seat {
        &self.inner.seat
    }

    fn world_ns(&self) -> u64 {
        match &self.inner.seat {
            Seat::Real(seat) => seat.now_ns(),
            Seat::Turmoil(seat) => seat.now_ns(),
            Seat::Wire(seat) => seat.now_ns(),
        }
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Host({})", self.inner.name)
    }
}

/// A host for those whom it keeps itself.
#[derive(Clone)]
pub(crate) struct WeakHost(Weak<Inner>);

impl WeakHost {
    /// The host, while anybody else has it.
    pub(crate) fn upgrade(&self) -> Option<Host> {
        self.0.upgrade().map(|inner| Host { inner })
    }
}

/// A task on a host. Dropping the handle leaves the task running.
#[derive(Debug)]
pub struct Task {
    inner: TaskInner,
}

#[derive(Debug)]
enum TaskInner {
    Runtime(tokio::task::JoinHandle<()>),
    Wire(Arc<HostTask>),
}

impl Task {
    pub(crate) fn new(handle: tokio::task::JoinHandle<()>) -> Task {
        Task {
            inner: TaskInner::Runtime(handle),
        }
    }

    pub(crate) fn wire(task: Arc<HostTask>) -> Task {
        Task {
            inner: TaskInner::Wire(task),
        }
    }

    /// Ends the task at its next waiting point.
    pub fn abort(&self) {
        match &self.inner {
            TaskInner::Runtime(handle) => handle.abort(),
            TaskInner::Wire(task) => task.abort(),
        }
    }

    /// Whether the task has ended.
    pub fn is_finished(&self) -> bool {
        match &self.inner {
            TaskInner::Runtime(handle) => handle.is_finished(),
            TaskInner::Wire(task) => task.is_finished(),
        }
    }

    /// Waits for the task; false if it was aborted or has panicked.
    pub async fn join(self) -> bool {
        match self.inner {
            TaskInner::Runtime(handle) => handle.await.is_ok(),
            TaskInner::Wire(task) => std::future::poll_fn(|cx| task.poll_join(cx)).await,
        }
    }
}

/// The tasks of a host, to end them together.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    running: Mutex<Vec<AnyTask>>,
}

/// A task to be ended.
#[derive(Debug)]
pub(crate) enum AnyTask {
    /// On the runtime.
    Runtime(tokio::task::AbortHandle),
    /// In the simulated network's own queue.
    Wire(Arc<HostTask>),
}

impl Tasks {
    /// Remembers a task; those that ended are forgotten from time to time.
    pub(crate) fn add(&self, task: AnyTask) {
        let mut running = lock(&self.running);
        if running.len() == running.capacity() {
            running.retain(|task| match task {
                AnyTask::Runtime(task) => !task.is_finished(),
                AnyTask::Wire(task) => !task.is_finished(),
            });
            let room = running.len().max(MIN_TASKS);
            running.reserve(room);
        }
        running.push(task);
    }

    /// Ends all tasks.
    pub(crate) fn abort(&self) {
        let running = std::mem::take(&mut *lock(&self.running));
        for task in running {
            match task {
                AnyTask::Runtime(task) => task.abort(),
                AnyTask::Wire(task) => task.abort(),
            }
        }
    }
}

/// Locks; a panic elsewhere has not made plain data worse than it was.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const MIN_TASKS: usize = 16;
