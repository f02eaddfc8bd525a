//! What happened in a run: every packet and notable event with its nanosecond, and a rolling hash.
//!
//! The hash covers time, source, target and bytes of every packet and every note, whether entries
//! are kept or not; its checkpoints, one a simulated second, let two runs be compared cheaply, and
//! [`Trace::first_difference`] names the event where they part.

mod compare;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::packet::{Packet, Protocol};

pub use compare::Difference;

/// What happened in a run, in the order in which it happened.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The events, when they were asked for; empty otherwise.
    pub entries: Vec<Entry>,
    /// Hash after each whole simulated second, from second 1 on.
    pub checkpoints: Vec<u64>,
    /// Hash over the whole run.
    pub hash: u64,
    /// Packets sent by hosts.
    pub sent_count: u64,
    /// Packets handed to a host.
    pub arrived_count: u64,
    /// Packets lost, blocked or refused on their way.
    pub dropped_count: u64,
}

/// One thing that happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Time since the world began.
    pub at: Duration,
    /// What it was.
    pub event: TraceEvent,
}

/// A notable event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TraceEvent {
    /// A host sent a packet.
    Sent {
        /// Index of the host in the topology.
        host: usize,
        /// As it left the host, before any NAT.
        packet: Packet,
    },
    /// A packet reached a host.
    Arrived {
        /// Index of the host in the topology.
        host: usize,
        /// As the host sees it, after any NAT and damage.
        packet: Packet,
    },
    /// A packet ended on its way.
    Dropped {
        /// Number of the packet.
        id: u64,
        /// Who ended it and why: a link's loss, a firewall's rule, a closed port.
        reason: String,
    },
    /// A party has said something over a protected connection: what it was before it was protected. The hash does not cover
    /// it, for it covers the packets that carry it.
    Said {
        /// Index of the host in the topology.
        host: usize,
        /// Its end of the connection.
        local: SocketAddr,
        /// The far end.
        remote: SocketAddr,
        /// In plain.
        bytes: Bytes,
    },
    /// A party said something worth keeping.
    Note {
        /// Index of the host in the topology.
        host: usize,
        /// What kind of event, such as `sip.state`.
        kind: &'static str,
        /// What happened, for people.
        text: String,
    },
    /// The fault plan or the harness did something to the world.
    Fault {
        /// What was done.
        text: String,
    },
}

/// A notable event of a party, to be kept in the trace.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    /// What kind of event, such as `sip.state`.
    pub kind: &'static str,
    /// What happened, for people.
    pub text: String,
}

/// Writes a trace while the world runs.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    trace: Trace,
    keep: bool,
}

impl Recorder {
    pub(crate) fn new(keep: bool) -> Recorder {
        Recorder {
            trace: Trace::default(),
            keep,
        }
    }

    /// Ends the recording.
    pub(crate) fn finish(&mut self, at_ns: u64) -> Trace {
        self.checkpoint(at_ns);
        std::mem::take(&mut self.trace)
    }

    pub(crate) fn sent(&mut self, at_ns: u64, host: usize, packet: &Packet) {
        self.trace.sent_count += 1;
        self.mix_head(at_ns, SENT, packet);
        self.trace.hash = xxh3_64_with_seed(&packet.payload, self.trace.hash);
        if self.keep {
            let packet = packet.clone();
            self.push(at_ns, TraceEvent::Sent { host, packet });
        }
    }

    pub(crate) fn arrived(&mut self, at_ns: u64, host: usize, packet: &Packet) {
        self.trace.arrived_count += 1;
        // Its bytes were mixed in when it was sent; damage on the way is an event of its own.
        self.mix_head(at_ns, ARRIVED, packet);
        if self.keep {
            let packet = packet.clone();
            self.push(at_ns, TraceEvent::Arrived { host, packet });
        }
    }

    /// `reason` is only made into a text when entries are kept.
    pub(crate) fn dropped(&mut self, at_ns: u64, id: u64, reason: impl FnOnce() -> String) {
        self.trace.dropped_count += 1;
        self.mix(at_ns, DROPPED, &id.to_le_bytes());
        if self.keep {
            self.push(
                at_ns,
                TraceEvent::Dropped {
                    id,
                    reason: reason(),
                },
            );
        }
    }

