//! One band: predicts the next sample, codes the error in few bits, and follows the error's size.
//!
//! ITU-T G.722 §6.2, whose block names stand in the comments. Encoder and decoder run the same prediction from the same
//! coded bits, so one type serves both.

mod predictor;
mod tables;

use super::filter_bank::limit;
use predictor::Predictor;
pub(super) use tables::{HIGH, LOW};
use tables::{INVERSE_LOGARITHM, Law};

/// State of one band in one direction.
#[derive(Clone, Debug)]
pub(super) struct Band {
    law: &'static Law,
    predictor: Predictor,
    /// Logarithm of the scale factor (NB), 11 bits behind the point.
    logarithm: i32,
    /// Scale factor (DET).
    scale: i32,
}

impl Band {
    pub(super) fn new(law: &'static Law) -> Band {
        Band {
            law,
            predictor: Predictor::default(),
            logarithm: 0,
            scale: law.first_scale,
        }
    }

    /// Codes a sample of 15 bits.
    pub(super) fn encode(&mut self, sample: i32) -> u8 {
        // SUBTRA; QUANTL, QUANTH.
        let error = saturate(sample - self.predictor.prediction());
        let magnitude = if error < 0 { !error } else { error };
        let interval = self
            .law
            .decisions
            .partition_point(|&decision| magnitude >= (decision * self.scale) >> 12);
        let code = self.law.codes[usize::from(error >= 0)][interval];
        self.adapt(code);
        code
    }

    /// The sample, 15 bits, that a code stands for.
    pub(super) fn decode(&mut self, code: u8) -> i32 {
        // INVQBL, RECONS, LIMIT.
        let error = (self.scale * self.law.outputs[usize::from(code)]) >> 15;
        let sample = limit(saturate(self.predictor.prediction() + error));
        self.adapt(code);
        sample
    }

    /// Follows what both sides know: the code without the bits that a network may steal.
    fn adapt(&mut self, code: u8) {
        let core = usize::from(code) >> self.law.spare_bits;
        // INVQAL, INVQAH.
        let error = (self.scale * self.law.core_outputs[core]) >> 15;
        // LOGSCL, LOGSCH.
        let leaked = (self.logarithm * 127) >> 7;
        self.logarithm = (leaked + self.law.logarithm_steps[core]).clamp(0, self.law.logarithm_max);
        // SCALEL, SCALEH.
        let mantissa = INVERSE_LOGARITHM[(self.logarithm >> 6 & 31) as usize];
        let shift = self.law.scale_shift - (self.logarithm >> 11);
        self.scale = if shift < 0 {
            mantissa << -shift << 2
        } else {
            mantissa >> shift << 2
        };
        self.predictor.update(error);
    }
}

fn saturate(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}
