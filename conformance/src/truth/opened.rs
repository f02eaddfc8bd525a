//! What stood in encrypted reports: those of calls whose keys were said in their descriptions (RFC 4568) are opened.
//!
//! Media of WebRTC stays protected: its keys never cross a wire (RFC 5764).

use std::collections::BTreeMap;

use bytes::Bytes;
use media::rtcp::{Compound, Packet as Report};
use net::packet::{Packet, Protocol};
use net::trace::TraceEvent;

use super::signalling::Signalling;
use crate::decrypted::Keyring;
use crate::evidence::{Evidence, rtp};

/// The encrypted reports of a trace in the clear, and what encryption added to media.
#[derive(Debug, Default)]
pub(super) struct Opened {
    /// By the number of the datagram: as it was sent, and in the clear.
    reports: BTreeMap<u64, (Bytes, Bytes)>,
    /// Octets that the packets of a source had beyond those in the clear, by source; its first packet that opens tells.
    overheads: BTreeMap<u32, u64>,
    /// The host that sent the first packet of a source, and the packets of its own by which that was tried: who passes a stream on
    /// may protect it otherwise.
    tried: BTreeMap<u32, (usize, u8)>,
}

impl Opened {
    pub(super) fn read(evidence: &Evidence<'_>, signalling: &Signalling) -> Opened {
        let (mut opened, mut keys) = (Opened::default(), Keyring::default());
        let mut said = signalling.messages.iter().peekable();
        for entry in evidence.entries {
            while let Some(message) = said.next_if(|message| message.at <= entry.at) {
                keys.learn(&message.bytes);
            }
            if let TraceEvent::Sent { host, packet } = &entry.event
                && packet.protocol == Protocol::Udp
            {
                opened.take(*host, packet, &mut keys);
            }
        }
        opened
    }

    /// The packets of a datagram that is RTCP, if it can be read: what is encrypted is no compound with a name in it.
    pub(super) fn reports<'a>(&'a self, packet: &'a Packet) -> Vec<Report<'a>> {
        let plain = match self.reports.get(&packet.id) {
            Some((sealed, plain)) if *sealed == packet.payload => plain,
            _ => &packet.payload,
        };
        let is_rtcp = packet.protocol == Protocol::Udp && is_report(plain);
        let compound = is_rtcp
            .then(|| Compound::parse(plain).ok())
            .flatten()
            .filter(has_name);
        compound.map_or(Vec::new(), |compound| compound.packets().collect())
    }

    /// Octets that encryption added to each packet of a source.
    pub(super) fn overhead(&self, source: u32) -> u64 {
        self.overheads.get(&source).copied().unwrap_or(0)
    }

    fn take(&mut self, host: usize, packet: &Packet, keys: &mut Keyring) {
        let ends = (packet.source, packet.target);
        if is_report(&packet.payload) {
            if let Some(plain) = keys.open(ends, &packet.payload) {
                let both = (packet.payload.clone(), plain);
                self.reports.insert(packet.id, both);
            }
        } else if let Some((_, _, source)) = rtp(&packet.payload)
            && self.may_try(host, source)
            && let Some(plain) = keys.open(ends, &packet.payload)
        {
            let more = packet.payload.len() - plain.len();
            self.overheads.insert(source, more as u64);
        }
    }

    fn may_try(&mut self, host: usize, source: u32) -> bool {
        let (origin, tried) = self.tried.entry(source).or_insert((host, 0));
        let is_known = self.overheads.contains_key(&source);
        let is_open = *origin == host && *tried < TRIES && !is_known;
        *tried += u8::from(is_open);
        is_open
    }
}

/// Packets of a source that are tried: what opens with none of the keys is not protected, or not by keys that were said.
const TRIES: u8 = 20;

/// Whether it begins like a report. RFC 3550 §6.4.
fn is_report(payload: &[u8]) -> bool {
    payload.len() >= 8 && payload[0] >> 6 == 2 && (200..=201).contains(&payload[1])
}

fn has_name(compound: &Compound<'_>) -> bool {
    compound.packets().any(|report| match report {
        Report::SourceDescription(mut chunks) => {
            chunks.any(|chunk| chunk.cname().is_some_and(<[u8]>::is_ascii))
        }
        _ => false,
    })
}
