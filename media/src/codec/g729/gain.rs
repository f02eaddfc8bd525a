//! Gains of both codebooks, the fixed one's against what four subframes predict. ITU-T G.729 §3.9.

use super::SUBFRAME;
use super::elementary::{decibels, ratio};
use super::filter::{dot, energy};
use super::tables::{FIRST_GAINS, SECOND_GAINS};

/// Weights of the last subframes, newest first. §3.9.1.
const PREDICTION: [f32; 4] = [0.68, 0.58, 0.34, 0.19];
/// Mean of the fixed part's power, dB.
const MEAN_DB: f32 = 30.0;
/// Error of prediction that streams begin with, and the least that lost frames lead to.
const QUIET_DB: f32 = -14.0;

/// Gain of the adaptive and of the fixed codebook.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Gains {
    pub(super) pitch: f32,
    pub(super) fixed: f32,
}

/// What both sides know of the gains to come.
#[derive(Clone, Debug)]
pub(super) struct GainCoder {
    /// Errors of the prediction, newest first, dB.
    past: [f32; 4],
}

/// A subframe before its gains: the target, and both vectors behind the filter.
pub(super) struct Parts<'a> {
    pub(super) target: &'a [f32; SUBFRAME],
    pub(super) adaptive: &'a [f32; SUBFRAME],
    pub(super) fixed: &'a [f32; SUBFRAME],
}

impl GainCoder {
    pub(super) fn new() -> GainCoder {
        GainCoder {
            past: [QUIET_DB; 4],
        }
    }

    /// The gains that were sent for this vector of the fixed codebook.
    pub(super) fn decode(&mut self, sent: [u8; 2], vector: &[f32; SUBFRAME]) -> Gains {
        let predicted = self.predict(vector);
        let (pitch, factor) = entry(sent);
        self.remember(decibels(factor));
        Gains {
            pitch,
            fixed: predicted * factor,
        }
    }

    /// Finds the gains that come nearest to the target, with a pitch gain up to a bound; gives what to send.
    pub(super) fn encode(
        &mut self,
        parts: &Parts<'_>,
        vector: &[f32; SUBFRAME],
        pitch_max: f32,
    ) -> ([u8; 2], Gains) {
        let predicted = self.predict(vector);
        let (adaptive, fixed) = (energy(parts.adaptive), energy(parts.fixed));
        let target = dot(parts.target, parts.adaptive);
        let target_fixed = dot(parts.target, parts.fixed);
        let both = dot(parts.adaptive, parts.fixed);
        let mut best = (f32::INFINITY, [0, 0]);
        for first in 0..FIRST_GAINS.len() as u8 {
            for second in 0..SECOND_GAINS.len() as u8 {
                let (pitch, factor) = entry([first, second]);
                let gain = predicted * factor;
                // §3.9 (63), without the target's own energy.
                let error = pitch * (pitch * adaptive - 2.0 * target)
                    + gain * (gain * fixed - 2.0 * target_fixed)
                    + 2.0 * pitch * gain * both;
                if error < best.0 && pitch < pitch_max {
                    best = (error, [first, second]);
                }
            }
        }
        (best.1, self.decode(best.1, vector))
    }

    /// A frame was lost: what it would have said is taken to be less than the mean. §4.4.3.
    pub(super) fn lose(&mut self) {
        let mean = self.past.iter().sum::<f32>() / 4.0;
        self.remember((mean - 4.0).max(QUIET_DB));
    }

    /// The gain that is expected for a vector. §3.9.1 (66) to (71).
    fn predict(&self, vector: &[f32; SUBFRAME]) -> f32 {
        let power = energy(vector) / SUBFRAME as f32;
        ratio(MEAN_DB + dot(&self.past, &PREDICTION)) / power.sqrt()
    }

    fn remember(&mut self, error_db: f32) {
        self.past.rotate_right(1);
        self.past[0] = error_db;
    }
}

/// The gain of the adaptive codebook, and the factor on the predicted gain of the fixed one. §3.9.2 (73), (74).
fn entry([first, second]: [u8; 2]) -> (f32, f32) {
    let [first, second] = [
        FIRST_GAINS[usize::from(first & 7)],
        SECOND_GAINS[usize::from(second & 15)],
    ];
    let sum = |i: usize| f32::from(first[i]) + f32::from(second[i]);
    (sum(0) / 16_384.0, sum(1) / 8_192.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_what_is_decoded_and_near_the_target() {
        let vector: [f32; SUBFRAME] = std::array::from_fn(|n| f32::from(u8::from(n % 10 == 3)));
        let adaptive = std::array::from_fn(|n| if n % 4 < 2 { 60.0 } else { -60.0 });
        let (mut here, mut there) = (GainCoder::new(), GainCoder::new());
        for _ in 0..6 {
            let target = std::array::from_fn(|n| 0.7 * adaptive[n] + 40.0 * vector[n]);
            let parts = Parts {
                target: &target,
                adaptive: &adaptive,
                fixed: &vector,
            };
            let (sent, gains) = here.encode(&parts, &vector, 2.0);
            assert_eq!(there.decode(sent, &vector), gains);
        }
        let gains = here.decode([0, 0], &vector);
        assert!(gains.fixed > 5.0 && gains.fixed < 200.0, "{gains:?}");
        let target = std::array::from_fn(|n| 1.2 * adaptive[n]);
        let parts = Parts {
            target: &target,
            adaptive: &adaptive,
            fixed: &vector,
        };
        let (_, gains) = here.encode(&parts, &vector, 0.94);
        assert!(gains.pitch < 0.94, "{gains:?}");
    }

    #[test]
    fn lost_frames_lower_what_is_expected_down_to_a_bound() {
        let vector: [f32; SUBFRAME] = std::array::from_fn(|n| f32::from(u8::from(n < 4)));
        let mut coder = GainCoder { past: [6.0; 4] };
        let mut expected = coder.predict(&vector);
        for _ in 0..6 {
            coder.lose();
            let next = coder.predict(&vector);
            assert!(next < expected, "{next} {expected}");
            expected = next;
        }
        for _ in 0..20 {
            coder.lose();
        }
        assert_eq!(coder.past, [QUIET_DB; 4]);
    }
}
