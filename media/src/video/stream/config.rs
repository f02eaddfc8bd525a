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
    /// Lost packets are asked for, and ours are sent again: for peers that agreed on `a=rtcp-fb:* nack` (RFC 4585 §6.2.1). A
    /// carried stream repairs in any case.
    pub repair: Option<Retransmission>,
    /// Set for a stream within a WebRTC peer connection; alone, a stream reports for itself.
    pub carriage: Option<Carriage>,
}

/// How packets that were asked for come again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Retransmission {
    /// As they were, with the same number and source. Only in the clear: a protected packet that comes again is a replay
    /// (RFC 3711 §3.3.2), and none is sent.
    AsTheyWere,
    /// With a source, numbers and payload types of their own (RFC 4588 §5.3), so that they can be protected too.
    Apart {
        /// The source of ours. One that a key has protected before must not begin anew under it.
        source: Ssrc,
        /// Payload type of those that we send.
        send: u8,
        /// Payload type of those that we receive.
        receive: u8,
    },
}

impl Retransmission {
    /// Whether packets are sent by the same source as before, whose numbers go on.
    pub(super) fn goes_on_as(self, next: Retransmission) -> bool {
        match (self, next) {
            (Retransmission::AsTheyWere, Retransmission::AsTheyWere) => true,
            (Retransmission::Apart { source, .. }, Retransmission::Apart { source: next, .. }) => {
                source == next
            }
            (Retransmission::AsTheyWere, Retransmission::Apart { .. })
            | (Retransmission::Apart { .. }, Retransmission::AsTheyWere) => false,
        }
    }
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
            repair: None,
            carriage: None,
        }
    }

    /// Source and payload types of our retransmissions, where they have some of their own.
    pub(in crate::video) fn sent_apart(&self) -> Option<(Ssrc, PayloadTypes)> {
        match (&self.carriage, self.repair) {
            (Some(carriage), _) => carriage.repair.clone(),
            (None, Some(Retransmission::Apart { source, send, .. })) => {
                Some((source, PayloadTypes::new().with(send, self.payload_type)))
            }
            (None, Some(Retransmission::AsTheyWere) | None) => None,
        }
    }

    /// The payload types of retransmissions that come; a peer connection restores what it carries.
    pub(super) fn received_apart(&self) -> PayloadTypes {
        match (&self.carriage, self.repair) {
            (None, Some(Retransmission::Apart { receive, .. })) => {
                PayloadTypes::new().with(receive, self.receive_payload_type())
            }
            _ => PayloadTypes::new(),
        }
    }

    pub(super) fn receive_payload_type(&self) -> u8 {
        self.receive.unwrap_or(self.payload_type)
    }
}
