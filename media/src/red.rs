//! Redundant audio: each packet carries the payloads before it again, so that a single loss is no loss.
//!
//! ```text
//! 1 type │ timestamp offset 14 │ length 10     one of these for each redundant block, the oldest first
//! 0 type                                       the primary block
//! blocks ...                                   in the same order
//! ```
//!
//! RFC 2198 §3.

mod encoder;

pub use encoder::RedEncoder;

/// Redundant blocks that a packet may carry; more are refused, so that a packet can't ask for endless work.
pub const BLOCKS_MAX: usize = 16;

/// Largest offset between a redundant block and its packet, in timestamp units. RFC 2198 §3: 14 bits.
pub const OFFSET_MAX: u32 = (1 << 14) - 1;

/// Longest redundant block in octets. RFC 2198 §3: 10 bits.
pub const BLOCK_LEN_MAX: usize = (1 << 10) - 1;

/// Octets of the header of a redundant block.
const HEADER_LEN: usize = 4;
/// Another header follows.
const FOLLOWS: u8 = 0x80;

/// Why a payload is no redundant audio, or why it could not be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RedError {
    /// The payload ends within its headers or blocks.
    #[error("redundant audio of {len} octets is cut off, {need} are needed")]
    TooShort {
        /// Octets that came.
        len: usize,
        /// Octets that the headers announce so far.
        need: usize,
    },
    /// More than [`BLOCKS_MAX`] redundant blocks.
    #[error("redundant audio of more than {BLOCKS_MAX} blocks")]
    TooManyBlocks,
    /// The caller's buffer is too small.
    #[error("buffer of {len} octets is too small, {need} are needed")]
    BufferTooSmall {
        /// Octets that the buffer has.
        len: usize,
        /// Octets that are needed.
        need: usize,
    },
}

/// One block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Block<'a> {
    /// Payload type of its data, 0..=127.
    pub payload_type: u8,
    /// How much earlier than the packet's timestamp it began, in timestamp units; zero for the primary.
    pub timestamp_offset: u32,
    /// What is encoded.
    pub data: &'a [u8],
}

/// The blocks of a payload, checked.
#[derive(Clone, Debug)]
pub struct Blocks<'a> {
    headers: &'a [u8],
    data: &'a [u8],
}

impl<'a> Blocks<'a> {
    /// Checks the payload of one packet.
    pub fn parse(payload: &'a [u8]) -> Result<Blocks<'a>, RedError> {
        let (mut headers_len, mut data_len) = (0, 0);
        let cut_off = |need| RedError::TooShort {
            len: payload.len(),
            need,
        };
        loop {
            let header = payload.get(headers_len..).unwrap_or_default();
            match *header {
                [] => return Err(cut_off(headers_len + 1)),
                [first, ..] if first & FOLLOWS == 0 => break,
                [_, _, high, low, ..] => {
                    data_len += usize::from(u16::from_be_bytes([high, low]) & 0x3ff);
                    headers_len += HEADER_LEN;
                }
                [..] => return Err(cut_off(headers_len + HEADER_LEN)),
            }
            if headers_len > BLOCKS_MAX * HEADER_LEN {
                return Err(RedError::TooManyBlocks);
            }
        }
        let (headers, data) = payload.split_at(headers_len + 1);
        if data.len() < data_len {
            return Err(cut_off(headers.len() + data_len));
        }
        Ok(Blocks { headers, data })
    }
}

/// The redundant blocks, the oldest first, then the primary.
impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Block<'a>> {
        match *self.headers {
            [first, high, middle, low, ..] => {
                let word = u32::from_be_bytes([0, high, middle, low]);
                let (data, rest) = self.data.split_at_checked((word & 0x3ff) as usize)?;
                self.headers = &self.headers[HEADER_LEN..];
                self.data = rest;
                Some(Block {
                    payload_type: first & !FOLLOWS,
                    timestamp_offset: word >> 10,
                    data,
                })
            }
            [last, ..] => {
                self.headers = &[];
                Some(Block {
                    payload_type: last,
                    timestamp_offset: 0,
                    data: self.data,
                })
            }
            [] => None,
        }
    }
}

#[cfg(test)]
mod tests;
