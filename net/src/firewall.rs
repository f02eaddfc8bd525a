//! A firewall at the edge of a site: rules in order, the first that fits decides; answers to what was allowed pass.
//!
//! Every packet it stops is reported with the rule that stopped it.

mod pattern;
mod rule;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::expiring::Expiring;
use crate::link::Flow;
use crate::packet::{Packet, Protocol};
pub use pattern::{NoPattern, Pattern};
pub use rule::{Action, NoPorts, Ports, Rule, Way};

/// A firewall as data.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct FirewallSpec {
    /// Looked at in order; the first that fits decides.
    pub rules: Vec<Rule>,
    /// For packets out of the site that no rule fits.
    pub outbound: Action,
    /// For packets into the site that no rule fits and nothing inside has asked for.
    pub inbound: Action,
    /// Silence after which answers over UDP no longer pass.
    #[serde(with = "crate::time_text")]
    pub udp_timeout: Duration,
    /// Silence after which answers over TCP no longer pass.
    #[serde(with = "crate::time_text")]
    pub tcp_timeout: Duration,
    /// Most flows remembered for their answers.
    pub capacity: usize,
}

impl Default for FirewallSpec {
    /// Everything may leave, only answers may enter.
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            outbound: Action::Allow,
            inbound: Action::Drop,
            udp_timeout: Duration::from_secs(180),
            tcp_timeout: Duration::from_secs(2 * 3600 + 4 * 60),
            capacity: 65_536,
        }
    }
}

impl FirewallSpec {
    /// Nothing may leave or enter but what these rules allow, and the answers to it.
    pub fn closed(rules: Vec<Rule>) -> Self {
        Self {
            rules,
            outbound: Action::Drop,
            inbound: Action::Drop,
            ..Self::default()
        }
    }
}

/// A firewall at work.
#[derive(Debug)]
pub struct Firewall {
    spec: FirewallSpec,
    rules: Vec<Compiled>,
    flows: Expiring<Flow, ()>,
}

/// A packet was stopped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Blocked {
    /// By which rule, or which default.
    pub rule: Arc<str>,
    /// Which way it went.
    pub way: Way,
    /// Whether the sender is told (TCP reset, ICMP unreachable) or left in the dark.
    pub rejects: bool,
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "firewall: {} blocked by {}", self.way, self.rule)
    }
}

impl std::error::Error for Blocked {}

impl Firewall {
    /// A firewall that knows these names of addresses (lower case). A host-name pattern fits an address if it fits one of its names.
    pub fn new(spec: FirewallSpec, names: &BTreeMap<IpAddr, Vec<String>>) -> Self {
        let rules = spec
            .rules
            .iter()
            .map(|rule| Compiled::new(rule, names))
            .collect();
        let flows = Expiring::new(spec.capacity.max(1));
        Self { spec, rules, flows }
    }

    /// Whether a packet passes. `packet` has the inside's own addresses: outbound before the NAT, inbound behind it.
    pub fn pass(&mut self, now: Duration, way: Way, packet: &Packet) -> Result<(), Blocked> {
        let flow = Flow::from(packet);
        let ends = now + self.timeout(packet.protocol);
        for known in [
            flow,
            Flow {
                source: flow.target,
                target: flow.source,
                ..flow
            },
        ] {
            if let Some(((), end)) = self.flows.get_mut(now, &known) {
                *end = ends;
                return Ok(());
            }
        }
        let remote = match way {
            Way::Out => packet.target,
            Way::In => packet.source,
        };
        let found = self
            .rules
            .iter()
            .find(|rule| rule.fits(way, packet, remote));
        let (action, default) = match (found, way) {
            (Some(rule), _) => (rule.action, None),
            (None, Way::Out) => (self.spec.outbound, Some("the default for outbound")),
            (None, Way::In) => (self.spec.inbound, Some("the default for inbound")),
        };
        if action == Action::Allow {
            // Full: this packet passes, only its answers won't.
            self.flows.insert(now, flow, (), ends);
            return Ok(());
        }
        let rule = match (default, found) {
            (None, Some(rule)) => rule.name.clone(),
            (default, _) => Arc::from(default.unwrap_or_default()),
        };
        Err(Blocked {
            rule,
            way,
            rejects: action == Action::Reject,
        })
    }

    fn timeout(&self, protocol: Protocol) -> Duration {
        match protocol {
            Protocol::Udp => self.spec.udp_timeout,
            Protocol::Tcp => self.spec.tcp_timeout,
        }
    }
}

/// A rule with its host pattern turned into addresses.
#[derive(Debug)]
struct Compiled {
    name: Arc<str>,
    way: Way,
    protocol: Option<Protocol>,
    ports: Vec<Ports>,
    remote: Option<Remote>,
    action: Action,
}

#[derive(Debug)]
enum Remote {
    Addresses(BTreeSet<IpAddr>),
    Pattern(Pattern),
}

impl Compiled {
    fn new(rule: &Rule, names: &BTreeMap<IpAddr, Vec<String>>) -> Self {
        let remote = rule
            .host
            .as_ref()
            .map(|pattern| match pattern.fits_names() {
                true => Remote::Addresses(
                    names
                        .iter()
                        .filter(|(_, names)| names.iter().any(|name| pattern.fits_name(name)))
                        .map(|(address, _)| *address)
                        .collect(),
                ),
                false => Remote::Pattern(pattern.clone()),
            });
        Self {
            name: format!("rule '{}'", rule.name).into(),
            way: rule.way,
            protocol: rule.protocol,
            ports: rule.ports.clone(),
            remote,
            action: rule.action,
        }
    }

    fn fits(&self, way: Way, packet: &Packet, remote: SocketAddr) -> bool {
        self.way == way
            && self
                .protocol
                .is_none_or(|protocol| protocol == packet.protocol)
            && (self.ports.is_empty()
                || self
                    .ports
                    .iter()
                    .any(|ports| ports.contains(packet.target.port())))
            && self.remote.as_ref().is_none_or(|set| match set {
                Remote::Addresses(addresses) => addresses.contains(&remote.ip()),
                Remote::Pattern(pattern) => pattern.fits_address(remote.ip()),
            })
    }
}

#[cfg(test)]
mod tests;
