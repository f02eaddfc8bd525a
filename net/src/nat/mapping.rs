//! A NAT's memory: which inside socket has which outside port, and who may use it from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use super::NatDrop;
use super::spec::{NatKind, NatSpec, PortChoice};
use crate::expiring::Expiring;
use crate::link::dice::Dice;
use crate::packet::{Packet, Protocol};

#[derive(Debug)]
pub(super) struct Table {
    kind: NatKind,
    choice: PortChoice,
    udp_timeout: Duration,
    tcp_timeout: Duration,
    forwards: BTreeMap<(Protocol, u16), SocketAddr>,
    mappings: Expiring<(Protocol, u16), Mapping>,
    /// Port of each mapping by what it is for; may name a mapping that has ended.
    ports: BTreeMap<Purpose, u16>,
    capacity: usize,
    dice: Dice,
    next: u16,
    /// Added to preserved ports; not zero after a rebinding.
    shift: u16,
}

/// What a mapping is for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Purpose {
    protocol: Protocol,
    inside: SocketAddr,
    /// Only with symmetric NATs.
    remote: Option<SocketAddr>,
}

#[derive(Debug)]
struct Mapping {
    purpose: Purpose,
    sent_to: BTreeSet<SocketAddr>,
    is_closing: bool,
}

impl Table {
    pub(super) fn new(spec: &NatSpec, mut dice: Dice) -> Self {
        let next = FIRST_PORT + dice.below(u64::from(u16::MAX - FIRST_PORT)) as u16;
        Self {
            kind: spec.kind,
            choice: spec.ports,
            udp_timeout: spec.udp_timeout,
            tcp_timeout: spec.tcp_timeout,
            forwards: spec
                .forwards
                .iter()
                .map(|forward| ((forward.protocol, forward.port), forward.inside))
                .collect(),
            mappings: Expiring::new(spec.capacity),
            ports: BTreeMap::new(),
            capacity: spec.capacity,
            dice,
            next,
            shift: 0,
        }
    }

    /// The outside port for a packet that leaves; makes a mapping or prolongs it.
    pub(super) fn outbound(&mut self, now: Duration, packet: &Packet) -> Result<u16, NatDrop> {
        if let Some(port) = self.forwarded(packet) {
            return Ok(port);
        }
        let purpose = self.purpose(packet.protocol, packet.source, packet.target);
        let port = match self.live(now, &purpose) {
            Some(port) => port,
            None => self.open(now, purpose)?,
        };
        let timeout = self.timeout(packet.protocol);
        let closes = closes(packet);
        if let Some((mapping, ends)) = self.mappings.get_mut(now, &(packet.protocol, port)) {
            mapping.is_closing |= closes;
            *ends = now
                + if mapping.is_closing {
                    timeout.min(CLOSING)
                } else {
                    timeout
                };
            if mapping.sent_to.len() >= MAX_SENT_TO && !mapping.sent_to.contains(&packet.target) {
                mapping.sent_to.pop_first();
            }
            mapping.sent_to.insert(packet.target);
        }
        Ok(port)
    }

    /// The inside socket for a packet that comes to an outside port. What comes in prolongs no mapping (RFC 4787 §4.3 REQ-6).
    pub(super) fn inbound(
        &mut self,
        now: Duration,
        packet: &Packet,
    ) -> Result<SocketAddr, NatDrop> {
        let key = (packet.protocol, packet.target.port());
        if let Some(inside) = self.forwards.get(&key) {
            return Ok(*inside);
        }
        let Some((mapping, ends)) = self.mappings.get_mut(now, &key) else {
            return Err(NatDrop::NoMapping);
        };
        let allowed = match self.kind {
            NatKind::FullCone => true,
            NatKind::AddressRestricted => mapping
                .sent_to
                .iter()
                .any(|remote| remote.ip() == packet.source.ip()),
            NatKind::PortRestricted | NatKind::Symmetric => {
                mapping.sent_to.contains(&packet.source)
            }
        };
        if !allowed {
            return Err(NatDrop::Filtered);
        }
        if closes(packet) {
            mapping.is_closing = true;
            *ends = (*ends).min(now + CLOSING);
        }
        Ok(mapping.purpose.inside)
    }

