//! A world of hosts: built from data, run on a thread of its own, judged by its trace.
//!
//! ```text
//! Setup (kind, topology, seed, faults) ── run(play) ──► Run (value, trace, decisions)
//!                                              └─ the play gets a World: its hosts, and the means to break it
//! ```

mod outcome;
mod setup;

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::faults::{Direction, FaultPlan, PlanError};
use crate::host::clock::HostClock;
use crate::host::{Host, Seat};
use crate::link::LinkSpec;
use crate::topology::Topology;
use crate::{real, wire};

pub(crate) use outcome::panic_message;
pub use outcome::{Run, SetupError, Stopped};
pub use setup::{Kind, Setup};

/// What runs on a host when it starts again.
pub(crate) type Boot = Arc<dyn Fn(Host) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A running world, for those who play in it and those who break it; clones mean the same world.
#[derive(Clone)]
pub struct World {
    inner: Inner,
}

#[derive(Clone)]
enum Inner {
    Machine(Arc<real::World>, Arc<[IpAddr]>),
    Wire(Arc<Topology>, Arc<wire::Shared>, Arc<Vec<Host>>),
    Lab(Arc<Topology>, Arc<real::World>, Arc<Vec<Host>>),
    /// turmoil's world, which can be broken only by ending its hosts' tasks.
    Turmoil(Arc<Topology>, Arc<Vec<Host>>),
}

impl World {
    /// The machine this runs on, its sockets, clock and resolver; needs a running tokio runtime.
    pub fn real_machine() -> World {
        World::real_machine_at(&real::lab::machine_addresses())
    }

    /// The same, with these as the addresses of its hosts: what they listen on, and what they say
    /// where they can be reached.
    pub fn real_machine_at(addresses: &[IpAddr]) -> World {
        World {
            inner: Inner::Machine(Arc::new(real::World::machine()), addresses.into()),
        }
    }

    /// The same, with links before its host that do what a fault plan says of the site `name`: what leaves the host passes the
    /// uplink, what reaches it the downlink. Datagrams pass as they are, connections in segments of our own cutting. Time counts
    /// from now. Faults of other sites are let be; a plan that asks for more than links is refused.
    pub fn real_machine_under(
        plan: &FaultPlan,
        name: &str,
        addresses: &[IpAddr],
    ) -> Result<World, PlanError> {
        let world = real::machine::under(plan, name, addresses)?;
        Ok(World {
            inner: Inner::Machine(world, addresses.into()),
        })
    }

    /// The addresses by which this machine reaches others; loopback if there is no network.
    pub fn machine_addresses() -> Vec<IpAddr> {
        real::lab::machine_addresses()
    }

    /// The host of that name. On the real machine every name means this machine.
    ///
    /// # Panics
    /// If the topology has no such host.
    pub fn host(&self, name: &str) -> Host {
        match &self.inner {
            Inner::Machine(world, addresses) => {
                let clock = HostClock::new(world.epoch(), 0, 0);
                world.host(0, name, addresses.to_vec(), clock, None)
            }
            Inner::Wire(_, _, hosts) | Inner::Lab(_, _, hosts) | Inner::Turmoil(_, hosts) => {
                hosts[self.index(name)].clone()
            }
        }
    }

    /// Starts something on a host, and again whenever the host starts again.
    pub fn boot<F>(&self, name: &str, program: impl Fn(Host) -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let host = self.host(name);
        let boot: Boot = Arc::new(move |host| Box::pin(program(host)));
        host.spawn(boot(host.clone()));
        match &self.inner {
            Inner::Wire(_, shared, _) => shared.set_boot(self.index(name), boot),
            Inner::Lab(_, world, _) => world.set_boot(self.index(name), boot),
            Inner::Machine(..) | Inner::Turmoil(..) => {}
        }
    }

    /// The host dies: its tasks end, its sockets close without a word, its memory is lost.
    pub fn crash(&self, name: &str) {
        match &self.inner {
            Inner::Wire(_, shared, _) => shared.crash(self.index(name)),
            Inner::Machine(..) | Inner::Lab(..) | Inner::Turmoil(..) => {
                match self.host(name).seat() {
                    Seat::Real(seat) => seat.crash(),
                    Seat::Turmoil(seat) => seat.crash(),
                    Seat::Wire(_) => {}
                }
            }
        }
    }

    /// The host dies if it has not yet, and starts again with what [`World::boot`] was given.
    pub fn restart(&self, name: &str) {
        self.crash(name);
        match &self.inner {
            Inner::Wire(_, shared, _) => shared.revive(self.index(name)),
            Inner::Lab(_, world, _) => world.boot(&self.host(name), self.index(name)),
            Inner::Machine(..) | Inner::Turmoil(..) => {}
        }
    }

    /// The host stands still: its tasks wait, packets wait in its sockets. Simulated world only.
    pub fn suspend(&self, name: &str) {
        if let Inner::Wire(_, shared, _) = &self.inner {
            shared.pause(self.index(name), true);
        }
    }

    /// The host goes on after [`World::suspend`].
    pub fn resume(&self, name: &str) {
        if let Inner::Wire(_, shared, _) = &self.inner {
            shared.pause(self.index(name), false);
        }
    }

    /// Gives a site's access link other properties from now on. Simulated world only.
    ///
    /// # Panics
    /// If the topology has no such site, or the figures make no sense.
    pub fn set_link(&self, site: &str, direction: Direction, spec: &LinkSpec) {
        if let Inner::Wire(topology, shared, _) = &self.inner {
            shared.set_link(site_index(topology, site), direction, spec);
        }
    }

    /// The site's NAT forgets its mappings and makes others; false if it has none.
    ///
    /// # Panics
    /// If the topology has no such site.
    pub fn rebind(&self, site: &str) -> bool {
        match &self.inner {
            Inner::Wire(topology, shared, _) => shared.rebind(site_index(topology, site)),
            Inner::Machine(..) | Inner::Lab(..) | Inner::Turmoil(..) => false,
        }
    }

    /// Keeps in the trace that the harness has done something to the world.
    pub fn note_fault(&self, text: &str) {
        if let Inner::Wire(_, shared, _) = &self.inner {
            shared.fault(text.to_string());
        }
    }

    /// Time since the world began, by no host's clock.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(match &self.inner {
            Inner::Machine(world, _) | Inner::Lab(_, world, _) => world.now_ns(),
            Inner::Wire(_, shared, _) => shared.now_ns(),
            Inner::Turmoil(_, hosts) => match hosts.first().map(Host::seat) {
                Some(Seat::Turmoil(seat)) => seat.now_ns(),
                Some(Seat::Real(_) | Seat::Wire(_)) | None => 0,
            },
        })
    }

    fn index(&self, name: &str) -> usize {
        let topology = match &self.inner {
            Inner::Machine(..) => return 0,
            Inner::Wire(topology, ..) => topology,
            Inner::Lab(topology, ..) => topology,
            Inner::Turmoil(topology, _) => topology,
        };
        let index = topology.host_index(name);
        index.unwrap_or_else(|| panic!("the topology has no host '{name}'"))
    }
}

fn site_index(topology: &Topology, site: &str) -> usize {
    let index = topology.site_index(site);
    index.unwrap_or_else(|| panic!("the topology has no site '{site}'"))
}
