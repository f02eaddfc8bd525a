//! What carries messages: flows by the driver's number, transports, and the hop that names the other end.
//!
//! RFC 3261 §18; a hop can be kept (say, with a binding) and given back to send there (RFC 5626's idea of a flow).

use std::net::SocketAddr;

/// One socket or connection of the driver; the number is the driver's own.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FlowId(pub u64);

/// What carries the messages.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Transport {
    /// Datagrams: the transactions repeat what is lost.
    Udp,
    /// A byte stream.
    Tcp,
    /// A byte stream under TLS.
    Tls,
}

impl Transport {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Udp, Self::Tcp, Self::Tls];

    /// Whether the network repeats what is lost.
    pub fn is_reliable(self) -> bool {
        self != Self::Udp
    }

    /// The word of the Via header (RFC 3261 §20.42).
    pub fn via_word(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }

    /// The value of the URI parameter `transport`.
    pub fn uri_word(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }

    /// The port where nothing else is said (RFC 3261 §19.1.2).
    pub fn default_port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 5060,
            Self::Tls => 5061,
        }
    }

    /// The transport that a word means, whatever its case.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|transport| word.eq_ignore_ascii_case(transport.uri_word()))
    }
}

/// Where a request goes, or where it came from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hop {
    /// What carries the message.
    pub transport: Transport,
    /// The other end.
    pub remote: SocketAddr,
    /// The flow to prefer while it is open; without it, any open one that fits, or a new connection.
    pub flow: Option<FlowId>,
    /// The name to be found in the other end's certificate (TLS only); its address if absent.
    pub server_name: Option<String>,
}

impl Hop {
    /// A hop by transport and address alone.
    pub fn new(transport: Transport, remote: SocketAddr) -> Self {
        Self {
            transport,
            remote,
            flow: None,
            server_name: None,
        }
    }

    /// The same, with the name that the other end's certificate must bear.
    pub fn named(mut self, server_name: impl Into<String>) -> Self {
        self.server_name = Some(server_name.into());
        self
    }
}

/// Why a flow is no more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FlowEnd {
    /// It was open and ended, by whichever side.
    Closed,
    /// It could not be opened: refused, unreachable, too slow.
    Unreachable,
    /// TLS failed: the other end's certificate is not good, or no common ground was found.
    Certificate,
}

/// An open way to the other end: what a transaction sends by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Path {
    /// The open flow.
    pub flow: FlowId,
    /// What it is.
    pub transport: Transport,
    /// This end, as told to others.
    pub local: SocketAddr,
    /// The other end.
    pub remote: SocketAddr,
}

impl Path {
    /// The hop that leads here again.
    pub fn hop(&self) -> Hop {
        Hop {
            transport: self.transport,
            remote: self.remote,
            flow: Some(self.flow),
            server_name: None,
        }
    }
}
