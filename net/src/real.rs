//! The real world: this machine's sockets, clock and resolver behind the same [`Host`].
//!
//! Two uses. *This machine*: one host with the machine's own addresses and resolver, for servers
//! and phones on real networks. *Laboratory*: every host of a topology gets its own address in
//! 127.0.0.0/8 and names are answered from the topology, so that a scenario runs on loopback.

mod carrier;
mod inbox;
pub(crate) mod lab;
pub(crate) mod machine;
mod many;
mod outbox;
pub(crate) mod resolver;
mod shaper;
pub(crate) mod stage;
pub(crate) mod tcp;
pub(crate) mod udp;

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};

use ring::rand::SecureRandom;

use crate::dns::{Naptr, Srv};
use crate::entropy::Entropy;
use crate::faults::Change;
use crate::host::clock::HostClock;
use crate::host::{AnyTask, Host, Seat as AnySeat, Task, Tasks, lock};
use crate::trace::{Note, Recorder};
use crate::world::{Boot, Stopped, panic_message};
use lab::Lab;
use outbox::Outbox;
use resolver::Names;
use shaper::{Shaper, Way};
use stage::Panicked;

/// What all hosts of a real world share.
pub(crate) struct World {
    start: Instant,
    epoch: SystemTime,
    names: Names,
    lab: Option<Lab>,
    links: OnceLock<Links>,
    boots: Mutex<BTreeMap<usize, Boot>>,
    recorder: Mutex<Recorder>,
    /// By what all its sockets receive, and send together.
    receiver: Mutex<many::Receiver>,
    sender: Mutex<many::Sender>,
    next_packet: AtomicU64,
    panicked: Panicked,
}

/// The links of a world with a fault plan.
struct Links {
    shaper: Shaper,
    outbox: Outbox,
}

/// A host's place in the real world.
pub(crate) struct Seat {
    world: Arc<World>,
    index: usize,
    name: String,
    addresses: Vec<IpAddr>,
    tasks: Tasks,
}

impl World {
    /// The machine this runs on.
    pub(crate) fn machine() -> World {
        World::new(None, Names::system(), system_time(), Recorder::new(false))
    }

    /// A laboratory on the loopback network; its wall clock begins at `epoch`.
    fn laboratory(lab: Lab, names: Names, epoch: SystemTime, recorder: Recorder) -> World {
        World::new(Some(lab), names, epoch, recorder)
    }

    fn new(lab: Option<Lab>, names: Names, epoch: SystemTime, recorder: Recorder) -> World {
        World {
            start: system_instant(),
            epoch,
            names,
            lab,
            links: OnceLock::new(),
            boots: Mutex::default(),
            recorder: Mutex::new(recorder),
            receiver: Mutex::new(many::Receiver::new()),
            sender: Mutex::new(many::Sender::new()),
            next_packet: AtomicU64::new(0),
            panicked: Mutex::default(),
        }
    }

    /// Says what runs on a host when it starts again.
    pub(crate) fn set_boot(&self, host: usize, boot: Boot) {
        lock(&self.boots).insert(host, boot);
    }

    /// Starts on a host what runs there.
    pub(crate) fn boot(&self, host: &Host, index: usize) {
        if let Some(boot) = lock(&self.boots).get(&index).cloned() {
            host.spawn(boot(host.clone()));
        }
    }

    /// Puts links between the sockets, with what is wrong from the beginning; needs a runtime.
    fn lay_links(&self, shaper: Shaper, changes: &[Change]) {
        for change in changes.iter().filter(|change| change.at.is_zero()) {
            shaper.change(change);
        }
        let outbox = Outbox::open(self.clock());
        let _ = self.links.set(Links { shaper, outbox });
    }

    /// The way of what a host sends to this address, if links lie on it.
    fn way_out(&self, host: usize, target: IpAddr) -> Option<(&Links, Way)> {
        let links = self.links.get()?;
        if !self.is_lab() {
            return Some((links, Way::Out));
        }
        Lab::index(target).map(|target| (links, Way::Between(host, target)))
    }

    /// The way of what a host hears, if links lie on it that the sender has not passed yet.
    fn way_in(&self) -> Option<(&Links, Way)> {
        let links = self.links.get().filter(|_| !self.is_lab())?;
        Some((links, Way::In))
    }

    /// Waits until that moment of the world's time.
    async fn sleep_until(&self, world_ns: u64) {
        match self.start.checked_add(Duration::from_nanos(world_ns)) {
            Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
            None => std::future::pending().await,
        }
    }

    /// The clock, for those who outlive a borrow.
    fn clock(&self) -> impl Fn() -> u64 + Send + 'static {
        let start = self.start;
        move || u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(crate) fn epoch(&self) -> SystemTime {
        self.epoch
    }

    pub(crate) fn now_ns(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Whether this is a laboratory, whose packets are recorded.
    pub(crate) fn is_lab(&self) -> bool {
        self.lab.is_some()
    }

    /// A host of this world.
    pub(crate) fn host(
        self: &Arc<Self>,
        index: usize,
        name: &str,
        addresses: Vec<IpAddr>,
        clock: HostClock,
        seed: Option<u64>,
    ) -> Host {
        let seat = Seat {
            world: self.clone(),
            index,
            name: name.to_string(),
            addresses: addresses.clone(),
            tasks: Tasks::default(),
        };
        Host::new(name, addresses, clock, seed, AnySeat::Real(seat))
    }
}

impl Seat {
    pub(crate) fn now_ns(&self) -> u64 {
        self.world.now_ns()
    }

