//! From RTP payloads back to coded pictures: whole ones only, and none that leans on one that is missing.
//!
//! ```text
//!   Whole ──gap──► Broken ──next picture──► Waiting ──key frame──► Whole
//! ```
//!
//! A picture with a missing piece is dropped. Those after it were coded from it, so they are dropped too, until a key frame
//! comes: [`Depacketizer::needs_key_frame`] says that one is to be asked for.
//!
//! RFC 6184 §5.7.1, §5.8 (payloads), §7.1 (order by sequence number, mode 1). Packets must come in order; what comes twice
//! or late is ignored.

use super::{AccessUnit, nal, nal_type};

/// What came of the packets so far.
#[derive(Debug, Eq, PartialEq)]
pub enum Depacketized<'a> {
    /// A whole picture that can be decoded.
    Picture {
        /// It.
        unit: &'a AccessUnit,
        /// Its RTP timestamp.
        timestamp: u32,
    },
    /// A picture that misses a piece, or one that was coded from it.
    Dropped {
        /// Its RTP timestamp.
        timestamp: u32,
    },
}

/// What became of packets and pictures.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct DepacketizerStatistics {
    /// Whole pictures given.
    pub pictures: u64,
    /// Key frames among them.
    pub key_frames: u64,
    /// Pictures dropped because a piece of them was missing or malformed.
    pub broken: u64,
    /// Whole pictures dropped because one that they were coded from was missing.
    pub orphaned: u64,
    /// Payloads that RFC 6184 does not allow in this mode.
    pub malformed: u64,
}

/// Puts the pictures of one stream together.
#[derive(Debug)]
pub struct Depacketizer {
    /// The picture being put together, and the one before it.
    current: Assembly,
    before: Assembly,
    expected: Option<u16>,
    /// Packets are missing before the next that carries something.
    gap: bool,
    /// A key frame must come before anything else can be decoded.
    needs_key_frame: bool,
    statistics: DepacketizerStatistics,
}

#[derive(Debug, Default)]
struct Assembly {
    unit: AccessUnit,
    timestamp: u32,
    /// Packets came for it.
    is_open: bool,
    /// A piece is missing or malformed.
    is_broken: bool,
    /// A NAL unit is there in part.
    in_fragment: bool,
    /// Nothing more comes; it waits to be taken.
    is_over: bool,
}

impl Default for Depacketizer {
    fn default() -> Depacketizer {
        Depacketizer::new()
    }
}

impl Depacketizer {
    /// Waits for the first key frame.
    pub fn new() -> Depacketizer {
        Depacketizer {
            current: Assembly::default(),
            before: Assembly::default(),
            expected: None,
            gap: false,
            needs_key_frame: true,
            statistics: DepacketizerStatistics::default(),
        }
    }

    /// Takes the payload of the next packet; then call [`Depacketizer::poll`] until it gives nothing.
    #[inline]
    pub fn handle(&mut self, sequence: u16, timestamp: u32, marker: bool, payload: &[u8]) {
        self.gap |= match self.expected {
            Some(expected) if sequence.wrapping_sub(expected) >> 15 == 1 => return,
            Some(expected) => expected != sequence,
            // The first packet of all may be any part of a picture.
            None => true,
        };
        self.expected = Some(sequence.wrapping_add(1));
        if payload.is_empty() {
            // Padding alone (a probe of the path's rate) is part of no picture.
            return;
        }
        let after_gap = std::mem::take(&mut self.gap);
        self.place(timestamp, after_gap, payload);
        if !self.current.take(payload) {
            self.current.is_broken = true;
            self.statistics.malformed += 1;
        }
        self.current.is_over = marker;
    }

