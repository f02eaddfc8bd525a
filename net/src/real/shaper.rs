//! The fault plan's links on real wires: what passes real sockets passes the same pipelines as in simulation.
//!
//! ```text
//! laboratory: sender ── uplink, downlink, way between the two ──► socket          (both ends are ours)
//! machine:    sender ── uplink ──► socket      socket ── downlink ──► receiver    (the far end is anybody's)
//! ```
//!
//! A datagram is a packet. What a stream carries is cut into segments first (`carrier`), for the
//! operating system's own are out of reach. Delays are as exact as real timers are.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;

use crate::faults::{Change, Direction, Judge, Record, Target};
use crate::host::lock;
use crate::link::{Cause, Delivery, LinkSpec, Pipeline};
use crate::packet::{Packet, Protocol};
use crate::topology::Topology;

/// All pipelines of a laboratory, or those of a host on the machine.
pub(crate) struct Shaper {
    inner: Mutex<Inner>,
}

/// Which links a packet passes at this socket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    /// All between two hosts of a laboratory, by their numbers.
    Between(usize, usize),
    /// Out of the machine's one host.
    Out,
    /// Into the machine's one host.
    In,
}

struct Inner {
    /// Up and down, by site.
    sites: Vec<(Pipeline, Pipeline)>,
    pairs: BTreeMap<(usize, usize), Pipeline>,
    judge: Judge,
    names: Vec<String>,
    /// Each host's name and site.
    hosts: Vec<(String, usize)>,
}

/// What became of a packet.
pub(crate) enum Fate {
    /// It passes at once, changed or not.
    Now(Bytes),
    /// It passes later, or more than once.
    Later(Vec<Delivery>),
    /// It is lost.
    Lost {
        /// By what.
        cause: Option<Cause>,
        /// The same in words, with the place.
        reason: String,
    },
}

impl Shaper {
    /// Pipelines without any stage yet. On the machine the topology has one host in one site.
    pub(crate) fn new(topology: &Topology, changes: &[Change], judge: Judge) -> Shaper {
        let ideal = |name: String| {
            let mut pipeline = Pipeline::new(&LinkSpec::default(), name);
            pipeline.count_flows();
            pipeline
        };
        let names: Vec<_> = topology
            .sites
            .iter()
            .map(|site| site.name.clone())
            .collect();
        let link = |name: &String, way: Direction| ideal(way.link_name(name));
        let sites = names
            .iter()
            .map(|name| (link(name, Direction::Up), link(name, Direction::Down)));
        let hosts = topology.hosts.iter().map(|host| {
            let site = topology.site_index(&host.site);
            (host.name.clone(), site.expect("the topology is checked"))
        });
        let mut pairs = BTreeMap::new();
        for change in changes {
            if let Target::Pair { source, target } = &change.fault.target {
                let ends = (topology.host_index(source), topology.host_index(target));
                if let (Some(from), Some(to)) = ends {
                    pairs.insert((from, to), ideal(format!("way from {source} to {target}")));
                }
            }
        }
        let inner = Inner {
            sites: sites.collect(),
            pairs,
            judge,
            hosts: hosts.collect(),
            names,
        };
        Shaper {
            inner: Mutex::new(inner),
        }
    }

    /// Lets a packet pass, as far as its links let it.
    pub(crate) fn offer(&self, now_ns: u64, way: Way, packet: Packet) -> Fate {
        let mut befell = None;
        let len = packet.payload.len();
        let deliveries = lock(&self.inner).pass(now_ns, way, packet, &mut befell);
        if let [only] = &deliveries[..]
            && nanoseconds(only.at) <= now_ns
        {
            return Fate::Now(only.packet.payload.clone());
        }
        if !deliveries.is_empty() {
            return Fate::Later(deliveries);
        }
        let (cause, reason) = befell.map_or_else(
            || (None, format!("lost {len} bytes")),
            |(cause, reason)| (Some(cause), reason),
        );
        Fate::Lost { cause, reason }
    }

