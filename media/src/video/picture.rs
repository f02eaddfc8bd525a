//! A picture: luma at full, chroma at half resolution each way (4:2:0), and the format it is one of.

use super::VideoError;

/// Size and rate of a sequence of pictures.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Format {
    /// Width in luma samples.
    pub width: usize,
    /// Height in luma samples.
    pub height: usize,
    /// Pictures a second.
    pub frame_rate: u32,
}

impl Format {
    /// What simulations show: small enough that a call costs little, large enough for the mark and something that moves.
    pub const SMALL: Format = Format {
        width: 320,
        height: 192,
        frame_rate: 15,
    };
    /// 640 by 360 at 30 a second, where quality is the question.
    pub const MEDIUM: Format = Format {
        width: 640,
        height: 360,
        frame_rate: 30,
    };
    /// 1280 by 720 at 30 a second.
    pub const HIGH: Format = Format {
        width: 1_280,
        height: 720,
        frame_rate: 30,
    };

    /// Refuses what can't be coded: odd or out of 16..=[`SIDE_MAX`] samples, or not 1..=[`RATE_MAX`] a second.
    pub fn check(&self) -> Result<(), VideoError> {
        let side = |samples: usize| (16..=SIDE_MAX).contains(&samples) && samples.is_multiple_of(2);
        if side(self.width) && side(self.height) && (1..=RATE_MAX).contains(&self.frame_rate) {
            Ok(())
        } else {
            Err(self.refused("sides are even, from 16 to 3840; the rate is from 1 to 120"))
        }
    }

    pub(super) fn refused(&self, expected: &'static str) -> VideoError {
        VideoError::Format {
            width: self.width,
            height: self.height,
            frame_rate: self.frame_rate,
            expected,
        }
    }
}

/// Largest side. H.264 table A-1: level 5.2 and the limit of the encoder.
pub const SIDE_MAX: usize = 3_840;
/// Most pictures a second: what screens show.
pub const RATE_MAX: u32 = 120;

/// One picture, planes without padding between rows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Picture {
    width: usize,
    height: usize,
    planes: [Vec<u8>; 3],
}

impl Picture {
    /// A black picture; sides are rounded up to even.
    pub fn new(width: usize, height: usize) -> Picture {
        let mut picture = Picture::default();
        picture.resize(width, height);
        picture
    }

    /// A picture from its octets as raw video files have them: luma, then both chroma planes. Nothing if their number is
    /// not the format's.
    pub fn from_planar(width: usize, height: usize, octets: &[u8]) -> Option<Picture> {
        let mut picture = Picture::new(width, height);
        let mut rest = octets;
        for plane in &mut picture.planes {
            let (own, after) = rest.split_at_checked(plane.len())?;
            plane.copy_from_slice(own);
            rest = after;
        }
        rest.is_empty().then_some(picture)
    }

    /// Changes the size; what was shown is lost. Allocates only for the largest so far.
    pub fn resize(&mut self, width: usize, height: usize) {
        let (width, height) = (width.next_multiple_of(2), height.next_multiple_of(2));
        if (self.width, self.height) == (width, height) {
            return;
        }
        (self.width, self.height) = (width, height);
        for (plane, value) in self.planes.iter_mut().zip([LUMA_BLACK, NEUTRAL, NEUTRAL]) {
            plane.clear();
            let len = match value {
                LUMA_BLACK => width * height,
                _ => width * height / 4,
            };
            plane.resize(len, value);
        }
    }

    /// Width in luma samples.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in luma samples.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Luma, row by row.
    pub fn luma(&self) -> &[u8] {
        &self.planes[0]
    }

    /// Blue and red difference, row by row, each of half the width and height.
    pub fn chroma(&self) -> [&[u8]; 2] {
        [&self.planes[1], &self.planes[2]]
    }

    pub(super) fn planes_mut(&mut self) -> &mut [Vec<u8>; 3] {
        &mut self.planes
    }
}

/// Black in video range.
pub(super) const LUMA_BLACK: u8 = 16;
/// White in video range.
pub(super) const LUMA_WHITE: u8 = 235;
/// Chroma of grey.
const NEUTRAL: u8 = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_have_the_sizes_of_the_format() {
        let picture = Picture::new(34, 18);
        assert_eq!(picture.luma().len(), 34 * 18);
        assert_eq!(picture.chroma().map(<[u8]>::len), [17 * 9; 2]);
        let octets: Vec<u8> = (0..34 * 18 * 3 / 2).map(|number| number as u8).collect();
        let picture = Picture::from_planar(34, 18, &octets).expect("the right size");
        assert_eq!(picture.chroma()[1].last(), octets.last());
        assert_eq!(Picture::from_planar(34, 18, &octets[1..]), None);
        assert!(Format::HIGH.check().is_ok());
        assert!(
            Format {
                width: 17,
                ..Format::HIGH
            }
            .check()
            .is_err()
        );
        assert!(
            Format {
                frame_rate: 0,
                ..Format::HIGH
            }
            .check()
            .is_err()
        );
    }
}
