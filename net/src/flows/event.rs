//! What can happen to a flow, and what can go wrong with it.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;

/// Names a flow of one [`Flows`](super::Flows); never used again for another.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct FlowId(pub u64);

/// What a connection runs over.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A plain connection.
    Tcp,
    /// A connection protected by TLS.
    Tls,
}

/// What happened to a flow.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FlowEvent {
    /// A UDP socket or a listener is bound.
    Bound {
        /// Which flow.
        flow: FlowId,
        /// The address it got.
        local: SocketAddr,
    },
    /// Binding, listening, connecting or the TLS handshake failed; the flow is gone. A handshake
    /// that failed on the accepting side names a flow not heard of before.
    Failed {
        /// Which flow.
        flow: FlowId,
        /// Why.
        error: FlowError,
    },
    /// A datagram came in.
    Datagram {
        /// The socket it came to.
        flow: FlowId,
        /// Where it came from.
        source: SocketAddr,
        /// The payload.
        bytes: Bytes,
    },
    /// A connection is established, with TLS if that was asked for.
    Opened {
        /// Which flow; a new one if a listener accepted it.
        flow: FlowId,
        /// [`Transport::Tcp`] or [`Transport::Tls`].
        transport: Transport,
        /// This end.
        local: SocketAddr,
        /// The far end.
        remote: SocketAddr,
        /// The listener that accepted it; none if this side connected.
        listener: Option<FlowId>,
    },
    /// Bytes came in on a connection.
    Bytes {
        /// Which connection.
        flow: FlowId,
        /// The next bytes of the stream.
        bytes: Bytes,
    },
    /// A connection has ended; the flow is gone.
    Closed {
        /// Which connection.
        flow: FlowId,
        /// Why; none if the far end closed it in order.
        reason: Option<FlowError>,
    },
}

/// Why a flow could not be made or did not last.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FlowError {
    /// The bytes waiting to be sent have reached the bound of [`MAX_QUEUED`](super::MAX_QUEUED).
    #[error("too many bytes are waiting to be sent")]
    Full,
    /// There is no such flow, or none for this use.
    #[error("the flow is gone")]
    Gone,
    /// Nobody listens there.
    #[error("connection refused")]
    Refused,
    /// The far end stayed silent.
    #[error("timed out")]
    TimedOut,
    /// The far end broke the connection off.
    #[error("connection reset")]
    Reset,
    /// Another socket has this address.
    #[error("address already in use")]
    AddressInUse,
    /// The TLS handshake failed or a record was wrong.
    #[error("TLS: {0}")]
    Tls(String),
    /// Any other error of the system.
    #[error("{0}")]
    Other(String),
}

impl From<io::Error> for FlowError {
    fn from(error: io::Error) -> FlowError {
        let kind = error.kind();
        if let Some(tls) = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        {
            return FlowError::Tls(tls.to_string());
        }
        if kind == io::ErrorKind::ConnectionRefused {
            FlowError::Refused
        } else if kind == io::ErrorKind::TimedOut {
            FlowError::TimedOut
        } else if kind == io::ErrorKind::ConnectionReset || kind == io::ErrorKind::ConnectionAborted
        {
            FlowError::Reset
        } else if kind == io::ErrorKind::AddrInUse {
            FlowError::AddressInUse
        } else {
            FlowError::Other(error.to_string())
        }
    }
}
