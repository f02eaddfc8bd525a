//! The simulated network: where every packet is, who listens, and what happens next.
//!
//! ```text
//! send ─► LAN ─► firewall, NAT ─► uplink ─► backbone ─► downlink ─► NAT, firewall ─► LAN ─► pair ─► host
//!          │            └──────── hairpin ────────────────────────────────────────┘ ▲
//!          └── same site ───────────────────────────────────────────────────────────┘
//! ```
//!
//! A packet passes everything that only takes time in one go; where something must be decided it
//! waits in the timeline and is offered at its own moment.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::task::Waker;
use std::time::Duration;

use indexmap::IndexMap;

use super::ports::Ports;
use super::site::{Addresses, Owner, Site};
use super::slab::{Key, Slab};
use super::tcp::Listening;
use super::tcp::connection::Connection;
use super::timeline::{Ticket, Timeline};
use super::udp::Bound;
use crate::entropy::Entropy;
use crate::faults::{Change, Judge};
use crate::firewall::Way;
use crate::link::flow::FlowHash;
use crate::link::{Cause, Delivery, Flow, Pipeline};
use crate::nat::Route;
use crate::packet::{Packet, Protocol};
use crate::trace::Recorder;

/// Everything that lies under the hosts' handles.
pub(super) struct Network {
    /// The moment at hand, while the driver works through it.
    pub(super) now_ns: u64,
    /// Set while the driver waits on tokio's clock: then that clock may be ahead of `now_ns`.
    pub(super) waiting: Option<Waiting>,
    pub(super) timeline: Timeline<Event>,
    pub(super) flights: Flights,
    pub(super) recorder: Recorder,
    pub(super) judge: Judge,
    pub(super) hosts: Vec<HostState>,
    pub(super) sites: Vec<Site>,
    pub(super) site_names: Vec<String>,
    pub(super) public: Addresses<Owner>,
    pub(super) backbone: Pipeline,
    pub(super) pairs: BTreeMap<(usize, usize), Pipeline>,
    pub(super) sockets: Slab<Bound>,
    pub(super) listeners: Slab<Listening>,
    pub(super) connections: Slab<Box<Connection>>,
    pub(super) changes: Vec<Change>,
    /// Faults of hosts and clocks that have come due; the driver sees to them.
    pub(super) due: Vec<Change>,
    /// Tasks to be woken when the lock is free.
    pub(super) wakes: Vec<Waker>,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) next_packet: u64,
}

/// What the driver waits for.
pub(super) struct Waiting {
    /// World time 0 on tokio's clock.
    pub(super) base: tokio::time::Instant,
    pub(super) until_ns: u64,
    pub(super) driver: Waker,
}

/// One host's part of the network.
pub(super) struct HostState {
    pub(super) name: String,
    pub(super) site: usize,
    /// The first address of each family, which it sends from.
    pub(super) primary_v4: Option<IpAddr>,
    pub(super) primary_v6: Option<IpAddr>,
    pub(super) udp: Ports,
    pub(super) tcp: Ports,
    pub(super) connections: IndexMap<Flow, Key, FlowHash>,
    pub(super) next_port: u16,
    pub(super) entropy: Entropy,
}


/// What can happen at a moment.
#[derive(Debug)]
pub(super) enum Event {
    /// A packet is where something must be decided: its place among the flights.
    Flight(u32),
    /// A host's timer.
    Wake(Waker),
    /// A timer of TCP.
    Tcp(Key),
    /// A router says that a segment was too large, and how large it was (RFC 1191).
    TooLarge(Key, usize),
    /// A fault begins or ends: index into `changes`.
    Change(usize),
}

/// A packet on its way.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    packet: Packet,
    origin: u32,
    /// The connection that sent it, to be told if it was too large.
    connection: Option<Key>,
    stop: Stop,
}

/// All packets on their way; each lies still while its place is passed about.
#[derive(Debug, Default)]
pub(super) struct Flights {
    places: Vec<Option<Flight>>,
    free: Vec<u32>,
}

impl Flights {
    fn insert(&mut self, flight: Flight) -> u32 {
        match self.free.pop() {
            Some(index) => {
                self.places[index as usize] = Some(flight);
                index
            }
            None => {
                self.places.push(Some(flight));
                u32::try_from(self.places.len() - 1).expect("memory ends before 2^32 packets")
            }
        }
    }

    fn get(&mut self, index: u32) -> &mut Flight {
        let flight = self.places[index as usize].as_mut();
        flight.expect("a flight stays in its place until it is removed")
    }

    fn remove(&mut self, index: u32) -> Flight {
        self.free.push(index);
        let flight = self.places[index as usize].take();
        flight.expect("a flight stays in its place until it is removed")
    }
}

