//! Linear prediction: the filter that best predicts 30 ms of speech. ITU-T G.729 §3.2.1 and §3.2.2.

use std::f32::consts::PI;

use super::elementary::cosine;
use super::filter::{Predictor, dot};
use super::tables::LAG_WINDOW;
use super::{LOOK_BACK, ORDER};

/// Samples of a window: 15 ms that were, the frame, and 5 ms that are to come.
pub(super) const WINDOW_LEN: usize = 240;
/// Samples on which the window rises.
const RISE: usize = LOOK_BACK + 80;

/// Half of a Hamming window and then a quarter of a cosine. §3.2.1 (3).
static WINDOW: [f32; WINDOW_LEN] = {
    let mut window = [0.0; WINDOW_LEN];
    let mut n = 0;
    while n < WINDOW_LEN {
        window[n] = if n < RISE {
            0.54 - 0.46 * cosine(2.0 * PI * n as f32 / (2 * RISE - 1) as f32)
        } else {
            cosine(2.0 * PI * (n - RISE) as f32 / (4 * (WINDOW_LEN - RISE) - 1) as f32)
        };
        n += 1;
    }
    window
};

/// The predictor of the speech in a window.
pub(super) fn predictor_of(speech: &[f32; WINDOW_LEN]) -> Predictor {
    let windowed: [f32; WINDOW_LEN] = std::array::from_fn(|n| speech[n] * WINDOW[n]);
    let mut correlation = [0.0; ORDER + 1];
    // Silence is as a noise that nobody hears.
    correlation[0] = dot(&windowed, &windowed).max(1.0);
    for (lag, weight) in (1..).zip(LAG_WINDOW) {
        correlation[lag] = dot(&windowed[lag..], &windowed) * f32::from(weight) / 32_768.0;
    }
    levinson_durbin(&correlation)
}

/// §3.2.2. Where rounding ends the recursion early, the rest of the coefficients is nought.
fn levinson_durbin(correlation: &[f32; ORDER + 1]) -> Predictor {
    let mut a = [0.0; ORDER];
    let mut error = correlation[0];
    for i in 0..ORDER {
        let sum: f32 = (0..i).map(|j| a[j] * correlation[i - j]).sum();
        let reflection = -(correlation[i + 1] + sum) / error;
        if reflection.abs() >= 1.0 {
            break;
        }
        let before = a;
        for j in 0..i {
            a[j] += reflection * before[i - 1 - j];
        }
        a[i] = reflection;
        error *= 1.0 - reflection * reflection;
    }
    Predictor(a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_rises_and_falls() {
        assert!((WINDOW[0] - 0.08).abs() < 1e-6);
        assert!((WINDOW[199] - 1.0).abs() < 1e-4 && (WINDOW[200] - 1.0).abs() < 1e-6);
        assert!((WINDOW[239] - 0.029_6).abs() < 1e-3, "{}", WINDOW[239]);
    }

    #[test]
    fn a_decaying_echo_is_predicted() {
        // x(n) = 0.9 x(n - 1) + noise.
        let (mut state, mut x) = (1_u32, 0.0);
        let speech = std::array::from_fn(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            x = 0.9 * x + f32::from((state >> 16) as i16) / 32.0;
            x
        });
        let a = predictor_of(&speech).0;
        assert!((a[0] + 0.9).abs() < 0.15, "{a:?}");
        assert!(predictor_of(&[0.0; WINDOW_LEN]).0.iter().all(|&a| a == 0.0));
    }
}
