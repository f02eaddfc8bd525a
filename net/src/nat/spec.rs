//! A NAT as data.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::packet::Protocol;

/// How a NAT behaves.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default, try_from = "Unchecked")]
pub struct NatSpec {
    /// Mapping and filtering.
    pub kind: NatKind,
    /// Whether inside hosts reach each other by outside addresses.
    pub hairpin: bool,
    /// How outside ports are chosen.
    pub ports: PortChoice,
    /// Silence after which a UDP mapping ends; only what leaves counts.
    #[serde(with = "crate::time_text")]
    pub udp_timeout: Duration,
    /// Silence after which a TCP mapping ends.
    #[serde(with = "crate::time_text")]
    pub tcp_timeout: Duration,
    /// Most mappings.
    pub capacity: usize,
    /// Ports open for ever.
    pub forwards: Vec<Forward>,
}

/// Mapping and filtering (RFC 3489 §5).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NatKind {
    /// Endpoint-independent mapping and filtering.
    FullCone,
    /// Endpoint-independent mapping, address-dependent filtering.
    AddressRestricted,
    /// Endpoint-independent mapping, address and port-dependent filtering: most home routers.
    #[default]
    PortRestricted,
    /// Address and port-dependent mapping and filtering.
    Symmetric,
}

/// How outside ports are chosen (RFC 4787 §4.2).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PortChoice {
    /// The inside port if it is free, else the next one free.
    #[default]
    Preserve,
    /// One after the other.
    Sequential,
    /// By the seed.
    Random,
}

/// A port that leads inside without any mapping.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Forward {
    /// By which protocol.
    pub protocol: Protocol,
    /// Port of the outside address.
    pub port: u16,
    /// Where it leads.
    pub inside: SocketAddr,
}

impl Default for NatSpec {
    fn default() -> Self {
        Self {
            kind: NatKind::default(),
            hairpin: false,
            ports: PortChoice::default(),
            // RFC 4787 §4.3 REQ-5: 5 minutes recommended.
            udp_timeout: Duration::from_secs(300),
            // RFC 5382 §5 REQ-5: at least 2 hours 4 minutes.
            tcp_timeout: Duration::from_secs(2 * 3600 + 4 * 60),
            capacity: 8192,
            forwards: Vec::new(),
        }
    }
}

impl NatSpec {
    /// A NAT of this kind, else as usual.
    pub fn of_kind(kind: NatKind) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }

    /// Whether the figures make sense.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=MAX_CAPACITY).contains(&self.capacity) {
            return Err(format!(
                "capacity must be from 1 to {MAX_CAPACITY}, not {}",
                self.capacity
            ));
        }
        if self.udp_timeout.is_zero() || self.tcp_timeout.is_zero() {
            return Err("timeouts must be above zero".to_owned());
        }
        for (index, forward) in self.forwards.iter().enumerate() {
            let same =
                |other: &Forward| (other.protocol, other.port) == (forward.protocol, forward.port);
            if self.forwards[..index].iter().any(same) {
                return Err(format!("port {} is forwarded twice", forward.port));
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Unchecked {
    kind: NatKind,
    hairpin: bool,
    ports: PortChoice,
    #[serde(with = "crate::time_text")]
    udp_timeout: Duration,
    #[serde(with = "crate::time_text")]
    tcp_timeout: Duration,
    capacity: usize,
    forwards: Vec<Forward>,
}

impl Default for Unchecked {
    fn default() -> Self {
        let NatSpec {
            kind,
            hairpin,
            ports,
            udp_timeout,
            tcp_timeout,
            capacity,
            forwards,
        } = NatSpec::default();
        Self {
            kind,
            hairpin,
            ports,
            udp_timeout,
            tcp_timeout,
            capacity,
            forwards,
        }
    }
}

impl TryFrom<Unchecked> for NatSpec {
    type Error = String;

    fn try_from(unchecked: Unchecked) -> Result<Self, String> {
        let Unchecked {
            kind,
            hairpin,
            ports,
            udp_timeout,
            tcp_timeout,
            capacity,
            forwards,
        } = unchecked;
        let spec = Self {
            kind,
            hairpin,
            ports,
            udp_timeout,
            tcp_timeout,
            capacity,
            forwards,
        };
        spec.check()?;
        Ok(spec)
    }
}

/// Leaves free ports to find, however full the table.
const MAX_CAPACITY: usize = 32_768;
