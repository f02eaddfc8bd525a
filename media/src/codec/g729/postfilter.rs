//! Postfilter of the decoder: noise goes where speech hides it. ITU-T G.729 Annex A §A.4.2.
//!
//! ```text
//! speech ─► A(z/γn) ─► pitch ─► tilt ─► 1/A(z/γd) ─► level of the speech ─►
//! ```

use super::filter::{Predictor, dot, energy};
use super::lag::LAG_MAX;
use super::{ORDER, SUBFRAME};

/// Share of the pitch filter. §A.4.2.1.
const PITCH_SHARE: f32 = 0.5;
/// Widening of the formants in the numerator and in the denominator. §A.4.2.2.
const NUMERATOR: f32 = 0.55;
const DENOMINATOR: f32 = 0.70;
/// Share of the tilt that is taken back. §A.4.2.3.
const TILT_SHARE: f32 = 0.8;
/// Samples of the impulse response that the tilt is measured on.
const RESPONSE_LEN: usize = 22;
/// How fast the gain follows the level. §A.4.2.4.
const FOLLOWING: f32 = 0.9;
/// Lags on either side of the one sent that are tried.
const NEIGHBOURS: usize = 3;

/// State between subframes.
#[derive(Clone, Debug)]
pub(super) struct Postfilter {
    /// Speech before the subframe.
    speech: [f32; ORDER],
    /// Residual before the subframe.
    residual: [f32; LAG_MAX],
    /// Last sample before the tilt is taken back.
    tilted: f32,
    synthesis: [f32; ORDER],
    gain: f32,
    voiced: bool,
}

impl Postfilter {
    pub(super) fn new() -> Postfilter {
        Postfilter {
            speech: [0.0; ORDER],
            residual: [0.0; LAG_MAX],
            tilted: 0.0,
            synthesis: [0.0; ORDER],
            gain: 1.0,
            voiced: false,
        }
    }

    /// Whether a subframe since the last question was periodic: what a lost frame is taken to be. §4.4.
    pub(super) fn take_voiced(&mut self) -> bool {
        std::mem::take(&mut self.voiced)
    }

    /// Filters a subframe whose pitch lag is about `lag`.
    pub(super) fn filter(
        &mut self,
        speech: &[f32; SUBFRAME],
        predictor: &Predictor,
        lag: usize,
    ) -> [f32; SUBFRAME] {
        let (numerator, denominator) =
            (predictor.widened(NUMERATOR), predictor.widened(DENOMINATOR));
        let mut line = [0.0; ORDER + SUBFRAME];
        line[..ORDER].copy_from_slice(&self.speech);
        line[ORDER..].copy_from_slice(speech);
        self.speech.copy_from_slice(&line[SUBFRAME..]);
        let residual = numerator.residual(&line);
        let pitched = self.pitch(&residual, lag);
        let tilt = tilt(&numerator, &denominator);
        let levelled = pitched.map(|sample| {
            let before = std::mem::replace(&mut self.tilted, sample);
            sample + tilt * before
        });
        let filtered = denominator.synthesis(&mut self.synthesis, &levelled);
        self.level(speech, &filtered)
    }

    /// Adds the residual of a period before, if that is like this one's.
    fn pitch(&mut self, residual: &[f32; SUBFRAME], lag: usize) -> [f32; SUBFRAME] {
        let mut line = [0.0; LAG_MAX + SUBFRAME];
        line[..LAG_MAX].copy_from_slice(&self.residual);
        line[LAG_MAX..].copy_from_slice(residual);
        self.residual.copy_from_slice(&line[SUBFRAME..]);
        let past = |lag: usize| &line[LAG_MAX - lag..][..SUBFRAME];
        let lags = lag.saturating_sub(NEIGHBOURS).max(1)..=(lag + NEIGHBOURS).min(LAG_MAX);
        let (mut common, mut best) = (0.0, LAG_MAX);
        for lag in lags {
            let sum = dot(residual, past(lag));
            if sum > common {
                (common, best) = (sum, lag);
            }
        }
        let past = past(best);
        let (here, there) = (energy(residual), energy(past));
        // Less than 3 dB of prediction are no pitch.
        if common * common < 0.5 * here * there || common <= 0.0 {
            return *residual;
        }
        self.voiced = true;
        let share = PITCH_SHARE * (common / there).min(1.0);
        let whole = 1.0 / (1.0 + share);
        std::array::from_fn(|n| whole * (residual[n] + share * past[n]))
    }

    /// Gives the filtered speech the level of the speech.
    fn level(&mut self, speech: &[f32; SUBFRAME], filtered: &[f32; SUBFRAME]) -> [f32; SUBFRAME] {
        let loud = energy(filtered);
        let wanted = if loud > 0.0 {
            (energy(speech) / loud).sqrt()
        } else {
            0.0
        };
        filtered.map(|sample| {
            self.gain = FOLLOWING * self.gain + (1.0 - FOLLOWING) * wanted;
            self.gain * sample
        })
    }
}

/// What takes back the tilt of the formant filter, if it makes the sound dull. §A.4.2.3.
fn tilt(numerator: &Predictor, denominator: &Predictor) -> f32 {
    let mut pulse = [0.0; SUBFRAME];
    pulse[0] = 1.0;
    pulse[1..=ORDER].copy_from_slice(&numerator.0);
    let response = denominator.synthesis(&mut [0.0; ORDER], &pulse);
    let response = &response[..RESPONSE_LEN];
    let reflection = -dot(&response[1..], response) / energy(response);
    TILT_SHARE * reflection.min(0.0)
}
