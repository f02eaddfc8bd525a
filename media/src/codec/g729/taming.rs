//! How far a disturbed decoder could be off: a pitch gain above one would let its error grow for ever. ITU-T G.729 §3.9.
//!
//! The encoder follows the worst that an error of one could have become, a value for each of the last subframes.

use super::SUBFRAME;
use super::lag::Lag;

/// Subframes that the longest lag reaches back.
const SUBFRAMES: usize = 4;
/// Growth from which on the pitch gain is held below one.
const GROWTH_MAX: f32 = 60_000.0;
/// The pitch gain then.
const TAMED: f32 = 0.94;
/// Samples around a place that its interpolation takes in.
const REACH: usize = 10;

/// Bounds of the error, newest subframe first.
#[derive(Clone, Debug)]
pub(super) struct Taming {
    errors: [f32; SUBFRAMES],
}

impl Taming {
    pub(super) fn new() -> Taming {
        Taming {
            errors: [1.0; SUBFRAMES],
        }
    }

    /// The greatest gain that this lag may be used with.
    pub(super) fn pitch_max(&self, lag: Lag) -> f32 {
        if self.worst(lag) > GROWTH_MAX {
            TAMED
        } else {
            f32::INFINITY
        }
    }

    /// Follows what a subframe does.
    pub(super) fn follow(&mut self, lag: Lag, pitch_gain: f32) {
        let mut error = 1.0 + pitch_gain * self.worst(lag);
        if lag.samples < SUBFRAME {
            // The subframe repeats itself.
            error = error.max(1.0 + pitch_gain * error);
        }
        self.errors.rotate_right(1);
        self.errors[0] = error;
    }

    /// The worst error in the part of the past that the lag takes in.
    fn worst(&self, lag: Lag) -> f32 {
        let newest = lag.samples.saturating_sub(SUBFRAME + REACH) / SUBFRAME;
        let oldest = ((lag.samples + REACH) / SUBFRAME).min(SUBFRAMES - 1);
        let range = newest..=oldest;
        self.errors[range].iter().copied().fold(0.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gains_above_one_are_tamed_in_time_and_small_ones_free_again() {
        let mut taming = Taming::new();
        let lag = Lag::whole(30);
        let subframes = (0..200).find(|_| {
            taming.follow(lag, 1.2);
            taming.pitch_max(lag) < 1.0
        });
        assert!((10..60).contains(&subframes.unwrap()), "{subframes:?}");
        for _ in 0..20 {
            taming.follow(lag, 0.5);
        }
        assert_eq!(taming.pitch_max(lag), f32::INFINITY);
    }
}
