//! The encoder: tries what the decoder could say and sends what comes nearest. ITU-T G.729 §3, Annex A §A.3.
//!
//! Nearest is meant behind a weighting filter, under which noise hides near the formants: W(z) = A(z)/A(z/γ), so that speech made
//! from an excitation is 1/A(z/γ) of it, and the target 1/A(z/γ) of what prediction leaves.

use super::adaptive::AdaptiveCodebook;
use super::analysis::{WINDOW_LEN, predictor_of};
use super::bits::{Frame, OCTETS, Subframe};
use super::filter::{HighPass, Predictor, convolve, dot, energy};
use super::fixed::{Pulses, sharpen};
use super::gain::{GainCoder, Parts};
use super::lag::{LAG_MAX, LAG_MIN, Lag};
use super::lsp::{self, Cosines};
use super::open_loop;
use super::spectrum::SpectrumCoder;
use super::taming::Taming;
use super::{FRAME, LOOK_BACK, ORDER, SUBFRAME};

/// γ of the weighting filter. §A.3.3.
const WEIGHTING: f32 = 0.75;
/// Low-pass on top of it for the first guess of the pitch. §A.3.4.
const LOW_PASS: f32 = 0.7;
/// Greatest gain of the adaptive codebook before it is quantised. §3.7.3 (43).
const PITCH_GAIN_MAX: f32 = 1.2;

/// State of one stream.
#[derive(Clone, Debug)]
pub(super) struct Encoder {
    high_pass: HighPass,
    /// Speech of the analysis window: 15 ms that were, the frame, 5 ms to come.
    speech: [f32; WINDOW_LEN],
    /// Pairs of the last frame, as analysed and as the decoder has them.
    analysed: Cosines,
    decoded: Cosines,
    spectrum: SpectrumCoder,
    /// Weighted speech for the first guess, and its filter's outputs.
    weighted: [f32; open_loop::SPAN],
    weighting: [f32; ORDER],
    codebook: AdaptiveCodebook,
    gain_coder: GainCoder,
    taming: Taming,
    /// Quantised pitch gain of the last subframe.
    pitch_gain: f32,
    /// How far the last weighted samples that were sent are off.
    off: [f32; ORDER],
}

/// A subframe's part of what is known before its excitation is sought.
struct Known {
    weighted: Predictor,
    residual: [f32; SUBFRAME],
}

impl Encoder {
    /// §3.10, table 9.
    pub(super) fn new() -> Encoder {
        Encoder {
            high_pass: HighPass::before_encoder(),
            speech: [0.0; WINDOW_LEN],
            analysed: lsp::cosines(&lsp::START),
            decoded: lsp::cosines(&lsp::START),
            spectrum: SpectrumCoder::new(),
            weighted: [0.0; open_loop::SPAN],
            weighting: [0.0; ORDER],
            codebook: AdaptiveCodebook::new(),
            gain_coder: GainCoder::new(),
            taming: Taming::new(),
            pitch_gain: 0.0,
            off: [0.0; ORDER],
        }
    }

    /// Codes 10 ms; what is sent ends 5 ms before the end of the samples.
    pub(super) fn frame(&mut self, samples: &[i16; FRAME]) -> [u8; OCTETS] {
        self.hear(samples);
        let predictor = predictor_of(&self.speech);
        self.analysed = lsp::from_predictor(&predictor).unwrap_or(self.analysed);
        let (spectrum, frequencies) = self.spectrum.encode(&lsp::frequencies(&self.analysed));
        let cosines = lsp::cosines(&frequencies);
        let middle = lsp::between(&self.decoded, &cosines);
        self.decoded = cosines;
        let known = [(0, middle), (1, cosines)].map(|(place, cosines)| self.know(place, &cosines));
        let guess = self.guess_pitch(&known);
        let (first, first_lag) = {
            let from = guess.saturating_sub(3).clamp(LAG_MIN, LAG_MAX - 6);
            self.subframe(&known[0], from..=from + 6, Lag::thirds_at)
        };
        let (second, second_lag) = self.subframe(&known[1], first_lag.second_range(), |_| -1..=1);
        let mut frame = Frame {
            spectrum,
            parity: false,
            subframes: [first, second],
        };
        frame.subframes[0].lag = first_lag.to_first();
        frame.subframes[1].lag = second_lag.to_second(first_lag);
        frame.parity = Frame::parity_of(frame.subframes[0].lag);
        frame.to_octets()
    }

