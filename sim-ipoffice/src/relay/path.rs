//! One socket and the party behind it: where it says it receives, and where it really sends from.

use std::net::SocketAddr;
use std::time::Duration;

use net::FlowId;

/// One media socket of the system.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) local: SocketAddr,
    pub(super) flow: Option<FlowId>,
    pub(super) is_bound: bool,
    /// Where the party receives, by its SDP.
    remote: Option<SocketAddr>,
    /// Where it sends from, and when it last did. Behind a NAT the two differ.
    heard: Option<(SocketAddr, Duration)>,
}

/// A party that is silent for so long may turn up elsewhere: its NAT has given it a new port. Ours.
const REBINDING_AFTER: Duration = Duration::from_secs(2);

impl Path {
    pub(super) fn new(local: SocketAddr) -> Path {
        Path {
            local,
            flow: None,
            is_bound: false,
            remote: None,
            heard: None,
        }
    }

    /// The party said anew where it receives.
    pub(super) fn lead_to(&mut self, remote: Option<SocketAddr>) {
        if self.remote != remote {
            self.heard = None;
        }
        self.remote = remote;
    }

    /// Whether a packet from here may be the party's: until it was heard anyone's may.
    pub(super) fn may_come_from(&self, now: Duration, source: SocketAddr) -> bool {
        match self.heard {
            None => true,
            Some((heard, at)) => {
                heard == source || self.remote == Some(source) || now > at + REBINDING_AFTER
            }
        }
    }

    pub(super) fn heard_from(&mut self, now: Duration, source: SocketAddr) {
        self.heard = Some((source, now));
    }

    /// Where to send: nowhere while the party has no address of its own, as on a hold of the old kind.
    pub(super) fn target(&self) -> Option<SocketAddr> {
        let remote = self.remote?;
        Some(self.heard.map_or(remote, |(heard, _)| heard))
    }
}
