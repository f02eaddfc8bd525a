//! Gain: how much louder or softer a party is made before it is mixed.

use super::sum::saturate;
use crate::vector::{self, Kernel};

/// A gain in steps of 1/4096, from silence to +18 dB.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Gain(u16);

/// One, in steps.
const UNITY: u16 = 1 << SHIFT;
const SHIFT: u32 = 12;
/// 1 dB in amplitude, 10^(1/20), in 2^-30: gains come out the same on every machine, so no floating point.
const DECIBEL: u64 = 1_204_758_143;
/// 20 · log10(65535 / 4096) is 24 dB, so 18 dB leave room for rounding.
const DB_MAX: i8 = 18;

impl Gain {
    /// Leaves everything as it is.
    pub const UNITY: Gain = Gain(UNITY);
    /// Leaves nothing.
    pub const MUTE: Gain = Gain(0);

    /// So many dB, at most 18; below -72 dB it is silence.
    pub fn from_db(db: i8) -> Gain {
        let mut steps = u64::from(UNITY) << 16;
        for _ in 0..db.clamp(-100, DB_MAX).unsigned_abs() {
            steps = if db > 0 {
                (steps * DECIBEL) >> 30
            } else {
                (steps << 30) / DECIBEL
            };
        }
        Gain(((steps + (1 << 15)) >> 16) as u16)
    }

    /// A gain of so many steps of 1/4096.
    pub(super) fn from_steps(steps: u16) -> Gain {
        Gain(steps)
    }

    /// Makes a frame so much louder; what leaves 16 bits is cut.
    #[inline]
    pub fn apply(self, frame: &mut [i16]) {
        if self != Gain::UNITY {
            vector::run(Amplify {
                frame,
                steps: i32::from(self.0),
            });
        }
    }
}

struct Amplify<'a> {
    frame: &'a mut [i16],
    steps: i32,
}

impl Kernel for Amplify<'_> {
    #[inline(always)]
    fn run(self) {
        // 2^15 · 2^16 fits, with its sign, and so does half a step.
        let amplified = |sample: i16| {
            let half_steps = (i32::from(sample) * self.steps) >> (SHIFT - 1);
            saturate((half_steps + 1) >> 1)
        };
        self.frame
            .iter_mut()
            .for_each(|sample| *sample = amplified(*sample));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_are_what_they_are_said_to_be() {
        for db in -60..=DB_MAX {
            let exact = 10_f64.powf(f64::from(db) / 20.0) * f64::from(UNITY);
            let steps = f64::from(Gain::from_db(db).0);
            assert!((steps - exact).abs() <= 0.6, "{db} dB: {steps} {exact}");
        }
        assert_eq!(Gain::from_db(0), Gain::UNITY);
        assert_eq!(Gain::from_db(127), Gain::from_db(DB_MAX));
        assert_eq!(Gain::from_db(-128), Gain::MUTE);
    }

    #[test]
    fn samples_are_multiplied_rounded_and_cut() {
        let mut frame = [0, 1, -1, 1000, -1000, i16::MAX, i16::MIN];
        Gain::from_steps(2 * UNITY).apply(&mut frame);
        assert_eq!(frame, [0, 2, -2, 2000, -2000, i16::MAX, i16::MIN]);
        let mut frame = [3, -3, 100, i16::MIN, i16::MAX];
        Gain::from_steps(UNITY / 2).apply(&mut frame);
        assert_eq!(frame, [2, -1, 50, -16_384, 16_384]);
        let mut frame = [i16::MIN, i16::MAX];
        Gain::from_steps(u16::MAX).apply(&mut frame);
        assert_eq!(frame, [i16::MIN, i16::MAX]);
        Gain::MUTE.apply(&mut frame);
        assert_eq!(frame, [0, 0]);
    }
}
