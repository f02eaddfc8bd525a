//! Generic NACK: the sequence numbers that are missing, each entry a number and a mask of the sixteen after it.
//!
//! RFC 4585 §6.2.1.

use super::feedback::{NACK, TRANSPORT_FEEDBACK};
use super::{CompoundWriter, RtcpError};
use crate::rtp::Ssrc;

/// Numbers after the first of an entry that its mask can name.
const MASK_BITS: u16 = 16;

/// The packets of one source that are asked for again.
#[derive(Clone, Copy, Debug)]
pub struct Nack<'a> {
    entries: &'a [u8],
}

impl<'a> Nack<'a> {
    pub(super) fn new(control: &'a [u8]) -> Nack<'a> {
        Nack { entries: control }
    }

    /// The missing sequence numbers in the order of the entries; at most 17 an entry.
    pub fn sequences(&self) -> impl Iterator<Item = u16> + use<'a> {
        self.entries.chunks_exact(4).flat_map(|entry| {
            let first = u16::from_be_bytes([entry[0], entry[1]]);
            let mask = u16::from_be_bytes([entry[2], entry[3]]);
            // The first number itself is bit 0 of a mask of seventeen.
            let mut named = u32::from(mask) << 1 | 1;
            std::iter::from_fn(move || {
                (named != 0).then(|| {
                    let step = named.trailing_zeros();
                    named &= named - 1;
                    first.wrapping_add(step as u16)
                })
            })
        })
    }
}

impl CompoundWriter<'_> {
    /// Asks `media` for packets again; numbers in ascending order (around the wrap too) take the least room.
    ///
    /// Without numbers nothing is written.
    pub fn nack(
        &mut self,
        sender: Ssrc,
        media: Ssrc,
        sequences: impl Iterator<Item = u16> + Clone,
    ) -> Result<(), RtcpError> {
        let count = Entries::of(sequences.clone()).count();
        if count == 0 {
            return Ok(());
        }
        let control = self.feedback(TRANSPORT_FEEDBACK, NACK, sender, media, 4 * count)?;
        for (octets, (first, mask)) in control.chunks_exact_mut(4).zip(Entries::of(sequences)) {
            octets[..2].copy_from_slice(&first.to_be_bytes());
            octets[2..].copy_from_slice(&mask.to_be_bytes());
        }
        Ok(())
    }
}

/// Gathers numbers into entries of a first number and a mask.
struct Entries<I> {
    sequences: I,
    next: Option<u16>,
}

impl<I: Iterator<Item = u16>> Entries<I> {
    fn of(mut sequences: I) -> Entries<I> {
        let next = sequences.next();
        Entries { sequences, next }
    }
}

impl<I: Iterator<Item = u16>> Iterator for Entries<I> {
    type Item = (u16, u16);

    fn next(&mut self) -> Option<(u16, u16)> {
        let first = self.next.take()?;
        let mut mask = 0;
        for sequence in self.sequences.by_ref() {
            match sequence.wrapping_sub(first) {
                0 => {}
                step @ 1..=MASK_BITS => mask |= 1 << (step - 1),
                _ => {
                    self.next = Some(sequence);
                    break;
                }
            }
        }
        Some((first, mask))
    }
}
