//! What goes into the system and what comes out: the seam to sockets and clock.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use net::{FlowEvent, FlowId, Note};

use crate::relay::Place;

/// What the system is told, always together with the time.
#[derive(Clone, Debug)]
pub enum Input {
    /// Something happened to one of the sockets.
    Flow(FlowEvent),
    /// The driver has begun to bind what [`Output::Bind`] asked for.
    Binding {
        /// As asked for.
        place: Place,
        /// The flow to be.
        flow: FlowId,
    },
    /// The time of the last [`Output::Wait`] has come.
    Timeout,
}

/// What the system wants done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send a datagram.
    SendTo {
        /// By this socket.
        flow: FlowId,
        /// To this address.
        target: SocketAddr,
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
    /// Bind a media socket and say [`Input::Binding`].
    Bind {
        /// What it is for.
        place: Place,
        /// Its address.
        local: SocketAddr,
    },
    /// Close a connection or a socket.
    Close(FlowId),
    /// End a connection at once, with all that waits in it to be sent.
    Abort(FlowId),
    /// Keep an event in the trace.
    Note(Note),
    /// Nothing more for now; wake it at this time.
    Wait(Option<Duration>),
}
