//! The adaptive predictor: two poles and six zeros, moved by signs alone. ITU-T G.722 §3.6, §6.2.1.4 (block 4).

use super::saturate;

const ZEROS: usize = 6;

/// What is expected of the next sample, and how the expectation learns.
#[derive(Clone, Debug, Default)]
pub(super) struct Predictor {
    /// Expected sample (S) and the zeros' share of it (SZ).
    prediction: i32,
    zeros_part: i32,
    /// Pole coefficients (AL1, AL2), 14 bits behind the point.
    poles: [i32; 2],
    /// Zero coefficients (BL1 to BL6), 14 bits behind the point.
    zeros: [i32; ZEROS],
    /// Last reconstructed sample (RLT1).
    reconstructed: i32,
    /// Last partly reconstructed samples (PLT1, PLT2).
    partial: [i32; 2],
    /// Last quantised errors (DLT1 to DLT6).
    errors: [i32; ZEROS],
}

impl Predictor {
    pub(super) fn prediction(&self) -> i32 {
        self.prediction
    }

    /// Learns from the error that both sides know.
    pub(super) fn update(&mut self, error: i32) {
        // RECONS, PARREC.
        let reconstructed = saturate(self.prediction + error);
        let partial = saturate(self.zeros_part + error);
        self.move_poles(partial);
        self.move_zeros(error);
        self.partial = [partial, self.partial[0]];
        // FILTEP.
        let poles_part = saturate(
            product(self.poles[0], saturate(2 * reconstructed))
                + product(self.poles[1], saturate(2 * self.reconstructed)),
        );
        self.reconstructed = reconstructed;
        // FILTEZ.
        self.zeros_part = self
            .zeros
            .iter()
            .zip(&self.errors)
            .rev()
            .fold(0, |sum, (&zero, &error)| {
                saturate(sum + product(zero, saturate(2 * error)))
            });
        // PREDIC.
        self.prediction = saturate(poles_part + self.zeros_part);
    }

    fn move_poles(&mut self, partial: i32) {
        let [first, second] = self.poles;
        let alike = |earlier: i32| (partial ^ earlier) >= 0;
        // UPPOL2.
        let pull = saturate(4 * first);
        let pull = if alike(self.partial[0]) {
            saturate(-pull)
        } else {
            pull
        };
        let step = if alike(self.partial[1]) { 128 } else { -128 };
        let second = (step + (pull >> 7) + product(second, 32_512)).clamp(-12_288, 12_288);
        // UPPOL1, whose bound keeps the filter stable.
        let step = if alike(self.partial[0]) { 192 } else { -192 };
        let bound = 15_360 - second;
        let first = (step + product(first, 32_640)).clamp(-bound, bound);
        self.poles = [first, second];
    }

    /// UPZERO, and DELAYA for the errors.
    fn move_zeros(&mut self, error: i32) {
        let step = if error == 0 { 0 } else { 128 };
        for (zero, &earlier) in self.zeros.iter_mut().zip(&self.errors) {
            let step = if (error ^ earlier) < 0 { -step } else { step };
            *zero = saturate(product(*zero, 32_640) + step);
        }
        self.errors.copy_within(..ZEROS - 1, 1);
        self.errors[0] = error;
    }
}

/// A product with 15 bits behind the point.
#[inline]
fn product(a: i32, b: i32) -> i32 {
    (a * b) >> 15
}
