//! What a stream is told at its start: the outcome of offer and answer.

use std::time::Duration;

use super::FRAME;
use crate::codec::{AudioCodec, Codec};
use crate::sender::Identity;
use crate::source::Source;
use crate::srtp::KeyPair;

/// Who may speak, seen from our side. RFC 3264 §5.1.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Direction {
    /// Both.
    #[default]
    SendReceive,
    /// Only we.
    SendOnly,
    /// Only the other side.
    ReceiveOnly,
    /// Nobody.
    Inactive,
}

impl Direction {
    /// Whether we send.
    pub fn says(self) -> bool {
        matches!(self, Direction::SendReceive | Direction::SendOnly)
    }

    /// Whether we play what comes.
    pub fn hears(self) -> bool {
        matches!(self, Direction::SendReceive | Direction::ReceiveOnly)
    }
}

/// One audio m-line as negotiated.
#[derive(Clone, Debug)]
pub struct StreamConfig {
    /// The codec, in both directions.
    pub codec: AudioCodec,
    /// Payload type that we send: the one in the other side's description.
    pub payload_type: u8,
    /// Payload type of telephone events that we send, if the other side takes them.
    pub telephone_event: Option<u8>,
    /// Payload types that we receive (codec, telephone events) where our own description numbers them differently.
    pub receive: Option<(u8, Option<u8>)>,
    /// What the other side wants of the codec: its `a=fmtp` behind the payload type, empty if there is none.
    pub format: String,
    /// Sound in each packet that we send, by the other side's `a=ptime`: 10 to 60 ms in steps of ten. The codec takes the next
    /// shorter one that it has.
    pub packet_time: Duration,
    /// Payload type of comfort noise, if it was negotiated: then pauses are described and not sent.
    pub comfort_noise: Option<u8>,
    /// Names and starting numbers, from the host's entropy.
    pub identity: Identity,
    /// SRTP keys.
    pub keys: KeyPair,
    /// What is said.
    pub source: Source,
    /// Who may speak.
    pub direction: Direction,
    /// Whether an ear measures what is heard.
    pub listen: bool,
    /// What our reports tell beyond the usual, as the other side asked in `a=rtcp-xr`.
    pub extended_reports: ExtendedReports,
}

/// What goes with the reports of a stream for those who asked for it. RFC 3611.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct ExtendedReports {
    /// How the other side's voice was heard (§4.7).
    pub voice_metrics: bool,
    /// Our time while we do not send, so that we too learn the round trip, and answers to such times (§4.4, §4.5).
    pub receiver_round_trip: Option<Answers>,
}

/// Who answers the reference times of receivers. RFC 3611 §5.1.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Answers {
    /// Everybody.
    All,
    /// Only who sends.
    Senders,
}

impl StreamConfig {
    /// A plain stream with the codec's static payload type (or 96) and no telephone events, in both directions, silent, with
    /// an ear.
    pub fn new(codec: AudioCodec, identity: Identity) -> StreamConfig {
        StreamConfig {
            codec,
            payload_type: codec.static_payload_type().unwrap_or(96),
            telephone_event: None,
            receive: None,
            format: String::new(),
            packet_time: FRAME,
            comfort_noise: None,
            identity,
            keys: KeyPair::default(),
            source: Source::Silence,
            direction: Direction::SendReceive,
            listen: true,
            extended_reports: ExtendedReports::default(),
        }
    }

    pub(super) fn build_codec(&self) -> Box<dyn Codec> {
        self.codec.build_for(&self.format)
    }

    /// Sound in a packet, and in a frame of play-out: packets are whole frames, and frames no shorter than need be.
    pub(super) fn times(&self) -> (Duration, Duration) {
        let tens = (self.packet_time.as_millis() / 10).clamp(1, 6);
        let tens = match (self.codec, tens) {
            // RFC 6716 §2.1.4 has no frames of 30 and 50 ms.
            (AudioCodec::Opus, 3) => 2,
            (AudioCodec::Opus, 5) => 4,
            (_, tens) => tens,
        };
        let frame = match tens {
            2 | 4 | 6 => 2,
            3 => 3,
            _ => 1,
        };
        let of = |tens| Duration::from_millis(10) * tens as u32;
        (of(tens), of(frame))
    }

    pub(super) fn receive_payload_type(&self) -> u8 {
        self.receive
            .map_or(self.payload_type, |(payload_type, _)| payload_type)
    }

    pub(super) fn receive_telephone_event(&self) -> Option<u8> {
        self.receive
            .map_or(self.telephone_event, |(_, telephone_event)| telephone_event)
    }
}
