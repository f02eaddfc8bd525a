//! Finding a server by its domain: which transport, which hosts, which addresses, in which order.
//!
//! ```text
//! Authorities ──NAPTR──► Services ──SRV──► Addresses ──A, AAAA──► Found
//!   (nothing said)    (transport said)  (port said, or no SRV)   (an address said)
//! ```
//!
//! The procedure asks one question at a time and is told the answer; an answer that never came counts as an empty one. Who
//! uses it tries the targets in their order, the next where one is silent, unreachable or overloaded (RFC 3263 §4.3).
//!
//! RFC 3263 §4; RFC 2782 (order of services); RFC 3403 (NAPTR).

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use rand_core::Rng;

use crate::flow::Transport;

mod order;

/// What is looked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wanted {
    /// Domain, host name or address (IPv6 without brackets).
    pub host: String,
    /// Port, where it is said: then the name is that of a host.
    pub port: Option<u16>,
    /// Transport, where it is said; TLS for a `sips` URI.
    pub transport: Option<Transport>,
    /// Transport where neither the user nor the name system says one; RFC 3263 §4.1 has UDP.
    pub fallback: Transport,
}

/// What the name system is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Question {
    /// NAPTR records of a domain.
    Authorities(String),
    /// SRV records of a service.
    Services(String),
    /// A and AAAA records of a host.
    Addresses(String),
}

/// What it answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// NAPTR records.
    Authorities(Vec<Naptr>),
    /// SRV records.
    Services(Vec<Srv>),
    /// Addresses.
    Addresses(Vec<IpAddr>),
    /// No such name, or no answer.
    Nothing,
}

/// A naming authority pointer (RFC 3403 §4.1), as far as SIP uses it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Naptr {
    /// Lower comes first.
    pub order: u16,
    /// Lower comes first among equal order.
    pub preference: u16,
    /// `s`: the replacement is a service. Others are not for SIP.
    pub flags: String,
    /// `SIP+D2U`, `SIP+D2T`, `SIPS+D2T` (RFC 3263 §4.1).
    pub service: String,
    /// The service to ask for.
    pub replacement: String,
}

/// A host that offers a service (RFC 2782).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Srv {
    /// Lower comes first.
    pub priority: u16,
    /// Share of those of equal priority.
    pub weight: u16,
    /// Its port.
    pub port: u16,
    /// Its name; `.` or nothing says that there is no such service.
    pub target: String,
}

/// Where a request can be sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Target {
    /// By what.
    pub transport: Transport,
    /// Whereto.
    pub address: SocketAddr,
}

/// What the procedure says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Output {
    /// Ask this, and say the answer by [`Resolution::handle`].
    Ask(Question),
    /// All targets, the best first; none where the name leads nowhere.
    Found(Vec<Target>),
}

/// One look-up.
#[derive(Clone, Debug)]
pub struct Resolution {
    wanted: Wanted,
    step: Step,
    /// Services that are still to be asked for.
    services: VecDeque<(Transport, String)>,
    /// Hosts whose addresses are still to be asked for.
    hosts: VecDeque<(Transport, String, u16)>,
    targets: Vec<Target>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    Authorities,
    Services,
    Addresses,
    Found,
}

/// Services that are followed; SIP has three transports here.
const SERVICES_MAX: usize = 8;
/// Hosts that are followed; ours. A domain with more has its least important ones left out.
const HOSTS_MAX: usize = 16;
/// Targets that are given; ours.
const TARGETS_MAX: usize = 32;

impl Resolution {
    /// Begins to look for a server.
    pub fn new(wanted: Wanted) -> Self {
        let mut resolution = Self {
            step: Step::Found,
            services: VecDeque::new(),
            hosts: VecDeque::new(),
            targets: Vec::new(),
            wanted,
        };
        let Wanted {
            host,
            port,
            transport,
            fallback,
        } = resolution.wanted.clone();
        let is_address = host.parse::<IpAddr>().is_ok();
        match (is_address || port.is_some(), transport) {
            (true, said) => {
                let transport = said.unwrap_or(fallback);
                let port = port.unwrap_or(transport.default_port());
                resolution.hosts.push_back((transport, host, port));
                resolution.go_to_addresses();
            }
            (false, Some(transport)) => {
                resolution.services.push_back(service(transport, &host));
                resolution.step = Step::Services;
            }
            (false, None) => resolution.step = Step::Authorities,
        }
        resolution
    }

