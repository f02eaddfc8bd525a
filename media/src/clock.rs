//! Clocks of a media stream: RTP timestamps from time, NTP time for reports, and numbers unwrapped past their width.
//!
//! RFC 3550 §4 (NTP time), §5.1 (timestamps), appendix A.1 (extended sequence numbers).

use std::time::Duration;

/// Nanoseconds in a second.
const NANOS: u128 = 1_000_000_000;

/// A time in units of a stream's clock rate, unwrapped, so that it only grows.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MediaTime(
    /// Ticks.
    pub u64,
);

/// Units of a clock that fit in `time`, rounded down.
#[inline]
pub fn ticks(time: Duration, rate_hz: u32) -> u64 {
    // Whole seconds apart keep the product within 64 bits for centuries.
    time.as_secs() * u64::from(rate_hz)
        + u64::from(time.subsec_nanos()) * u64::from(rate_hz) / 1_000_000_000
}

/// Time that `ticks` units of a clock take.
#[inline]
pub fn duration(ticks: u64, rate_hz: u32) -> Duration {
    let rate = u64::from(rate_hz);
    Duration::new(ticks / rate, ((ticks % rate) * 1_000_000_000 / rate) as u32)
}

/// NTP timestamp: seconds in the upper, fraction in the lower 32 bits.
///
/// Reports here count from the start of the host's clock, which RFC 3550 §4 allows: only differences are used.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NtpTime(
    /// The 64 bits as they stand on the wire.
    pub u64,
);

impl NtpTime {
    /// The timestamp of a moment on the host's clock.
    pub fn at(now: Duration) -> NtpTime {
        let fraction = (u64::from(now.subsec_nanos()) << 32) / 1_000_000_000;
        NtpTime(now.as_secs() << 32 | fraction)
    }

    /// The middle 32 bits, in units of 1/65536 s. RFC 3550 §6.4.1, LSR.
    pub fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

/// Time in units of 1/65536 s, as DLSR has it; saturates after 18 hours.
pub fn to_short_ntp(time: Duration) -> u32 {
    u32::try_from(time.as_nanos() * 65_536 / NANOS).unwrap_or(u32::MAX)
}

/// Time from units of 1/65536 s.
pub fn from_short_ntp(units: u32) -> Duration {
    Duration::from_nanos(u64::from(units) * 1_000_000_000 / 65_536)
}

/// Numbers of a fixed width made to grow for ever: each is read as the one nearest to the highest before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwrapper {
    highest: Option<u64>,
}

impl Unwrapper {
    /// One whose highest value so far is this.
    pub fn from_highest(highest: u64) -> Unwrapper {
        Unwrapper {
            highest: Some(highest),
        }
    }

    /// Unwraps a sequence number.
    #[inline]
    pub fn sequence(&mut self, number: u16) -> u64 {
        let value = self.peek_sequence(number);
        self.highest = Some(self.highest.map_or(value, |highest| highest.max(value)));
        value
    }

    /// What [`Unwrapper::sequence`] would give.
    #[inline]
    pub fn peek_sequence(&self, number: u16) -> u64 {
        match self.highest {
            // One turn in reserve, so that what was sent before the first packet has a number too.
            None => 1 << 16 | u64::from(number),
            Some(highest) => {
                highest.wrapping_add_signed(i64::from(number.wrapping_sub(highest as u16) as i16))
            }
        }
    }

    /// Unwraps a timestamp.
    #[inline]
    pub fn timestamp(&mut self, number: u32) -> MediaTime {
        let value = match self.highest {
            None => 1 << 32 | u64::from(number),
            Some(highest) => {
                highest.wrapping_add_signed(i64::from(number.wrapping_sub(highest as u32) as i32))
            }
        };
        self.highest = Some(self.highest.map_or(value, |highest| highest.max(value)));
        MediaTime(value)
    }

    /// Highest value so far.
    pub fn highest(&self) -> Option<u64> {
        self.highest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_grow_across_wraps_in_both_directions() {
        let mut unwrapper = Unwrapper::default();
        assert_eq!(unwrapper.sequence(0xfffe), 0x1_fffe);
        assert_eq!(unwrapper.sequence(1), 0x2_0001);
        assert_eq!(unwrapper.sequence(0xffff), 0x1_ffff);
        assert_eq!(unwrapper.highest(), Some(0x2_0001));
        let mut unwrapper = Unwrapper::default();
        assert_eq!(unwrapper.timestamp(3), MediaTime(1 << 32 | 3));
        assert_eq!(unwrapper.timestamp(u32::MAX), MediaTime((1 << 32) - 1));
        assert_eq!(unwrapper.timestamp(0x7000_0000), MediaTime(0x1_7000_0000));
        assert_eq!(unwrapper.timestamp(0xe000_0000), MediaTime(0x1_e000_0000));
        assert_eq!(unwrapper.timestamp(5), MediaTime(0x2_0000_0005));
    }

    #[test]
    fn times_convert_without_drift() {
        let day = Duration::from_secs(86_400) + Duration::from_millis(20);
        assert_eq!(ticks(day, 8_000), 86_400 * 8_000 + 160);
        assert_eq!(duration(86_400 * 8_000 + 160, 8_000), day);
        assert_eq!(NtpTime::at(Duration::from_millis(1_500)).0, 0x1_8000_0000);
        assert_eq!(NtpTime::at(Duration::from_millis(1_500)).middle(), 0x1_8000);
        assert_eq!(to_short_ntp(Duration::from_millis(500)), 0x8000);
        assert_eq!(from_short_ntp(0x8000), Duration::from_millis(500));
    }
}
