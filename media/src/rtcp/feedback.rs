//! Feedback on media: what was lost, what arrived when, how much may be sent, and that a whole picture is wanted.
//!
//! RFC 4585 §6.1 (common format), §6.2.1 (generic NACK), §6.3.1 (PLI); RFC 5104 §4.2 (TMMBR, TMMBN), §4.3.1 (FIR);
//! draft-alvestrand-rmcat-remb-03 §2.2; draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.

use super::{
    CompoundWriter, FullIntra, MaximumBitrate, Nack, RtcpError, TemporaryLimits, TransportWide,
};
use crate::rtp::{Ssrc, read_u32};

/// Packet type of feedback about the transport. RFC 4585 §6.1.
pub(crate) const TRANSPORT_FEEDBACK: u8 = 205;
/// Packet type of feedback about the payload. RFC 4585 §6.1.
pub(crate) const PAYLOAD_FEEDBACK: u8 = 206;

/// Formats of [`TRANSPORT_FEEDBACK`].
pub(super) const NACK: u8 = 1;
pub(super) const LIMIT_REQUEST: u8 = 3;
pub(super) const LIMIT_NOTICE: u8 = 4;
pub(super) const TRANSPORT_WIDE: u8 = 15;
/// Formats of [`PAYLOAD_FEEDBACK`].
const PICTURE_LOSS: u8 = 1;
pub(super) const FULL_INTRA: u8 = 4;
pub(super) const APPLICATION: u8 = 15;

/// Octets of the two sources that every feedback begins with.
pub(super) const SOURCES_LEN: usize = 8;

/// One feedback packet.
#[derive(Clone, Copy, Debug)]
pub struct Feedback<'a> {
    /// Who gives it.
    pub sender: Ssrc,
    /// The source it is about; zero where the message itself names the sources (FIR, REMB, TMMBR).
    pub media: Ssrc,
    /// What it says.
    pub message: FeedbackMessage<'a>,
}

/// What a feedback packet says.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum FeedbackMessage<'a> {
    /// Packets that are missing and should be sent again.
    Nack(Nack<'a>),
    /// Pictures were lost and cannot be shown; how to repair it is left to the sender. RFC 4585 §6.3.1.
    PictureLoss,
    /// Whole pictures are wanted from the sources named, as if a decoder began anew.
    FullIntra(FullIntra<'a>),
    /// Sources are asked to stay below limits. RFC 5104 §4.2.1.
    LimitRequest(TemporaryLimits<'a>),
    /// The limits that a sender keeps to. RFC 5104 §4.2.2.
    LimitNotice(TemporaryLimits<'a>),
    /// What the receiver believes can reach it.
    MaximumBitrate(MaximumBitrate<'a>),
    /// When each packet of the transport arrived.
    TransportWide(TransportWide<'a>),
    /// Any other, unread.
    Other {
        /// 205 (transport) or 206 (payload).
        packet_type: u8,
        /// Feedback message type, 0..=31.
        format: u8,
        /// Feedback control information.
        control: &'a [u8],
    },
}

impl<'a> Feedback<'a> {
    /// Reads the octets after the common header, which are at least [`SOURCES_LEN`].
    pub(super) fn read(
        packet_type: u8,
        format: u8,
        body: &'a [u8],
    ) -> Result<Feedback<'a>, RtcpError> {
        let control = &body[SOURCES_LEN..];
        let broken = RtcpError::Feedback {
            packet_type,
            format,
        };
        let message = match (packet_type, format) {
            (TRANSPORT_FEEDBACK, NACK) => FeedbackMessage::Nack(Nack::new(control)),
            (TRANSPORT_FEEDBACK, LIMIT_REQUEST) => {
                FeedbackMessage::LimitRequest(TemporaryLimits::new(control))
            }
            (TRANSPORT_FEEDBACK, LIMIT_NOTICE) => {
                FeedbackMessage::LimitNotice(TemporaryLimits::new(control))
            }
            (TRANSPORT_FEEDBACK, TRANSPORT_WIDE) => {
                FeedbackMessage::TransportWide(TransportWide::parse(control).ok_or(broken)?)
            }
            (PAYLOAD_FEEDBACK, PICTURE_LOSS) => FeedbackMessage::PictureLoss,
            (PAYLOAD_FEEDBACK, FULL_INTRA) => FeedbackMessage::FullIntra(FullIntra::new(control)),
            (PAYLOAD_FEEDBACK, APPLICATION) if control.starts_with(MaximumBitrate::NAME) => {
                FeedbackMessage::MaximumBitrate(MaximumBitrate::parse(control).ok_or(broken)?)
            }
            _ => FeedbackMessage::Other {
                packet_type,
                format,
                control,
            },
        };
        Ok(Feedback {
            sender: Ssrc(read_u32(body, 0)),
            media: Ssrc(read_u32(body, 4)),
            message,
        })
    }
}

impl CompoundWriter<'_> {
    /// Tells `media` that pictures were lost. RFC 4585 §6.3.1.
    pub fn picture_loss(&mut self, sender: Ssrc, media: Ssrc) -> Result<(), RtcpError> {
        self.feedback(PAYLOAD_FEEDBACK, PICTURE_LOSS, sender, media, 0)?;
        Ok(())
    }

    /// Starts a feedback packet; gives the octets of its control information.
    pub(super) fn feedback(
        &mut self,
        packet_type: u8,
        format: u8,
        sender: Ssrc,
        media: Ssrc,
        control_len: usize,
    ) -> Result<&mut [u8], RtcpError> {
        let body = self.packet(packet_type, usize::from(format), SOURCES_LEN + control_len)?;
        body[..4].copy_from_slice(&sender.0.to_be_bytes());
        body[4..8].copy_from_slice(&media.0.to_be_bytes());
        Ok(&mut body[SOURCES_LEN..])
    }
}

#[cfg(test)]
mod tests;
