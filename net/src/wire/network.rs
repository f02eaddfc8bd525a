//! The simulated network: where every packet is, who listens, and what happens next.
//!
//! The way of a packet is in [`flight`](super::flight), what hosts do with it in
//! [`udp`](super::udp) and [`tcp`](super::tcp).

use std::net::IpAddr;
use std::task::Waker;

use indexmap::IndexMap;

use super::flight::{Flight, Flights, Stop};
use super::ports::Ports;
use super::site::{Addresses, Links, Owner};
use super::slab::{Key, Slab};
use super::tcp::Listening;
use super::tcp::connection::Connection;
use super::timeline::{Ticket, Timeline};
use super::udp::Bound;
use crate::entropy::Entropy;
use crate::faults::{Change, Judge};
use crate::link::flow::FlowHash;
use crate::link::{Delivery, Flow};
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
    pub(super) links: Links,
    pub(super) site_names: Vec<String>,
    pub(super) public: Addresses<Owner>,
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
            self.links.sites[site].inside.get(target)
        };
        let (stop, at_ns) = match neighbour {
            Some(other) if other == host => (Stop::Host(host as u32), now_ns + LOOPBACK_NS),
            Some(other) => (Stop::LanIn(site as u32, other as u32), now_ns),
            None => (Stop::LanOut(site as u32), now_ns),
        };
        let index = self.flights.insert(Flight {
            packet,
            origin: host as u32,
            connection,
            stop,
        });
        self.travel(index, at_ns, now_ns);
    }

    /// A packet has reached its host.
    pub(super) fn arrive(&mut self, host: usize, packet: Packet) {
        self.recorder.arrived(self.now_ns, host, &packet);
        match packet.protocol {
            Protocol::Udp => self.receive_udp(host, packet),
            Protocol::Tcp => self.receive_tcp(host, packet),
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
