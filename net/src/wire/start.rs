//! Making the simulated world out of data.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use indexmap::IndexMap;

use super::flight::Flights;
use super::network::{Event, HostState, Network};
use super::ports::{FIRST_EPHEMERAL, Ports};
use super::site::Links;
use super::slab::Slab;
use super::task::Pause;
use super::timeline::Timeline;
use super::{Seat, Shared, site};
use crate::entropy::Entropy;
use crate::faults::{Direction, FaultPlan, Judge, Target};
use crate::host::clock::HostClock;
use crate::host::{Host, Seat as AnySeat, Tasks};
use crate::link::Pipeline;
use crate::topology::Topology;
use crate::trace::Recorder;

/// The network and all its hosts; nothing runs yet.
pub(crate) fn build(
    topology: &Topology,
    seed: u64,
    plan: &FaultPlan,
    judge: Judge,
    recorder: Recorder,
) -> (Arc<Shared>, Vec<Host>) {
    let mut network = network(topology, seed, plan, judge, recorder);
    prepare(&mut network, topology, plan);
    let shared = Arc::new(Shared {
        network: Mutex::new(network),
        topology: topology.clone(),
        zone: topology.zone(|_, address| Some(address)),
        hosts: OnceLock::new(),
        now_ns: AtomicU64::new(0),
        is_waiting: AtomicBool::new(false),
        ready: Arc::default(),
        stopped: Mutex::new(None),
        boots: Mutex::default(),
    });
    let hosts = topology.hosts.iter().enumerate().map(|(index, spec)| {
        let clock = HostClock::new(topology.epoch(), spec.skew_ms, spec.drift_ppm);
        let seat = Seat {
            shared: shared.clone(),
            index,
            tasks: Tasks::default(),
            pause: Arc::new(Pause::default()),
        };
        let addresses = spec.addresses.clone();
        Host::new(
            &spec.name,
            addresses,
            clock,
            Some(seed),
            AnySeat::Wire(seat),
        )
    });
    let hosts: Vec<Host> = hosts.collect();
    let _ = shared
        .hosts
        .set(hosts.iter().map(Host::downgrade).collect());
    (shared, hosts)
}

fn network(
    topology: &Topology,
    seed: u64,
    plan: &FaultPlan,
    judge: Judge,
    recorder: Recorder,
) -> Network {
    let (sites, public) = site::build(topology, seed);
    let targets = plan.faults.iter().map(|fault| fault.target.clone());
    Network {
        now_ns: 0,
        waiting: None,
        timeline: Timeline::new(),
        flights: Flights::default(),
        recorder,
        judge,
        hosts: host_states(topology, seed),
        links: Links {
            sites,
            backbone: Pipeline::new(&topology.backbone, "backbone"),
            pairs: site::pairs(topology, targets),
        },
        site_names: topology
            .sites
            .iter()
            .map(|site| site.name.clone())
            .collect(),
        public,
        sockets: Slab::new(),
        listeners: Slab::new(),
        connections: Slab::new(),
        changes: plan.changes(),
        due: Vec::new(),
        wakes: Vec::new(),
        deliveries: Vec::new(),
        next_packet: 0,
    }
}

impl Shared {
    /// Begins what runs by itself; needs the runtime.
    pub(crate) fn start(self: &Arc<Self>) {
        for host in 0..self.topology.hosts.len() {
            self.start_resolver(host);
        }
    }
}

fn host_states(topology: &Topology, seed: u64) -> Vec<HostState> {
    let state = |spec: &crate::topology::HostSpec| {
        let mut entropy = Entropy::derived(seed, &spec.name, "net.tcp", 0);
        let span = u64::from(u16::MAX - FIRST_EPHEMERAL) + 1;
        let offset = entropy.below(span) as u16;
        HostState {
            name: spec.name.clone(),
            site: topology
                .site_index(&spec.site)
                .expect("the topology is checked"),
            primary_v4: spec
                .addresses
                .iter()
                .find(|address| address.is_ipv4())
                .copied(),
            primary_v6: spec
                .addresses
                .iter()
                .find(|address| address.is_ipv6())
                .copied(),
            udp: Ports::default(),
            tcp: Ports::default(),
            connections: IndexMap::default(),
            next_port: FIRST_EPHEMERAL + offset,
            entropy,
        }
    };
    topology.hosts.iter().map(state).collect()
}

/// Plans the faults, and lets the links they touch count packets from the start.
fn prepare(network: &mut Network, topology: &Topology, plan: &FaultPlan) {
    let mut touched: BTreeMap<usize, (bool, bool)> = BTreeMap::new();
    for fault in plan
        .faults
        .iter()
        .filter(|fault| fault.effect.stage().is_some())
    {
        if let Target::Site { name, direction } = &fault.target
            && let Some(site) = topology.site_index(name)
        {
            let (up, down) = touched.entry(site).or_default();
            *up |= !matches!(direction, Direction::Down);
            *down |= !matches!(direction, Direction::Up);
        }
    }
    for (site, (up, down)) in touched {
        let site = &mut network.links.sites[site];
        if up {
            site.up.count_flows();
        }
        if down {
            site.down.count_flows();
        }
    }
    network
        .links
        .pairs
        .values_mut()
        .for_each(Pipeline::count_flows);
    for (index, change) in plan.changes().into_iter().enumerate() {
        let at_ns = u64::try_from(change.at.as_nanos()).unwrap_or(u64::MAX);
        network.timeline.push(at_ns, Event::Change(index));
    }
}

/// A duration as the network counts it.
pub(super) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