    fn hear(&mut self, samples: &[i16; FRAME]) {
        self.speech.copy_within(FRAME.., 0);
        let newest = &mut self.speech[WINDOW_LEN - FRAME..];
        for (newest, &sample) in newest.iter_mut().zip(samples) {
            *newest = self.high_pass.pass(sample.into());
        }
    }

    fn know(&self, place: usize, cosines: &Cosines) -> Known {
        let predictor = lsp::to_predictor(cosines);
        let start = LOOK_BACK + place * SUBFRAME;
        let line = std::array::from_fn(|n| self.speech[start - ORDER + n]);
        Known {
            weighted: predictor.widened(WEIGHTING),
            residual: predictor.residual(&line),
        }
    }

    /// §A.3.4.
    fn guess_pitch(&mut self, known: &[Known; 2]) -> usize {
        self.weighted.copy_within(FRAME.., 0);
        for (place, known) in known.iter().enumerate() {
            let weighted = &known.weighted.0;
            // A(z/γ) · (1 - 0.7 z⁻¹), without the eleventh coefficient.
            let filter = Predictor(std::array::from_fn(|i| {
                weighted[i] - LOW_PASS * if i == 0 { 1.0 } else { weighted[i - 1] }
            }));
            let weighted = filter.synthesis(&mut self.weighting, &known.residual);
            self.weighted[LAG_MAX + place * SUBFRAME..][..SUBFRAME].copy_from_slice(&weighted);
        }
        open_loop::pitch_of(&self.weighted)
    }

    /// Finds the excitation of a subframe; its lag is given beside what is sent.
    fn subframe(
        &mut self,
        known: &Known,
        lags: std::ops::RangeInclusive<usize>,
        thirds: impl Fn(usize) -> std::ops::RangeInclusive<i32>,
    ) -> (Subframe, Lag) {
        let filter = &known.weighted;
        let target = filter.synthesis(&mut self.off.clone(), &known.residual);
        let mut pulse = [0.0; SUBFRAME];
        pulse[0] = 1.0;
        let mut response = filter.synthesis(&mut [0.0; ORDER], &pulse);
        let (lag, adaptive) = self.codebook.search(lags, thirds, &target, &response);
        let adaptive_heard = convolve(&adaptive, &response);
        let pitch_max = self.taming.pitch_max(lag);
        let gain = (dot(&target, &adaptive_heard) / energy(&adaptive_heard).max(0.01))
            .clamp(0.0, PITCH_GAIN_MAX.min(pitch_max));

        let rest = std::array::from_fn(|n| target[n] - gain * adaptive_heard[n]);
        sharpen(&mut response, lag.samples, self.pitch_gain);
        let pulses = Pulses::search(&rest, &response);
        let mut fixed = pulses.vector();
        let fixed_heard = convolve(&fixed, &response);
        sharpen(&mut fixed, lag.samples, self.pitch_gain);

        let parts = Parts {
            target: &target,
            adaptive: &adaptive_heard,
            fixed: &fixed_heard,
        };
        let (indices, gains) = self.gain_coder.encode(&parts, &fixed, pitch_max);
        self.pitch_gain = gains.pitch;
        self.taming.follow(lag, gains.pitch);
        let mix =
            |a: &[f32; SUBFRAME], f: &[f32; SUBFRAME], n| gains.pitch * a[n] + gains.fixed * f[n];
        self.codebook
            .push(&std::array::from_fn(|n| mix(&adaptive, &fixed, n)));
        self.off = std::array::from_fn(|i| {
            let n = SUBFRAME - ORDER + i;
            target[n] - mix(&adaptive_heard, &fixed_heard, n)
        });
        let (places, signs) = pulses.to_indices();
        let sent = Subframe {
            lag: 0,
            places,
            signs,
            gains: indices,
        };
        (sent, lag)
    }
}
