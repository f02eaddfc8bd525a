//! A world as data: sites with their access links, NAT and firewall; hosts in sites; names.
//!
//! ```text
//! host ── LAN of its site ── firewall ── NAT ── uplink ── backbone ── downlink ── NAT ── firewall ── LAN ── host
//! ```
//!
//! Within a site only the LAN is passed; on one host, nothing. Addresses inside a NAT are the
//! site's own business: two homes may use the same ones. IPv6 passes a NAT untouched.

mod build;
mod check;

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::dns::Record;
use crate::firewall::FirewallSpec;
use crate::link::LinkSpec;
use crate::nat::NatSpec;

pub use check::TopologyError;

/// Sites, hosts and names of a world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Topology {
    /// UTC at the start of the world, in seconds since 1970.
    pub epoch_s: u64,
    /// What every packet between two sites passes, after the uplink and before the downlink.
    pub backbone: LinkSpec,
    /// Places with a network of their own.
    pub sites: Vec<Site>,
    /// The machines; their order numbers them.
    pub hosts: Vec<HostSpec>,
    /// Further records of the domain name system; hosts' own names need none.
    pub records: Vec<NameRecord>,
    /// The host that answers questions about names, on UDP port 53. Without one the hosts know
    /// all names by themselves.
    pub resolver: Option<String>,
}

/// A place with a network of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Its name, unique among sites.
    pub name: String,
    /// What a packet passes between two hosts of the site.
    #[serde(default = "build::default_lan")]
    pub lan: LinkSpec,
    /// What leaves the site passes this.
    #[serde(default)]
    pub uplink: LinkSpec,
    /// What enters the site passes this.
    #[serde(default)]
    pub downlink: LinkSpec,
    /// The NAT at its edge, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nat: Option<SiteNat>,
    /// The firewall at its edge, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firewall: Option<FirewallSpec>,
}

/// A NAT and the address it shows to the outside.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteNat {
    /// The outside address, unique in the world.
    pub outside: IpAddr,
    /// How it behaves.
    #[serde(default)]
    pub behaviour: NatSpec,
}

/// A machine.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostSpec {
    /// Its name, unique among hosts; also a name in the domain name system.
    pub name: String,
    /// The site it stands in.
    pub site: String,
    /// Its addresses, the primary one first.
    pub addresses: Vec<IpAddr>,
    /// Further names that lead to all its addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// How far its wall clock is ahead at the start, in ms.
    #[serde(default)]
    pub skew_ms: i64,
    /// How much too fast its clocks run, in parts per million.
    #[serde(default)]
    pub drift_ppm: i32,
}

/// A record of the domain name system.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameRecord {
    /// Whose record, such as `_sip._udp.example.com`.
    pub name: String,
    /// What it has.
    pub record: Record,
}

impl Topology {
    /// The number of the host of that name.
    pub fn host_index(&self, name: &str) -> Option<usize> {
        self.hosts.iter().position(|host| host.name == name)
    }

    /// The number of the site of that name.
    pub fn site_index(&self, name: &str) -> Option<usize> {
        self.sites.iter().position(|site| site.name == name)
    }

    /// UTC at the start of the world.
    pub fn epoch(&self) -> std::time::SystemTime {
        std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(self.epoch_s)
    }
}
