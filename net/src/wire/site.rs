//! Sites at work: their links, NAT and firewall, and who has which address.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::faults::{Direction, Target};
use crate::firewall::Firewall;
use crate::link::flow::FlowHash;
use crate::link::{LinkSpec, Pipeline};
use crate::nat::Nat;
use crate::topology::Topology;

/// A site at work.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) lan: Pipeline,
    pub(super) up: Pipeline,
    pub(super) down: Pipeline,
    pub(super) nat: Option<Nat>,
    pub(super) firewall: Option<Firewall>,
    /// Hosts by the addresses they have inside.
    pub(super) inside: Addresses<usize>,
}

/// All links.
#[derive(Debug)]
pub(super) struct Links {
    pub(super) sites: Vec<Site>,
    pub(super) backbone: Pipeline,
    /// From host to host, where a fault plan strikes such a way.
    pub(super) pairs: BTreeMap<(usize, usize), Pipeline>,
}

/// Who has an address that everybody can reach.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Owner {
    /// A host, in this site.
    Host { site: usize, host: usize },
    /// The NAT of this site.
    Nat { site: usize },
}

impl Site {
    /// Nothing at the edge needs to know when a packet passes it.
    pub(super) fn is_open(&self) -> bool {
        self.nat.is_none() && self.firewall.is_none()
    }
}

/// All sites and the addresses that can be reached from everywhere.
pub(super) fn build(topology: &Topology, seed: u64) -> (Vec<Site>, Addresses<Owner>) {
    let names = names(topology);
    let mut public = Addresses::default();
    let mut sites = Vec::new();
    for (number, spec) in topology.sites.iter().enumerate() {
        let name = &spec.name;
        if let Some(nat) = &spec.nat {
            public.insert(nat.outside, Owner::Nat { site: number });
        }
        let nat = spec.nat.as_ref();
        sites.push(Site {
            lan: Pipeline::new(&spec.lan, format!("lan of site {name}")),
            up: pipeline(&spec.uplink, Direction::Up, name),
            down: pipeline(&spec.downlink, Direction::Down, name),
            nat: nat.map(|nat| Nat::new(nat.behaviour.clone(), nat.outside, seed, name)),
            firewall: spec
                .firewall
                .clone()
                .map(|spec| Firewall::new(spec, &names)),
            inside: Addresses::default(),
        });
    }
    for (host, spec) in topology.hosts.iter().enumerate() {
        let site = topology
            .site_index(&spec.site)
            .expect("the topology is checked");
        for address in &spec.addresses {
            sites[site].inside.insert(*address, host);
            if topology.sites[site].is_public(*address) {
                public.insert(*address, Owner::Host { site, host });
            }
        }
    }
    (sites, public)
}

/// A site's access link of this direction.
pub(super) fn pipeline(spec: &LinkSpec, direction: Direction, site: &str) -> Pipeline {
    Pipeline::new(spec, direction.link_name(site))
}

/// The ways between hosts that faults strike, each an ideal link until then.
pub(super) fn pairs(
    topology: &Topology,
    targets: impl Iterator<Item = Target>,
) -> BTreeMap<(usize, usize), Pipeline> {
    let mut pairs = BTreeMap::new();
    for target in targets {
        if let Target::Pair { source, target } = &target {
            let ends = (topology.host_index(source), topology.host_index(target));
            if let (Some(from), Some(to)) = ends {
                let name: Arc<str> = format!("way from {source} to {target}").into();
                pairs.insert((from, to), Pipeline::new(&LinkSpec::default(), name));
            }
        }
    }
    pairs
}

/// The names of each address, for firewalls whose rules speak of names.
fn names(topology: &Topology) -> BTreeMap<IpAddr, Vec<String>> {
    let mut names: BTreeMap<IpAddr, Vec<String>> = BTreeMap::new();
    let mut add = |address: IpAddr, name: &str| {
        names
            .entry(address)
            .or_default()
            .push(crate::dns::canonical(name));
    };
    for host in &topology.hosts {
        for address in &host.addresses {
            for name in std::iter::once(&host.name).chain(&host.names) {
                add(*address, name);
            }
        }
    }
    let zone = topology.zone(|_, address| Some(address));
    for record in &topology.records {
        for address in zone
            .records(&record.name)
            .map(crate::dns::addresses)
            .unwrap_or_default()
        {
            add(address, &record.name);
        }
    }
    names
}

/// A map by IP address without ambient randomness.
#[derive(Debug)]
pub(super) struct Addresses<T> {
    map: IndexMap<Bits, T, FlowHash>,
}

impl<T: Copy> Addresses<T> {
    pub(super) fn insert(&mut self, address: IpAddr, value: T) {
        self.map.insert(Bits::from(address), value);
    }

    #[inline]
    pub(super) fn get(&self, address: IpAddr) -> Option<T> {
        self.map.get(&Bits::from(address)).copied()
    }
}

impl<T> Default for Addresses<T> {
    fn default() -> Self {
        Addresses {
            map: IndexMap::default(),
        }
    }
}

/// An address as two words, so that hashing it is cheap; IPv4 as mapped by RFC 4291 §2.5.5.2.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Bits(u128);

impl From<IpAddr> for Bits {
    fn from(address: IpAddr) -> Bits {
        match address {
            IpAddr::V4(address) => Bits(0xffff_0000_0000 | u128::from(u32::from(address))),
            IpAddr::V6(address) => Bits(u128::from(address)),
        }
    }
}

impl Hash for Bits {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64((self.0 >> 64) as u64);
        state.write_u64(self.0 as u64);
    }
}
