//! The turmoil world: the same [`Host`](crate::Host) on turmoil's hosts, a second opinion on every scenario.
//!
//! turmoil's sockets belong to whichever of its hosts is being polled, so each is owned by a task in the runtime of its own
//! host, and the handle that a party holds talks to that task through bounded queues. turmoil hosts have one address each,
//! its time moves in ticks of a millisecond, and a TCP segment that it drops never arrives: what needs more is for `wire`.

pub(crate) mod simulation;
pub(crate) mod tcp;
pub(crate) mod udp;

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;

use crate::dns::{self, Naptr, Record, Srv, Zone};
use crate::host::{AnyTask, Task, Tasks, lock};
use crate::packet::{Packet, Protocol};
use crate::trace::{Note, Recorder};

/// What all hosts of a turmoil world share.
pub(crate) struct World {
    /// Time of the last whole tick, for those who ask from outside any host.
    ticked_ns: AtomicU64,
    next_id: AtomicU64,
    epoch: SystemTime,
    zone: Zone,
    recorder: Mutex<Recorder>,
}

/// A host's place in a turmoil world.
pub(crate) struct Seat {
    world: Arc<World>,
    index: usize,
    address: IpAddr,
    /// The runtime of its turmoil host, from the moment it runs.
    runtime: Mutex<Option<Handle>>,
    tasks: Tasks,
}

impl World {
    pub(crate) fn new(epoch: SystemTime, zone: Zone, recorder: Recorder) -> World {
        World {
            ticked_ns: AtomicU64::new(0),
            next_id: AtomicU64::new(0),
            epoch,
            zone,
            recorder: Mutex::new(recorder),
        }
    }

    pub(crate) fn epoch(&self) -> SystemTime {
        self.epoch
    }

    pub(crate) fn recorder(&self) -> &Mutex<Recorder> {
        &self.recorder
    }

    /// Told by the loop that steps the simulation.
    pub(crate) fn ticked(&self, elapsed: Duration) {
        self.ticked_ns
            .store(nanoseconds(elapsed), Ordering::Relaxed);
    }

    pub(crate) fn now_ns(&self) -> u64 {
        ::turmoil::sim_elapsed().map_or_else(|| self.ticked_ns.load(Ordering::Relaxed), nanoseconds)
    }

    fn datagram(&self, source: SocketAddr, target: SocketAddr, payload: bytes::Bytes) -> Packet {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        Packet {
            source,
            target,
            protocol: Protocol::Udp,
            payload,
            id,
        }
    }

    fn records(&self, name: &str) -> io::Result<&[Record]> {
        let unknown = || io::Error::new(io::ErrorKind::NotFound, format!("no such name: {name}"));
        self.zone.records(name).ok_or_else(unknown)
    }
}

impl Seat {
    pub(crate) fn new(world: Arc<World>, index: usize, address: IpAddr) -> Seat {
        Seat {
            world,
            index,
            address,
            runtime: Mutex::new(None),
            tasks: Tasks::default(),
        }
    }

    /// Called inside the turmoil host, at its start and at each restart.
    pub(crate) fn started(&self) {
        *lock(&self.runtime) = Some(Handle::current());
    }

    /// Ends all tasks; sockets go with the tasks that own them.
    pub(crate) fn crash(&self) {
        self.tasks.abort();
    }

    pub(crate) fn now_ns(&self) -> u64 {
        self.world.now_ns()
    }

    pub(crate) async fn sleep_until(&self, world_ns: u64) {
        loop {
            let left_ns = world_ns.saturating_sub(self.world.now_ns());
            if left_ns == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_nanos(left_ns)).await;
        }
    }

    /// A task on a host that does not run yet would be lost in silence: that is a mistake of the harness.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Task {
        let handle = self
            .runtime()
            .expect("the world starts all its hosts before anybody plays")
            .spawn(task);
        self.tasks.add(AnyTask::Runtime(handle.abort_handle()));
        Task::new(handle)
    }

    pub(crate) async fn udp(&self, local: SocketAddr) -> io::Result<udp::Socket> {
        let (world, index, address) = (self.world.clone(), self.index, self.address);
        self.check(local)?;
        self.within(udp::open(world, index, address, local.port()))
            .await?
    }

    pub(crate) async fn listen(&self, local: SocketAddr) -> io::Result<tcp::Listener> {
        self.check(local)?;
        self.within(tcp::listen(self.address, local.port())).await?
    }

    pub(crate) async fn connect(&self, target: SocketAddr) -> io::Result<tcp::Stream> {
        self.within(tcp::connect(target)).await?
    }

    pub(crate) fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(dns::addresses(self.world.records(name)?))
    }

    pub(crate) fn resolve_srv(&self, name: &str) -> io::Result<Vec<Srv>> {
        Ok(dns::services(self.world.records(name)?))
    }

    pub(crate) fn resolve_naptr(&self, name: &str) -> io::Result<Vec<Naptr>> {
        Ok(dns::authorities(self.world.records(name)?))
    }

    pub(crate) fn note(&self, note: Note) {
        let at_ns = self.world.now_ns();
        lock(&self.world.recorder).note(at_ns, self.index, note);
    }

    fn runtime(&self) -> Option<Handle> {
        lock(&self.runtime).clone()
    }

    /// Does work inside this turmoil host and gives its result.
    async fn within<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> io::Result<T> {
        let down = || io::Error::new(io::ErrorKind::NetworkDown, "the host is not running");
        let task = self.runtime().ok_or_else(down)?.spawn(work);
        task.await.map_err(|_| down())
    }

    /// Only the one address of the host, or none in particular, can be bound.
    fn check(&self, local: SocketAddr) -> io::Result<()> {
        let own = local.ip().is_unspecified() || local.ip() == self.address;
        if own {
            Ok(())
        } else {
            Err(io::ErrorKind::AddrNotAvailable.into())
        }
    }
}

/// Any address of the family of `address`.
fn unspecified(address: IpAddr, port: u16) -> SocketAddr {
    match address {
        IpAddr::V4(_) => SocketAddr::from(([0; 4], port)),
        IpAddr::V6(_) => SocketAddr::from(([0_u16; 8], port)),
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
