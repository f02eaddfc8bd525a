//! The test pattern: a picture that moves and says which one it is.
//!
//! Its number and time stand in the picture as black and white blocks of 16 by 16 luma samples, from the top left on, row
//! by row, with a checksum: coded at any usable quality and decoded again, each picture can be told from every other, so
//! loss, freezing, order and delay are read from what is seen and not guessed from packets. Below, bars of colour and a
//! gradient move, so that the encoder has work to do.

use std::time::Duration;

use super::VideoError;
use super::picture::{Format, LUMA_BLACK, LUMA_WHITE, Picture};

/// Side of a block in luma samples: one macroblock of H.264.
const BLOCK: usize = 16;
/// Bits of a mark: number, time, checksum.
const MARK_BITS: usize = 32 + 32 + 16;

/// What a picture says of itself.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Mark {
    /// Number of the picture; grows by one with each that is captured.
    pub number: u32,
    /// When it was captured, in ms on the camera's clock, modulo 2^32.
    pub time_ms: u32,
}

impl Mark {
    /// The mark of a picture captured at a moment.
    pub fn at(number: u32, time: Duration) -> Mark {
        Mark {
            number,
            time_ms: time.as_millis() as u32,
        }
    }

    /// Reads the mark out of a picture; nothing if there is none or it does not stand its checksum.
    pub fn read(picture: &Picture) -> Option<Mark> {
        let columns = picture.width() / BLOCK;
        if columns == 0 || MARK_BITS.div_ceil(columns) * BLOCK > picture.height() {
            return None;
        }
        let mut bits = 0u128;
        for place in 0..MARK_BITS {
            bits = bits << 1 | u128::from(is_white(picture, place % columns, place / columns));
        }
        let mark = Mark {
            number: (bits >> 48) as u32,
            time_ms: (bits >> 16) as u32,
        };
        (mark.checksum() == bits as u16).then_some(mark)
    }

    fn bits(self) -> u128 {
        u128::from(self.number) << 48 | u128::from(self.time_ms) << 16 | u128::from(self.checksum())
    }

    /// CRC-16 with polynomial 0x1021 and start 0xffff (ITU-T X.25's polynomial, not reflected).
    fn checksum(self) -> u16 {
        let data = u64::from(self.number) << 32 | u64::from(self.time_ms);
        data.to_be_bytes().iter().fold(0xffff, |crc, &octet| {
            (0..8).fold(crc ^ u16::from(octet) << 8, |crc, _| {
                let carry = crc & 0x8000 != 0;
                crc << 1 ^ if carry { 0x1021 } else { 0 }
            })
        })
    }
}

/// Whether the middle of a block is nearer to white than to black; its edge may be blurred by its neighbours.
fn is_white(picture: &Picture, column: usize, row: usize) -> bool {
    let (left, top) = (column * BLOCK + BLOCK / 4, row * BLOCK + BLOCK / 4);
    let sum: u32 = (top..top + BLOCK / 2)
        .flat_map(|y| &picture.luma()[y * picture.width() + left..][..BLOCK / 2])
        .map(|&sample| u32::from(sample))
        .sum();
    let samples = (BLOCK / 2 * (BLOCK / 2)) as u32;
    sum > samples * (u32::from(LUMA_BLACK) + u32::from(LUMA_WHITE)) / 2
}

/// Paints pictures of one format.
#[derive(Clone, Debug)]
pub struct Pattern {
    picture: Picture,
}

impl Pattern {
    /// A pattern of this format; an error if it has no room for the mark.
    pub fn new(format: Format) -> Result<Pattern, VideoError> {
        format.check()?;
        let columns = format.width / BLOCK;
        if MARK_BITS.div_ceil(columns) * BLOCK > format.height {
            return Err(format.refused("the mark needs 80 blocks of 16x16 samples"));
        }
        Ok(Pattern {
            picture: Picture::new(format.width, format.height),
        })
    }

