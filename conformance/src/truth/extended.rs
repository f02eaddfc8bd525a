//! Voice metrics as they crossed the wires (RFC 3611 §4.7), in the clear or with keys that are known, against what the network
//! did.

use std::collections::BTreeMap;

use media::quality::Figures;
use media::rtcp::{ExtendedBlock, Packet as Report, VoipMetrics};
use net::packet::Packet;
use net::trace::TraceEvent;

use super::Account;
use super::figures::{self, Told};
use super::links::Links;
use super::opened::Opened;
use super::round_trips::RoundTrips;
use crate::evidence::Evidence;

/// Compares the reports that their makers sent: of a long stream every one at first, then those whose number is a power of two,
/// as each is compared with all that came before it.
pub(super) fn compare(
    account: &mut Account,
    evidence: &Evidence<'_>,
    (links, opened): (&Links, &Opened),
    round_trips: &RoundTrips,
) {
    // Reports on a source that a host made, by both.
    let mut counts: BTreeMap<(usize, u32), u64> = BTreeMap::new();
    for (entry, happened) in evidence.entries.iter().enumerate() {
        let TraceEvent::Sent { host, packet } = &happened.event else {
            continue;
        };
        for (maker, metrics) in metrics(opened, packet) {
            // Who passes a report on has not made it.
            let own = links.streams.get(&maker);
            if own.is_none_or(|stream| stream.origin != *host) {
                continue;
            }
            let count = counts.entry((*host, metrics.ssrc.0)).or_default();
            *count += 1;
            if *count <= ALL_OF_THESE || count.is_power_of_two() {
                let from = happened.at.saturating_sub(figures::WAITING);
                let told = Told {
                    by: evidence.host_name(*host),
                    host: *host,
                    at: happened.at,
                    earliest: evidence.entries.partition_point(|entry| entry.at < from),
                    latest: entry,
                    own: Some(maker),
                    about: Some(metrics.ssrc.0),
                    codec: None,
                    figures: Figures::of_block(&metrics),
                    step: 1.0 / 256.0,
                };
                figures::compare(account, &told, links, round_trips);
            }
        }
    }
}

/// The voice metrics of a datagram, and the sources of who made them.
fn metrics(opened: &Opened, packet: &Packet) -> Vec<(u32, VoipMetrics)> {
    let mut found = Vec::new();
    for report in opened.reports(packet) {
        if let Report::ExtendedReport { ssrc, blocks } = report {
            found.extend(blocks.filter_map(|block| match block {
                ExtendedBlock::VoipMetrics(metrics) => Some((ssrc.0, metrics)),
                _ => None,
            }));
        }
    }
    found
}

/// Reports on a stream of which each is compared.
const ALL_OF_THESE: u64 = 8;
