//! Figures of the Recommendation: ITU-T G.729 (06/2012), the tables of §3.2.1, §3.2.4, §3.7.1 and §3.9.2.

mod excitation;
mod spectrum;

pub(super) use excitation::{FIRST_GAINS, INTERPOLATION, LAG_WINDOW, SECOND_GAINS};
pub(super) use spectrum::{FIRST_STAGE, PREDICTION, SECOND_STAGE};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_rise_in_every_vector() {
        for vector in FIRST_STAGE.chunks(10) {
            assert!(vector.is_sorted_by(|a, b| a < b), "{vector:?}");
            // 13 bits behind the point: π is 25736.
            assert!(vector[0] > 0 && vector[9] < 25_736, "{vector:?}");
        }
        assert_eq!(SECOND_STAGE.len(), 32 * 10);
        let sum: i32 = SECOND_STAGE.iter().map(|&x| i32::from(x)).sum();
        assert!(sum.abs() < 100 * 320, "corrections go both ways: {sum}");
    }

    #[test]
    fn prediction_leaves_something_of_every_frequency() {
        for predictor in PREDICTION.chunks(40) {
            for frequency in 0..10 {
                let weights = predictor.iter().skip(frequency).step_by(10);
                let sum: i32 = weights.map(|&weight| i32::from(weight)).sum();
                assert!((12_000..26_000).contains(&sum), "{sum}");
            }
        }
    }

    #[test]
    fn interpolation_keeps_the_level_at_every_third() {
        for third in 0..3 {
            let taps = (-30_i32..30).filter(|tap| tap.rem_euclid(3) == third);
            let sum: i32 = taps
                .map(|tap| i32::from(INTERPOLATION[tap.unsigned_abs() as usize]))
                .sum();
            assert!((sum - 32_768).abs() < 600, "{sum}");
        }
    }

    #[test]
    fn gains_are_positive_in_sum_and_the_window_falls() {
        for first in FIRST_GAINS {
            for second in SECOND_GAINS {
                assert!(first[0] > 0 && second[0] > 0);
                assert!(i32::from(first[1]) + i32::from(second[1]) > 1_500);
            }
        }
        assert!(LAG_WINDOW.is_sorted_by(|a, b| a > b));
    }
}
