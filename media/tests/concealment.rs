//! What is heard in place of lost packets is better than repetition, by the measure and in the buffer of `plc_quality`.

#[path = "../examples/plc_quality/trial.rs"]
mod trial;

use media::Talker;
use trial::{LOSSES, Scores, score};

#[test]
fn concealment_is_better_than_the_best_repetition_at_any_loss() {
    for loss in LOSSES {
        let mut sum = Scores::default();
        for seed in 7_001..7_003 {
            for talker in Talker::ALL {
                score(&mut sum, loss, 0, talker, seed);
            }
        }
        let (name, gain, wanted) = (loss.name, sum.gain(), loss.wanted);
        assert!(sum.mean(sum.unharmed) > 4.2, "{name}: {sum:?}");
        assert!(gain >= loss.floor, "{name}: {gain:+.3}, {wanted:+} wanted");
        assert!(sum.bound > sum.by_method[4], "{name}: {sum:?}");
    }
}
