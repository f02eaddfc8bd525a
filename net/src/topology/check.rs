//! What makes a topology sound.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::{Site, Topology};

/// A topology that no world can be built from.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TopologyError {
    /// Two sites or two hosts have the same name.
    #[error("there are two {kind}s named '{name}'")]
    SameName {
        /// `site` or `host`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// A host stands in a site that is not there.
    #[error("host '{host}' stands in site '{site}', which does not exist")]
    NoSuchSite {
        /// The host.
        host: String,
        /// The site.
        site: String,
    },
    /// A host has no address, or one that no host can have.
    #[error("host '{host}': {reason}")]
    Address {
        /// The host.
        host: String,
        /// What is wrong.
        reason: String,
    },
    /// Two hosts, or a host and a NAT, have the same address where both can be reached.
    #[error("the address {address} is given twice")]
    SameAddress {
        /// The address.
        address: IpAddr,
    },
    /// The host that should answer for names does not exist.
    #[error("the resolver '{host}' is no host of the topology")]
    NoSuchResolver {
        /// Its name.
        host: String,
    },
    /// A link, NAT or firewall has figures that make no sense.
    #[error("site '{site}': {reason}")]
    Edge {
        /// The site; `backbone` for the backbone.
        site: String,
        /// What is wrong.
        reason: String,
    },
    /// More hosts than a world can number.
    #[error("a topology has at most {MAX_HOSTS} hosts")]
    TooManyHosts,
}

impl Topology {
    /// Whether a world can be built from it.
    pub fn check(&self) -> Result<(), TopologyError> {
        if self.hosts.len() > MAX_HOSTS {
            return Err(TopologyError::TooManyHosts);
        }
        unique("site", self.sites.iter().map(|site| &site.name))?;
        unique("host", self.hosts.iter().map(|host| &host.name))?;
        self.check_edges()?;
        self.check_addresses()?;
        match &self.resolver {
            Some(host) if self.host_index(host).is_none() => {
                Err(TopologyError::NoSuchResolver { host: host.clone() })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn check_edges(&self) -> Result<(), TopologyError> {
        let wrong = |site: &str, reason: String| TopologyError::Edge {
            site: site.to_string(),
            reason,
        };
        let backbone = self.backbone.check();
        backbone.map_err(|error| wrong("backbone", error.to_string()))?;
        for site in &self.sites {
            for link in [&site.lan, &site.uplink, &site.downlink] {
                link.check()
                    .map_err(|error| wrong(&site.name, error.to_string()))?;
            }
            if let Some(nat) = &site.nat {
                nat.behaviour
                    .check()
                    .map_err(|reason| wrong(&site.name, reason))?;
            }
        }
        Ok(())
    }

    fn check_addresses(&self) -> Result<(), TopologyError> {
        let mut public = BTreeSet::new();
        let mut inside = BTreeSet::new();
        for site in &self.sites {
            if let Some(nat) = &site.nat
                && !public.insert(nat.outside)
            {
                return Err(TopologyError::SameAddress {
                    address: nat.outside,
                });
            }
        }
        for host in &self.hosts {
            let Some(site) = self.site_index(&host.site) else {
                return Err(TopologyError::NoSuchSite {
                    host: host.name.clone(),
                    site: host.site.clone(),
                });
            };
            let wrong = |reason: &str| TopologyError::Address {
                host: host.name.clone(),
                reason: reason.to_string(),
            };
            if host.addresses.is_empty() {
                return Err(wrong("it has no address"));
            }
            for address in &host.addresses {
                if address.is_unspecified() || address.is_loopback() || address.is_multicast() {
                    return Err(wrong(&format!("no host can have the address {address}")));
                }
                let is_new = inside.insert((site, *address))
                    && (!self.sites[site].is_public(*address) || public.insert(*address));
                if !is_new {
                    return Err(TopologyError::SameAddress { address: *address });
                }
            }
        }
        Ok(())
    }
}

impl Site {
    /// Whether an address inside is seen outside as it is.
    pub(crate) fn is_public(&self, address: IpAddr) -> bool {
        let nat = self.nat.as_ref();
        nat.is_none_or(|nat| nat.outside.is_ipv4() != address.is_ipv4())
    }
}

fn unique<'a>(
    kind: &'static str,
    names: impl Iterator<Item = &'a String>,
) -> Result<(), TopologyError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            let name = name.clone();
            return Err(TopologyError::SameName { kind, name });
        }
    }
    Ok(())
}

/// What fits in the addresses of a laboratory on loopback.
pub(crate) const MAX_HOSTS: usize = 48_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nat::NatSpec;
    use std::time::Duration;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn two_homes_may_use_the_same_private_addresses() {
        let home = |name, outside| Site::new(name).nat(ip(outside), NatSpec::default());
        let good = Topology::new()
            .site(home("first", "198.51.100.1"))
            .site(home("second", "198.51.100.2"))
            .host("alice", "first", &[ip("192.168.1.2")])
            .host("bob", "second", &[ip("192.168.1.2")]);
        assert_eq!(good.check(), Ok(()));
        let text = serde_json::to_string(&good).expect("plain data");
        assert_eq!(
            serde_json::from_str::<Topology>(&text).expect("the same"),
            good
        );
        let address = ip("198.51.100.1");
        let bad = good
            .site(Site::new("cloud"))
            .host("server", "cloud", &[address]);
        assert_eq!(bad.check(), Err(TopologyError::SameAddress { address }));
    }

    #[test]
    fn mistakes_are_named() {
        let lan = Topology::lan(&["alice", "bob"], Duration::ZERO);
        let cases = [
            (
                lan.clone().host("alice", "lan", &[ip("10.1.1.1")]),
                "two hosts named 'alice'",
            ),
            (
                lan.clone().host("carol", "moon", &[ip("10.1.1.1")]),
                "'moon', which does not exist",
            ),
            (
                lan.clone().host("carol", "lan", &[]),
                "'carol': it has no address",
            ),
            (
                lan.clone().host("carol", "lan", &[ip("127.0.0.1")]),
                "can have the address 127.0.0.1",
            ),
            (
                lan.clone().host("carol", "lan", &[ip("10.0.0.2")]),
                "10.0.0.2 is given twice",
            ),
            (lan.resolver("dns"), "the resolver 'dns' is no host"),
        ];
        for (topology, text) in cases {
            let error = topology.check().expect_err("a mistake").to_string();
            assert!(error.contains(text), "{error}");
        }
    }
}
