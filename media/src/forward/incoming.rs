//! A packet as it came from its source, with what every receiver must know of it read once.

use crate::rtp::{Packet, RtpError};
use crate::video::h264::nal;
use crate::video::numbers::{PictureNumbers, Renumbered};
use crate::video::vp8::Vp8Descriptor;
use crate::video::vp9::Vp9Descriptor;

/// How a source's payloads are to be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PayloadFormat {
    /// Audio, or anything in which each packet can be the first.
    Audio,
    /// RFC 6184.
    H264,
    /// RFC 7741.
    Vp8,
    /// RFC 9628.
    Vp9,
}

/// A packet and its place in the stream of pictures.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// The packet.
    pub packet: Packet<'a>,
    /// A receiver can begin here: the first packet of a key frame, or any packet of audio.
    pub can_begin: bool,
    descriptor: Descriptor,
}

#[derive(Clone, Copy, Debug)]
enum Descriptor {
    None,
    Vp8(Vp8Descriptor),
    Vp9(Vp9Descriptor),
}

impl<'a> Incoming<'a> {
    /// Reads a packet, in clear. A payload descriptor that can't be read is left as it is.
    #[inline]
    pub fn read(format: PayloadFormat, bytes: &'a [u8]) -> Result<Incoming<'a>, RtpError> {
        let packet = Packet::parse(bytes)?;
        let payload = packet.payload();
        let (can_begin, descriptor) = match format {
            PayloadFormat::Audio => (true, Descriptor::None),
            PayloadFormat::H264 => (begins_h264_key_frame(payload), Descriptor::None),
            PayloadFormat::Vp8 => match Vp8Descriptor::read(payload) {
                Some(descriptor) => (
                    descriptor.begins_key_frame(payload),
                    Descriptor::Vp8(descriptor),
                ),
                None => (false, Descriptor::None),
            },
            PayloadFormat::Vp9 => match Vp9Descriptor::read(payload) {
                Some(descriptor) => (descriptor.begins_key_frame(), Descriptor::Vp9(descriptor)),
                None => (false, Descriptor::None),
            },
        };
        Ok(Incoming {
            packet,
            can_begin,
            descriptor,
        })
    }

    /// Picture id and base layer's index, of formats that have them.
    #[inline]
    pub fn numbers(&self) -> PictureNumbers {
        match &self.descriptor {
            Descriptor::None => PictureNumbers::default(),
            Descriptor::Vp8(descriptor) => descriptor.numbers,
            Descriptor::Vp9(descriptor) => descriptor.numbers,
        }
    }

    /// Writes other numbers into a copy of the payload.
    #[inline]
    pub(super) fn renumber(&self, payload: &mut [u8], numbers: Renumbered) {
        match &self.descriptor {
            Descriptor::None => {}
            Descriptor::Vp8(descriptor) => descriptor.renumber(payload, numbers),
            Descriptor::Vp9(descriptor) => descriptor.renumber(payload, numbers),
        }
    }
}

/// Whether a payload holds sequence parameters, alone or first in an aggregate, or the first piece of a key frame's first
/// slice: senders put the parameters before each key frame, or told them in signalling.
fn begins_h264_key_frame(payload: &[u8]) -> bool {
    let is_start = |kind: u8, next: Option<&u8>| match kind & 0x1f {
        nal::SEQUENCE_PARAMETERS => true,
        nal::IDR_SLICE => next.is_some_and(|octet| octet & 0x80 != 0),
        _ => false,
    };
    match payload {
        [first, _, _, kind, rest @ ..] if first & 0x1f == nal::STAP_A => {
            is_start(*kind, rest.first())
        }
        [first, header, rest @ ..] if first & 0x1f == nal::FU_A => {
            header & 0x80 != 0 && is_start(*header, rest.first())
        }
        [first, rest @ ..] => is_start(*first, rest.first()),
        [] => false,
    }
}