    /// What is wanted next; the same until it is answered.
    pub fn poll(&self) -> Output {
        let question = match self.step {
            Step::Authorities => Some(Question::Authorities(self.wanted.host.clone())),
            Step::Services => self
                .services
                .front()
                .map(|(_, name)| Question::Services(name.clone())),
            Step::Addresses => self
                .hosts
                .front()
                .map(|(_, name, _)| Question::Addresses(name.clone())),
            Step::Found => None,
        };
        question.map_or_else(|| Output::Found(self.targets.clone()), Output::Ask)
    }

    /// Takes the answer to the question; `rng` decides among services of equal priority (RFC 2782).
    pub fn handle(&mut self, answer: &Answer, rng: &mut impl Rng) {
        match self.step {
            Step::Authorities => self.on_authorities(answer),
            Step::Services => self.on_services(answer, rng),
            Step::Addresses => self.on_addresses(answer),
            Step::Found => {}
        }
    }

    fn on_authorities(&mut self, answer: &Answer) {
        let records = if let Answer::Authorities(records) = answer {
            order::authorities(records)
        } else {
            Vec::new()
        };
        self.services = records.into_iter().take(SERVICES_MAX).collect();
        if self.services.is_empty() {
            // RFC 3263 §4.1: without NAPTR every transport's service is asked for, the most protected first.
            let fallback = self.wanted.fallback;
            let rest = [Transport::Tcp, Transport::Udp].into_iter();
            let rest = rest.filter(|transport| *transport != fallback);
            let first = [Transport::Tls, fallback].into_iter();
            let first = first.take(1 + usize::from(fallback != Transport::Tls));
            self.services = first
                .chain(rest)
                .map(|transport| service(transport, &self.wanted.host))
                .collect();
        }
        self.step = Step::Services;
    }

    fn on_services(&mut self, answer: &Answer, rng: &mut impl Rng) {
        let Some((transport, _)) = self.services.pop_front() else {
            return;
        };
        if let Answer::Services(records) = answer {
            let ordered = order::services(records, rng);
            let room = HOSTS_MAX.saturating_sub(self.hosts.len());
            self.hosts.extend(
                ordered
                    .into_iter()
                    .take(room)
                    .map(|record| (transport, record.target, record.port)),
            );
        }
        if !self.services.is_empty() {
            return;
        }
        if self.hosts.is_empty() {
            // RFC 3263 §4.2: without SRV the domain is taken for the name of a host.
            let transport = self.wanted.transport.unwrap_or(self.wanted.fallback);
            let host = self.wanted.host.clone();
            self.hosts
                .push_back((transport, host, transport.default_port()));
        }
        self.go_to_addresses();
    }

    fn on_addresses(&mut self, answer: &Answer) {
        let Some((transport, _, port)) = self.hosts.pop_front() else {
            return;
        };
        if let Answer::Addresses(addresses) = answer {
            for address in addresses {
                self.add(transport, SocketAddr::new(*address, port));
            }
        }
        self.go_to_addresses();
    }

    /// Nobody needs to be asked about a host that is an address already.
    fn go_to_addresses(&mut self) {
        self.step = Step::Addresses;
        while let Some((transport, host, port)) = self.hosts.front().cloned() {
            let Ok(address) = host.parse::<IpAddr>() else {
                return;
            };
            self.hosts.pop_front();
            self.add(transport, SocketAddr::new(address, port));
        }
        self.step = Step::Found;
    }

    fn add(&mut self, transport: Transport, address: SocketAddr) {
        let target = Target { transport, address };
        if self.targets.len() < TARGETS_MAX && !self.targets.contains(&target) {
            self.targets.push(target);
        }
    }
}

/// The service of a transport at a domain (RFC 3263 §4.1).
fn service(transport: Transport, domain: &str) -> (Transport, String) {
    let labels = match transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
    };
    (transport, format!("{labels}.{domain}"))
}

#[cfg(test)]
mod tests;
