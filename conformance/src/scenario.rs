//! A scenario: what it proves, what it needs, and a play that reads as prose.

use std::future::Future;
use std::pin::Pin;

use crate::deployment::Deployment;
use crate::outcome::Finding;
use crate::requirement::Requirement;
use crate::stage::Stage;

/// What the hosts' sockets are made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum WorldKind {
    /// Our event-driven packet network, in virtual time
    Wire,
    /// turmoil's network, in virtual time
    Turmoil,
    /// The machine's own sockets on loopback, in real time
    Real,
}

impl WorldKind {
    /// The world in one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wire => "wire",
            Self::Turmoil => "turmoil",
            Self::Real => "real",
        }
    }

    /// The world of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Wire, Self::Turmoil, Self::Real]
            .into_iter()
            .find(|world| world.name() == name)
    }
}

/// Something a scenario needs that not every world has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Need {
    /// Network address translation.
    Nat,
    /// A firewall at the edge of a site.
    Firewall,
    /// Loss of packets that TCP has to make good.
    TcpLoss,
    /// Impairment of links at all.
    Impairment,
    /// Hosts that crash, restart or stand still.
    HostFaults,
    /// Wall clocks that are set or drift.
    Clocks,
    /// More time than anybody would wait for in real time.
    LongTime,
    /// Times exact to the millisecond.
    ExactTime,
    /// The trace of all packets, to judge what was said.
    Trace,
    /// WebRTC in virtual time.
    WebRtc,
    /// Hundreds of hosts.
    ManyHosts,
    /// Hosts without IPv4.
    Ipv6,
}

impl Need {
    /// Why that world cannot give it; nothing if it can.
    pub fn lack(self, world: WorldKind) -> Option<&'static str> {
        use WorldKind::{Real, Turmoil, Wire};
        match (self, world) {
            (_, Wire) => None,
            (Self::Nat, Turmoil | Real) => Some("this world has no NAT"),
            (Self::Firewall, Turmoil | Real) => Some("this world has no firewall"),
            (Self::TcpLoss, Turmoil) => Some("TCP of this world never retransmits"),
            (Self::TcpLoss, Real) => Some("loss cannot be put under the machine's TCP"),
            (Self::Impairment, Turmoil) => {
                Some("this world's links are not impaired packet by packet")
            }
            (Self::HostFaults, Turmoil | Real) => {
                Some("hosts of this world cannot be crashed or suspended")
            }
            (Self::Clocks, Turmoil | Real) => Some("clocks of this world cannot be set"),
            (Self::LongTime, Real) => {
                Some("it would take longer than anybody waits for in real time")
            }
            (Self::ExactTime, Real) => Some("real time is not exact enough for it"),
            (Self::ExactTime, Turmoil) => Some("ticks of this world are not exact enough for it"),
            (Self::Trace, Real) => Some("packets of real sockets are not traced"),
            (Self::ManyHosts, Turmoil) => {
                Some("the cost of this world grows with the cube of its hosts")
            }
            (Self::ManyHosts, Real) => Some(
                "a minute of a hundred calls is for the simulator; benches measure real sockets",
            ),
            (Self::Ipv6, Real) => Some(
                "hosts of this world share the loopback network, which has one address of IPv6",
            ),
            (Self::Trace | Self::LongTime | Self::WebRtc | Self::Ipv6, Turmoil)
            | (Self::Impairment | Self::WebRtc, Real) => None,
        }
    }
}

/// What a play gives back: nothing, or the first finding.
pub type Played<'a> = Pin<Box<dyn Future<Output = Result<(), Finding>> + Send + 'a>>;

/// One way to try the product.
#[derive(Debug)]
pub struct Scenario {
    /// Area and name, as its file: `telephony/hold_retrieve`.
    pub name: &'static str,
    /// What it is about, in one line.
    pub title: &'static str,
    /// The requirements it proves.
    pub proves: &'static [&'static Requirement],
    /// What a world must be able to do.
    pub needs: &'static [Need],
    /// The sites, servers and people.
    pub deployment: fn() -> Deployment,
    /// What happens, and what must be seen.
    pub play: for<'a> fn(&'a mut Stage) -> Played<'a>,
}

impl Scenario {
    /// The area: what stands before the slash.
    pub fn area(&self) -> &'static str {
        self.name.split('/').next().unwrap_or(self.name)
    }

    /// Why that world cannot host it; nothing if it can.
    pub fn lack(&self, world: WorldKind) -> Option<&'static str> {
        self.needs.iter().find_map(|need| need.lack(world))
    }

    /// Whether a selector means it: its name, its area, the id or the area of a requirement it proves.
    pub fn is_meant_by(&self, selector: &str) -> bool {
        let proves = |requirement: &&&Requirement| {
            requirement.id == selector || requirement.area() == selector
        };
        self.name == selector
            || self.area() == selector
            || self.proves.iter().any(|requirement| proves(&requirement))
    }
}
