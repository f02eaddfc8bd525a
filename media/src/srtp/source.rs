//! What a context knows of each source: how far its sequence has come and which packets were there.
//!
//! RFC 3711 §3.3.1 (index from sequence number), §3.3.2 (replay list); window of words in a ring as in RFC 6479.

use super::{SOURCES_MAX, SrtpError};
use crate::near;
use crate::rtp::Ssrc;

/// Words of the ring; the oldest is being refilled, so that the window is one word shorter.
const WORDS: usize = 16;
/// Packets behind the newest that may still come.
pub(super) const WINDOW: u64 = 64 * (WORDS as u64 - 1);

/// Indices seen of one source.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    /// One more than the highest index; zero before the first packet.
    end: u64,
    seen: [u64; WORDS],
}

impl Window {
    /// One more than the highest index seen: what a counting sender uses next.
    pub(super) fn following(&self) -> u64 {
        self.end
    }

    /// The 48-bit index that a sequence number most likely stands for: the nearest to the highest one seen.
    #[inline]
    pub(super) fn estimate(&self, sequence: u16) -> Result<u64, SrtpError> {
        let Some(highest) = self.end.checked_sub(1) else {
            return Ok(u64::from(sequence));
        };
        let ahead = sequence.wrapping_sub(highest as u16) as i16;
        // RFC 3711 appendix A: half way round counts as ahead from the lower half of the numbers.
        let ahead = if ahead == i16::MIN && highest & 0x8000 == 0 {
            1 << 15
        } else {
            i64::from(ahead)
        };
        let index = highest.checked_add_signed(ahead).ok_or(SrtpError::TooOld)?;
        if index >> 48 == 0 {
            Ok(index)
        } else {
            Err(SrtpError::KeyExhausted)
        }
    }

    /// Whether a packet with this index may be let in.
    #[inline]
    pub(super) fn check(&self, index: u64) -> Result<(), SrtpError> {
        if index >= self.end {
            return Ok(());
        }
        if self.end - index > WINDOW {
            return Err(SrtpError::TooOld);
        }
        let bit = 1 << (index & 63);
        if self.seen[word(index)] & bit == 0 {
            Ok(())
        } else {
            Err(SrtpError::Replayed(index))
        }
    }

    /// Notes a packet that [`Window::check`] let through.
    #[inline]
    fn accept(&mut self, index: u64) {
        if index >= self.end {
            let last = self.end.saturating_sub(1) >> 6;
            let fresh = ((index >> 6) - last).min(WORDS as u64);
            for step in 1..=fresh {
                self.seen[(last + step) as usize % WORDS] = 0;
            }
            self.end = index + 1;
        }
        self.seen[word(index)] |= 1 << (index & 63);
    }
}

#[inline]
fn word(index: u64) -> usize {
    (index >> 6) as usize % WORDS
}

/// Where a source is, or that it is not known.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known {
    At(usize),
    Not,
}

/// A source's name beside its window: whoever looks for one next looks at the other, and both are near.
#[derive(Debug)]
struct Source {
    ssrc: Ssrc,
    window: Window,
}

/// The sources of one context. A table of twice their number is searched from a place that the name decides; most contexts
/// have one source or hear several in turns, which are found without a search.
#[derive(Debug)]
pub(super) struct Sources {
    sources: Vec<Source>,
    /// Numbers of sources, [`FREE`] where there is none; a power of two of them.
    table: Box<[u16]>,
    latest: usize,
    /// The word of the window that the latest source fills, kept here so that its place is known before the window is near.
    filling: usize,
}

/// No source has this number.
const FREE: u16 = u16::MAX;
const _: () = assert!(SOURCES_MAX < FREE as usize);

impl Sources {
    pub(super) fn new() -> Sources {
        Sources {
            sources: Vec::new(),
            table: vec![FREE; 4].into(),
            latest: 0,
            filling: 0,
        }
    }

    #[inline]
    pub(super) fn look_up(&self, ssrc: Ssrc) -> Known {
        // Sources that send at one pace come in turns: the one after the latest is the likeliest of many.
        for likely in [self.latest, self.latest + 1] {
            if self
                .sources
                .get(likely)
                .is_some_and(|source| source.ssrc == ssrc)
            {
                return Known::At(likely);
            }
        }
        // At least half of the table is free, so the search ends.
        let mut slot = self.start(ssrc);
        loop {
            let number = self.table[slot & (self.table.len() - 1)];
            if number == FREE {
                return Known::Not;
            }
            if self.sources[usize::from(number)].ssrc == ssrc {
                return Known::At(usize::from(number));
            }
            slot += 1;
        }
    }

