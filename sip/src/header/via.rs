//! Via: the way that a response goes back. RFC 3261 §20.42, RFC 3581 (`rport`).

use super::params::Params;
use super::{HeaderError, list};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// One Via value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Via {
    /// Transport as written: `UDP`, `TCP`, `TLS`, `WS`, `WSS` or any other token.
    pub transport: String,
    /// Host of sent-by as written; an IPv6 address has its brackets.
    pub host: String,
    /// Port of sent-by; the transport's default when absent.
    pub port: Option<u16>,
    /// branch, received, rport, maddr, ttl and others.
    pub params: Params,
}

impl Via {
    /// A Via with a branch and an empty `rport` (RFC 3581 §3). `sent_by` is `host` or `host:port`.
    pub fn new(transport: &str, host: &str, port: Option<u16>, branch: &str) -> Via {
        Via {
            transport: transport.to_owned(),
            host: host.to_owned(),
            port,
            params: Params::new().with("branch", branch).with("rport", ""),
        }
    }

    /// The branch parameter: the transaction's name when it starts with [`Via::COOKIE`].
    pub fn branch(&self) -> Option<&str> {
        self.params
            .get("branch")
            .filter(|branch| !branch.is_empty())
    }

    /// `rport`: `None` absent, `Some(None)` asked for, `Some(Some(port))` filled in.
    pub fn rport(&self) -> Option<Option<u16>> {
        self.params.get("rport").map(|port| port.parse().ok())
    }

    /// Where the request came from, if the server saw another address than sent-by.
    pub fn received(&self) -> Option<IpAddr> {
        self.params
            .get("received")
            .and_then(|text| text.trim_matches(['[', ']']).parse().ok())
    }

    /// What a server adds to the topmost Via (RFC 3261 §18.2.1, RFC 3581 §4): `received` when the host differs from the
    /// source or `rport` is asked for, and the port in `rport`.
    pub fn set_received(&mut self, address: IpAddr, port: u16) {
        let asked = self.params.contains("rport");
        let same = self.host.trim_matches(['[', ']']).parse() == Ok(address);
        if asked || !same {
            self.params.set("received", &address.to_string());
        }
        if asked {
            self.params.set("rport", &port.to_string());
        }
    }

    /// Start of every branch that follows RFC 3261 §8.1.1.7.
    pub const COOKIE: &'static str = "z9hG4bK";
}

impl FromStr for Via {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Via, HeaderError> {
        let bad = |expected| move || HeaderError::malformed(expected, text);
        let trim = |text| str::trim_matches(text, [' ', '\t']);
        let (name, rest) = text.split_once('/').ok_or_else(bad("SIP/2.0/transport"))?;
        let (version, rest) = rest.split_once('/').ok_or_else(bad("SIP/2.0/transport"))?;
        if !trim(name).eq_ignore_ascii_case("SIP") || trim(version) != "2.0" {
            return Err(bad("SIP/2.0")());
        }
        let rest = rest.trim_start_matches([' ', '\t']);
        let (transport, rest) = rest
            .split_once([' ', '\t'])
            .ok_or_else(bad("transport and sent-by"))?;
        if !list::is_token(transport) {
            return Err(bad("transport")());
        }
        let (sent_by, params) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        let (host, port) = split_sent_by(trim(sent_by)).ok_or_else(bad("sent-by"))?;
        Ok(Via {
            transport: transport.to_owned(),
            host: host.to_owned(),
            port,
            params: Params::parse(params)?,
        })
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}", self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "{}", self.params)
    }
}

fn split_sent_by(text: &str) -> Option<(&str, Option<u16>)> {
    let host_end = match text.strip_prefix('[') {
        Some(_) => text.find(']')? + 1,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at(host_end);
    let host = host.trim_end_matches([' ', '\t']);
    if !crate::uri::is_host(host) {
        return None;
    }
    let rest = rest.trim_start_matches([' ', '\t']);
    match rest.strip_prefix(':') {
        None => rest.is_empty().then_some((host, None)),
        Some(port) => {
            let port = port.trim_matches([' ', '\t']);
            if port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            Some((host, Some(port.parse().ok()?)))
        }
    }
}
