//! `solstice serve ipoffice` on free ports, with one user: 201.

use serde_json::{Value, json};

use crate::lab::{Failure, Lab, free_port_pair};
use crate::solstice::Serve;

/// A running IP Office, and where it is reached.
pub(crate) struct Office {
    pub(crate) lab: Lab,
    _server: Serve,
    pub(crate) ports: Ports,
}

/// The ports of an IP Office on loopback.
#[derive(Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) sip: u16,
    pub(crate) sip_tls: u16,
    pub(crate) http: u16,
    pub(crate) https: u16,
}

impl Ports {
    /// Ports that nobody has.
    pub(crate) fn free() -> Result<Self, Failure> {
        Ok(Self {
            sip: free_port_pair()?,
            sip_tls: free_port_pair()?,
            http: free_port_pair()?,
            https: free_port_pair()?,
        })
    }

    /// The configuration of an IP Office on these ports.
    pub(crate) fn config(self) -> Value {
        let Self {
            sip,
            sip_tls,
            http,
            https,
        } = self;
        json!({
            "users": [{"extension": "201", "password": "2012012012"}],
            "ports": {"sip": sip, "sip_tls": sip_tls, "http": http, "https": https},
        })
    }
}

impl Office {
    /// One that is started with these arguments besides.
    pub(crate) fn start_in(lab: Lab, more: &[&str]) -> Result<Self, Failure> {
        let ports = Ports::free()?;
        let server = Serve::start_with(&lab, "ipoffice", &ports.config(), more)?;
        Ok(Self {
            lab,
            _server: server,
            ports,
        })
    }
}

/// An OPTIONS to the office from this address, as text.
pub(crate) fn options(local: &str, transport: &str, call_id: &str) -> String {
    format!(
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/{transport} {local};branch=z9hG4bK{call_id};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:probe@127.0.0.1>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: {call_id}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
}