    pub(super) fn port_of(
        &self,
        now: Duration,
        protocol: Protocol,
        inside: SocketAddr,
        remote: SocketAddr,
    ) -> Option<u16> {
        self.live(now, &self.purpose(protocol, inside, remote))
    }

    pub(super) fn rebind(&mut self) {
        self.mappings.clear();
        self.ports.clear();
        // Even, so that RTP stays on even ports (RFC 4787 §4.2.2), and never back to where it was within 100 rebindings.
        self.shift = self.shift.wrapping_add(2 + 2 * self.dice.below(300) as u16);
    }

    #[cfg(test)]
    pub(super) fn ports_len(&self) -> usize {
        self.ports.len()
    }

    fn forwarded(&self, packet: &Packet) -> Option<u16> {
        self.forwards
            .iter()
            .find(|((protocol, _), inside)| {
                (*protocol, **inside) == (packet.protocol, packet.source)
            })
            .map(|((_, port), _)| *port)
    }

    fn purpose(&self, protocol: Protocol, inside: SocketAddr, remote: SocketAddr) -> Purpose {
        let remote = match self.kind {
            NatKind::Symmetric => Some(remote),
            NatKind::FullCone | NatKind::AddressRestricted | NatKind::PortRestricted => None,
        };
        Purpose {
            protocol,
            inside,
            remote,
        }
    }

    fn live(&self, now: Duration, purpose: &Purpose) -> Option<u16> {
        let port = *self.ports.get(purpose)?;
        self.mappings
            .get(now, &(purpose.protocol, port))
            .filter(|mapping| mapping.purpose == *purpose)
            .map(|_| port)
    }

    fn open(&mut self, now: Duration, purpose: Purpose) -> Result<u16, NatDrop> {
        let port = self.free_port(now, &purpose).ok_or(NatDrop::TableFull)?;
        let mapping = Mapping {
            purpose,
            sent_to: BTreeSet::new(),
            is_closing: false,
        };
        if !self.mappings.insert(
            now,
            (purpose.protocol, port),
            mapping,
            now + self.timeout(purpose.protocol),
        ) {
            return Err(NatDrop::TableFull);
        }
        if self.ports.len() >= 2 * self.capacity {
            let mappings = &self.mappings;
            self.ports.retain(|purpose, port| {
                mappings
                    .get(now, &(purpose.protocol, *port))
                    .is_some_and(|mapping| mapping.purpose == *purpose)
            });
        }
        self.ports.insert(purpose, port);
        Ok(port)
    }

    fn free_port(&mut self, now: Duration, purpose: &Purpose) -> Option<u16> {
        let first = match self.choice {
            PortChoice::Preserve => purpose.inside.port().wrapping_add(self.shift),
            PortChoice::Sequential => self.next,
            PortChoice::Random => FIRST_PORT + self.dice.below(u64::from(PORTS)) as u16,
        };
        let first = u32::from(first.max(FIRST_PORT) - FIRST_PORT);
        let found = (0..PORTS)
            .map(|step| FIRST_PORT + ((first + step) % PORTS) as u16)
            .find(|port| {
                let key = (purpose.protocol, *port);
                self.mappings.get(now, &key).is_none() && !self.forwards.contains_key(&key)
            })?;
        self.next = if found == u16::MAX {
            FIRST_PORT
        } else {
            found + 1
        };
        Some(found)
    }

    fn timeout(&self, protocol: Protocol) -> Duration {
        match protocol {
            Protocol::Udp => self.udp_timeout,
            Protocol::Tcp => self.tcp_timeout,
        }
    }
}

/// Whether this segment begins the end of its connection: FIN or RST (RFC 9293 §3.1).
fn closes(packet: &Packet) -> bool {
    packet.protocol == Protocol::Tcp
        && packet
            .payload
            .get(13)
            .is_some_and(|flags| flags & 0b101 != 0)
}

/// Ports below belong to services.
const FIRST_PORT: u16 = 1024;
const PORTS: u32 = 65_536 - FIRST_PORT as u32;
/// RFC 5382 §5 REQ-5: a closing connection is kept for at least 4 minutes.
const CLOSING: Duration = Duration::from_secs(240);
/// Remote sockets that one inside socket is in touch with, through a NAT that remembers them.
const MAX_SENT_TO: usize = 1024;
