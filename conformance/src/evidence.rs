//! What was said in a run, read from its trace: signalling as messages, media as packets, everything else by its ends.
//!
//! Checkers judge by it and the ladder is drawn from it. It reads what went over the wires, so that no party is believed
//! about itself.

mod dialogs;
mod ladder;
mod streams;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use net::packet::{Packet, Protocol};
use net::topology::Topology;
use net::trace::{Entry, TraceEvent};
use sip::Message;

use streams::Streams;

pub use dialogs::Dialog;
pub use ladder::draw;

/// A message of SIP, as it was sent.
#[derive(Clone, Debug)]
pub struct SipMessage {
    /// When.
    pub at: Duration,
    /// Number of the host that sent it.
    pub host: usize,
    /// From where, as sent.
    pub source: SocketAddr,
    /// Where to, as sent.
    pub target: SocketAddr,
    /// Over UDP, or else over TCP.
    pub is_udp: bool,
    /// What it says.
    pub message: Message,
    /// Its bytes.
    pub bytes: Bytes,
    /// Number of the packet that carried it, or its end.
    pub packet: u64,
}

/// A packet of RTP or SRTP, as it was sent; RTCP is apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RtpPacket {
    /// When.
    pub at: Duration,
    /// Number of the host that sent it.
    pub host: usize,
    /// From where, as sent.
    pub source: SocketAddr,
    /// Where to, as sent.
    pub target: SocketAddr,
    /// RFC 3550 §5.1.
    pub payload_type: u8,
    /// RFC 3550 §5.1.
    pub sequence: u16,
    /// RFC 3550 §5.1.
    pub ssrc: u32,
    /// Number of the packet.
    pub packet: u64,
}

/// Bytes that crossed a wire in the clear, or that one cannot tell.
#[derive(Clone, Debug)]
pub struct Sent<'a> {
    /// When.
    pub at: Duration,
    /// Number of the host that sent it.
    pub host: usize,
    /// The packet as it left the host.
    pub packet: &'a Packet,
}

/// What was said in a run.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// Sites, hosts, names.
    pub topology: &'a Topology,
    /// All that happened, in order.
    pub entries: &'a [Entry],
    /// Signalling.
    pub sip: Vec<SipMessage>,
    /// Media.
    pub rtp: Vec<RtpPacket>,
    /// Why a packet did not arrive, by its number.
    pub dropped: BTreeMap<u64, &'a str>,
    /// When a connection was last reset, by who reset it, from and to where.
    resets: BTreeMap<(SocketAddr, SocketAddr), Duration>,
    hosts: BTreeMap<IpAddr, usize>,
    outsides: BTreeSet<IpAddr>,
}

impl<'a> Evidence<'a> {
    /// Reads a trace.
    pub fn read(topology: &'a Topology, entries: &'a [Entry]) -> Self {
        let mut hosts = BTreeMap::new();
        for (index, host) in topology.hosts.iter().enumerate() {
            hosts.extend(host.addresses.iter().map(|address| (*address, index)));
        }
        let outsides = topology
            .sites
            .iter()
            .filter_map(|site| site.nat.as_ref())
            .map(|nat| nat.outside)
            .collect();
        let mut evidence = Self {
            topology,
            entries,
            sip: Vec::new(),
            rtp: Vec::new(),
            dropped: BTreeMap::new(),
            resets: BTreeMap::new(),
            hosts,
            outsides,
        };
        let mut streams = Streams::default();
        for entry in entries {
            match &entry.event {
                TraceEvent::Sent { host, packet } => {
                    evidence.take(entry.at, *host, packet, &mut streams)
                }
                TraceEvent::Dropped { id, reason } => {
                    evidence.dropped.insert(*id, reason);
                }
                TraceEvent::Arrived { .. }
                | TraceEvent::Said { .. }
                | TraceEvent::Note { .. }
                | TraceEvent::Fault { .. } => {}
            }
        }
        evidence
    }

    /// Everything that hosts sent.
    pub fn sent(&self) -> impl Iterator<Item = Sent<'a>> {
        self.entries.iter().filter_map(|entry| match &entry.event {
            TraceEvent::Sent { host, packet } => Some(Sent {
                at: entry.at,
                host: *host,
                packet,
            }),
            TraceEvent::Arrived { .. }
            | TraceEvent::Dropped { .. }
            | TraceEvent::Said { .. }
            | TraceEvent::Note { .. }
            | TraceEvent::Fault { .. } => None,
        })
    }

    /// Name of a host by its number.
    pub fn host_name(&self, host: usize) -> &'a str {
        self.topology.hosts.get(host).map_or("?", |host| &host.name)
    }

    /// Number of the host that has this address.
    pub fn host_at(&self, address: IpAddr) -> Option<usize> {
        self.hosts.get(&address).copied()
    }

    /// Who is at this address, in words: a host, the outside of a NAT, or the address itself.
    pub fn name_at(&self, address: IpAddr) -> String {
        match self.host_at(address) {
            Some(host) => self.host_name(host).to_owned(),
            None => address.to_string(),
        }
    }

    /// Whether the topology has this address, on a host or on the outside of a NAT.
    pub fn is_known(&self, address: IpAddr) -> bool {
        self.hosts.contains_key(&address) || self.outsides.contains(&address)
    }

    fn take(&mut self, at: Duration, host: usize, packet: &Packet, streams: &mut Streams) {
        let carried = match packet.protocol {
            Protocol::Udp => self.take_datagram(at, host, packet),
            Protocol::Tcp => {
                if streams::is_reset(packet) {
                    self.resets.insert((packet.source, packet.target), at);
                }
                streams.messages(packet)
            }
        };
        for bytes in carried {
            if let Ok(message) = Message::parse_bytes(bytes.clone()) {
                self.sip.push(SipMessage {
                    at,
                    host,
                    source: packet.source,
                    target: packet.target,
                    is_udp: packet.protocol == Protocol::Udp,
                    message,
                    bytes,
                    packet: packet.id,
                });
            }
        }
    }

    fn take_datagram(&mut self, at: Duration, host: usize, packet: &Packet) -> Vec<Bytes> {
        if is_sip(&packet.payload) {
            return vec![packet.payload.clone()];
        }
        if let Some((payload_type, sequence, ssrc)) = rtp(&packet.payload) {
            let Packet {
                source, target, id, ..
            } = *packet;
            self.rtp.push(RtpPacket {
                at,
                host,
                source,
                target,
                payload_type,
                sequence,
                ssrc,
                packet: id,
            });
        }
        Vec::new()
    }
}

/// Whether bytes begin as a message of SIP does: a version, or a method in capitals and a URI.
pub fn is_sip(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"SIP/2.0 ") {
        return true;
    }
    let line = bytes
        .split(|byte| *byte == b'\r' || *byte == b'\n')
        .next()
        .unwrap_or_default();
    line.ends_with(b" SIP/2.0") && line.first().is_some_and(u8::is_ascii_uppercase)
}

/// Payload type, sequence number and source of an RTP packet (RFC 3550 §5.1); none for RTCP (RFC 5761 §4) and for others.
pub fn rtp(bytes: &[u8]) -> Option<(u8, u16, u32)> {
    let header: [u8; 12] = bytes.get(..12)?.try_into().ok()?;
    let is_rtcp = (192..=223).contains(&header[1]);
    if header[0] >> 6 != 2 || is_rtcp {
        return None;
    }
    let sequence = u16::from_be_bytes([header[2], header[3]]);
    let ssrc = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
    Some((header[1] & 0x7f, sequence, ssrc))
}

#[cfg(test)]
pub(crate) mod tests;