    /// The next picture that is over, dropped or whole.
    #[inline]
    pub fn poll(&mut self) -> Option<Depacketized<'_>> {
        let assembly = if self.before.is_over {
            &mut self.before
        } else if self.current.is_over {
            &mut self.current
        } else {
            return None;
        };
        (assembly.is_over, assembly.is_open) = (false, false);
        let timestamp = assembly.timestamp;
        if assembly.is_broken || assembly.in_fragment || assembly.unit.is_empty() {
            self.needs_key_frame = true;
            self.statistics.broken += 1;
            return Some(Depacketized::Dropped { timestamp });
        }
        let is_key = assembly.unit.is_key();
        if self.needs_key_frame && !is_key {
            self.statistics.orphaned += 1;
            return Some(Depacketized::Dropped { timestamp });
        }
        self.needs_key_frame = false;
        self.statistics.pictures += 1;
        self.statistics.key_frames += u64::from(is_key);
        let unit = &assembly.unit;
        Some(Depacketized::Picture { unit, timestamp })
    }

    /// Whether nothing can be decoded until a key frame comes.
    pub fn needs_key_frame(&self) -> bool {
        self.needs_key_frame
    }

    /// Has what follows wait for a key frame, as after an error of the decoder.
    pub fn require_key_frame(&mut self) {
        self.needs_key_frame = true;
    }

    /// Forgets the stream, as when another source takes over.
    pub fn reset(&mut self) {
        self.current.begin(0);
        self.current.is_open = false;
        (self.before.is_over, self.current.is_over) = (false, false);
        (self.expected, self.gap, self.needs_key_frame) = (None, false, true);
    }

    /// What became of packets and pictures.
    pub fn statistics(&self) -> DepacketizerStatistics {
        self.statistics
    }

    /// Chooses the picture that a packet is part of, and says what a gap before it spoils.
    #[inline]
    fn place(&mut self, timestamp: u32, after_gap: bool, payload: &[u8]) {
        let is_same = self.current.is_open && self.current.timestamp == timestamp;
        if is_same {
            self.current.is_broken |= after_gap;
            return;
        }
        if self.current.is_open {
            // No marker told its end (RFC 6184 §5.1 lets us not rely on it): the next timestamp does.
            self.current.is_broken |= after_gap;
            self.current.is_over = true;
            std::mem::swap(&mut self.current, &mut self.before);
        }
        // What is lost may be a whole picture that this one was coded from.
        self.needs_key_frame |= after_gap;
        let repeats = self.current_was(timestamp);
        self.current.begin(timestamp);
        self.current.is_broken = repeats || after_gap && !begins(payload);
    }

    /// Whether the picture that ended last has this timestamp: a packet after the marker belongs to nothing.
    #[inline]
    fn current_was(&self, timestamp: u32) -> bool {
        !self.before.is_over
            && !self.current.is_open
            && self.current.timestamp == timestamp
            && !self.current.unit.is_empty()
    }
}

/// Whether a payload is surely the first of its picture. A key frame's slice, parameters of pictures or information may
/// have had sequence parameters before them.
fn begins(payload: &[u8]) -> bool {
    let is_first_slice = |kind, rest: Option<&u8>| {
        // `first_mb_in_slice` is the first element; zero is coded as a one bit.
        kind == nal::SLICE && rest.is_some_and(|octet| octet & 0x80 != 0)
    };
    match payload {
        [first, _, _, kind, rest @ ..] if nal_type(*first) == nal::STAP_A => {
            let kind = nal_type(*kind);
            matches!(kind, nal::SEQUENCE_PARAMETERS | nal::DELIMITER)
                || is_first_slice(kind, rest.first())
        }
        [indicator, header, rest @ ..] if nal_type(*indicator) == nal::FU_A => {
            header & 0x80 != 0 && is_first_slice(nal_type(*header), rest.first())
        }
        [first, rest @ ..] => {
            let kind = nal_type(*first);
            matches!(kind, nal::SEQUENCE_PARAMETERS | nal::DELIMITER)
                || is_first_slice(kind, rest.first())
        }
        [] => false,
    }
}

impl Assembly {
    fn begin(&mut self, timestamp: u32) {
        self.unit.clear();
        self.timestamp = timestamp;
        (self.is_open, self.is_broken) = (true, false);
        (self.in_fragment, self.is_over) = (false, false);
    }

    /// Adds a payload; false if it is malformed or does not continue what is there.
    #[inline]
    fn take(&mut self, payload: &[u8]) -> bool {
        let Some(&first) = payload.first() else {
            return false;
        };
        if self.is_broken {
            // It is dropped anyway: nothing is copied.
            return true;
        }
        match nal_type(first) {
            nal::FU_A => self.take_fragment(payload),
            _ if self.in_fragment => false,
            1..=nal::SINGLE_MAX => self.unit.push(payload),
            nal::STAP_A => self.take_aggregate(&payload[1..]),
            // RFC 6184 table 3: the interleaved ones are of mode 2.
            _ => false,
        }
    }

    #[inline]
    fn take_fragment(&mut self, payload: &[u8]) -> bool {
        let [indicator, header, body @ ..] = payload else {
            return false;
        };
        let (is_first, is_last) = (header & 0x80 != 0, header & 0x40 != 0);
        // RFC 6184 §5.8: never both in one, never empty; only single NAL unit types come in pieces.
        if is_first && is_last || body.is_empty() || is_first == self.in_fragment {
            return false;
        }
        if is_first && !matches!(nal_type(*header), 1..=nal::SINGLE_MAX) {
            return false;
        }
        self.in_fragment = !is_last;
        (!is_first || self.unit.open(indicator & 0xe0 | nal_type(*header)))
            && self.unit.extend(body)
    }

    fn take_aggregate(&mut self, mut rest: &[u8]) -> bool {
        let mut is_first = true;
        while let Some((size, after)) = rest.split_first_chunk() {
            let Some((nal, after)) = after.split_at_checked(usize::from(u16::from_be_bytes(*size)))
            else {
                return false;
            };
            if nal.is_empty()
                || !matches!(nal_type(nal[0]), 1..=nal::SINGLE_MAX)
                || !self.unit.push(nal)
            {
                return false;
            }
            (rest, is_first) = (after, false);
        }
        rest.is_empty() && !is_first
    }
}