/// Where a packet is. Sites and hosts by number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stop {
    LanOut(u32),
    EdgeOut(u32),
    Up(u32),
    Backbone,
    Down(u32),
    /// To a host that the edge does not stand before.
    DownTo(u32, u32),
    EdgeIn(u32),
    LanIn(u32, u32),
    Pair(u32),
    Host(u32),
}

impl Network {
    /// The number of a packet to be sent.
    pub(super) fn next_id(&mut self) -> u64 {
        self.next_packet += 1;
        self.next_packet - 1
    }

    /// World time, whoever asks.
    #[inline]
    pub(super) fn now_ns(&self) -> u64 {
        match &self.waiting {
            None => self.now_ns,
            Some(waiting) => {
                let passed_ns = waiting.base.elapsed().as_nanos() as u64;
                passed_ns.max(self.now_ns)
            }
        }
    }

    /// Plans an event; a waiting driver is woken if it comes before what it waits for.
    pub(super) fn schedule(&mut self, at_ns: u64, event: Event) -> Ticket {
        if let Some(waiting) = &self.waiting
            && at_ns < waiting.until_ns
        {
            self.wakes.push(waiting.driver.clone());
        }
        self.timeline.push(at_ns, event)
    }

    /// A host sends a packet.
    pub(super) fn send(&mut self, host: usize, packet: Packet, connection: Option<Key>) {
        let now_ns = self.now_ns();
        self.recorder.sent(now_ns, host, &packet);
        let target = packet.target.ip();
        let site = self.hosts[host].site;
        let neighbour = if target.is_loopback() {
            Some(host)
        } else {
            self.sites[site].inside.get(target)
        };
        let (stop, at_ns) = match neighbour {
            Some(other) if other == host => (Stop::Host(host as u32), now_ns + LOOPBACK_NS),
            Some(other) => (Stop::LanIn(site as u32, other as u32), now_ns),
            None => (Stop::LanOut(site as u32), now_ns),
        };
        let flight = Flight { packet, origin: host as u32, connection, stop };
        let index = self.flights.insert(flight);
        self.travel(index, at_ns, now_ns);
    }

    /// A packet goes on from where it waited.
    pub(super) fn resume(&mut self, index: u32) {
        if let Stop::Host(host) = self.flights.get(index).stop {
            let flight = self.flights.remove(index);
            self.arrive(host as usize, flight.packet);
        } else {
            self.travel(index, self.now_ns, self.now_ns);
        }
    }

    /// Moves a packet that is at its stop at `at_ns` as far as nothing needs deciding.
    fn travel(&mut self, index: u32, mut at_ns: u64, now_ns: u64) {
        loop {
            let flight = self.flights.get(index);
            let (pipeline, next) = match flight.stop {
                Stop::Host(_) => {
                    self.schedule(at_ns, Event::Flight(index));
                    return;
                }
                Stop::EdgeOut(site) if self.sites[site as usize].is_open() => {
                    flight.stop = Stop::Up(site);
                    continue;
                }
                Stop::EdgeOut(site) | Stop::EdgeIn(site) => {
                    if at_ns > now_ns {
                        self.schedule(at_ns, Event::Flight(index));
                        return;
                    }
                    if let Err(reason) = self.pass_edge(index, site, now_ns) {
                        let flight = self.flights.remove(index);
                        self.drop_packet(flight.packet.id, || reason);
                        return;
                    }
                    continue;
                }
                Stop::LanOut(site) => (&mut self.sites[site as usize].lan, Stop::EdgeOut(site)),
                Stop::Up(site) => (&mut self.sites[site as usize].up, Stop::Backbone),
                Stop::Backbone => {
                    let target = flight.packet.target;
                    let next = match self.public.get(target.ip()) {
                        Some(Owner::Host { site, host }) if self.sites[site].is_open() => {
                            Stop::DownTo(site as u32, host as u32)
                        }
                        Some(Owner::Host { site, .. } | Owner::Nat { site }) => {
                            Stop::Down(site as u32)
                        }
                        None => {
                            let flight = self.flights.remove(index);
                            self.drop_packet(flight.packet.id, || format!("no route to {target}"));
                            return;
                        }
                    };
                    (&mut self.backbone, next)
                }
                Stop::Down(site) => (&mut self.sites[site as usize].down, Stop::EdgeIn(site)),
                Stop::DownTo(site, host) => {
                    (&mut self.sites[site as usize].down, Stop::LanIn(site, host))
                }
                Stop::LanIn(site, host) => (&mut self.sites[site as usize].lan, Stop::Pair(host)),
                Stop::Pair(host) => {
                    let ends = (flight.origin as usize, host as usize);
                    let pair = if self.pairs.is_empty() { None } else { self.pairs.get_mut(&ends) };
                    match pair {
                        Some(pipeline) => (pipeline, Stop::Host(host)),
                        None => {
                            flight.stop = Stop::Host(host);
                            continue;
                        }
                    }
                }
            };
            if let Some(delay) = pipeline.fixed_delay() {
                at_ns = at_ns.saturating_add(delay.as_nanos() as u64);
                flight.stop = next;
                continue;
            }
            if at_ns > now_ns {
                self.schedule(at_ns, Event::Flight(index));
            } else {
                self.offer(index, next);
            }
            return;
        }
    }

