//! H.264: coded pictures as NAL units, their way into RTP payloads and back, encoder and decoder.
//!
//! Constrained baseline profile, packetization mode 1. ITU-T H.264 §7.4.1 (NAL units) and annex B (byte stream), RFC 6184
//! (payload format).

pub mod decoder;
pub mod depacketizer;
pub mod encoder;
pub mod packetizer;

pub use decoder::Decoder;
pub use depacketizer::{Depacketized, Depacketizer};
pub use encoder::{Encoder, Rate};
pub use packetizer::{Packetizer, Piece};

/// `profile-level-id` of what the encoder makes: constrained baseline, level 3.1. RFC 6184 §8.1.
pub const PROFILE_LEVEL_ID: &str = "42e01f";

/// Octets that an access unit may have: more than a 1280x720 picture at the least compression that annex A allows.
pub const ACCESS_UNIT_MAX: usize = 1 << 20;
/// NAL units that an access unit may have: a slice for each row of macroblocks of the largest picture, twice.
pub const UNITS_MAX: usize = 512;

/// What a NAL unit carries. ITU-T H.264 table 7-1, RFC 6184 table 1.
pub mod nal {
    /// Slice of a picture that needs others.
    pub const SLICE: u8 = 1;
    /// Slice of a picture that needs none before it: a key frame.
    pub const IDR_SLICE: u8 = 5;
    /// Supplemental information.
    pub const SEI: u8 = 6;
    /// Sequence parameter set.
    pub const SEQUENCE_PARAMETERS: u8 = 7;
    /// Picture parameter set.
    pub const PICTURE_PARAMETERS: u8 = 8;
    /// Access unit delimiter.
    pub const DELIMITER: u8 = 9;
    /// Last type that stands in a payload by itself.
    pub const SINGLE_MAX: u8 = 23;
    /// Several NAL units of one access unit in one payload.
    pub const STAP_A: u8 = 24;
    /// A piece of a NAL unit.
    pub const FU_A: u8 = 28;
}

/// Type of the NAL unit with this first octet.
#[inline]
pub(crate) fn nal_type(first: u8) -> u8 {
    first & 0x1f
}

/// One coded picture: its NAL units, each behind a start code, as decoders and files take them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AccessUnit {
    bytes: Vec<u8>,
    /// Start and end of each NAL unit within `bytes`.
    units: Vec<(usize, usize)>,
}

const START_CODE: [u8; 4] = [0, 0, 0, 1];

impl AccessUnit {
    /// The NAL units of a byte stream that holds one coded picture.
    pub fn from_annex_b(stream: &[u8]) -> AccessUnit {
        let mut unit = AccessUnit::default();
        for nal in nal_units(stream) {
            unit.push(nal);
        }
        unit
    }

    /// Removes everything; the room stays.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.units.clear();
    }

    /// Adds a NAL unit; one without octets, or beyond [`ACCESS_UNIT_MAX`] or [`UNITS_MAX`], is left out (false).
    pub fn push(&mut self, nal: &[u8]) -> bool {
        let Some((&first, rest)) = nal.split_first() else {
            return false;
        };
        self.open(first) && self.extend(rest)
    }

    /// Starts a NAL unit with its first octet.
    #[inline]
    pub(crate) fn open(&mut self, first: u8) -> bool {
        if self.units.len() == UNITS_MAX || self.bytes.len() + 5 > ACCESS_UNIT_MAX {
            return false;
        }
        self.bytes.extend_from_slice(&START_CODE);
        let start = self.bytes.len();
        self.bytes.push(first);
        self.units.push((start, start + 1));
        true
    }

    /// Adds octets to the NAL unit started last.
    #[inline]
    pub(crate) fn extend(&mut self, octets: &[u8]) -> bool {
        let Some((_, end)) = self.units.last_mut() else {
            return false;
        };
        if self.bytes.len() + octets.len() > ACCESS_UNIT_MAX {
            return false;
        }
        self.bytes.extend_from_slice(octets);
        *end = self.bytes.len();
        true
    }

    /// The byte stream, each NAL unit behind a start code of four octets.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The NAL units, without start codes.
    pub fn units(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.units
            .iter()
            .map(|&(start, end)| &self.bytes[start..end])
    }

    /// One NAL unit.
    #[inline]
    pub fn unit(&self, place: usize) -> Option<&[u8]> {
        let &(start, end) = self.units.get(place)?;
        self.bytes.get(start..end)
    }

    /// Whether the picture needs none before it.
    pub fn is_key(&self) -> bool {
        self.units().any(|nal| nal_type(nal[0]) == nal::IDR_SLICE)
    }
}

/// The NAL units between the start codes of a byte stream. ITU-T H.264 annex B.
pub fn nal_units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = after_start_code(stream);
    std::iter::from_fn(move || {
        while let Some(current) = rest {
            let len = start_code(current).unwrap_or(current.len());
            rest = after_start_code(&current[len..]);
            // Zeros before a start code belong to it, or are trailing ones: no NAL unit ends with a zero (§7.4.1).
            let end = current[..len]
                .iter()
                .rposition(|&octet| octet != 0)
                .map_or(0, |last| last + 1);
            if end > 0 {
                return Some(&current[..end]);
            }
        }
        None
    })
}

/// Where the next start code of three octets begins.
fn start_code(bytes: &[u8]) -> Option<usize> {
    bytes.windows(3).position(|three| three == [0, 0, 1])
}

fn after_start_code(bytes: &[u8]) -> Option<&[u8]> {
    start_code(bytes).map(|place| &bytes[place + 3..])
}

/// The coded pictures of a byte stream: a new one begins with a delimiter, parameters or information after a slice, or with
/// a slice that begins at the first macroblock. ITU-T H.264 §7.4.1.2.3, as far as a baseline stream needs it.
pub fn access_units(stream: &[u8]) -> Vec<AccessUnit> {
    let mut pictures: Vec<AccessUnit> = Vec::new();
    let mut has_slice = true;
    for nal in nal_units(stream) {
        if has_slice && begins_picture(nal) || pictures.is_empty() {
            pictures.push(AccessUnit::default());
            has_slice = false;
        }
        has_slice |= matches!(nal_type(nal[0]), nal::SLICE | nal::IDR_SLICE);
        if let Some(picture) = pictures.last_mut() {
            picture.push(nal);
        }
    }
    pictures
}

/// Whether a NAL unit can only stand at the beginning of an access unit, or before its first slice, or is that slice.
fn begins_picture(nal: &[u8]) -> bool {
    match nal_type(nal[0]) {
        // `first_mb_in_slice` is the first element; zero is coded as a one bit.
        nal::SLICE | nal::IDR_SLICE => nal.get(1).is_some_and(|octet| octet & 0x80 != 0),
        nal::SEI | nal::SEQUENCE_PARAMETERS | nal::PICTURE_PARAMETERS | nal::DELIMITER => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
