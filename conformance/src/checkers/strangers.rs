//! Nobody contacts anything outside the topology (REL-04): the product's links for more information are data only.

use super::{Cast, Checker};
use crate::evidence::Evidence;
use crate::outcome::{Fault, Finding};

/// See the module.
pub const CHECKER: Checker = Checker {
    name: "strangers",
    claim: "Only hosts of the topology are contacted.",
    check,
};

fn check(evidence: &Evidence<'_>, cast: &Cast) -> Result<(), Finding> {
    let stranger = evidence.sent().find(|sent| {
        let address = sent.packet.target.ip();
        !evidence.is_known(address) && !address.is_loopback() && !address.is_multicast()
    });
    match stranger {
        None => Ok(()),
        Some(sent) => {
            let came = format!(
                "{} sends to {}",
                evidence.host_name(sent.host),
                sent.packet.target
            );
            let fault = fault_of(sent.host, cast);
            Err(Finding::new(fault, "only hosts of the topology are contacted", came).at(sent.at))
        }
    }
}

/// Whose fault it is what a host does.
pub(super) fn fault_of(host: usize, cast: &Cast) -> Fault {
    match Some(host) {
        host if host == cast.ip_office => Fault::IpOffice,
        host if host == cast.spaces => Fault::Spaces,
        host if host == cast.meetings => Fault::Meetings,
        Some(host) if cast.clients.contains(&host) => Fault::Client,
        _ => Fault::Unclear,
    }
}
