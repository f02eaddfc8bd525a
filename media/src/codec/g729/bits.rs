//! The ten octets of a frame and what they say. ITU-T G.729 §4.1, table 8; RFC 3551 §4.5.6.
//!
//! ```text
//! L0 1│L1 7│L2 5│L3 5│ P1 8│P0 1│C1 13│S1 4│GA1 3│GB1 4│ P2 5│C2 13│S2 4│GA2 3│GB2 4
//! ─────── spectrum ──┴─────── first subframe ──────────┴──── second subframe ─────
//! ```

/// Octets of a frame.
pub(super) const OCTETS: usize = 10;
/// Octets of a frame that describes noise. ITU-T G.729 Annex B.
pub(super) const NOISE_OCTETS: usize = 2;

/// What is sent of 10 ms.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Frame {
    pub(super) spectrum: Spectrum,
    /// P0: whether the six upper bits of the first lag have an even number of ones.
    pub(super) parity: bool,
    pub(super) subframes: [Subframe; 2],
}

/// Indices of the line spectral frequencies.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Spectrum {
    /// L0: which of two predictors; 1 bit.
    pub(super) predictor: u8,
    /// L1: first stage; 7 bits.
    pub(super) first: u8,
    /// L2: second stage of the lower five; 5 bits.
    pub(super) low: u8,
    /// L3: second stage of the upper five; 5 bits.
    pub(super) high: u8,
}

/// What is sent of 5 ms of excitation.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Subframe {
    /// P: lag of the adaptive codebook; 8 bits, relative to the first in 5 bits.
    pub(super) lag: u8,
    /// C: places of the four pulses; 13 bits.
    pub(super) places: u16,
    /// S: a bit for each pulse that is positive; 4 bits.
    pub(super) signs: u8,
    /// GA and GB: both stages of the gains; 3 and 4 bits.
    pub(super) gains: [u8; 2],
}

impl Frame {
    pub(super) fn to_octets(self) -> [u8; OCTETS] {
        let Spectrum {
            predictor,
            first,
            low,
            high,
        } = self.spectrum;
        let mut bits = Bits(0);
        for (value, width) in [(predictor, 1), (first, 7), (low, 5), (high, 5)] {
            bits.push(value.into(), width);
        }
        for (subframe, lag_width) in self.subframes.into_iter().zip([8, 5]) {
            bits.push(subframe.lag.into(), lag_width);
            if lag_width == 8 {
                bits.push(self.parity.into(), 1);
            }
            bits.push(subframe.places.into(), 13);
            bits.push(subframe.signs.into(), 4);
            bits.push(subframe.gains[0].into(), 3);
            bits.push(subframe.gains[1].into(), 4);
        }
        let [.., a, b, c, d, e, f, g, h, i, j] = bits.0.to_be_bytes();
        [a, b, c, d, e, f, g, h, i, j]
    }

    pub(super) fn from_octets(octets: &[u8; OCTETS]) -> Frame {
        let all = octets
            .iter()
            .fold(0, |all, &octet| all << 8 | u128::from(octet));
        let mut bits = Bits(all << (128 - 8 * OCTETS));
        let octet = |bits: &mut Bits, width| bits.pull(width) as u8;
        let spectrum = Spectrum {
            predictor: octet(&mut bits, 1),
            first: octet(&mut bits, 7),
            low: octet(&mut bits, 5),
            high: octet(&mut bits, 5),
        };
        let mut parity = false;
        let subframes = [8, 5].map(|lag_width| {
            let lag = octet(&mut bits, lag_width);
            if lag_width == 8 {
                parity = bits.pull(1) == 1;
            }
            Subframe {
                lag,
                places: bits.pull(13) as u16,
                signs: octet(&mut bits, 4),
                gains: [octet(&mut bits, 3), octet(&mut bits, 4)],
            }
        });
        Frame {
            spectrum,
            parity,
            subframes,
        }
    }

    /// The parity that the first lag has. §3.7.2.
    pub(super) fn parity_of(lag: u8) -> bool {
        (lag >> 2).count_ones().is_multiple_of(2)
    }
}

/// A row of bits, the first ones sent uppermost.
struct Bits(u128);

impl Bits {
    fn push(&mut self, value: u128, width: u32) {
        self.0 = self.0 << width | value;
    }

    fn pull(&mut self, width: u32) -> u128 {
        let value = self.0 >> (128 - width);
        self.0 <<= width;
        value
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_field_has_its_place() {
        let mut frame = Frame::default();
        frame.spectrum.predictor = 1;
        frame.subframes[0].lag = 0xff;
        frame.subframes[1].gains = [0, 0xf];
        // 18 bits of spectrum, eight of lag, and the last four.
        assert_eq!(
            frame.to_octets(),
            [0x80, 0, 0x3f, 0xc0, 0, 0, 0, 0, 0, 0x0f]
        );
        frame = Frame::default();
        frame.parity = true;
        frame.subframes[0].places = 0x1fff;
        frame.subframes[1].lag = 0x1f;
        // From bit 26 on: one of parity, 13 of places; from bit 51 on five.
        assert_eq!(frame.to_octets(), [0, 0, 0, 0x3f, 0xff, 0, 0x1f, 0, 0, 0]);
    }

    #[test]
    fn parity_covers_the_upper_six_bits() {
        assert!(Frame::parity_of(0));
        assert!(Frame::parity_of(0b11));
        assert!(!Frame::parity_of(0b100));
        assert!(!Frame::parity_of(0b1000_0000));
    }

    proptest! {
        #[test]
        fn octets_come_back(octets: [u8; OCTETS]) {
            prop_assert_eq!(Frame::from_octets(&octets).to_octets(), octets);
        }
    }
}
