//! Where two runs part.

use std::fmt;
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

use super::{Entry, Trace, TraceEvent};
use crate::packet::{Packet, Protocol};

/// The first place where two runs differ.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Difference {
    /// Both runs kept their entries: this is the first that differs.
    Entry {
        /// Its number in both runs.
        index: usize,
        /// What the first run has there, if it goes on so far.
        ours: Option<Box<Entry>>,
        /// What the second run has there.
        theirs: Option<Box<Entry>>,
    },
    /// Only hashes are known: the runs part within this simulated second.
    Second {
        /// The second, 0 for the first one.
        second: usize,
    },
}

impl Trace {
    /// Where `self` and `other` part; nothing if they are the same run.
    pub fn first_difference(&self, other: &Trace) -> Option<Difference> {
        if !self.entries.is_empty() && !other.entries.is_empty() {
            let same = self.entries.iter().zip(&other.entries);
            let index = same.take_while(|(ours, theirs)| ours == theirs).count();
            let at = |trace: &Trace| trace.entries.get(index).cloned().map(Box::new);
            let (ours, theirs) = (at(self), at(other));
            if ours.is_some() || theirs.is_some() {
                return Some(Difference::Entry {
                    index,
                    ours,
                    theirs,
                });
            }
        }
        if self.hash == other.hash && self.checkpoints == other.checkpoints {
            return None;
        }
        let same = self.checkpoints.iter().zip(&other.checkpoints);
        let second = same.take_while(|(ours, theirs)| ours == theirs).count();
        Some(Difference::Second { second })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Entry {
                index,
                ours,
                theirs,
            } => {
                writeln!(f, "the runs part at event {index}:")?;
                writeln!(f, "  first run:  {}", OrEnd(ours))?;
                write!(f, "  second run: {}", OrEnd(theirs))
            }
            Difference::Second { second } => write!(
                f,
                "the runs part between {second} s and {} s of simulated time; keep entries to see the event",
                second + 1
            ),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", Seconds(self.at))?;
        match &self.event {
            TraceEvent::Sent { host, packet } => write_packet(f, packet, "sent by", *host),
            TraceEvent::Arrived { host, packet } => write_packet(f, packet, "reached", *host),
            TraceEvent::Dropped { id, reason } => write!(f, "packet {id} dropped: {reason}"),
            TraceEvent::Said {
                host,
                remote,
                bytes,
                ..
            } => write!(
                f,
                "host {host} said {} bytes in secret to {remote}",
                bytes.len()
            ),
            TraceEvent::Note { host, kind, text } => write!(f, "host {host} {kind}: {text}"),
            TraceEvent::Fault { text } => write!(f, "fault: {text}"),
        }
    }
}

fn write_packet(
    f: &mut fmt::Formatter<'_>,
    packet: &Packet,
    verb: &str,
    host: usize,
) -> fmt::Result {
    let protocol = match packet.protocol {
        Protocol::Udp => "UDP",
        Protocol::Tcp => "TCP",
    };
    let Packet {
        id,
        source,
        target,
        payload,
        ..
    } = packet;
    let (len, hash) = (payload.len(), xxh3_64(payload));
    write!(f, "{protocol} packet {id} {verb} host {host}: ")?;
    write!(f, "{source} to {target}, {len} bytes, hash {hash:016x}")
}

struct OrEnd<'a>(&'a Option<Box<Entry>>);

impl fmt::Display for OrEnd<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(entry) => entry.fmt(f),
            None => f.write_str("has ended"),
        }
    }
}

struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09} s", self.0.as_secs(), self.0.subsec_nanos())
    }
}
