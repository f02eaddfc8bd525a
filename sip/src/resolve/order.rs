//! Which record comes first: NAPTR by order and preference, SRV by priority and, among equals, by lot.
//!
//! RFC 2782 (the lot); RFC 3263 §4.1 (which NAPTR records are for SIP); RFC 3403 §4.1.

use rand_core::Rng;

use super::{Naptr, Srv};
use crate::flow::Transport;

/// The services that a domain's NAPTR records lead to, the preferred first; what SIP cannot use is left out.
pub(super) fn authorities(records: &[Naptr]) -> Vec<(Transport, String)> {
    let mut usable: Vec<&Naptr> = records
        .iter()
        .filter(|record| record.flags.eq_ignore_ascii_case("s") && !is_root(&record.replacement))
        .collect();
    usable.sort_by_key(|record| (record.order, record.preference));
    usable
        .into_iter()
        .filter_map(|record| Some((transport(&record.service)?, record.replacement.clone())))
        .collect()
}

/// SRV records in the order in which they are to be tried.
pub(super) fn services(records: &[Srv], rng: &mut impl Rng) -> Vec<Srv> {
    let mut left: Vec<Srv> = records
        .iter()
        .filter(|record| !is_root(&record.target) && record.port > 0)
        .cloned()
        .collect();
    // Those of no weight come first in the running sum, so that the lot can fall on them (RFC 2782).
    left.sort_by_key(|record| (record.priority, record.weight > 0));
    let mut ordered = Vec::with_capacity(left.len());
    while let Some(first) = left.first() {
        let priority = first.priority;
        let peers = left
            .iter()
            .take_while(|record| record.priority == priority)
            .count();
        let place = if peers > 1 {
            draw(&left[..peers], rng)
        } else {
            0
        };
        ordered.push(left.remove(place));
    }
    ordered
}

/// The place on which the lot falls: each record has the share of its weight.
fn draw(peers: &[Srv], rng: &mut impl Rng) -> usize {
    let sum: u64 = peers.iter().map(|record| u64::from(record.weight)).sum();
    let lot = rng.next_u64() % (sum + 1);
    let mut running = 0;
    peers
        .iter()
        .position(|record| {
            running += u64::from(record.weight);
            running >= lot
        })
        .unwrap_or(0)
}

fn transport(service: &str) -> Option<Transport> {
    [
        ("SIPS+D2T", Transport::Tls),
        ("SIP+D2T", Transport::Tcp),
        ("SIP+D2U", Transport::Udp),
    ]
    .into_iter()
    .find(|(name, _)| name.eq_ignore_ascii_case(service))
    .map(|(_, transport)| transport)
}

/// The name of the root: of a service that is not offered.
fn is_root(name: &str) -> bool {
    name.trim_end_matches('.').is_empty()
}
