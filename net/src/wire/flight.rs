//! The way of a packet through links, NATs and firewalls.
//!
//! ```text
//! send ─► LAN ─► firewall, NAT ─► uplink ─► backbone ─► downlink ─► NAT, firewall ─► LAN ─► pair ─► host
//!          │            └──────── hairpin ────────────────────────────────────────┘ ▲
//!          └── same site ───────────────────────────────────────────────────────────┘
//! ```
//!
//! A packet passes everything that only takes time in one go; where something must be decided it
//! waits in the timeline and is offered at its own moment.

use std::time::Duration;

use super::network::{Event, Network};
use super::site::{Links, Owner};
use super::slab::Key;
use crate::firewall::Way;
use crate::link::{Cause, Delivery, Pipeline};
use crate::nat::Route;
use crate::packet::{Packet, Protocol};

/// A packet on its way.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) packet: Packet,
    pub(super) origin: u32,
    /// The connection that sent it, to be told if it was too large.
    pub(super) connection: Option<Key>,
    pub(super) stop: Stop,
}

/// All packets on their way; each lies still while its place is passed about.
#[derive(Debug, Default)]
pub(super) struct Flights {
    places: Vec<Option<Flight>>,
    free: Vec<u32>,
}

impl Flights {
    pub(super) fn insert(&mut self, flight: Flight) -> u32 {
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

    pub(super) fn get(&mut self, index: u32) -> &mut Flight {
        let flight = self.places[index as usize].as_mut();
        flight.expect("a flight stays in its place until it is removed")
    }

    pub(super) fn remove(&mut self, index: u32) -> Flight {
        self.free.push(index);
        let flight = self.places[index as usize].take();
        flight.expect("a flight stays in its place until it is removed")
    }
}

/// Where a packet is. Sites and hosts by number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stop {
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

/// What a packet meets next.
enum Onward {
    /// Its host.
    Arrived,
    /// NAT and firewall of this site.
    Edge(u32),
    /// A link, and where it leads.
    Link(Stop),
    /// Nothing: it ends here.
    Lost(String),
}

impl Network {
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
    pub(super) fn travel(&mut self, index: u32, mut at_ns: u64, now_ns: u64) {
        loop {
            match self.onward(index) {
                Onward::Arrived => break,
                Onward::Edge(_) if at_ns > now_ns => break,
                Onward::Edge(site) => {
                    if let Err(reason) = self.pass_edge(index, site, now_ns) {
                        return self.lose(index, reason);
                    }
                }
                Onward::Link(next) => {
                    let Flight { stop, origin, .. } = *self.flights.get(index);
                    match pipeline(&mut self.links, stop, origin).fixed_delay() {
                        Some(delay) => {
                            at_ns = at_ns.saturating_add(delay.as_nanos() as u64);
                            self.flights.get(index).stop = next;
                        }
                        None if at_ns > now_ns => break,
                        None => return self.offer(index, next),
                    }
                }
                Onward::Lost(reason) => return self.lose(index, reason),
            }
        }
        self.schedule(at_ns, Event::Flight(index));
    }

    /// What a packet meets where it is; what it does not meet, it skips.
    fn onward(&mut self, index: u32) -> Onward {
        let flight = self.flights.get(index);
        if let Stop::EdgeOut(site) = flight.stop {
            if !self.links.sites[site as usize].is_open() {
                return Onward::Edge(site);
            }
            flight.stop = Stop::Up(site);
        }
        if let Stop::Pair(host) = flight.stop {
            let ends = (flight.origin as usize, host as usize);
            if self.links.pairs.is_empty() || !self.links.pairs.contains_key(&ends) {
                flight.stop = Stop::Host(host);
            }
        }
        match flight.stop {
            Stop::LanOut(site) => Onward::Link(Stop::EdgeOut(site)),
            Stop::Up(_) => Onward::Link(Stop::Backbone),
            Stop::Backbone => {
                let target = flight.packet.target;
                match self.public.get(target.ip()) {
                    Some(Owner::Host { site, host }) if self.links.sites[site].is_open() => {
                        Onward::Link(Stop::DownTo(site as u32, host as u32))
                    }
                    Some(Owner::Host { site, .. } | Owner::Nat { site }) => {
                        Onward::Link(Stop::Down(site as u32))
                    }
                    None => Onward::Lost(format!("no route to {target}")),
                }
            }
            Stop::Down(site) => Onward::Link(Stop::EdgeIn(site)),
            Stop::DownTo(site, host) => Onward::Link(Stop::LanIn(site, host)),
            Stop::EdgeOut(site) | Stop::EdgeIn(site) => Onward::Edge(site),
            Stop::LanIn(_, host) => Onward::Link(Stop::Pair(host)),
            Stop::Pair(host) => Onward::Link(Stop::Host(host)),
            Stop::Host(_) => Onward::Arrived,
        }
    }

    /// Offers a packet to the pipeline it has come to, at this moment.
    fn offer(&mut self, index: u32, next: Stop) {
        let Flight {
            packet,
            origin,
            connection,
            stop,
        } = self.flights.remove(index);
        let now = Duration::from_nanos(self.now_ns());
        let (id, size) = (packet.id, packet.wire_len());
        let mut deliveries = std::mem::take(&mut self.deliveries);
        let pipeline = pipeline(&mut self.links, stop, origin);
        let befell = pipeline.offer(now, packet, &mut self.judge, &mut deliveries);
        if let Some((cause, link)) = befell.map(|cause| (cause, pipeline.name().clone())) {
            self.befallen(id, size, connection, cause, &link);
        }
        for Delivery { at, packet } in deliveries.drain(..) {
            let flight = Flight {
                packet,
                origin,
                connection,
                stop: next,
            };
            let index = self.flights.insert(flight);
            let at_ns = u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
            self.schedule(at_ns, Event::Flight(index));
        }
        self.deliveries = deliveries;
    }

    /// Firewall and NAT of a site; gives the reason if they stop the packet.
    fn pass_edge(&mut self, index: u32, number: u32, now_ns: u64) -> Result<(), String> {
        let now = Duration::from_nanos(now_ns);
        let site = &mut self.links.sites[number as usize];
        let flight = self.flights.get(index);
        let packet = &mut flight.packet;
        let is_out = matches!(flight.stop, Stop::EdgeOut(_));
        if !is_out && let Some(nat) = &mut site.nat {
            nat.inbound(now, packet)
                .map_err(|reason| reason.to_string())?;
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

    fn lose(&mut self, index: u32, reason: String) {
        let flight = self.flights.remove(index);
        self.drop_packet(flight.packet.id, || reason);
    }
}

/// The link at a stop. Where there is none it is the backbone, which is never asked then.
#[inline]
fn pipeline(links: &mut Links, stop: Stop, origin: u32) -> &mut Pipeline {
    match stop {
        Stop::LanOut(site) | Stop::LanIn(site, _) => &mut links.sites[site as usize].lan,
        Stop::Up(site) => &mut links.sites[site as usize].up,
        Stop::Down(site) | Stop::DownTo(site, _) => &mut links.sites[site as usize].down,
        Stop::Pair(host) => {
            let pair = links.pairs.get_mut(&(origin as usize, host as usize));
            pair.unwrap_or(&mut links.backbone)
        }
        Stop::Backbone | Stop::EdgeOut(_) | Stop::EdgeIn(_) | Stop::Host(_) => &mut links.backbone,
    }
}

/// Until a router's complaint is heard.
const ROUTER_NS: u64 = 1_000_000;
