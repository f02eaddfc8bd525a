//! When a packet left, on the sender's clock, modulo 64 s.
//!
//! The WebRTC header extension abs-send-time: 24 bits, 6 of seconds and 18 of their fraction.

use std::time::Duration;

/// Units in a second.
const UNITS_PER_SECOND: u64 = 1 << 18;
const MASK: u32 = 0xff_ffff;

/// A time in units of 2^-18 s, modulo 64 s.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AbsoluteSendTime(
    /// The 24 bits as they stand on the wire.
    pub u32,
);

impl AbsoluteSendTime {
    /// The time of a moment on the host's clock.
    pub fn at(now: Duration) -> AbsoluteSendTime {
        let fraction = u64::from(now.subsec_nanos()) * UNITS_PER_SECOND / 1_000_000_000;
        AbsoluteSendTime((now.as_secs() << 18 | fraction) as u32 & MASK)
    }

    /// Units of 2^-18 s by which this is later than `earlier`, negative if it is before: less than 32 s apart.
    pub fn units_after(self, earlier: AbsoluteSendTime) -> i32 {
        // Shifted to the top of 32 bits, the difference has its sign by itself.
        (self.0.wrapping_sub(earlier.0) << 8) as i32 >> 8
    }

    pub(super) fn read(data: &[u8]) -> Option<AbsoluteSendTime> {
        let &[a, b, c] = data.first_chunk()?;
        Some(AbsoluteSendTime(u32::from_be_bytes([0, a, b, c])))
    }

    pub(super) fn octets(self) -> [u8; 3] {
        let [_, a, b, c] = self.0.to_be_bytes();
        [a, b, c]
    }
}
