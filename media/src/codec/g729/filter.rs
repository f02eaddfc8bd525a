//! The filters: the predictor of the spectrum, forwards and backwards, and the second-order ones at both ends.

use super::{ORDER, SUBFRAME};

/// A(z) = 1 + a₁z⁻¹ + … + a₁₀z⁻¹⁰, by its coefficients from a₁ on. ITU-T G.729 §3.2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Predictor(pub(super) [f32; ORDER]);

impl Predictor {
    /// A(z/γ): wider formants. §3.3.
    pub(super) fn widened(&self, gamma: f32) -> Predictor {
        let mut power = 1.0;
        Predictor(self.0.map(|a| {
            power *= gamma;
            a * power
        }))
    }

    /// What prediction leaves of a subframe; `signal` begins [`ORDER`] samples before it.
    pub(super) fn residual(&self, signal: &[f32; ORDER + SUBFRAME]) -> [f32; SUBFRAME] {
        let mut residual: [f32; SUBFRAME] = std::array::from_fn(|n| signal[ORDER + n]);
        for (back, a) in (1..).zip(self.0) {
            for (residual, past) in residual.iter_mut().zip(&signal[ORDER - back..]) {
                *residual += a * past;
            }
        }
        residual
    }

    /// What 1/A(z) gives for a subframe, after the outputs in `memory`, which go on to this one's.
    pub(super) fn synthesis(
        &self,
        memory: &mut [f32; ORDER],
        input: &[f32; SUBFRAME],
    ) -> [f32; SUBFRAME] {
        // Each output is taken at once from the ten that follow it, which is faster than to sum up ten for each.
        let mut line = [0.0; ORDER + SUBFRAME + ORDER];
        line[ORDER..ORDER + SUBFRAME].copy_from_slice(input);
        for n in 0..ORDER + SUBFRAME {
            let output = if n < ORDER {
                memory[n]
            } else {
                // Not even a stream of random bits rings beyond what sixteen bits hold.
                line[n].clamp(-LIMIT, LIMIT)
            };
            line[n] = output;
            for (later, a) in line[n + 1..].iter_mut().zip(self.0) {
                *later -= a * output;
            }
        }
        memory.copy_from_slice(&line[SUBFRAME..][..ORDER]);
        std::array::from_fn(|n| line[ORDER + n])
    }
}

/// Bound of samples and of the excitation: full scale of the Recommendation's sixteen bits.
pub(super) const LIMIT: f32 = 32_768.0;

/// Sum of the products of both, as far as the shorter goes.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let len = a.len().min(b.len());
    let (a, a_rest) = a[..len].as_chunks::<8>();
    let (b, b_rest) = b[..len].as_chunks::<8>();
    // Eight sums beside each other, whatever the machine's vectors are: the order of additions is part of the result.
    let mut lanes = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    for ((lane, a), b) in lanes.iter_mut().zip(a_rest).zip(b_rest) {
        *lane += a * b;
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// Sum of the squares.
pub(super) fn energy(a: &[f32]) -> f32 {
    dot(a, a)
}

/// The first subframe of `input` through a filter with this impulse response.
pub(super) fn convolve(input: &[f32; SUBFRAME], response: &[f32; SUBFRAME]) -> [f32; SUBFRAME] {
    let mut output = [0.0; SUBFRAME];
    for (n, &input) in input.iter().enumerate() {
        if input != 0.0 {
            for (output, &response) in output[n..].iter_mut().zip(response) {
                *output += input * response;
            }
        }
    }
    output
}

/// The same backwards in time: how much a unit pulse at each place has in common with `target` behind the filter.
pub(super) fn correlate(target: &[f32; SUBFRAME], response: &[f32; SUBFRAME]) -> [f32; SUBFRAME] {
    std::array::from_fn(|n| dot(&target[n..], response))
}

/// A high-pass filter of second order, with a gain.
#[derive(Clone, Debug)]
pub(super) struct HighPass {
    forward: [f32; 3],
    feedback: [f32; 2],
    inputs: [f32; 2],
    outputs: [f32; 2],
}

impl HighPass {
    /// Before the encoder: from 140 Hz, and half the amplitude. §3.1.
    pub(super) fn before_encoder() -> HighPass {
        HighPass {
            forward: [0.463_637_18, -0.927_247_05, 0.463_637_18],
            feedback: [1.905_946_5, -0.911_402_4],
            inputs: [0.0; 2],
            outputs: [0.0; 2],
        }
    }

    /// Behind the decoder: from 100 Hz; [`GAIN`](HighPass::GAIN) is the caller's. §4.2.5.
    pub(super) fn behind_decoder() -> HighPass {
        HighPass {
            forward: [0.939_805_8, -1.879_583_4, 0.939_805_8],
            feedback: [1.933_073_5, -0.935_892],
            inputs: [0.0; 2],
            outputs: [0.0; 2],
        }
    }

    /// What makes up for the half amplitude before the encoder.
    pub(super) const GAIN: f32 = 2.0;

    pub(super) fn pass(&mut self, input: f32) -> f32 {
        let [b0, b1, b2] = self.forward;
        let [a1, a2] = self.feedback;
        let [x1, x2] = self.inputs;
        let [y1, y2] = self.outputs;
        let output = b0 * input + b1 * x1 + b2 * x2 + a1 * y1 + a2 * y2;
        // In silence the tail must end: numbers near nought are slow.
        let output = if output.abs() < 1e-9 { 0.0 } else { output };
        self.inputs = [input, x1];
        self.outputs = [output, y1];
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn residual_and_synthesis_undo_each_other_across_subframes() {
        let predictor = Predictor([-1.2, 0.5, 0.1, -0.05, 0.02, 0.0, 0.0, 0.03, -0.02, 0.01]);
        let signal: [f32; ORDER + 2 * SUBFRAME] = std::array::from_fn(|n| {
            let seen = n.saturating_sub(ORDER);
            if n < ORDER {
                0.0
            } else {
                (seen * seen * 37 % 501) as f32
            }
        });
        let mut memory = [0.0; ORDER];
        for start in [0, SUBFRAME] {
            let line: [f32; ORDER + SUBFRAME] = std::array::from_fn(|n| signal[start + n]);
            let again = predictor.synthesis(&mut memory, &predictor.residual(&line));
            for (n, sample) in again.iter().enumerate() {
                assert!(
                    (sample - line[ORDER + n]).abs() < 0.01,
                    "{start} {n}: {sample}"
                );
            }
        }
    }

    #[test]
    fn a_filter_that_would_ring_for_ever_is_bounded() {
        let predictor = Predictor([-2.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let mut memory = [0.0; ORDER];
        for _ in 0..3 {
            let output = predictor.synthesis(&mut memory, &[1.0; SUBFRAME]);
            assert!(output.iter().all(|sample| sample.abs() <= LIMIT));
        }
    }
}
