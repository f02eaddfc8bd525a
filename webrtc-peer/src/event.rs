//! What a peer connection is told, what it says, and the packets it carries.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use crate::codec::Codec;

/// What a [`crate::Peer`] is told.
#[derive(Clone, Debug)]
pub enum Input {
    /// A datagram arrived.
    Datagram {
        /// Address of the socket it arrived on, as named in [`crate::Config::local`].
        local: SocketAddr,
        /// Who sent it.
        source: SocketAddr,
        /// Its payload.
        bytes: Bytes,
    },
    /// The deadline of the last [`Output::Wait`] has come.
    Timeout,
}

/// What a [`crate::Peer`] says.
#[derive(Clone, Debug)]
pub enum Output {
    /// A datagram to send.
    Send {
        /// Address of the socket to send it from, one of [`crate::Config::local`].
        local: SocketAddr,
        /// Whom to send it to.
        target: SocketAddr,
        /// Its payload.
        bytes: Bytes,
    },
    /// Something happened.
    Event(Event),
    /// Nothing more for now: call again with [`Input::Timeout`] at this time, if any.
    Wait(Option<Duration>),
}

/// What happened on the connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// ICE has a working candidate pair (RFC 8445 §7.2.5.3).
    IceConnected,
    /// ICE and DTLS are done: media and data may flow.
    Connected,
    /// The path is silent; it may come back (RFC 7675 §5.1).
    Disconnected,
    /// First packet of the other side on an m-line.
    TrackOpened {
        /// The m-line.
        track: TrackId,
        /// The other side's synchronisation source.
        ssrc: u32,
    },
    /// An RTP packet, decrypted.
    Rtp {
        /// The m-line it came on.
        track: TrackId,
        /// The packet.
        packet: RtpPacket,
    },
    /// One RTCP packet, decrypted; those of a compound come one after the other.
    Rtcp {
        /// The m-line that the first source it names is of.
        track: TrackId,
        /// The packet, alone (RFC 5506 §3.4.1).
        compound: Bytes,
    },
    /// A data channel is open on both sides.
    DataChannelOpen {
        /// Its handle on this side.
        channel: ChannelId,
        /// The label its opener gave it.
        label: String,
    },
    /// A message arrived on a data channel.
    Data {
        /// The channel.
        channel: ChannelId,
        /// Whether the sender called it text (RFC 8831 §6.6).
        text: bool,
        /// The message.
        bytes: Bytes,
    },
    /// A data channel was closed.
    DataChannelClosed {
        /// The channel.
        channel: ChannelId,
    },
    /// The connection was closed by either side; nothing follows.
    Closed,
    /// No path was found, the path was lost for good, or the handshake failed.
    Failed,
}

/// An m-line of the connection, counted from 0 in the order of [`crate::Config::tracks`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TrackId(pub usize);

/// A data channel's handle on this side; not the SCTP stream number.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ChannelId(pub usize);

/// The parts of a received RTP packet that a receiver needs (RFC 3550 §5.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RtpPacket {
    /// Synchronisation source.
    pub ssrc: u32,
    /// Payload type as negotiated.
    pub payload_type: u8,
    /// The codec negotiated for that payload type, if it is one of ours.
    pub codec: Option<Codec>,
    /// Sequence number.
    pub sequence: u16,
    /// Media timestamp in units of the codec's clock rate.
    pub timestamp: u32,
    /// Marker bit: first packet of a talk spurt (RFC 3551 §4.1), last of a picture (RFC 6184 §5.1).
    pub marker: bool,
    /// The encoded frame, or a piece of a picture.
    pub payload: Bytes,
}

impl RtpPacket {
    /// Writes the packet into `buffer`, in place of what is there, as it stands on a wire (RFC 3550 §5.1): without header
    /// extensions, which belong to the hop they came over.
    pub fn write(&self, buffer: &mut Vec<u8>) {
        buffer.clear();
        buffer.push(2 << 6);
        buffer.push(u8::from(self.marker) << 7 | self.payload_type);
        buffer.extend_from_slice(&self.sequence.to_be_bytes());
        buffer.extend_from_slice(&self.timestamp.to_be_bytes());
        buffer.extend_from_slice(&self.ssrc.to_be_bytes());
        buffer.extend_from_slice(&self.payload);
    }
}
