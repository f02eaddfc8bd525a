//! The desk: what the bridge works with while it handles one input. Parts of the server, lent for a moment.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use net::{Entropy, Note};
use sip::user_agent::{Hop, Transport, UserAgent};

use crate::call_log::{CallLog, Outcome, Record};
use crate::config::Config;
use crate::flaws::Flaw;
use crate::negotiation::Policy;
use crate::registrar::Registrar;
use crate::relay::House;

/// Parts of the server, lent for a moment.
pub(crate) struct Desk<'a> {
    pub(crate) now: Duration,
    pub(crate) config: &'a Config,
    pub(crate) addresses: &'a [IpAddr],
    pub(crate) agent: &'a mut UserAgent,
    pub(crate) registrar: &'a mut Registrar,
    pub(crate) house: &'a mut House,
    pub(crate) log: &'a mut CallLog,
    pub(crate) entropy: &'a mut Entropy,
    pub(crate) notes: &'a mut Vec<Note>,
}

impl Desk<'_> {
    /// Whether a misbehaviour is switched on.
    pub(crate) fn has_flaw(&self, flaw: Flaw) -> bool {
        self.config.flaws.contains(&flaw)
    }

    /// Our address for media of a party: of its family, and loopback only for a party on loopback.
    pub(crate) fn media_address(&self, remote: SocketAddr) -> IpAddr {
        let same_family = |own: &&IpAddr| own.is_ipv4() == remote.is_ipv4();
        let same_scope = |own: &&IpAddr| own.is_loopback() == remote.ip().is_loopback();
        let mut candidates = self.addresses.iter().filter(same_family);
        let best = candidates
            .clone()
            .find(same_scope)
            .or_else(|| candidates.next());
        best.copied().unwrap_or(remote.ip())
    }

    /// What is allowed on the leg to this hop.
    pub(crate) fn policy(&self, hop: &Hop) -> Policy {
        Policy::of(self.config, hop.transport == Transport::Tls)
    }

    /// Notes an event for the trace.
    pub(crate) fn note(&mut self, kind: &'static str, text: String) {
        self.notes.push(Note { kind, text });
    }

    /// Logs a call that came to nothing at once.
    pub(crate) fn log_refusal(&mut self, caller: &str, number: &str, status: u16) {
        let mut record = Record::begin(self.now, caller, number);
        record.outcome = Outcome::Refused(status);
        self.log.push(record);
    }
}
