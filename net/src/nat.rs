//! Network address translation at the edge of a site: rewrites what leaves, and lets in what its kind allows.
//!
//! ```text
//! inside 10.0.0.2:4000 ──outbound──► 203.0.113.1:4000 ──► remote          mapping: made by what leaves, ends by silence
//! inside 10.0.0.2:4000 ◄──inbound── 203.0.113.1:4000 ◄── remote           filter: who may use the mapping from outside
//! ```
//!
//! | kind | mapping is per | lets in |
//! | --- | --- | --- |
//! | full cone | inside socket | everyone |
//! | address-restricted | inside socket | addresses it has sent to |
//! | port-restricted | inside socket | sockets it has sent to |
//! | symmetric | inside socket and remote socket | that remote socket |
//!
//! RFC 4787 for UDP, RFC 5382 for TCP, kinds by RFC 3489 §5. The [`Packet`]'s addresses are rewritten, not the ports inside a
//! TCP header. A packet of another IP version than the outside address passes untouched.

mod mapping;
mod spec;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::link::dice::Dice;
use crate::packet::{Packet, Protocol};
use mapping::Table;
pub use spec::{Forward, NatKind, NatSpec, PortChoice};

/// One NAT at work.
#[derive(Debug)]
pub struct Nat {
    spec: NatSpec,
    outside: IpAddr,
    table: Table,
}

/// Where a packet from inside goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Route {
    /// Out, with its source rewritten.
    Out,
    /// Back inside, with source and target rewritten (RFC 4787 §6).
    Back,
}

/// Why a NAT drops a packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NatDrop {
    /// Nothing inside has opened this port.
    #[error("nat: no mapping")]
    NoMapping,
    /// The port is open, but not to this sender.
    #[error("nat: sender not allowed")]
    Filtered,
    /// From inside to the outside address, and hairpinning is off.
    #[error("nat: no hairpinning")]
    NoHairpin,
    /// No room for another mapping, or no free port.
    #[error("nat: table full")]
    TableFull,
}

impl Nat {
    /// A NAT with one outside address. `seed` and `name` decide the ports it gives, where those are random.
    ///
    /// # Panics
    /// If [`NatSpec::check`] refuses the specification; one read from JSON has been checked.
    pub fn new(spec: NatSpec, outside: IpAddr, seed: u64, name: &str) -> Self {
        if let Err(reason) = spec.check() {
            panic!("NAT {name}: {reason}");
        }
        let mut hash = Sha256::new();
        hash.update(b"solstice nat\0");
        hash.update(seed.to_be_bytes());
        hash.update(name.as_bytes());
        let table = Table::new(&spec, Dice::new(hash.finalize().into()));
        Self {
            spec,
            outside,
            table,
        }
    }

    /// A packet leaves the site: rewrites its source, and its target too if it turns back inside.
    pub fn outbound(&mut self, now: Duration, packet: &mut Packet) -> Result<Route, NatDrop> {
        if packet.source.is_ipv4() != self.outside.is_ipv4() {
            return Ok(Route::Out);
        }
        let hairpin = packet.target.ip() == self.outside;
        if hairpin && !self.spec.hairpin {
            return Err(NatDrop::NoHairpin);
        }
        let port = self.table.outbound(now, packet)?;
        packet.source = SocketAddr::new(self.outside, port);
        if hairpin {
            packet.target = self.table.inbound(now, packet)?;
            return Ok(Route::Back);
        }
        Ok(Route::Out)
    }

    /// A packet comes to the outside address: rewrites its target.
    pub fn inbound(&mut self, now: Duration, packet: &mut Packet) -> Result<(), NatDrop> {
        if packet.target.is_ipv4() != self.outside.is_ipv4() {
            return Ok(());
        }
        if packet.target.ip() != self.outside {
            return Err(NatDrop::NoMapping);
        }
        packet.target = self.table.inbound(now, packet)?;
        Ok(())
    }

    /// Forgets all mappings; those made from now on have other ports. Forwarded ports stay.
    pub fn rebind(&mut self) {
        self.table.rebind();
    }

    /// Like [`Nat::rebind`], with another outside address too, as when a provider renews it.
    pub fn rebind_to(&mut self, outside: IpAddr) {
        self.outside = outside;
        self.rebind();
    }

    /// The address that the outside sees.
    pub fn outside(&self) -> IpAddr {
        self.outside
    }

    /// The outside port an inside socket has at this moment towards a remote one, if any.
    pub fn port_of(
        &self,
        now: Duration,
        protocol: Protocol,
        inside: SocketAddr,
        remote: SocketAddr,
    ) -> Option<u16> {
        self.table.port_of(now, protocol, inside, remote)
    }
}

#[cfg(test)]
mod tests;
