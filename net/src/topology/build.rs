//! Making topologies in few words.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::{HostSpec, NameRecord, Site, SiteNat, Topology};
use crate::dns::{Record, Zone};
use crate::firewall::FirewallSpec;
use crate::link::LinkSpec;
use crate::nat::NatSpec;

impl Default for Topology {
    fn default() -> Topology {
        Topology {
            epoch_s: DEFAULT_EPOCH_S,
            backbone: LinkSpec::delay(DEFAULT_BACKBONE),
            sites: Vec::new(),
            hosts: Vec::new(),
            records: Vec::new(),
            resolver: None,
        }
    }
}

impl Topology {
    /// Nothing yet; add sites and hosts.
    pub fn new() -> Topology {
        Topology::default()
    }

    /// These hosts on one network, 10.0.0.1 and on, each packet taking `delay`.
    pub fn lan(hosts: &[&str], delay: Duration) -> Topology {
        let mut site = Site::new("lan");
        site.lan = LinkSpec::delay(delay);
        let mut topology = Topology::new().site(site);
        for (index, name) in hosts.iter().enumerate() {
            let number = u32::from(Ipv4Addr::new(10, 0, 0, 1)) + index as u32;
            topology = topology.host(name, "lan", &[Ipv4Addr::from(number).into()]);
        }
        topology
    }

    /// One more site.
    #[must_use]
    pub fn site(mut self, site: Site) -> Topology {
        self.sites.push(site);
        self
    }

    /// One more host, with a true clock.
    #[must_use]
    pub fn host(mut self, name: &str, site: &str, addresses: &[IpAddr]) -> Topology {
        self.hosts.push(HostSpec {
            name: name.to_string(),
            site: site.to_string(),
            addresses: addresses.to_vec(),
            names: Vec::new(),
            skew_ms: 0,
            drift_ppm: 0,
        });
        self
    }

    /// A further name of the host added last.
    ///
    /// # Panics
    /// If there is no host yet.
    #[must_use]
    pub fn named(mut self, name: &str) -> Topology {
        let host = self.hosts.last_mut().expect("a host comes before its name");
        host.names.push(name.to_string());
        self
    }

    /// One more record of the domain name system.
    #[must_use]
    pub fn record(mut self, name: &str, record: Record) -> Topology {
        self.records.push(NameRecord {
            name: name.to_string(),
            record,
        });
        self
    }

    /// Lets this host answer questions about names.
    #[must_use]
    pub fn resolver(mut self, host: &str) -> Topology {
        self.resolver = Some(host.to_string());
        self
    }

    /// All names of the world. `address` says where a host's address lies in the world at hand.
    pub(crate) fn zone(&self, address: impl Fn(usize, IpAddr) -> Option<IpAddr>) -> Zone {
        let mut zone = Zone::default();
        for (index, host) in self.hosts.iter().enumerate() {
            for name in std::iter::once(&host.name).chain(&host.names) {
                for own in &host.addresses {
                    if let Some(own) = address(index, *own) {
                        zone.add(name, Record::Address(own));
                    }
                }
            }
        }
        for NameRecord { name, record } in &self.records {
            match record {
                Record::Address(own) => {
                    let mut hosts = self.hosts.iter();
                    let index = hosts.position(|host| host.addresses.contains(own));
                    let own = index.map_or(Some(*own), |index| address(index, *own));
                    if let Some(own) = own {
                        zone.add(name, Record::Address(own));
                    }
                }
                Record::Srv(_) | Record::Naptr(_) | Record::Alias(_) => {
                    zone.add(name, record.clone());
                }
            }
        }
        zone
    }
}

impl Site {
    /// A site with a fast LAN, no limits at its edge and no NAT.
    pub fn new(name: &str) -> Site {
        Site {
            name: name.to_string(),
            lan: default_lan(),
            uplink: LinkSpec::default(),
            downlink: LinkSpec::default(),
            nat: None,
            firewall: None,
        }
    }

    /// The same site with these access links.
    #[must_use]
    pub fn links(mut self, uplink: LinkSpec, downlink: LinkSpec) -> Site {
        self.uplink = uplink;
        self.downlink = downlink;
        self
    }

    /// The same site behind a NAT with this outside address.
    #[must_use]
    pub fn nat(mut self, outside: IpAddr, behaviour: NatSpec) -> Site {
        self.nat = Some(SiteNat { outside, behaviour });
        self
    }

    /// The same site behind a firewall.
    #[must_use]
    pub fn firewall(mut self, firewall: FirewallSpec) -> Site {
        self.firewall = Some(firewall);
        self
    }
}

/// A switch and two cables.
pub(super) fn default_lan() -> LinkSpec {
    LinkSpec::delay(Duration::from_micros(200))
}

/// Across a country, one way.
const DEFAULT_BACKBONE: Duration = Duration::from_millis(10);
/// 2018-05-15T00:00:00Z: the time of release 11.
const DEFAULT_EPOCH_S: u64 = 1_526_342_400;
