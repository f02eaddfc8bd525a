//! Keeps the last payloads of a stream and sends them again with the next.

use super::{BLOCK_LEN_MAX, BLOCKS_MAX, FOLLOWS, HEADER_LEN, OFFSET_MAX, RedError};

/// Writes the redundant payloads of one stream; its memory is taken once.
#[derive(Clone, Debug)]
pub struct RedEncoder {
    /// A ring: the next payload replaces the oldest.
    kept: Box<[Kept]>,
    next: usize,
}

#[derive(Clone, Debug)]
struct Kept {
    payload_type: u8,
    timestamp: u32,
    /// `None` for what was never there or can't be sent again.
    len: Option<usize>,
    data: Box<[u8]>,
}

impl RedEncoder {
    /// Sends each payload again in the next `depth` packets, at most [`BLOCKS_MAX`].
    pub fn new(depth: usize) -> RedEncoder {
        let kept = Kept {
            payload_type: 0,
            timestamp: 0,
            len: None,
            data: vec![0; BLOCK_LEN_MAX].into(),
        };
        RedEncoder {
            kept: vec![kept; depth.min(BLOCKS_MAX)].into(),
            next: 0,
        }
    }

    /// Writes the payload of the packet at `timestamp`: what came before as far as it fits in its fields, then `primary`.
    ///
    /// Gives the length. A payload longer than 1,023 octets is sent once only.
    pub fn write(
        &mut self,
        timestamp: u32,
        payload_type: u8,
        primary: &[u8],
        buffer: &mut [u8],
    ) -> Result<usize, RedError> {
        let again = |kept: &Kept| {
            let offset = timestamp.wrapping_sub(kept.timestamp);
            let len = kept.len.filter(|_| (1..=OFFSET_MAX).contains(&offset))?;
            Some((offset, len))
        };
        let (recent, old) = self.kept.split_at(self.next);
        let oldest_first = || old.iter().chain(recent);
        let (blocks, data_len) = oldest_first()
            .filter_map(again)
            .fold((0, 0), |(blocks, data), (_, len)| (blocks + 1, data + len));
        let headers_len = blocks * HEADER_LEN + 1;
        let (len, need) = (buffer.len(), headers_len + data_len + primary.len());
        let target = buffer
            .get_mut(..need)
            .ok_or(RedError::BufferTooSmall { len, need })?;
        let (headers, mut data) = target.split_at_mut(headers_len);
        let mut headers = headers.chunks_mut(HEADER_LEN);
        for kept in oldest_first() {
            let Some((offset, len)) = again(kept) else {
                continue;
            };
            let word = u32::from(FOLLOWS | kept.payload_type) << 24 | offset << 10 | len as u32;
            if let Some(header) = headers.next() {
                header.copy_from_slice(&word.to_be_bytes());
            }
            let (block, rest) = data.split_at_mut(len);
            block.copy_from_slice(&kept.data[..len]);
            data = rest;
        }
        if let Some([last, ..]) = headers.next() {
            *last = payload_type & !FOLLOWS;
        }
        data.copy_from_slice(primary);
        self.keep(timestamp, payload_type, primary);
        Ok(need)
    }

    fn keep(&mut self, timestamp: u32, payload_type: u8, primary: &[u8]) {
        let Some(kept) = self.kept.get_mut(self.next) else {
            return;
        };
        kept.payload_type = payload_type & !FOLLOWS;
        kept.timestamp = timestamp;
        kept.len = (primary.len() <= BLOCK_LEN_MAX).then_some(primary.len());
        if let Some(len) = kept.len {
            kept.data[..len].copy_from_slice(primary);
        }
        self.next = (self.next + 1) % self.kept.len();
    }
}
