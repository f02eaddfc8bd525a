//! One rule of a firewall.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::pattern::Pattern;
use crate::packet::Protocol;

/// What fits, and what becomes of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Name, given with each packet it stops.
    pub name: String,
    /// Out of the site, or into it.
    pub way: Way,
    /// Only this protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// Only these target ports; none listed means any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<Ports>,
    /// Only this host, outside the site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Pattern>,
    /// What becomes of it.
    pub action: Action,
}

impl Rule {
    /// Allows what fits.
    pub fn allow(name: impl Into<String>, way: Way) -> Self {
        Self {
            name: name.into(),
            way,
            protocol: None,
            ports: Vec::new(),
            host: None,
            action: Action::Allow,
        }
    }

    /// Drops what fits, in silence.
    pub fn block(name: impl Into<String>, way: Way) -> Self {
        Self {
            action: Action::Drop,
            ..Self::allow(name, way)
        }
    }

    /// Only this protocol.
    #[must_use]
    pub fn protocol(self, protocol: Protocol) -> Self {
        Self {
            protocol: Some(protocol),
            ..self
        }
    }

    /// These target ports too, both ends included.
    #[must_use]
    pub fn ports(mut self, first: u16, last: u16) -> Self {
        self.ports.push(Ports { first, last });
        self
    }

    /// This target port too.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        self.ports(port, port)
    }

    /// Only this host outside the site.
    #[must_use]
    pub fn host(self, host: Pattern) -> Self {
        Self {
            host: Some(host),
            ..self
        }
    }
}

/// Which way a packet crosses the edge of a site.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Leaves.
    Out,
    /// Enters.
    In,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Out => "outbound",
            Self::In => "inbound",
        })
    }
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Passes, and so do its answers.
    Allow,
    /// Vanishes.
    Drop,
    /// Vanishes, and its sender is told.
    Reject,
}

/// A range of ports, both ends included. As text: `443` or `40750-50750`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ports {
    /// First.
    pub first: u16,
    /// Last.
    pub last: u16,
}

impl Ports {
    /// Whether a port is among them.
    pub fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

/// A text names no ports.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("'{0}' names no ports; expected like '443' or '40750-50750'")]
pub struct NoPorts(String);

impl FromStr for Ports {
    type Err = NoPorts;

    fn from_str(text: &str) -> Result<Self, NoPorts> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (first.trim().parse(), last.trim().parse()) {
            (Ok(first), Ok(last)) if first <= last => Ok(Self { first, last }),
            _ => Err(NoPorts(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Ports {
    type Error = NoPorts;

    fn try_from(text: String) -> Result<Self, NoPorts> {
        text.parse()
    }
}

impl From<Ports> for String {
    fn from(ports: Ports) -> Self {
        ports.to_string()
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}