    /// Paints the picture that this mark names; the same mark gives the same picture.
    pub fn paint(&mut self, mark: Mark) -> &Picture {
        let (width, height) = (self.picture.width(), self.picture.height());
        let [luma, blue, red] = self.picture.planes_mut();
        let phase = mark.number as usize % PERIOD;
        for (y, row) in luma.chunks_exact_mut(width).enumerate() {
            for (x, sample) in row.iter_mut().enumerate() {
                *sample = gradient(x + y / 2 + 2 * phase);
            }
        }
        let bar_len = (width / 2).div_ceil(BARS.len()).max(1);
        for (plane, hue) in [(blue, 0), (red, 1)] {
            for row in plane.chunks_exact_mut(width / 2) {
                for (x, sample) in row.iter_mut().enumerate() {
                    *sample = BARS[(x + phase) / bar_len % BARS.len()][hue];
                }
            }
        }
        paint_ball(luma, width, height, phase);
        paint_mark(luma, width, mark);
        &self.picture
    }
}

/// Pictures after which the motion begins again; the mark does not.
const PERIOD: usize = 1 << 16;

/// A wave between dark and bright, 256 samples long.
fn gradient(place: usize) -> u8 {
    let place = place % 256;
    let height = if place < 128 { place } else { 255 - place };
    (48 + height) as u8
}

/// Chroma of the bars: blue and red difference.
const BARS: [[u8; 2]; 8] = [
    [128, 128],
    [44, 142],
    [156, 44],
    [72, 58],
    [184, 198],
    [100, 212],
    [212, 114],
    [128, 128],
];

/// A striped square that crosses the picture below the mark: sharp edges in motion.
fn paint_ball(luma: &mut [u8], width: usize, height: usize, phase: usize) {
    let top = MARK_BITS.div_ceil(width / BLOCK) * BLOCK;
    let side = BLOCK.min(height - top);
    let (left, top) = (
        3 * phase % (width - side + 1),
        top + phase % (height - top - side + 1),
    );
    for (y, row) in luma
        .chunks_exact_mut(width)
        .skip(top)
        .take(side)
        .enumerate()
    {
        let value = if y / 4 % 2 == 0 {
            LUMA_WHITE
        } else {
            LUMA_BLACK
        };
        row[left..left + side].fill(value);
    }
}

fn paint_mark(luma: &mut [u8], width: usize, mark: Mark) {
    let columns = width / BLOCK;
    let bits = mark.bits();
    for place in 0..MARK_BITS {
        let is_one = bits >> (MARK_BITS - 1 - place) & 1 == 1;
        let value = if is_one { LUMA_WHITE } else { LUMA_BLACK };
        let left = place % columns * BLOCK;
        for row in luma
            .chunks_exact_mut(width)
            .skip(place / columns * BLOCK)
            .take(BLOCK)
        {
            row[left..left + BLOCK].fill(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_from_every_format_it_fits() {
        for (width, height) in [
            (1_280, 720),
            (320, 192),
            (176, 144),
            (160, 128),
            (1_280, 16),
        ] {
            let format = Format {
                width,
                height,
                frame_rate: 15,
            };
            let mut pattern = Pattern::new(format).expect("room for the mark");
            for number in [0, 1, 0xdead_beef, u32::MAX] {
                let mark = Mark {
                    number,
                    time_ms: !number,
                };
                assert_eq!(Mark::read(pattern.paint(mark)), Some(mark), "{format:?}");
            }
        }
        let narrow = Format {
            width: 144,
            height: 128,
            frame_rate: 15,
        };
        assert!(Pattern::new(narrow).is_err());
    }

    #[test]
    fn a_picture_without_a_mark_or_with_a_spoiled_one_says_nothing() {
        assert_eq!(Mark::read(&Picture::new(320, 192)), None);
        assert_eq!(Mark::read(&Picture::default()), None);
        let mut pattern = Pattern::new(Format::SMALL).expect("room");
        let mut picture = pattern
            .paint(Mark {
                number: 7,
                time_ms: 9,
            })
            .clone();
        for row in picture.planes_mut()[0].chunks_exact_mut(320).take(16) {
            row[16..32].fill(LUMA_WHITE);
        }
        assert_eq!(Mark::read(&picture), None);
    }

    #[test]
    fn the_picture_moves() {
        let mut pattern = Pattern::new(Format::SMALL).expect("room");
        let first = pattern
            .paint(Mark {
                number: 1,
                time_ms: 0,
            })
            .clone();
        assert_ne!(
            &first,
            pattern.paint(Mark {
                number: 2,
                time_ms: 0
            })
        );
        assert_eq!(
            &first,
            pattern.paint(Mark {
                number: 1,
                time_ms: 0
            })
        );
    }
}
