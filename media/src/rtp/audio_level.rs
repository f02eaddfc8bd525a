//! How loud the sound of a packet is, told outside of its (perhaps encrypted) payload.
//!
//! RFC 6464 §3.

/// The level of one packet of audio.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AudioLevel {
    /// Whether the sender believes that somebody speaks.
    pub voice: bool,
    /// Decibels below the loudest, 0..=127: 0 is the loudest, 127 silence.
    pub below_overload_db: u8,
}

impl AudioLevel {
    pub(super) fn read(data: &[u8]) -> Option<AudioLevel> {
        data.first().map(|octet| AudioLevel {
            voice: octet & 0x80 != 0,
            below_overload_db: octet & 0x7f,
        })
    }

    pub(super) fn octets(self) -> [u8; 1] {
        [u8::from(self.voice) << 7 | self.below_overload_db.min(127)]
    }
}
