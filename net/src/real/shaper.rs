//! The fault plan's links on real wires: datagrams pass the same pipelines as in simulation.
//!
//! Only UDP: what a link does to a TCP segment is the operating system's business. Delays are as
//! exact as real timers are. One task holds what is under way.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use crate::faults::{Change, Direction, Judge, Record, Target};
use crate::host::lock;
use crate::link::{Cause, Delivery, LinkSpec, Pipeline};
use crate::packet::{Packet, Protocol};
use crate::topology::Topology;

/// All pipelines of a laboratory.
pub(crate) struct Shaper {
    inner: Mutex<Inner>,
    held: mpsc::Sender<Held>,
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

/// A datagram that must wait.
struct Held {
    until_ns: u64,
    order: u64,
    socket: Arc<UdpSocket>,
    target: SocketAddr,
    payload: Bytes,
}

/// What became of a datagram.
pub(crate) enum Fate {
    /// To be sent now, changed or not.
    Now(Bytes),
    /// Kept for later, or sent more than once; nothing is left to do.
    Held,
    /// Lost, and why.
    Lost(String),
}

impl Shaper {
    /// Pipelines without any stage, and the task that holds datagrams back; needs a runtime.
    pub(crate) fn start(
        topology: &Topology,
        changes: &[Change],
        judge: Judge,
        now_ns: impl Fn() -> u64 + Send + 'static,
    ) -> Shaper {
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
        let (held, receiver) = mpsc::channel(MAX_HELD);
        tokio::spawn(hold(receiver, now_ns));
        Shaper {
            inner: Mutex::new(inner),
            held,
        }
    }

    /// Takes a datagram from one host to another.
    pub(crate) fn offer(
        &self,
        now_ns: u64,
        ends: (usize, usize),
        packet: Packet,
        way: (&Arc<UdpSocket>, SocketAddr),
    ) -> Fate {
        let order = packet.id;
        let original = packet.payload.clone();
        let mut cause = None;
        let deliveries = lock(&self.inner).pass(now_ns, ends, packet, &mut cause);
        if let [only] = &deliveries[..]
            && nanoseconds(only.at) <= now_ns
        {
            return Fate::Now(only.packet.payload.clone());
        }
        if deliveries.is_empty() {
            return Fate::Lost(cause.unwrap_or_else(|| format!("lost {} bytes", original.len())));
        }
        for Delivery { at, packet } in deliveries {
            let held = Held {
                until_ns: nanoseconds(at),
                order,
                socket: way.0.clone(),
                target: way.1,
                payload: packet.payload,
            };
            // Full: as lost as in any full queue.
            let _ = self.held.try_send(held);
        }
        Fate::Held
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

    /// What was decided so far.
    pub(crate) fn record(&self) -> Record {
        lock(&self.inner).judge.record()
    }
}

impl Inner {
    /// Uplink, downlink and the way between the two hosts, as far as they apply.
    fn pass(
        &mut self,
        now_ns: u64,
        ends: (usize, usize),
        packet: Packet,
        befell: &mut Option<String>,
    ) -> Vec<Delivery> {
        let at = Duration::from_nanos(now_ns);
        let mut passed = vec![Delivery { at, packet }];
        let site = |host: usize| self.hosts.get(host).map(|(_, site)| *site);
        let (Some(from), Some(to)) = (site(ends.0), site(ends.1)) else {
            return passed;
        };
        let mut stations: Vec<&mut Pipeline> = Vec::new();
        let (mut up, mut down) = (None, None);
        if from != to {
            for (number, (site_up, site_down)) in self.sites.iter_mut().enumerate() {
                if number == from {
                    up = Some(site_up);
                } else if number == to {
                    down = Some(site_down);
                }
            }
        }
        stations.extend(up);
        stations.extend(down);
        stations.extend(self.pairs.get_mut(&ends));
        for pipeline in stations {
            let mut next = Vec::new();
            for Delivery { at, packet } in passed {
                let cause = pipeline.offer(at, packet, &mut self.judge, &mut next);
                if let Some(cause) = cause.filter(|cause: &Cause| cause.is_drop()) {
                    *befell = Some(format!("{}: {}", pipeline.name(), cause.name()));
                }
            }
            passed = next;
        }
        passed
    }
}

/// Sends each datagram at its time.
async fn hold(mut receiver: mpsc::Receiver<Held>, now_ns: impl Fn() -> u64) {
    let mut waiting = BinaryHeap::new();
    loop {
        let now_ns = now_ns();
        while waiting
            .peek()
            .is_some_and(|Reverse(held): &Reverse<Held>| held.until_ns <= now_ns)
        {
            if let Some(Reverse(held)) = waiting.pop() {
                let socket = socket2::SockRef::from(&*held.socket);
                let _ = socket.send_to(&held.payload, &held.target.into());
            }
        }
        let next_ns = waiting.peek().map(|Reverse(held)| held.until_ns - now_ns);
        let pause = Duration::from_nanos(next_ns.unwrap_or(u64::MAX / 4));
        tokio::select! {
            biased;
            held = receiver.recv() => match held {
                Some(held) => waiting.push(Reverse(held)),
                None => return,
            },
            () = tokio::time::sleep(pause) => {}
        }
    }
}

impl Held {
    fn key(&self) -> (u64, u64) {
        (self.until_ns, self.order)
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
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

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Datagrams that may be under way.
const MAX_HELD: usize = 65_536;
