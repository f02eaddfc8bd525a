//! Speech-like test signal: a formant voice that says syllables drawn from a seed, with pauses between its phrases.
//!
//! ```text
//! score (what is said when) ─► source (pulses of the glottis, noise) ─► tract (four formants) ─► samples
//! ```
//!
//! It has what codecs, concealment and quality measures react to: voiced sounds with a gliding pitch, unvoiced ones,
//! plosives, silence. Nobody recorded it, so nobody's rights are touched. The score is told in seconds and does not depend
//! on the sample rate; all values come from additions, multiplications and divisions alone, so that the samples are the
//! same on every machine. Nothing is allocated.

mod score;
mod source;
mod tract;

use score::{Phone, Score};
use source::Glottis;
use tract::{FORMANTS, Resonator};

/// Root mean square of the active part, about -26 dBov: the level at which speech is usually coded. ITU-T P.56, G.191.
const ACTIVE_RMS: f32 = 1_642.0;
/// Control steps a second: how often pitch, formants and amplitudes move.
const STEPS: u32 = 400;
/// Lowest sample rate that carries two formants.
const RATE_MIN_HZ: u32 = 4_000;

/// Whose voice it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Talker {
    /// Mean pitch, Hz; 60 to 400.
    pub pitch_hz: f32,
    /// Formants as a multiple of those of a grown man; about 1.17 for a woman, 1.3 for a child.
    pub tract: f32,
    /// Syllables a second within a phrase; 2 to 8.
    pub syllables_per_s: f32,
}

impl Talker {
    /// Four voices that are easily told apart.
    pub const ALL: [Talker; 4] = [
        Talker {
            pitch_hz: 112.0,
            tract: 1.0,
            syllables_per_s: 4.6,
        },
        Talker {
            pitch_hz: 205.0,
            tract: 1.17,
            syllables_per_s: 5.0,
        },
        Talker {
            pitch_hz: 92.0,
            tract: 0.95,
            syllables_per_s: 4.0,
        },
        Talker {
            pitch_hz: 236.0,
            tract: 1.24,
            syllables_per_s: 4.4,
        },
    ];
}

/// Speech without an end.
#[derive(Clone, Debug)]
pub struct Speech {
    rate_hz: u32,
    score: Score,
    phone: Phone,
    /// Samples of the phone that are still to come.
    phone_left: u64,
    /// Time that phones were longer than their samples, in samples.
    owed: f64,
    step_left: u32,
    glottis: Glottis,
    tract: [Resonator; FORMANTS],
    hiss: Resonator,
    voicing: f32,
    noise: f32,
    level: f32,
}

impl Speech {
    /// A talker who says what the seed has them say, at a sample rate of at least 4000 Hz (lower ones are taken for it).
    pub fn new(rate_hz: u32, talker: Talker, seed: u64) -> Speech {
        let rate_hz = rate_hz.max(RATE_MIN_HZ);
        let talker = Talker {
            pitch_hz: within(talker.pitch_hz, 60.0, 400.0),
            tract: within(talker.tract, 0.7, 1.5),
            syllables_per_s: within(talker.syllables_per_s, 2.0, 8.0),
        };
        let mut score = Score::new(talker, seed);
        let phone = score.next_phone();
        let mut speech = Speech {
            rate_hz,
            glottis: Glottis::new(seed),
            tract: [Resonator::default(); FORMANTS],
            hiss: Resonator::default(),
            voicing: 0.0,
            noise: 0.0,
            level: tract::LEVEL * ACTIVE_RMS * (tract::PITCH_HZ / talker.pitch_hz).sqrt(),
            phone,
            phone_left: 0,
            owed: 0.0,
            step_left: 0,
            score,
        };
        for (place, resonator) in speech.tract.iter_mut().enumerate() {
            resonator.tune(
                rate_hz,
                phone.formants_hz[place],
                tract::BANDWIDTHS_HZ[place],
            );
        }
        speech.begin(phone);
        speech
    }

    /// Says the next samples.
    pub fn fill(&mut self, samples: &mut [i16]) {
        for sample in samples {
            if self.step_left == 0 {
                self.step();
            }
            self.step_left -= 1;
            *sample = self.next_sample();
        }
    }

    fn next_sample(&mut self) -> i16 {
        let noise = self.glottis.noise();
        let pulse = self.glottis.pulse();
        let breath = self.voicing * 0.02 * noise;
        let mut sound = self.voicing * pulse + breath;
        for resonator in &mut self.tract {
            sound = resonator.pass(sound);
        }
        sound += self.noise * self.hiss.band(noise);
        // Out of range is as a loud voice on a line: cut off. The cast does it.
        (sound * self.level) as i16
    }

    /// Moves everything a little towards where the phone wants it.
    fn step(&mut self) {
        self.step_left = (self.rate_hz / STEPS).max(1);
        while self.phone_left == 0 {
            let phone = self.score.next_phone();
            self.begin(phone);
        }
        self.phone_left = self.phone_left.saturating_sub(u64::from(self.step_left));
        let phone = self.phone;
        self.voicing += (phone.voicing - self.voicing) * 0.25;
        self.noise += (phone.noise - self.noise) * 0.35;
        self.glottis.glide(self.rate_hz, phone.pitch_hz);
        for (place, resonator) in self.tract.iter_mut().enumerate() {
            resonator.glide(
                self.rate_hz,
                phone.formants_hz[place],
                tract::BANDWIDTHS_HZ[place],
            );
        }
    }

    fn begin(&mut self, phone: Phone) {
        let exact = f64::from(phone.seconds) * f64::from(self.rate_hz) + self.owed;
        self.phone_left = exact as u64;
        self.owed = exact - self.phone_left as f64;
        if phone.noise > 0.0 {
            self.hiss
                .tune(self.rate_hz, phone.hiss_hz, phone.hiss_hz * 0.4);
        }
        self.phone = phone;
    }
}

/// A value brought within its bounds; no number at all becomes the lowest.
fn within(value: f32, least: f32, most: f32) -> f32 {
    if value.is_nan() {
        least
    } else {
        value.clamp(least, most)
    }
}

#[cfg(test)]
mod tests;
