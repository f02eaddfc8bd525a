//! The ladder of a run: signalling message by message, media and the rest as bars from first to last packet.

use std::collections::BTreeMap;
use std::time::Duration;

use net::packet::{Packet, Protocol};
use net::trace::TraceEvent;

use super::{Evidence, Sent, rtp};
use crate::ladder::{Ladder, What, cut};

/// A pause longer than this ends a bar.
const PAUSE: Duration = Duration::from_secs(1);
/// Kinds of notes that are drawn; others are for the trace only.
const NOTES: &[&str] = &["play", "call", "line", "state", "sip.state"];

/// Draws the ladder of a run.
pub fn draw(evidence: &Evidence<'_>) -> Ladder {
    let mut rows = signalling(evidence);
    rows.extend(bars(evidence));
    rows.extend(notes(evidence));
    rows.sort_by_key(|(at, _)| *at);
    let mut ladder = Ladder::default();
    for (at, what) in rows {
        ladder.push(u64::try_from(at.as_nanos()).unwrap_or(u64::MAX), what);
    }
    ladder
}

fn signalling(evidence: &Evidence<'_>) -> Vec<(Duration, What)> {
    let row = |said: &super::SipMessage| {
        let raw = String::from_utf8_lossy(&said.bytes);
        let label = raw.lines().next().unwrap_or_default().to_owned();
        let what = What::Message {
            source: evidence.host_name(said.host).to_owned(),
            target: evidence.name_at(said.target.ip()),
            protocol: if said.is_udp { "SIP/UDP" } else { "SIP/TCP" }.to_owned(),
            label,
            raw: cut(&raw),
            lost: evidence
                .dropped
                .get(&said.packet)
                .map(|reason| (*reason).to_owned()),
        };
        (said.at, what)
    };
    evidence.sip.iter().map(row).collect()
}

/// One kind of traffic one way between two parties.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Lane {
    host: usize,
    target: String,
    label: String,
}

struct Bar {
    from: Duration,
    until: Duration,
    packets: u64,
    lost: u64,
}

fn bars(evidence: &Evidence<'_>) -> Vec<(Duration, What)> {
    let mut open: BTreeMap<Lane, Bar> = BTreeMap::new();
    let mut rows = Vec::new();
    for sent in evidence.sent() {
        let Some(label) = label(sent.packet) else {
            continue;
        };
        let lane = Lane {
            host: sent.host,
            target: evidence.name_at(sent.packet.target.ip()),
            label,
        };
        let ended = open
            .get(&lane)
            .is_some_and(|bar| sent.at > bar.until + PAUSE);
        if ended && let Some(bar) = open.remove(&lane) {
            rows.push(row(evidence, &lane, &bar));
        }
        grow(
            &mut open,
            lane,
            &sent,
            evidence.dropped.contains_key(&sent.packet.id),
        );
    }
    rows.extend(open.iter().map(|(lane, bar)| row(evidence, lane, bar)));
    rows
}

fn grow(open: &mut BTreeMap<Lane, Bar>, lane: Lane, sent: &Sent<'_>, is_lost: bool) {
    let bar = open.entry(lane).or_insert(Bar {
        from: sent.at,
        until: sent.at,
        packets: 0,
        lost: 0,
    });
    bar.until = sent.at;
    bar.packets += 1;
    bar.lost += u64::from(is_lost);
}

fn row(evidence: &Evidence<'_>, lane: &Lane, bar: &Bar) -> (Duration, What) {
    let what = What::Media {
        source: evidence.host_name(lane.host).to_owned(),
        target: lane.target.clone(),
        label: lane.label.clone(),
        until_ns: u64::try_from(bar.until.as_nanos()).unwrap_or(u64::MAX),
        packets: bar.packets,
        lost: bar.lost,
    };
    (bar.from, what)
}

/// What a packet belongs to; nothing for signalling, which has rows of its own, and for bare acknowledgements.
fn label(packet: &Packet) -> Option<String> {
    match packet.protocol {
        Protocol::Udp => datagram_label(packet),
        Protocol::Tcp => segment_label(packet),
    }
}

fn datagram_label(packet: &Packet) -> Option<String> {
    let bytes = &packet.payload;
    if super::is_sip(bytes) {
        return None;
    }
    if packet.target.port() == 53 || packet.source.port() == 53 {
        return Some("DNS".to_owned());
    }
    if let Some((payload_type, _, _)) = rtp(bytes) {
        let name = match payload_type {
            0 => "PCMU".to_owned(),
            8 => "PCMA".to_owned(),
            9 => "G722".to_owned(),
            18 => "G729".to_owned(),
            other => format!("type {other}"),
        };
        return Some(format!("RTP {name}"));
    }
    // RFC 7983 §7: the first byte tells what shares a port.
    Some(match bytes.first() {
        Some(0..=3) => "STUN".to_owned(),
        Some(20..=63) => "DTLS".to_owned(),
        Some(128..=191) => "RTCP".to_owned(),
        _ => format!("UDP {}", packet.target.port()),
    })
}

fn segment_label(packet: &Packet) -> Option<String> {
    let bytes = &packet.payload;
    let data = bytes.get(usize::from(bytes.get(12)? >> 4) * 4..)?;
    let text = std::str::from_utf8(data.get(..16.min(data.len()))?).unwrap_or_default();
    let is_http = ["GET ", "POST ", "PUT ", "DELETE ", "HTTP/1."]
        .iter()
        .any(|start| text.starts_with(start));
    match data.first()? {
        _ if super::is_sip(data) => None,
        _ if is_http => {
            let line = data.split(|byte| *byte == b'\r').next().unwrap_or_default();
            Some(format!("HTTP {}", String::from_utf8_lossy(line)))
        }
        // RFC 8446 §5.1: content types of TLS records.
        20..=23 => Some(format!("TLS, port {}", port(packet))),
        _ => Some(format!("TCP, port {}", port(packet))),
    }
}

/// The service's port: the lower one of the two.
fn port(packet: &Packet) -> u16 {
    packet.source.port().min(packet.target.port())
}

fn notes(evidence: &Evidence<'_>) -> Vec<(Duration, What)> {
    let mut rows = Vec::new();
    for entry in evidence.entries {
        let what = match &entry.event {
            TraceEvent::Note { host, kind, text } if NOTES.contains(kind) => What::Note {
                party: evidence.host_name(*host).to_owned(),
                text: text.clone(),
            },
            TraceEvent::Fault { text } => What::Fault { text: text.clone() },
            TraceEvent::Note { .. }
            | TraceEvent::Sent { .. }
            | TraceEvent::Arrived { .. }
            | TraceEvent::Said { .. }
            | TraceEvent::Dropped { .. } => continue,
        };
        rows.push((entry.at, what));
    }
    rows
}
