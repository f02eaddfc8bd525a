//! Why a call on a peer connection did nothing, by whose fault it was.

use rtc::shared::error::Error;

/// Why a call on a [`Peer`] did nothing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerError {
    /// The configuration cannot make a connection.
    #[error("configuration refused: {0}")]
    BadConfiguration(String),
    /// The other side's description or candidate cannot be used.
    #[error("description from the other side refused: {0}")]
    BadDescription(String),
    /// The call does not fit the state of the connection.
    #[error("called out of turn: {0}")]
    OutOfTurn(String),
    /// No m-line has this number.
    #[error("no track {0}")]
    UnknownTrack(usize),
    /// The m-line was not negotiated for sending with a codec of ours.
    #[error("track {0} is not negotiated for sending")]
    NotNegotiated(usize),
    /// A packet that was to be sent is none, or not one of the track's.
    #[error("packet to be sent refused: {0}")]
    BadPacket(String),
    /// No data channel has this handle.
    #[error("no data channel {0}")]
    UnknownChannel(usize),
}

impl PeerError {
    /// `rtc` refused what the other side described.
    pub(crate) fn bad_description(error: Error) -> PeerError {
        PeerError::BadDescription(error.to_string())
    }

    /// `rtc` cannot read what the owner wrote.
    pub(crate) fn bad_packet(error: Error) -> PeerError {
        PeerError::BadPacket(error.to_string())
    }

    /// `rtc` refused what the owner asked for.
    pub(crate) fn out_of_turn(error: Error) -> PeerError {
        PeerError::OutOfTurn(error.to_string())
    }
}