    pub(crate) fn note(&mut self, at_ns: u64, host: usize, note: Note) {
        self.mix(at_ns, NOTE, note.kind.as_bytes());
        self.mix(at_ns, NOTE, note.text.as_bytes());
        if self.keep {
            let Note { kind, text } = note;
            self.push(at_ns, TraceEvent::Note { host, kind, text });
        }
    }

    /// Whether anybody will read what is said.
    pub(crate) fn keeps(&self) -> bool {
        self.keep
    }

    pub(crate) fn said(
        &mut self,
        at_ns: u64,
        host: usize,
        (local, remote): (SocketAddr, SocketAddr),
        bytes: Bytes,
    ) {
        let event = TraceEvent::Said {
            host,
            local,
            remote,
            bytes,
        };
        if self.keep {
            self.push(at_ns, event);
        }
    }

    pub(crate) fn fault(&mut self, at_ns: u64, text: String) {
        self.mix(at_ns, FAULT, text.as_bytes());
        if self.keep {
            self.push(at_ns, TraceEvent::Fault { text });
        }
    }

    fn push(&mut self, at_ns: u64, event: TraceEvent) {
        let at = Duration::from_nanos(at_ns);
        self.trace.entries.push(Entry { at, event });
    }

    fn mix_head(&mut self, at_ns: u64, kind: u8, packet: &Packet) {
        self.checkpoint(at_ns);
        let mut head = [0_u8; 1 + 1 + 8 + 2 * 18 + 8 + 8];
        head[0] = kind;
        head[1] = match packet.protocol {
            Protocol::Udp => 17,
            Protocol::Tcp => 6,
        };
        head[2..10].copy_from_slice(&at_ns.to_le_bytes());
        write_address(&mut head[10..28], packet.source);
        write_address(&mut head[28..46], packet.target);
        head[46..54].copy_from_slice(&packet.id.to_le_bytes());
        head[54..].copy_from_slice(&(packet.payload.len() as u64).to_le_bytes());
        self.trace.hash = xxh3_64_with_seed(&head, self.trace.hash);
    }

    fn mix(&mut self, at_ns: u64, kind: u8, bytes: &[u8]) {
        self.checkpoint(at_ns);
        let mut head = [0_u8; 9];
        head[0] = kind;
        head[1..].copy_from_slice(&at_ns.to_le_bytes());
        self.trace.hash = xxh3_64_with_seed(&head, self.trace.hash);
        self.trace.hash = xxh3_64_with_seed(bytes, self.trace.hash);
    }

    /// Closes every second that lies wholly before `at_ns`.
    fn checkpoint(&mut self, at_ns: u64) {
        let seconds = at_ns / 1_000_000_000;
        while (self.trace.checkpoints.len() as u64) < seconds {
            self.trace.checkpoints.push(self.trace.hash);
        }
    }
}

impl Entry {
    /// The bytes of a packet that was sent or arrived, or of what was said.
    pub fn payload(&self) -> Option<&Bytes> {
        match &self.event {
            TraceEvent::Sent { packet, .. } | TraceEvent::Arrived { packet, .. } => {
                Some(&packet.payload)
            }
            TraceEvent::Said { bytes, .. } => Some(bytes),
            TraceEvent::Dropped { .. } | TraceEvent::Note { .. } | TraceEvent::Fault { .. } => None,
        }
    }
}

fn write_address(target: &mut [u8], address: SocketAddr) {
    match address {
        SocketAddr::V4(address) => target[..4].copy_from_slice(&address.ip().octets()),
        SocketAddr::V6(address) => target[..16].copy_from_slice(&address.ip().octets()),
    }
    target[16..18].copy_from_slice(&address.port().to_le_bytes());
}

const SENT: u8 = 1;
const ARRIVED: u8 = 2;
const DROPPED: u8 = 3;
const NOTE: u8 = 4;
const FAULT: u8 = 5;

#[cfg(test)]
mod tests;
