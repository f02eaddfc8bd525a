//! What goes into a client and what comes out: the seam to sockets, look-ups and the user.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use net::{FlowEvent, FlowId, Transport};
use sip::resolve::{Answer, Question};
use url::Url;

use crate::command::Command;
use crate::discovery::{DiscoveryError, Profile};
use crate::event::Event;

/// What a client is told, always together with the time.
#[derive(Debug)]
pub enum Input {
    /// A user wants something.
    Command(Command),
    /// Something happened to a flow.
    Flow(FlowEvent),
    /// The driver has begun to bind what `Output::Bind` asked for.
    Binding {
        /// As asked for.
        local: SocketAddr,
        /// The flow to be.
        flow: FlowId,
    },
    /// The driver has begun what `Output::Connect` asked for.
    Connecting {
        /// The flow to be.
        flow: FlowId,
        /// As asked for.
        transport: Transport,
        /// As asked for.
        remote: SocketAddr,
    },
    /// Answers `Output::Resolve`.
    Resolved {
        /// As asked.
        question: Question,
        /// What the name system says.
        answer: Answer,
    },
    /// Answers `Output::Fetch`.
    Fetched {
        /// The URL asked for.
        url: Url,
        /// The file, or what went wrong.
        body: Result<Bytes, String>,
    },
    /// Answers `Output::Discover`.
    Discovered {
        /// The e-mail address asked about.
        address: String,
        /// What Zang Spaces knows.
        profiles: Result<Vec<Profile>, DiscoveryError>,
    },
    /// The time of the last `Output::Wait` has come.
    Timeout,
}

/// What a client wants done.
#[derive(Debug)]
pub enum Output {
    /// Bind a datagram socket; say `Input::Binding` at once.
    Bind {
        /// Address and port; port 0 for any.
        local: SocketAddr,
    },
    /// Open a connection; say `Input::Connecting` at once.
    Connect {
        /// TCP or TLS.
        transport: Transport,
        /// The other end.
        remote: SocketAddr,
        /// The name that its certificate must bear (TLS).
        server_name: String,
    },
    /// Send a datagram.
    SendTo {
        /// By this socket.
        flow: FlowId,
        /// Whereto.
        target: SocketAddr,
        /// All of it.
        bytes: Bytes,
    },
    /// Append to a connection's stream.
    Send {
        /// The connection.
        flow: FlowId,
        /// The bytes.
        bytes: Bytes,
    },
    /// Close a socket or connection.
    Close {
        /// Which.
        flow: FlowId,
    },
    /// End a connection at once, with all that waits in it to be sent.
    Abort {
        /// Which.
        flow: FlowId,
    },
    /// Ask the name system.
    Resolve {
        /// What is to be known.
        question: Question,
    },
    /// Get a file.
    Fetch {
        /// Its URL.
        url: Url,
    },
    /// Ask Zang Spaces for the settings files of an e-mail address.
    Discover {
        /// The e-mail address.
        address: String,
    },
    /// Tell the user.
    Event(Event),
    /// Nothing more; wake the client at this time.
    Wait(Option<Duration>),
}
