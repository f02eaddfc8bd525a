//! Which hosts a rule means: a name, a family of names, an address, or a range of addresses.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// | text | fits |
/// | --- | --- |
/// | `accounts.google.com` | that name |
/// | `*.zang.io` | every name below zang.io |
/// | `.onesna.com` | onesna.com and every name below it |
/// | `192.0.2.1`, `192.0.2.0/24` | that address, those addresses |
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(Kind);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Kind {
    Name(String),
    Below(String),
    Domain(String),
    Addresses { network: IpAddr, prefix: u8 },
}

impl Pattern {
    /// Whether it speaks of names rather than of addresses.
    pub fn fits_names(&self) -> bool {
        !matches!(self.0, Kind::Addresses { .. })
    }

    /// Whether it fits a host name, in whatever case.
    pub fn fits_name(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let below = |domain: &str| {
            name.strip_suffix(domain)
                .is_some_and(|rest| rest.ends_with('.') && rest.len() > 1)
        };
        match &self.0 {
            Kind::Name(exact) => name == *exact,
            Kind::Below(domain) => below(domain),
            Kind::Domain(domain) => name == *domain || below(domain),
            Kind::Addresses { .. } => false,
        }
    }

    /// Whether it fits an address without any name.
    pub fn fits_address(&self, address: IpAddr) -> bool {
        match &self.0 {
            Kind::Addresses { network, prefix } => {
                top_bits(address, *prefix) == top_bits(*network, *prefix)
                    && address.is_ipv4() == network.is_ipv4()
            }
            Kind::Name(_) | Kind::Below(_) | Kind::Domain(_) => false,
        }
    }
}

/// The first bits of an address, the rest zero.
fn top_bits(address: IpAddr, prefix: u8) -> u128 {
    let bits = match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
        IpAddr::V6(address) => u128::from(address),
    };
    if prefix == 0 {
        0
    } else {
        bits >> (128 - u32::from(prefix))
    }
}

/// A text is no pattern of hosts.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "'{0}' names no hosts; expected like 'a.example.com', '*.example.com', '.example.com', '192.0.2.1' or '192.0.2.0/24'"
)]
pub struct NoPattern(String);

impl FromStr for Pattern {
    type Err = NoPattern;

    fn from_str(text: &str) -> Result<Self, NoPattern> {
        let wrong = || NoPattern(text.to_owned());
        let (address, prefix) = text
            .split_once('/')
            .map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        if let Ok(network) = address.parse::<IpAddr>() {
            let whole = if network.is_ipv4() { 32 } else { 128 };
            let prefix = prefix.map_or(Ok(whole), str::parse).map_err(|_| wrong())?;
            return if prefix <= whole {
                Ok(Self(Kind::Addresses { network, prefix }))
            } else {
                Err(wrong())
            };
        }
        let name = text.to_ascii_lowercase();
        let (make, name): (fn(String) -> Kind, &str) =
            match (name.strip_prefix("*."), name.strip_prefix('.')) {
                (Some(rest), _) => (Kind::Below, rest),
                (None, Some(rest)) => (Kind::Domain, rest),
                (None, None) => (Kind::Name, &name),
            };
        let is_label = |label: &str| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        if name.split('.').all(is_label) {
            Ok(Self(make(name.to_owned())))
        } else {
            Err(wrong())
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Name(name) => write!(f, "{name}"),
            Kind::Below(domain) => write!(f, "*.{domain}"),
            Kind::Domain(domain) => write!(f, ".{domain}"),
            Kind::Addresses { network, prefix } => write!(f, "{network}/{prefix}"),
        }
    }
}

impl TryFrom<String> for Pattern {
    type Error = NoPattern;

    fn try_from(text: String) -> Result<Self, NoPattern> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.to_string()
    }
}