    /// Offers a packet to the pipeline it has come to, at this moment.
    fn offer(&mut self, index: u32, next: Stop) {
        let Flight { packet, origin, connection, stop } = self.flights.remove(index);
        let now = Duration::from_nanos(self.now_ns());
        let pipeline = match stop {
            Stop::LanOut(site) | Stop::LanIn(site, _) => &mut self.sites[site as usize].lan,
            Stop::Up(site) => &mut self.sites[site as usize].up,
            Stop::Down(site) | Stop::DownTo(site, _) => &mut self.sites[site as usize].down,
            Stop::Pair(host) => match self.pairs.get_mut(&(origin as usize, host as usize)) {
                Some(pipeline) => pipeline,
                None => return,
            },
            Stop::Backbone | Stop::EdgeOut(_) | Stop::EdgeIn(_) | Stop::Host(_) => &mut self.backbone,
        };
        let (id, size) = (packet.id, packet.wire_len());
        let mut deliveries = std::mem::take(&mut self.deliveries);
        let pipeline_name = pipeline.name().clone();
        let cause = pipeline.offer(now, packet, &mut self.judge, &mut deliveries);
        if let Some(cause) = cause {
            self.befallen(id, size, connection, cause, &pipeline_name);
        }
        for Delivery { at, packet } in deliveries.drain(..) {
            let flight = Flight { packet, origin, connection, stop: next };
            let index = self.flights.insert(flight);
            let at_ns = u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
            self.schedule(at_ns, Event::Flight(index));
        }
        self.deliveries = deliveries;
    }

    /// Firewall and NAT of a site; gives the reason if they stop the packet.
    fn pass_edge(&mut self, index: u32, number: u32, now_ns: u64) -> Result<(), String> {
        let now = Duration::from_nanos(now_ns);
        let site = &mut self.sites[number as usize];
        let flight = self.flights.get(index);
        let packet = &mut flight.packet;
        let is_out = matches!(flight.stop, Stop::EdgeOut(_));
        if !is_out && let Some(nat) = &mut site.nat {
            nat.inbound(now, packet).map_err(|reason| reason.to_string())?;
        }
        if let Some(firewall) = &mut site.firewall {
            let way = if is_out { Way::Out } else { Way::In };
            if let Err(blocked) = firewall.pass(now, way, packet) {
                if is_out && blocked.rejects && packet.protocol == Protocol::Tcp {
                    let (segment, origin) = (packet.clone(), flight.origin as usize);
                    self.refuse(origin, &segment);
                }
                return Err(blocked.to_string());
            }
        }
        if is_out {
            let nat = site.nat.as_mut();
            let route = nat.map_or(Ok(Route::Out), |nat| nat.outbound(now, packet));
            if route.map_err(|reason| reason.to_string())? == Route::Out {
                flight.stop = Stop::Up(number);
                return Ok(());
            }
        }
        let target = packet.target;
        match site.inside.get(target.ip()) {
            Some(host) => {
                flight.stop = Stop::LanIn(number, host as u32);
                Ok(())
            }
            None => Err(format!("no host has {target}")),
        }
    }

    /// A packet has reached its host.
    fn arrive(&mut self, host: usize, packet: Packet) {
        self.recorder.arrived(self.now_ns, host, &packet);
        match packet.protocol {
            Protocol::Udp => self.receive_udp(host, packet),
            Protocol::Tcp => self.receive_tcp(host, packet),
        }
    }

    /// Something happened to a packet on a link.
    fn befallen(&mut self, id: u64, size: usize, from: Option<Key>, cause: Cause, link: &str) {
        if !cause.is_drop() {
            let text = format!("{link}: packet {id} {}", cause.name());
            self.recorder.fault(self.now_ns(), text);
            return;
        }
        self.drop_packet(id, || format!("{link}: {}", cause.name()));
        if let (Cause::TooLarge, Some(connection)) = (cause, from) {
            let at_ns = self.now_ns() + ROUTER_NS;
            self.schedule(at_ns, Event::TooLarge(connection, size));
        }
    }

    /// A packet ends here.
    pub(super) fn drop_packet(&mut self, id: u64, reason: impl FnOnce() -> String) {
        let now_ns = self.now_ns();
        self.recorder.dropped(now_ns, id, reason);
    }
}

/// From a host to itself.
const LOOPBACK_NS: u64 = 20_000;
/// Until a router's complaint is heard.
const ROUTER_NS: u64 = 1_000_000;
