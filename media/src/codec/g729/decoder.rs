//! The decoder: excitation through the predictor, through the postfilter. ITU-T G.729 §4, Annex A §A.4.
//!
//! ```text
//! adaptive codebook ─ gain ─┐
//!                           + ─► 1/A(z) ─► postfilter ─► high-pass ─► samples
//! fixed codebook ──── gain ─┘
//! ```

use super::adaptive::AdaptiveCodebook;
use super::bits::{Frame, NOISE_OCTETS, OCTETS};
use super::filter::{HighPass, Predictor};
use super::fixed::{Pulses, sharpen};
use super::gain::{GainCoder, Gains};
use super::lag::{LAG_MAX, Lag};
use super::lsp::{self, Cosines, Frequencies};
use super::noise::{Noise, Random};
use super::postfilter::Postfilter;
use super::spectrum::SpectrumCoder;
use super::{FRAME, ORDER, SUBFRAME};

/// State of one stream.
#[derive(Clone, Debug)]
pub(super) struct Decoder {
    spectrum: SpectrumCoder,
    /// The last frame's predictor of frequencies, its frequencies and their cosines.
    spectrum_predictor: u8,
    frequencies: Frequencies,
    cosines: Cosines,
    codebook: AdaptiveCodebook,
    gain_coder: GainCoder,
    /// The last subframe's.
    gains: Gains,
    /// The last subframe's lag in samples.
    lag: usize,
    synthesis: [f32; ORDER],
    postfilter: Postfilter,
    high_pass: HighPass,
    random: Random,
    /// The noise of a pause that goes on until the next frame.
    noise: Option<Noise>,
}

impl Decoder {
    /// §4.3, table 9.
    pub(super) fn new() -> Decoder {
        Decoder {
            spectrum: SpectrumCoder::new(),
            spectrum_predictor: 0,
            frequencies: lsp::START,
            cosines: lsp::cosines(&lsp::START),
            codebook: AdaptiveCodebook::new(),
            gain_coder: GainCoder::new(),
            gains: Gains::default(),
            lag: 60,
            synthesis: [0.0; ORDER],
            postfilter: Postfilter::new(),
            high_pass: HighPass::behind_decoder(),
            random: Random::new(),
            noise: None,
        }
    }

    /// A frame that came.
    pub(super) fn frame(&mut self, octets: &[u8; OCTETS], samples: &mut [i16; FRAME]) {
        let frame = Frame::from_octets(octets);
        self.noise = None;
        self.spectrum_predictor = frame.spectrum.predictor;
        let frequencies = self.spectrum.decode(frame.spectrum);
        let predictors = self.advance(frequencies);
        self.postfilter.take_voiced();
        let mut first = Lag::from_first(frame.subframes[0].lag);
        if frame.parity != Frame::parity_of(frame.subframes[0].lag) {
            // §4.1.2: the last lag is nearer than one with a wrong bit.
            first = Lag::whole(self.lag.min(LAG_MAX));
        }
        let second = Lag::from_second(frame.subframes[1].lag, first);
        let subframes = frame.subframes.iter().zip([first, second]);
        for (place, (sent, lag)) in subframes.enumerate() {
            let mut vector = Pulses::from_indices(sent.places, sent.signs).vector();
            sharpen(&mut vector, lag.samples, self.gains.pitch);
            self.gains = self.gain_coder.decode(sent.gains, &vector);
            let excitation = mixed(self.gains, &self.codebook.vector(lag), &vector);
            self.lag = lag.samples;
            self.speak(&excitation, &predictors[place], part(samples, place));
        }
    }

    /// A description of noise, and 10 ms of it. Annex B.
    pub(super) fn describe(&mut self, octets: [u8; NOISE_OCTETS], samples: &mut [i16; FRAME]) {
        self.noise = Some(Noise::described(octets, self.noise));
        self.missing(samples);
    }

    /// A frame that did not come: the noise of the pause, or concealment. §4.4.
    pub(super) fn missing(&mut self, samples: &mut [i16; FRAME]) {
        if let Some(mut noise) = self.noise {
            // Who speaks after a pause begins without a period to repeat.
            self.gains = Gains::default();
            let predictors = self.advance(self.frequencies);
            for (place, predictor) in predictors.iter().enumerate() {
                let excitation = noise.excitation(&mut self.random);
                self.speak(&excitation, predictor, part(samples, place));
            }
            self.noise = Some(noise);
            return;
        }
        self.spectrum
            .repeat(self.spectrum_predictor, &self.frequencies);
        let predictors = self.advance(self.frequencies);
        let is_voiced = self.postfilter.take_voiced();
        for (place, predictor) in predictors.iter().enumerate() {
            let excitation = self.made_up(is_voiced);
            self.speak(&excitation, predictor, part(samples, place));
        }
    }

    /// Excitation in place of a lost subframe: of one codebook only, and softer than the last. §4.4.2 to §4.4.4.
    fn made_up(&mut self, is_voiced: bool) -> [f32; SUBFRAME] {
        self.gains = Gains {
            pitch: 0.9 * self.gains.pitch.min(1.0),
            fixed: 0.98 * self.gains.fixed,
        };
        self.gain_coder.lose();
        let silence = [0.0; SUBFRAME];
        let lag = Lag::whole(self.lag.min(LAG_MAX));
        self.lag = (self.lag + 1).min(LAG_MAX);
        if is_voiced {
            return mixed(self.gains, &self.codebook.vector(lag), &silence);
        }
        let (places, signs) = (self.random.next() & 0x1fff, self.random.next() & 0xf);
        let mut vector = Pulses::from_indices(places, signs as u8).vector();
        sharpen(&mut vector, lag.samples, self.gains.pitch);
        mixed(self.gains, &silence, &vector)
    }

    /// The predictors of both subframes on the way to these frequencies. §3.2.5.
    fn advance(&mut self, frequencies: Frequencies) -> [Predictor; 2] {
        let cosines = lsp::cosines(&frequencies);
        let middle = lsp::between(&self.cosines, &cosines);
        (self.frequencies, self.cosines) = (frequencies, cosines);
        [middle, cosines].map(|cosines| lsp::to_predictor(&cosines))
    }

    fn speak(&mut self, excitation: &[f32; SUBFRAME], predictor: &Predictor, samples: &mut [i16]) {
        self.codebook.push(excitation);
        let speech = predictor.synthesis(&mut self.synthesis, excitation);
        let filtered = self.postfilter.filter(&speech, predictor, self.lag);
        for (sample, filtered) in samples.iter_mut().zip(filtered) {
            let passed = HighPass::GAIN * self.high_pass.pass(filtered);
            // Saturates.
            *sample = passed.round_ties_even() as i16;
        }
    }
}

/// Both codebooks with their gains.
fn mixed(gains: Gains, adaptive: &[f32; SUBFRAME], fixed: &[f32; SUBFRAME]) -> [f32; SUBFRAME] {
    std::array::from_fn(|n| gains.pitch * adaptive[n] + gains.fixed * fixed[n])
}

/// Samples of the subframe at a place.
fn part(samples: &mut [i16; FRAME], place: usize) -> &mut [i16] {
    &mut samples[place * SUBFRAME..][..SUBFRAME]
}
