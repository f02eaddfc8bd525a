//! Which ports of a host are bound, and which address a socket has.

use std::io;
use std::net::{IpAddr, SocketAddr};

use indexmap::IndexMap;

use super::network::Network;
use super::slab::Key;
use crate::link::flow::FlowHash;
use crate::packet::Protocol;

/// The bound ports of a host, for one protocol.
#[derive(Debug, Default)]
pub(super) struct Ports {
    bound: IndexMap<u16, Owners, FlowHash>,
}

/// Who has bound a port, by address; seldom more than one.
#[derive(Debug)]
struct Owners {
    first: (IpAddr, Key),
    others: Vec<(IpAddr, Key)>,
}

impl Ports {
    /// Binds a port that is not taken.
    pub(super) fn bind(&mut self, local: SocketAddr, key: Key) {
        let owner = (local.ip(), key);
        match self.bound.get_mut(&local.port()) {
            Some(owners) => owners.others.push(owner),
            None => {
                let others = Vec::new();
                self.bound.insert(
                    local.port(),
                    Owners {
                        first: owner,
                        others,
                    },
                );
            }
        }
    }

    /// Frees what `key` has bound.
    pub(super) fn free(&mut self, port: u16, key: Key) {
        let Some(owners) = self.bound.get_mut(&port) else {
            return;
        };
        if owners.first.1 != key {
            owners.others.retain(|(_, other)| *other != key);
        } else if let Some(next) = owners.others.pop() {
            owners.first = next;
        } else {
            self.bound.swap_remove(&port);
        }
    }

    /// The socket bound to this address, or else to any of its family.
    #[inline]
    pub(super) fn find(&self, at: SocketAddr) -> Option<Key> {
        let owners = self.bound.get(&at.port())?;
        let is_any = |own: &IpAddr| own.is_unspecified() && own.is_ipv4() == at.is_ipv4();
        if owners.others.is_empty() {
            let (own, key) = owners.first;
            return (own == at.ip() || is_any(&own)).then_some(key);
        }
        let all = || std::iter::once(&owners.first).chain(&owners.others);
        let exact = all().find(|(own, _)| *own == at.ip());
        exact
            .or_else(|| all().find(|(own, _)| is_any(own)))
            .map(|(_, key)| *key)
    }

    /// Whether somebody has this port at this address, or at one that overlaps with it.
    fn is_taken(&self, port: u16, ip: IpAddr) -> bool {
        let owners = self.bound.get(&port).into_iter();
        let mut owners =
            owners.flat_map(|owners| std::iter::once(&owners.first).chain(&owners.others));
        owners.any(|(other, _)| {
            let overlaps = other.is_unspecified() || ip.is_unspecified() || *other == ip;
            overlaps && other.is_ipv4() == ip.is_ipv4()
        })
    }
}

impl Network {
    /// The address a socket sends from: its own, or the host's first of the target's family.
    pub(super) fn source_address(
        &self,
        host: usize,
        local: SocketAddr,
        target: SocketAddr,
    ) -> io::Result<SocketAddr> {
        if local.is_ipv4() != target.is_ipv4() {
            let error = format!("a socket of {local} cannot send to {target}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
        }
        if !local.ip().is_unspecified() {
            return Ok(local);
        }
        if target.ip().is_loopback() {
            return Ok(SocketAddr::new(target.ip(), local.port()));
        }
        let state = &self.hosts[host];
        let own = if target.is_ipv4() {
            state.primary_v4
        } else {
            state.primary_v6
        };
        match own {
            Some(own) => Ok(SocketAddr::new(own, local.port())),
            None => {
                let error = format!("{} has no address to reach {target} from", state.name);
                Err(io::Error::new(io::ErrorKind::NetworkUnreachable, error))
            }
        }
    }

    /// The address to bind, with a port if none was asked for.
    pub(super) fn free_address(
        &mut self,
        host: usize,
        local: SocketAddr,
        protocol: Protocol,
    ) -> io::Result<SocketAddr> {
        let state = &mut self.hosts[host];
        let ip = local.ip();
        let is_own = || self.links.sites[state.site].inside.get(ip) == Some(host);
        if !ip.is_unspecified() && !ip.is_loopback() && !is_own() {
            let error = format!("{} does not have the address {ip}", state.name);
            return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, error));
        }
        let ports = match protocol {
            Protocol::Udp => &state.udp,
            Protocol::Tcp => &state.tcp,
        };
        let is_taken = |port| ports.is_taken(port, ip);
        if local.port() != 0 {
            if is_taken(local.port()) {
                let error = format!("{} has already bound {local}", state.name);
                return Err(io::Error::new(io::ErrorKind::AddrInUse, error));
            }
            return Ok(local);
        }
        let mut port = state.next_port;
        for _ in FIRST_EPHEMERAL..=u16::MAX {
            let candidate = port;
            port = if port == u16::MAX {
                FIRST_EPHEMERAL
            } else {
                port + 1
            };
            if !is_taken(candidate) {
                state.next_port = port;
                return Ok(SocketAddr::new(ip, candidate));
            }
        }
        let error = format!("{} has no ephemeral port left", state.name);
        Err(io::Error::new(io::ErrorKind::AddrInUse, error))
    }
}

/// RFC 6335 §6: the dynamic ports begin here.
pub(super) const FIRST_EPHEMERAL: u16 = 49_152;
