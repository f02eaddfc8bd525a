//! What a video stream is told at its start: the outcome of offer and answer.

use crate::rtp::Ssrc;
use crate::rtx::PayloadTypes;
use crate::sender::Identity;
use crate::srtp::KeyPair;
use crate::stream::Direction;
use crate::video::Camera;

/// One video m-line as negotiated: H.264 in packetization mode 1, both ways.
#[derive(Clone, Debug)]
pub struct VideoConfig {
    /// Payload type that we send: the one in the other side's description.
    pub payload_type: u8,
    /// Payload type that we receive, where our own description numbers it differently.
    pub receive: Option<u8>,
    /// Names and starting numbers, from the host's entropy.
    pub identity: Identity,
    /// SRTP keys.
    pub keys: KeyPair,
    /// What is shown.
    pub camera: Camera,
    /// Who may send.
    pub direction: Direction,
    /// Whether what comes is decoded and looked at; without, pictures are only put together and counted.
    pub watch: bool,
    /// Key frames are asked for with full intra requests in place of picture loss indications: for peers that announced
    /// `a=rtcp-fb:* ccm fir` and no `nack pli`.
    pub use_full_intra_request: bool,
    /// Lost packets are asked for and ours are sent again as they were, protection and all: for peers that agreed on
    /// `a=rtcp-fb:* nack` (RFC 4585 §6.2.1), with nothing between that takes the same packet for a replay. A carried stream
    /// repairs in any case.
    pub repair: bool,
    /// Set for a stream within a WebRTC peer connection; alone, a stream reports for itself.
    pub carriage: Option<Carriage>,
}

/// For a stream that a peer connection carries, which protects its packets and reports on them: what is left to the stream is
/// feedback, which leaves without a report (RFC 5506), and repair (RFC 4585 §6.2.1).
#[derive(Clone, Debug, Default)]
pub struct Carriage {
    /// Source and payload types of our retransmissions (RFC 4588); without, packets are sent again as they were.
    pub repair: Option<(Ssrc, PayloadTypes)>,
}

impl VideoConfig {
    /// A plain stream both ways that shows the small clip and watches what comes.
    pub fn new(payload_type: u8, identity: Identity) -> VideoConfig {
        VideoConfig {
            payload_type,
            receive: None,
            identity,
            keys: KeyPair::default(),
            camera: Camera::SMALL_CLIP,
            direction: Direction::SendReceive,
            watch: true,
            use_full_intra_request: false,
            repair: false,
            carriage: None,
        }
    }

    pub(super) fn receive_payload_type(&self) -> u8 {
        self.receive.unwrap_or(self.payload_type)
    }
}
