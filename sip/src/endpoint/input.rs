//! What goes into a party and what comes out: the seam to sockets and clock.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use crate::event::Event;
use crate::flow::{FlowEnd, FlowId, Hop, Transport};

/// What a party is told, always together with the time.
#[derive(Clone, Debug)]
pub enum Input {
    /// A datagram socket is ready.
    Bound {
        /// The socket.
        flow: FlowId,
        /// Its address.
        local: SocketAddr,
    },
    /// The driver has begun what `Output::Connect` asked for; `Opened` or `Closed` follows.
    Connecting {
        /// The flow to be.
        flow: FlowId,
        /// As asked for.
        transport: Transport,
        /// As asked for.
        remote: SocketAddr,
    },
    /// A connection is open: one asked for, or one accepted.
    Opened {
        /// The connection.
        flow: FlowId,
        /// What it is.
        transport: Transport,
        /// This end.
        local: SocketAddr,
        /// The other end.
        remote: SocketAddr,
    },
    /// A datagram came.
    Datagram {
        /// The socket.
        flow: FlowId,
        /// Who sent it.
        source: SocketAddr,
        /// All of it.
        bytes: Bytes,
    },
    /// A connection brought some bytes.
    Bytes {
        /// The connection.
        flow: FlowId,
        /// The next bytes of the stream.
        bytes: Bytes,
    },
    /// A flow is no more, or never came to be.
    Closed {
        /// The flow.
        flow: FlowId,
        /// Why.
        end: FlowEnd,
    },
    /// The time of the last `Output::Wait` has come (harmless at any other time).
    Timeout,
}

/// What a party wants done. Ask until it says `Wait`.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send a datagram.
    SendTo {
        /// By this socket.
        flow: FlowId,
        /// To this address.
        remote: SocketAddr,
        /// All of it.
        bytes: Bytes,
    },
    /// Append bytes to a connection's stream.
    Send {
        /// The connection.
        flow: FlowId,
        /// The bytes.
        bytes: Bytes,
    },
    /// Open a connection; say `Input::Connecting` at once and `Input::Opened` or `Input::Closed` later.
    Connect {
        /// Whereto. `flow` is `None`.
        hop: Hop,
    },
    /// End a connection whose stream cannot be read any more. No `Input::Closed` is expected.
    Close {
        /// The connection.
        flow: FlowId,
    },
    /// End a connection at once, with all that waits in it to be sent: it would come too late. No `Input::Closed` is expected.
    Abort {
        /// The connection.
        flow: FlowId,
    },
    /// Something happened that the party's user wants to know.
    Event(Event),
    /// Nothing more for now; wake it with `Input::Timeout` at this time.
    Wait(Option<Duration>),
}