    /// A fault on a link begins or ends.
    pub(crate) fn change(&self, change: &Change) {
        let Some(stage) = change.fault.effect.stage() else {
            return;
        };
        let strike = |pipeline: &mut Pipeline| {
            if change.begins {
                pipeline.impose(change.fault.id, &stage);
            } else {
                pipeline.lift(change.fault.id);
            }
        };
        let mut inner = lock(&self.inner);
        let inner = &mut *inner;
        match &change.fault.target {
            Target::Site { name, direction } => {
                let number = inner.names.iter().position(|site| site == name);
                if let Some((up, down)) = number.map(|number| &mut inner.sites[number]) {
                    if !matches!(direction, Direction::Down) {
                        strike(up);
                    }
                    if !matches!(direction, Direction::Up) {
                        strike(down);
                    }
                }
            }
            Target::Pair { source, target } => {
                let number = |name: &String| inner.hosts.iter().position(|(host, _)| host == name);
                if let (Some(source), Some(target)) = (number(source), number(target))
                    && let Some(pipeline) = inner.pairs.get_mut(&(source, target))
                {
                    strike(pipeline);
                }
            }
            Target::Host { .. } => {}
        }
    }

    /// What was decided so far, and how many of the decisions given to the judge nobody has asked for.
    pub(crate) fn record(&self) -> (Record, usize) {
        let judge = &lock(&self.inner).judge;
        (judge.record(), judge.unused())
    }
}

impl Inner {
    fn pass(
        &mut self,
        now_ns: u64,
        way: Way,
        packet: Packet,
        befell: &mut Option<(Cause, String)>,
    ) -> Vec<Delivery> {
        let at = Duration::from_nanos(now_ns);
        let mut passed = vec![Delivery { at, packet }];
        let Self {
            sites,
            pairs,
            judge,
            hosts,
            ..
        } = self;
        let stations = stations(sites, pairs, hosts, way);
        for pipeline in stations.into_iter().flatten() {
            let mut next = Vec::new();
            for Delivery { at, packet } in passed {
                let cause = pipeline.offer(at, packet, judge, &mut next);
                if let Some(cause) = cause.filter(|cause: &Cause| cause.is_drop()) {
                    *befell = Some((cause, format!("{}: {}", pipeline.name(), cause.name())));
                }
            }
            passed = next;
        }
        passed
    }
}

/// Uplink, downlink and the way between the two hosts, as far as they apply.
fn stations<'a>(
    sites: &'a mut [(Pipeline, Pipeline)],
    pairs: &'a mut BTreeMap<(usize, usize), Pipeline>,
    hosts: &[(String, usize)],
    way: Way,
) -> [Option<&'a mut Pipeline>; 3] {
    let (from, to) = match way {
        Way::Out => return [sites.first_mut().map(|(up, _)| up), None, None],
        Way::In => return [sites.first_mut().map(|(_, down)| down), None, None],
        Way::Between(from, to) => (from, to),
    };
    let site = |host: usize| hosts.get(host).map(|(_, site)| *site);
    let (Some(source), Some(target)) = (site(from), site(to)) else {
        return [None, None, None];
    };
    let (mut up, mut down) = (None, None);
    if source != target {
        for (number, (site_up, site_down)) in sites.iter_mut().enumerate() {
            if number == source {
                up = Some(site_up);
            } else if number == target {
                down = Some(site_down);
            }
        }
    }
    [up, down, pairs.get_mut(&(from, to))]
}

/// A packet of the shaper's.
pub(crate) fn datagram(source: SocketAddr, target: SocketAddr, bytes: &[u8], id: u64) -> Packet {
    Packet {
        source,
        target,
        protocol: Protocol::Udp,
        payload: Bytes::copy_from_slice(bytes),
        id,
    }
}

pub(super) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