    pub(crate) async fn sleep_until(&self, world_ns: u64) {
        self.world.sleep_until(world_ns).await;
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Task {
        let handle = tokio::spawn(self.heard(task));
        self.tasks.add(AnyTask::Runtime(handle.abort_handle()));
        Task::new(handle)
    }

    /// The task with its panic kept for the end of the run.
    fn heard(
        &self,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (world, host) = (self.world.clone(), self.name.clone());
        let mut task = Box::pin(task);
        std::future::poll_fn(move |cx| {
            let poll = catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(cx)));
            poll.unwrap_or_else(|payload| {
                let (host, message) = (host.clone(), panic_message(&*payload));
                lock(&world.panicked).get_or_insert(Stopped::TaskPanicked { host, message });
                // On the real machine somebody else may be waiting to hear of it.
                if world.is_lab() {
                    Poll::Ready(())
                } else {
                    resume_unwind(payload)
                }
            })
        })
    }

    /// Whether the wall clock is the machine's own.
    pub(crate) fn is_machine(&self) -> bool {
        !self.world.is_lab()
    }

    /// Ends all tasks and with them the sockets they own.
    pub(crate) fn crash(&self) {
        self.tasks.abort();
    }

    pub(crate) async fn udp(&self, local: SocketAddr) -> io::Result<udp::Socket> {
        let at = self.outside(self.own(local));
        let socket = tokio::net::UdpSocket::bind(at).await?;
        udp::Socket::new(self.world.clone(), self.index, socket)
    }

    pub(crate) async fn listen(&self, local: SocketAddr) -> io::Result<tcp::Listener> {
        let at = self.outside(self.own(local));
        let listener = tokio::net::TcpListener::bind(at).await?;
        tcp::Listener::new(self.world.clone(), self.index, listener)
    }

    pub(crate) async fn connect(&self, target: SocketAddr) -> io::Result<tcp::Stream> {
        carrier::knock(
            &self.world,
            self.index,
            self.own(unspecified(target)),
            target,
        )
        .await?;
        let outside = self.outside(target);
        let stream = match &self.world.lab {
            None => tokio::net::TcpStream::connect(outside).await?,
            Some(_) => {
                let socket = match target {
                    SocketAddr::V4(_) => tokio::net::TcpSocket::new_v4()?,
                    SocketAddr::V6(_) => tokio::net::TcpSocket::new_v6()?,
                };
                socket.bind(self.own(unspecified(target)))?;
                socket.connect(outside).await?
            }
        };
        tcp::Stream::new(&self.world, self.index, stream)
    }

    pub(crate) async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        self.world.names.addresses(name).await
    }

    pub(crate) async fn resolve_srv(&self, name: &str) -> io::Result<Vec<Srv>> {
        self.world.names.services(name).await
    }

    pub(crate) async fn resolve_naptr(&self, name: &str) -> io::Result<Vec<Naptr>> {
        self.world.names.authorities(name).await
    }

    pub(crate) fn note(&self, note: Note) {
        let at_ns = self.world.now_ns();
        lock(&self.world.recorder).note(at_ns, self.index, note);
    }

    /// In a laboratory, "any address" means this host's own, as all share one machine.
    fn own(&self, local: SocketAddr) -> SocketAddr {
        let mut local = local;
        if self.world.lab.is_some() && local.ip().is_unspecified() {
            let mut own = self.addresses.iter();
            if let Some(own) = own.find(|own| own.is_ipv4() == local.is_ipv4()) {
                local.set_ip(*own);
            }
        }
        local
    }

    fn outside(&self, address: SocketAddr) -> SocketAddr {
        self.world.outside(address)
    }
}

impl World {
    /// The address as the operating system must be told.
    pub(crate) fn outside(&self, address: SocketAddr) -> SocketAddr {
        match &self.lab {
            Some(lab) => lab.outside(address),
            None => address,
        }
    }

    /// The address as the hosts know it.
    pub(crate) fn inside(&self, address: SocketAddr) -> SocketAddr {
        match &self.lab {
            Some(lab) => lab.inside(address),
            None => address,
        }
    }
}

/// Any address and port of the same family.
fn unspecified(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(_) => SocketAddr::from(([0; 4], 0)),
        SocketAddr::V6(_) => SocketAddr::from(([0; 16], 0)),
    }
}

/// The wall clock of the machine.
#[expect(
    clippy::disallowed_methods,
    reason = "in the real world the machine's clock is the world's"
)]
pub(crate) fn system_time() -> SystemTime {
    SystemTime::now()
}

#[expect(
    clippy::disallowed_methods,
    reason = "in the real world the machine's clock is the world's"
)]
fn system_instant() -> Instant {
    Instant::now()
}

/// Randomness of the operating system, by way of a fresh key.
pub(crate) fn system_entropy() -> Entropy {
    let mut key = [0; 32];
    ring::rand::SystemRandom::new()
        .fill(&mut key)
        .expect("the operating system gives randomness");
    Entropy::from_seed(key)
}

#[cfg(test)]
mod tests;
