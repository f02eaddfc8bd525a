//! A world of hosts: built from data, run on a thread of its own, judged by its trace.
//!
//! ```text
//! Setup (kind, topology, seed, faults) ── run(play) ──► Run (value, trace, decisions)
//!                                              └─ the play gets a World: its hosts, and the means to break it
//! ```

mod setup;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::faults::Direction;
use crate::host::clock::HostClock;
use crate::host::{Host, Seat};
use crate::link::LinkSpec;
use crate::topology::Topology;
use crate::{real, wire};

pub use setup::{Kind, Run, Setup, SetupError, Stopped};

/// A running world, for those who play in it and those who break it; clones mean the same world.
#[derive(Clone)]
pub struct World {
    inner: Inner,
}

#[derive(Clone)]
enum Inner {
    Machine(Arc<real::World>),
    Wire(Arc<Topology>, Arc<wire::Shared>),
    /// Hosts of a world that cannot be broken but by ending their tasks.
    Plain(Arc<Topology>, Arc<Vec<Host>>),
}

impl World {
    /// The machine this runs on, its sockets, clock and resolver; needs a running tokio runtime.
    pub fn real_machine() -> World {
        World {
            inner: Inner::Machine(Arc::new(real::World::machine())),
        }
    }

    /// The host of that name. On the real machine every name means this machine.
    ///
    /// # Panics
    /// If the topology has no such host.
    pub fn host(&self, name: &str) -> Host {
        match &self.inner {
            Inner::Machine(world) => {
                let clock = HostClock::new(world.epoch(), 0, 0);
                let addresses = real::lab::machine_addresses();
                world.host(0, name, addresses, clock, None)
            }
            Inner::Wire(_, shared) => shared.hosts()[self.index(name)].clone(),
            Inner::Plain(_, hosts) => hosts[self.index(name)].clone(),
        }
    }

    /// Starts something on a host, and again whenever the host starts again.
    pub fn boot<F>(&self, name: &str, program: impl Fn(Host) -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let host = self.host(name);
        let program = Arc::new(program);
        if let Inner::Wire(_, shared) = &self.inner {
            let program = program.clone();
            let boot: wire::Boot = Arc::new(move |host| Box::pin(program(host)));
            shared.set_boot(self.index(name), boot);
        }
        host.spawn(program(host.clone()));
    }

    /// The host dies: its tasks end, its sockets close without a word, its memory is lost.
    pub fn crash(&self, name: &str) {
        match &self.inner {
            Inner::Wire(_, shared) => shared.crash(self.index(name)),
            Inner::Machine(_) | Inner::Plain(..) => match self.host(name).seat() {
                Seat::Real(seat) => seat.crash(),
                Seat::Turmoil(seat) => seat.crash(),
                Seat::Wire(_) => {}
            },
        }
    }

    /// The host dies if it has not yet, and starts again with what [`World::boot`] was given.
    pub fn restart(&self, name: &str) {
        self.crash(name);
        if let Inner::Wire(_, shared) = &self.inner {
            shared.revive(self.index(name));
        }
    }

    /// The host stands still: its tasks wait, packets wait in its sockets. Simulated world only.
    pub fn suspend(&self, name: &str) {
        if let Inner::Wire(_, shared) = &self.inner {
            shared.pause(self.index(name), true);
        }
    }

    /// The host goes on after [`World::suspend`].
    pub fn resume(&self, name: &str) {
        if let Inner::Wire(_, shared) = &self.inner {
            shared.pause(self.index(name), false);
        }
    }

    /// Gives a site's access link other properties from now on. Simulated world only.
    ///
    /// # Panics
    /// If the topology has no such site, or the figures make no sense.
    pub fn set_link(&self, site: &str, direction: Direction, spec: &LinkSpec) {
        if let Inner::Wire(topology, shared) = &self.inner {
            shared.set_link(site_index(topology, site), direction, spec);
        }
    }

    /// The site's NAT forgets its mappings and makes others; false if it has none.
    ///
    /// # Panics
    /// If the topology has no such site.
    pub fn rebind(&self, site: &str) -> bool {
        match &self.inner {
            Inner::Wire(topology, shared) => shared.rebind(site_index(topology, site)),
            Inner::Machine(_) | Inner::Plain(..) => false,
        }
    }

    /// Keeps in the trace that the harness has done something to the world.
    pub fn note_fault(&self, text: &str) {
        if let Inner::Wire(_, shared) = &self.inner {
            shared.fault(text.to_string());
        }
    }

    /// Time since the world began, by no host's clock.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(match &self.inner {
            Inner::Machine(world) => world.now_ns(),
            Inner::Wire(_, shared) => shared.now_ns(),
            Inner::Plain(_, hosts) => match hosts.first().map(Host::seat) {
                Some(Seat::Real(seat)) => seat.now_ns(),
                Some(Seat::Turmoil(seat)) => seat.now_ns(),
                Some(Seat::Wire(seat)) => seat.now_ns(),
                None => 0,
            },
        })
    }

    fn index(&self, name: &str) -> usize {
        let topology = match &self.inner {
            Inner::Machine(_) => return 0,
            Inner::Wire(topology, _) | Inner::Plain(topology, _) => topology,
        };
        let index = topology.host_index(name);
        index.unwrap_or_else(|| panic!("the topology has no host '{name}'"))
    }
}

fn site_index(topology: &Topology, site: &str) -> usize {
    let index = topology.site_index(site);
    index.unwrap_or_else(|| panic!("the topology has no site '{site}'"))
}
