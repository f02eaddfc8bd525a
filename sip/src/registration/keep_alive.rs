//! Keeps a NAT's mapping alive, where there is a NAT: empty lines now and then, over UDP.
//!
//! RFC 5626 §3.5.1 and §4.4; RFC 3581 §4 (the registrar says where it saw the request come from). Few registrars answer STUN on
//! their SIP port, so the empty lines of streams are sent in datagrams too, as phones do; nobody answers them.

use std::time::Duration;

use crate::flow::Transport;
use crate::message::Response;

/// How often; the shortest mapping time of NATs in use is 30 s (RFC 4787 REQ-5 demands more).
pub(super) const EVERY: Duration = Duration::from_secs(25);

/// Whether the registrar saw the request come from another place than it was sent from.
pub(super) fn is_needed(transport: Transport, response: &Response) -> bool {
    let Ok(via) = response.headers.via() else {
        return false;
    };
    let sent_by = via.host.trim_matches(['[', ']']).parse().ok();
    let other_address = via.received().is_some() && via.received() != sent_by;
    let seen_port = via.rport().flatten();
    let other_port = seen_port.is_some() && seen_port != via.port;
    transport == Transport::Udp && (other_address || other_port)
}
