//! A world of hosts: built from data, run on a thread of its own, judged by its trace.

use std::sync::Arc;

use crate::host::Host;
use crate::host::clock::HostClock;
use crate::real;

/// A running world, for those who play in it and those who break it; clones mean the same world.
#[derive(Clone)]
pub struct World {
    inner: Inner,
}

#[derive(Clone)]
enum Inner {
    Machine(Arc<real::World>),
}

impl World {
    /// The machine this runs on, its sockets, clock and resolver; needs a running tokio runtime.
    pub fn real_machine() -> World {
        World {
            inner: Inner::Machine(Arc::new(real::World::machine())),
        }
    }

    /// The host of that name. On the real machine every name means this machine.
    pub fn host(&self, name: &str) -> Option<Host> {
        match &self.inner {
            Inner::Machine(world) => {
                let clock = HostClock::new(world.epoch(), 0, 0);
                let addresses = real::lab::machine_addresses();
                Some(world.host(0, name, addresses, clock, None))
            }
        }
    }
}
