//! Writes transport-wide feedback: statuses gathered into the chunks that take the least room, deltas behind them.

use std::time::Duration;

use super::super::feedback::{SOURCES_LEN, TRANSPORT_FEEDBACK, TRANSPORT_WIDE};
use super::super::{CompoundWriter, HEADER_LEN, RtcpError};
use super::{ARRIVAL_TICK, BITS, HEAD_LEN, PAIRS, RUN_MAX, TICKS_PER_REFERENCE};
use crate::rtp::Ssrc;

impl CompoundWriter<'_> {
    /// Reports on the packets from `base` on: when each arrived on our clock, `None` for one that did not.
    ///
    /// Gives the number of packets reported on, at least one: fewer than given if the buffer ends, or if two arrivals lie
    /// more than eight seconds apart. The rest is for a next packet, with the next `feedback_count`.
    pub fn transport_wide(
        &mut self,
        sender: Ssrc,
        media: Ssrc,
        base: u16,
        feedback_count: u8,
        arrivals: impl Iterator<Item = Option<Duration>> + Clone,
    ) -> Result<u16, RtcpError> {
        let mut deltas = Deltas::of(arrivals.clone());
        let reference = deltas.reference;
        let (count, chunks_len, deltas_len) = self.chunks(&mut deltas)?;
        let len = HEAD_LEN + chunks_len + deltas_len;
        let control = self.feedback(
            TRANSPORT_FEEDBACK,
            TRANSPORT_WIDE,
            sender,
            media,
            (len + 3) & !3,
        )?;
        control[..2].copy_from_slice(&base.to_be_bytes());
        control[2..4].copy_from_slice(&count.to_be_bytes());
        control[4..7].copy_from_slice(&(reference as u32).to_be_bytes()[1..]);
        control[7] = feedback_count;
        control[len..].fill(0);
        let mut at = HEAD_LEN + chunks_len;
        for delta in Deltas::of(arrivals).take(usize::from(count)).flatten() {
            let [high, low] = delta.to_be_bytes();
            if high != 0 {
                control[at] = high;
                at += 1;
            }
            control[at] = low;
            at += 1;
        }
        Ok(count)
    }

    /// Writes as many chunks as the buffer has room for; gives packets, octets of chunks, and octets of deltas.
    fn chunks(
        &mut self,
        deltas: &mut impl Iterator<Item = Option<i16>>,
    ) -> Result<(u16, usize, usize), RtcpError> {
        let have = self.rest().len();
        // The whole packet is a multiple of four octets.
        let room = (have & !3).saturating_sub(HEADER_LEN + SOURCES_LEN + HEAD_LEN);
        let chunks = self
            .rest()
            .get_mut(HEADER_LEN + SOURCES_LEN + HEAD_LEN..)
            .unwrap_or_default();
        let mut open = OpenChunk::default();
        let (mut count, mut chunks_len, mut deltas_len) = (0u16, 0, 0);
        for delta in deltas.take(usize::from(u16::MAX)) {
            let status = status(delta);
            let closes = usize::from(!open.fits(status));
            // Chunks written, one to be closed perhaps, and the one that stays open.
            let need = chunks_len + 2 * (closes + 1) + deltas_len + usize::from(status);
            if need > room {
                break;
            }
            if closes == 1 {
                chunks[chunks_len..chunks_len + 2].copy_from_slice(&open.close().to_be_bytes());
                chunks_len += 2;
            }
            open.push(status);
            deltas_len += usize::from(status);
            count += 1;
        }
        if count == 0 {
            return Err(RtcpError::BufferTooSmall {
                len: have,
                need: HEADER_LEN + SOURCES_LEN + HEAD_LEN + 4,
            });
        }
        chunks[chunks_len..chunks_len + 2].copy_from_slice(&open.finish().to_be_bytes());
        Ok((count, chunks_len + 2, deltas_len))
    }
}

/// Octets that a delta takes, which is also its status.
fn status(delta: Option<i16>) -> u8 {
    match delta {
        None => 0,
        Some(0..=255) => 1,
        Some(_) => 2,
    }
}

/// Turns arrival times into deltas; ends before one that is too large.
struct Deltas<I> {
    arrivals: I,
    /// In units of 64 ms.
    reference: i64,
    ticks: i64,
}

impl<I: Iterator<Item = Option<Duration>> + Clone> Deltas<I> {
    fn of(arrivals: I) -> Deltas<I> {
        let first = arrivals.clone().flatten().next().unwrap_or_default();
        let reference = ticks(first) / TICKS_PER_REFERENCE;
        Deltas {
            arrivals,
            reference,
            ticks: reference * TICKS_PER_REFERENCE,
        }
    }
}

impl<I: Iterator<Item = Option<Duration>>> Iterator for Deltas<I> {
    type Item = Option<i16>;

    fn next(&mut self) -> Option<Option<i16>> {
        let Some(arrival) = self.arrivals.next()? else {
            return Some(None);
        };
        let ticks = ticks(arrival);
        let delta = i16::try_from(ticks - self.ticks).ok()?;
        self.ticks = ticks;
        Some(Some(delta))
    }
}

fn ticks(time: Duration) -> i64 {
    let tick = i64::from(ARRIVAL_TICK.subsec_nanos());
    time.as_secs() as i64 * (1_000_000_000 / tick) + i64::from(time.subsec_nanos()) / tick
}

/// Statuses that no chunk holds yet, always few enough for one.
#[derive(Default)]
struct OpenChunk {
    statuses: [u8; BITS as usize],
    len: u16,
    is_run: bool,
    has_large: bool,
}

impl OpenChunk {
    /// Whether one more still lets all of them stand in one chunk.
    fn fits(&self, status: u8) -> bool {
        self.len < PAIRS
            || self.len < BITS && !self.has_large && status < 2
            || self.len < RUN_MAX && self.is_run && status == self.statuses[0]
    }

    fn push(&mut self, status: u8) {
        self.is_run = self.len == 0 || self.is_run && status == self.statuses[0];
        self.has_large = self.len > 0 && self.has_large || status == 2;
        if let Some(place) = self.statuses.get_mut(usize::from(self.len)) {
            *place = status;
        }
        self.len += 1;
    }

    /// The word of a full chunk, because one more comes that does not fit; what it can't hold stays open.
    fn close(&mut self) -> u16 {
        if self.is_run || self.len == BITS {
            return self.finish();
        }
        let held = usize::from(PAIRS);
        let (statuses, len) = (self.statuses, usize::from(self.len));
        *self = OpenChunk::default();
        for &status in &statuses[held..len] {
            self.push(status);
        }
        pairs(&statuses[..held])
    }

    /// The word for all statuses.
    fn finish(&mut self) -> u16 {
        let len = std::mem::take(&mut self.len);
        let statuses = &self.statuses[..usize::from(len.min(BITS))];
        if self.is_run {
            u16::from(statuses[0]) << 13 | len
        } else if self.has_large {
            pairs(statuses)
        } else {
            bits(statuses)
        }
    }
}

/// A chunk of at most fourteen statuses that are 0 or 1.
fn bits(statuses: &[u8]) -> u16 {
    (0..BITS)
        .rev()
        .zip(statuses)
        .fold(0b10 << 14, |word, (place, &status)| {
            word | u16::from(status) << place
        })
}

/// A chunk of at most seven statuses.
fn pairs(statuses: &[u8]) -> u16 {
    (0..PAIRS)
        .rev()
        .zip(statuses)
        .fold(0b11 << 14, |word, (place, &status)| {
            word | u16::from(status) << (2 * place)
        })
}
