//! After the end of a call nobody sends media for it any more.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::strangers::fault_of;
use super::{Cast, Checker};
use crate::evidence::Evidence;
use crate::outcome::{Fault, Finding};

/// See the module.
pub const CHECKER: Checker = Checker {
    name: "late_media",
    claim: "No RTP is sent for a call after its BYE.",
    check,
};

/// A BYE needs its time to arrive, on a bad line with a retransmission or two.
const ON_ITS_WAY: Duration = Duration::from_secs(4);
/// The sender of a BYE knows at once; packets already queued may leave.
const KNOWS: Duration = Duration::from_millis(60);

fn check(evidence: &Evidence<'_>, cast: &Cast) -> Result<(), Finding> {
    let ends = ends(evidence);
    for packet in &evidence.rtp {
        let Some(calls) = ends.get(&(packet.host, packet.source)) else {
            continue;
        };
        // The port may serve one call after the other, and all devices of a fork: media is late when no call needs it.
        let begun = || calls.iter().filter(|call| call.from <= packet.at);
        let is_needed = begun().any(|call| call.until.is_none_or(|until| packet.at <= until));
        if !is_needed && let Some(until) = begun().filter_map(|call| call.until).max() {
            let came = format!(
                "{} sends RTP from {} {:.3} s later",
                evidence.host_name(packet.host),
                packet.source,
                (packet.at - until).as_secs_f64()
            );
            let fault = match fault_of(packet.host, cast) {
                Fault::Unclear => Fault::Client,
                known => known,
            };
            return Err(
                Finding::new(fault, "no media after the end of the call", came).at(packet.at),
            );
        }
    }
    Ok(())
}

/// A call's claim to a port.
struct Claim {
    from: Duration,
    /// When media must have stopped; none while the call is up.
    until: Option<Duration>,
}

/// For each host and socket named in SDP, the calls it served, in order.
fn ends(evidence: &Evidence<'_>) -> BTreeMap<(usize, SocketAddr), Vec<Claim>> {
    let mut ends: BTreeMap<(usize, SocketAddr), Vec<Claim>> = BTreeMap::new();
    for dialog in evidence.dialogs() {
        for (host, socket) in &dialog.media {
            let until = dialog.bye.map(|(at, sender)| {
                if sender == *host {
                    at + KNOWS
                } else {
                    dialog.bye_answered.unwrap_or(at).max(at) + ON_ITS_WAY
                }
            });
            ends.entry((*host, *socket)).or_default().push(Claim {
                from: dialog.invited,
                until,
            });
        }
    }
    for claims in ends.values_mut() {
        claims.sort_by_key(|claim| claim.from);
    }
    ends
}
