//! Transport-wide feedback: for every packet of a transport, whether it arrived and when.
//!
//! ```text
//! base sequence │ status count │ reference time, feedback count │ chunk ... │ delta ... │ zeros
//! chunk   0 s s run-length       a run of one status
//!         1 0 fourteen bits      not received, received
//!         1 1 seven pairs        not received, small delta, large or negative delta
//! ```
//!
//! draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.

mod encoder;

use std::time::Duration;

/// Unit of arrival times.
pub const ARRIVAL_TICK: Duration = Duration::from_micros(250);
/// Ticks in a unit of the reference time, which is 64 ms.
pub(super) const TICKS_PER_REFERENCE: i64 = 256;

/// Octets before the chunks.
const HEAD_LEN: usize = 8;
/// Statuses of a chunk of single bits.
const BITS: u16 = 14;
/// Statuses of a chunk of pairs.
const PAIRS: u16 = 7;
/// Longest run.
const RUN_MAX: u16 = 0x1fff;

/// A feedback packet about the packets from [`TransportWide::base`] on.
#[derive(Clone, Copy, Debug)]
pub struct TransportWide<'a> {
    /// Transport-wide sequence number of the first packet reported on.
    pub base: u16,
    /// Packets reported on, received or not.
    pub count: u16,
    /// What the arrival times count from, in units of 64 ms on the receiver's clock, modulo 2^24.
    pub reference: u32,
    /// Number of this feedback packet, modulo 256: a gap is lost feedback.
    pub feedback_count: u8,
    chunks: &'a [u8],
    deltas: &'a [u8],
}

/// The fate of one packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Arrival {
    /// Transport-wide sequence number.
    pub sequence: u16,
    /// When it arrived, in [`ARRIVAL_TICK`]s after the packet's reference time; `None` if it had not arrived.
    pub ticks: Option<i32>,
}

impl<'a> TransportWide<'a> {
    /// Checks that the chunks cover the count and that every received packet has its delta.
    pub(super) fn parse(control: &'a [u8]) -> Option<TransportWide<'a>> {
        let (&[a, b, c, d, e, f, g, feedback_count], body) = control.split_first_chunk()?;
        let count = u16::from_be_bytes([c, d]);
        let (mut left, mut end, mut octets) = (count, 0, 0);
        while left > 0 {
            let chunk = Chunk::read(&body[end..], left)?;
            end += 2;
            left -= chunk.len;
            octets += chunk.delta_octets()?;
        }
        let (chunks, rest) = body.split_at(end);
        Some(TransportWide {
            base: u16::from_be_bytes([a, b]),
            count,
            reference: u32::from_be_bytes([0, e, f, g]),
            feedback_count,
            chunks,
            deltas: rest.get(..octets)?,
        })
    }

    /// Every packet reported on, in the order of its number.
    pub fn arrivals(&self) -> Arrivals<'a> {
        Arrivals {
            chunks: self.chunks,
            deltas: self.deltas,
            chunk: Chunk { word: 0, len: 0 },
            left: self.count,
            sequence: self.base,
            ticks: 0,
        }
    }
}

/// Walks the packets of a feedback.
#[derive(Clone, Debug)]
pub struct Arrivals<'a> {
    chunks: &'a [u8],
    deltas: &'a [u8],
    /// What is left of the chunk being read.
    chunk: Chunk,
    left: u16,
    sequence: u16,
    ticks: i32,
}

impl Iterator for Arrivals<'_> {
    type Item = Arrival;

    #[inline]
    fn next(&mut self) -> Option<Arrival> {
        while self.chunk.len == 0 {
            if self.left == 0 {
                return None;
            }
            self.chunk = Chunk::read(self.chunks, self.left)?;
            self.chunks = &self.chunks[2..];
            self.left -= self.chunk.len;
        }
        let delta = match self.chunk.take() {
            0 => None,
            1 => {
                let (&delta, rest) = self.deltas.split_first()?;
                self.deltas = rest;
                Some(i32::from(delta))
            }
            _ => {
                let (&delta, rest) = self.deltas.split_first_chunk()?;
                self.deltas = rest;
                Some(i32::from(i16::from_be_bytes(delta)))
            }
        };
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        // At most 65,535 deltas of at most 2^15 ticks each: within 32 bits.
        self.ticks += delta.unwrap_or(0);
        Some(Arrival {
            sequence,
            ticks: delta.map(|_| self.ticks),
        })
    }
}

/// Makes reference times of successive feedback packets grow past their 24 bits.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReferenceClock {
    latest: Option<i64>,
}

impl ReferenceClock {
    /// The reference time in [`ARRIVAL_TICK`]s: the nearest to that of the packet before.
    pub fn ticks(&mut self, reference: u32) -> i64 {
        let reference = i64::from(reference & 0xff_ffff);
        let unwrapped = match self.latest {
            None => reference,
            Some(latest) => {
                // Shifted to the top of 32 bits, the difference has its sign by itself.
                let ahead = ((reference - latest) as i32) << 8 >> 8;
                latest + i64::from(ahead)
            }
        };
        self.latest = Some(unwrapped);
        unwrapped * TICKS_PER_REFERENCE
    }
}

/// One chunk, or what is left of it: its word moved so that the next status stands at the top.
#[derive(Clone, Copy, Debug)]
struct Chunk {
    word: u16,
    /// Statuses left.
    len: u16,
}

impl Chunk {
    /// Reads a chunk of which at most `most` statuses count.
    #[inline]
    fn read(octets: &[u8], most: u16) -> Option<Chunk> {
        let word = u16::from_be_bytes(*octets.first_chunk()?);
        let len = match word >> 14 {
            0b10 => BITS,
            0b11 => PAIRS,
            _ => word & RUN_MAX,
        };
        Some(Chunk {
            word,
            len: len.min(most),
        })
    }

    /// Octets of the deltas of its statuses; `None` if a status is the reserved one.
    fn delta_octets(&self) -> Option<usize> {
        let (word, len) = (self.word, self.len);
        let octets = match word >> 14 {
            0b10 => (word << 2 & top(len)).count_ones() as usize,
            0b11 => {
                let pairs = word << 2 & top(2 * len);
                let (large, small) = (pairs >> 1 & 0x5555, pairs & 0x5555);
                if large & small != 0 {
                    return None;
                }
                (small.count_ones() + 2 * large.count_ones()) as usize
            }
            _ => match word >> 13 {
                3 if len > 0 => return None,
                status => usize::from(status) * usize::from(len),
            },
        };
        Some(octets)
    }

    /// Takes the next status: octets of its delta.
    #[inline]
    fn take(&mut self) -> u16 {
        self.len -= 1;
        let word = self.word;
        match word >> 14 {
            0b10 => {
                self.word = 0b10 << 14 | word << 1 & 0x3fff;
                word >> 13 & 1
            }
            0b11 => {
                self.word = 0b11 << 14 | word << 2 & 0x3fff;
                word >> 12 & 3
            }
            _ => word >> 13,
        }
    }
}

/// The upper `count` bits, at most 14 of them.
fn top(count: u16) -> u16 {
    !(u16::MAX >> count)
}

#[cfg(test)]
mod tests;
