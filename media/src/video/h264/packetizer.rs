//! From a coded picture to RTP payloads: small NAL units together, fitting ones alone, large ones in pieces.
//!
//! RFC 6184 §5.6 (single NAL unit), §5.7.1 (STAP-A), §5.8 (FU-A), for packetization mode 1 (§6.3).

use super::{AccessUnit, nal, nal_type};

/// Octets of an FU-A's indicator and header.
const FRAGMENT_HEADER_LEN: usize = 2;
/// Octets that a NAL unit takes in a STAP-A besides itself.
const SIZE_LEN: usize = 2;

/// One payload, written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Piece {
    /// Octets of the payload.
    pub len: usize,
    /// Whether it is the access unit's last: the packet has the marker.
    pub is_last: bool,
}

/// Where the cutting of one access unit stands.
#[derive(Clone, Debug)]
pub struct Packetizer {
    payload_max: usize,
    /// The NAL unit that comes next, and how much of it (its first octet included) is sent in pieces.
    unit: usize,
    sent: usize,
}

impl Packetizer {
    /// Payloads of at most so many octets; at least 16.
    pub fn new(payload_max: usize) -> Packetizer {
        Packetizer {
            payload_max: payload_max.max(16),
            unit: 0,
            sent: 0,
        }
    }

    /// Starts with the first NAL unit again.
    pub fn begin(&mut self) {
        (self.unit, self.sent) = (0, 0);
    }

    /// Writes the next payload; nothing when the access unit is over, or if `payload` is shorter than what was promised.
    #[inline]
    pub fn next(&mut self, picture: &AccessUnit, payload: &mut [u8]) -> Option<Piece> {
        let payload = payload.get_mut(..self.payload_max)?;
        let nal = picture.unit(self.unit)?;
        let len = if nal.len() > self.payload_max {
            self.fragment(nal, payload)
        } else {
            match self.aggregated(picture) {
                0 | 1 => {
                    payload[..nal.len()].copy_from_slice(nal);
                    self.unit += 1;
                    nal.len()
                }
                count => self.aggregate(picture, count, payload),
            }
        };
        Some(Piece {
            len,
            is_last: picture.unit(self.unit).is_none(),
        })
    }

    /// Copies a piece; all pieces of a NAL unit are of one size but the last, which is no longer.
    #[inline]
    fn fragment(&mut self, nal: &[u8], payload: &mut [u8]) -> usize {
        let body = &nal[1..];
        let room = self.payload_max - FRAGMENT_HEADER_LEN;
        let size = body.len().div_ceil(body.len().div_ceil(room));
        let start = self.sent;
        let end = (start + size).min(body.len());
        let (is_first, is_last) = (start == 0, end == body.len());
        payload[0] = nal[0] & 0xe0 | nal::FU_A;
        payload[1] = u8::from(is_first) << 7 | u8::from(is_last) << 6 | nal_type(nal[0]);
        let len = FRAGMENT_HEADER_LEN + end - start;
        payload[FRAGMENT_HEADER_LEN..len].copy_from_slice(&body[start..end]);
        if is_last {
            (self.unit, self.sent) = (self.unit + 1, 0);
        } else {
            self.sent = end;
        }
        len
    }

    /// How many NAL units from the next on fit one STAP-A.
    #[inline]
    fn aggregated(&self, picture: &AccessUnit) -> usize {
        let mut len = 1;
        let mut count = 0;
        while let Some(nal) = picture.unit(self.unit + count) {
            len += SIZE_LEN + nal.len();
            if len > self.payload_max {
                break;
            }
            count += 1;
        }
        count
    }

    fn aggregate(&mut self, picture: &AccessUnit, count: usize, payload: &mut [u8]) -> usize {
        let (mut len, mut first) = (1, 0);
        for nal in (self.unit..self.unit + count).filter_map(|place| picture.unit(place)) {
            // RFC 6184 §5.3: the F bit of any, the highest importance of all.
            first = (first | nal[0]) & 0x80 | (first & 0x60).max(nal[0] & 0x60);
            payload[len..len + SIZE_LEN].copy_from_slice(&(nal.len() as u16).to_be_bytes());
            len += SIZE_LEN;
            payload[len..len + nal.len()].copy_from_slice(nal);
            len += nal.len();
        }
        payload[0] = first | nal::STAP_A;
        self.unit += count;
        len
    }
}
