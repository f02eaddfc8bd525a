//! A capture of a whole run, out of its trace.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::SystemTime;

use super::file::{Capture, InterfaceId, Seen};
use crate::tls::SECRET_NOTE;
use crate::trace::{Entry, Trace, TraceEvent};

/// Which packets of a run a capture shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum View {
    /// Each packet once, as its sender sent it; those that were lost say so. Behind a NAT the two ways of a connection have other
    /// addresses and so seem two connections: there, look at one host.
    Sent,
    /// Each packet that arrived once, as its receiver saw it.
    Arrived,
    /// What one host saw, both ways, as a capture taken on it would.
    Host(usize),
}

/// Writes a trace's packets. `hosts` are the names in the order of the topology; the trace must have been kept. TLS secrets come
/// from the trace itself.
pub fn from_trace<W: Write>(
    trace: &Trace,
    hosts: &[&str],
    epoch: SystemTime,
    view: View,
    to: W,
) -> io::Result<W> {
    let mut capture = Capture::new(to, epoch)?;
    let (secrets, fates) = told_later(trace);
    capture.secrets(&secrets)?;
    let mut interfaces = Interfaces {
        hosts,
        made: BTreeMap::new(),
    };
    for Entry { at, event } in &trace.entries {
        let (host, packet, seen, fate) = match event {
            TraceEvent::Sent { host, packet } => (
                *host,
                packet,
                Seen::Outbound,
                fates.get(&packet.id).copied(),
            ),
            TraceEvent::Arrived { host, packet } => (*host, packet, Seen::Inbound, None),
            TraceEvent::Dropped { .. }
            | TraceEvent::Said { .. }
            | TraceEvent::Note { .. }
            | TraceEvent::Fault { .. } => continue,
        };
        let wanted = match view {
            View::Sent => seen == Seen::Outbound,
            View::Arrived => seen == Seen::Inbound,
            View::Host(index) => index == host,
        };
        if wanted {
            let interface = interfaces.of(&mut capture, host)?;
            capture.packet(interface, *at, packet, Some(seen), fate)?;
        }
    }
    capture.finish()
}

/// What the trace tells only after the packets it is about: TLS secrets, as a key log, and why packets were lost, by their number.
fn told_later(trace: &Trace) -> (String, BTreeMap<u64, &str>) {
    let mut secrets = String::new();
    let mut fates = BTreeMap::new();
    for entry in &trace.entries {
        match &entry.event {
            TraceEvent::Note { kind, text, .. } if *kind == SECRET_NOTE => {
                secrets.push_str(text);
                secrets.push('\n');
            }
            TraceEvent::Dropped { id, reason } => {
                fates.insert(*id, reason.as_str());
            }
            TraceEvent::Note { .. }
            | TraceEvent::Sent { .. }
            | TraceEvent::Arrived { .. }
            | TraceEvent::Said { .. }
            | TraceEvent::Fault { .. } => {}
        }
    }
    (secrets, fates)
}

/// Interfaces made when their first packet comes, so that hosts without packets don't appear.
struct Interfaces<'a> {
    hosts: &'a [&'a str],
    made: BTreeMap<usize, InterfaceId>,
}

impl Interfaces<'_> {
    fn of<W: Write>(&mut self, capture: &mut Capture<W>, host: usize) -> io::Result<InterfaceId> {
        if let Some(id) = self.made.get(&host) {
            return Ok(*id);
        }
        let name = self
            .hosts
            .get(host)
            .map_or_else(|| format!("host {host}"), |name| (*name).to_owned());
        let id = capture.interface(&name, "")?;
        self.made.insert(host, id);
        Ok(id)
    }
}