    /// Fetches what the source heard last has next, and reads none of it: that would be to wait for it.
    #[inline]
    pub(super) fn fetch(&self) {
        if let Some(source) = self.sources.get(self.latest) {
            near::fetch(&source.ssrc);
            near::fetch(&source.window.end);
            near::fetch(&source.window.seen[self.filling]);
        }
    }

    /// The place of a source which is now known to be genuine.
    #[inline]
    pub(super) fn admit(&mut self, ssrc: Ssrc, known: Known) -> Result<usize, SrtpError> {
        match known {
            Known::At(place) => Ok(place),
            Known::Not => self.insert(ssrc),
        }
    }

    /// The place of one of our own sources.
    #[inline]
    pub(super) fn find(&mut self, ssrc: Ssrc) -> Result<usize, SrtpError> {
        let known = self.look_up(ssrc);
        self.admit(ssrc, known)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    #[inline]
    pub(super) fn window(&self, place: usize) -> &Window {
        &self.sources[place].window
    }

    #[inline]
    pub(super) fn accept(&mut self, place: usize, index: u64) {
        let window = &mut self.sources[place].window;
        window.accept(index);
        (self.latest, self.filling) = (place, word(window.end));
    }

    #[cold]
    fn insert(&mut self, ssrc: Ssrc) -> Result<usize, SrtpError> {
        let place = self.sources.len();
        if place == SOURCES_MAX {
            return Err(SrtpError::TooManySources);
        }
        self.sources.push(Source {
            ssrc,
            window: Window::default(),
        });
        if 2 * self.sources.len() > self.table.len() {
            self.table = vec![FREE; 2 * self.table.len()].into();
            for place in 0..place {
                self.enter(place);
            }
        }
        self.enter(place);
        Ok(place)
    }

    /// Puts a source into the first free slot from its own on.
    fn enter(&mut self, place: usize) {
        let mut slot = self.start(self.sources[place].ssrc);
        while self.table[slot & (self.table.len() - 1)] != FREE {
            slot += 1;
        }
        self.table[slot & (self.table.len() - 1)] = place as u16;
    }

    /// The upper bits of a product with an odd number: names that differ only in a few bits lie apart.
    #[inline]
    fn start(&self, ssrc: Ssrc) -> usize {
        let mixed = ssrc.0.wrapping_mul(0x9e37_79b1);
        (mixed >> (u32::BITS - self.table.len().trailing_zeros())) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(highest: u64) -> Window {
        let mut window = Window::default();
        window.accept(highest);
        window
    }

    #[test]
    fn index_is_the_nearest_in_both_directions() {
        assert_eq!(Window::default().estimate(0xffff), Ok(0xffff));
        assert_eq!(at(0xffff).estimate(0), Ok(0x1_0000));
        assert_eq!(at(0x1_0000).estimate(0xffff), Ok(0xffff));
        assert_eq!(at(5).estimate(0xffff), Err(SrtpError::TooOld));
        assert_eq!(at(0x2_0001).estimate(0x8001), Ok(0x2_8001));
        assert_eq!(at(0x2_9000).estimate(0x1000), Ok(0x2_1000));
        assert_eq!(at((1 << 48) - 1).estimate(0), Err(SrtpError::KeyExhausted));
    }

    #[test]
    fn each_index_passes_once_within_the_window() {
        let mut window = at(5000);
        for index in (5000 - WINDOW + 1..5000).rev() {
            assert_eq!(window.check(index), Ok(()));
            window.accept(index);
            assert_eq!(window.check(index), Err(SrtpError::Replayed(index)));
        }
        assert_eq!(window.check(5000 - WINDOW), Err(SrtpError::TooOld));
        window.accept(5000 + 10 * WINDOW);
        assert_eq!(window.check(5000 + 10 * WINDOW - 1), Ok(()));
        assert_eq!(window.check(5000), Err(SrtpError::TooOld));
    }

    #[test]
    fn the_table_is_bounded() {
        let mut sources = Sources::new();
        for number in 0..SOURCES_MAX as u32 {
            assert!(sources.find(Ssrc(number * 7)).is_ok());
        }
        assert_eq!(sources.find(Ssrc(1)), Err(SrtpError::TooManySources));
        assert_eq!(sources.find(Ssrc(7)), Ok(1));
        for number in 0..SOURCES_MAX as u32 {
            assert_eq!(sources.find(Ssrc(number * 7)), Ok(number as usize));
        }
    }
}
