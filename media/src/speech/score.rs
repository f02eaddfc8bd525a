//! What is said when: phrases of syllables and the pauses between them, drawn from a seed.

use super::Talker;
use super::tract::FORMANTS;

/// A sound and how long it lasts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Phone {
    pub(super) seconds: f32,
    /// Amplitude of the voice, 0 to 1.
    pub(super) voicing: f32,
    /// Amplitude of noise made at the lips and teeth.
    pub(super) noise: f32,
    /// Where that noise is loudest.
    pub(super) hiss_hz: f32,
    pub(super) pitch_hz: f32,
    pub(super) formants_hz: [f32; FORMANTS],
}

impl Phone {
    /// The same with noise, and some voice perhaps.
    fn hissing(self, hiss_hz: f32, noise: f32, voicing: f32) -> Phone {
        Phone {
            hiss_hz,
            noise,
            voicing,
            ..self
        }
    }
}

/// Formants of vowels of a grown man: heed, hid, head, had, hod, hawed, hood, who'd, hud, heard. Means of many talkers,
/// rounded; the fourth is nearly the same in all.
const VOWELS: [[f32; FORMANTS]; 10] = [
    [280.0, 2_250.0, 2_900.0, 3_500.0],
    [400.0, 1_950.0, 2_550.0, 3_500.0],
    [540.0, 1_800.0, 2_480.0, 3_450.0],
    [670.0, 1_700.0, 2_400.0, 3_400.0],
    [720.0, 1_100.0, 2_450.0, 3_300.0],
    [570.0, 850.0, 2_400.0, 3_250.0],
    [440.0, 1_020.0, 2_250.0, 3_250.0],
    [310.0, 870.0, 2_250.0, 3_200.0],
    [630.0, 1_200.0, 2_400.0, 3_350.0],
    [480.0, 1_350.0, 1_700.0, 3_250.0],
];

/// Consonants, by how they are made.
#[derive(Clone, Copy, Debug)]
enum Consonant {
    /// Noise alone, as in s, sh, f.
    Fricative { hiss_hz: f32, noise: f32 },
    /// Noise with voice, as in z, v.
    VoicedFricative { hiss_hz: f32, noise: f32 },
    /// Silence, then a burst, as in p, t, k.
    Plosive { hiss_hz: f32, noise: f32 },
    /// Soft voice, as in m, n, l.
    Sonorant { formants_hz: [f32; FORMANTS] },
}

const CONSONANTS: [Consonant; 10] = [
    Consonant::Fricative {
        hiss_hz: 5_200.0,
        noise: 0.30,
    },
    Consonant::Fricative {
        hiss_hz: 2_900.0,
        noise: 0.34,
    },
    Consonant::Fricative {
        hiss_hz: 1_500.0,
        noise: 0.10,
    },
    Consonant::VoicedFricative {
        hiss_hz: 4_600.0,
        noise: 0.12,
    },
    Consonant::Plosive {
        hiss_hz: 900.0,
        noise: 0.35,
    },
    Consonant::Plosive {
        hiss_hz: 3_600.0,
        noise: 0.45,
    },
    Consonant::Plosive {
        hiss_hz: 1_900.0,
        noise: 0.45,
    },
    Consonant::Sonorant {
        formants_hz: [250.0, 1_050.0, 2_200.0, 3_200.0],
    },
    Consonant::Sonorant {
        formants_hz: [260.0, 1_600.0, 2_500.0, 3_300.0],
    },
    Consonant::Sonorant {
        formants_hz: [350.0, 1_150.0, 2_700.0, 3_350.0],
    },
];

/// Most phones of a syllable: a plosive has two, then vowel and end.
const SYLLABLE_MAX: usize = 6;

/// Draws phones without an end.
#[derive(Clone, Debug)]
pub(super) struct Score {
    talker: Talker,
    random: u64,
    ready: [Option<Phone>; SYLLABLE_MAX],
    taken: usize,
    /// Syllables left in the phrase, and how many it has.
    left: u32,
    phrase: u32,
}

impl Score {
    pub(super) fn new(talker: Talker, seed: u64) -> Score {
        Score {
            talker,
            random: seed,
            ready: [None; SYLLABLE_MAX],
            taken: 0,
            left: 0,
            phrase: 0,
        }
    }

    pub(super) fn next_phone(&mut self) -> Phone {
        loop {
            let phone = self.ready.get(self.taken).copied().flatten();
            self.taken += 1;
            if let Some(phone) = phone {
                return phone;
            }
            (self.ready, self.taken) = ([None; SYLLABLE_MAX], 0);
            if self.phrase > 0 && self.left == 0 {
                self.phrase = 0;
                return self.pause();
            }
            self.syllable();
        }
    }

    /// Between two phrases: 0.25 to 1.2 s, as people do who read aloud.
    fn pause(&mut self) -> Phone {
        let seconds = self.between(0.25, 1.2);
        self.silence(seconds)
    }

    fn silence(&self, seconds: f32) -> Phone {
        Phone {
            seconds,
            voicing: 0.0,
            noise: 0.0,
            hiss_hz: 1_000.0,
            pitch_hz: self.talker.pitch_hz,
            formants_hz: self.sized([500.0, 1_500.0, 2_500.0, 3_400.0]),
        }
    }

    fn syllable(&mut self) {
        if self.left == 0 {
            self.phrase = 3 + (self.draw() % 7) as u32;
            self.left = self.phrase;
        }
        let length = 1.0 / self.talker.syllables_per_s * self.between(0.75, 1.3);
        let pitch_hz = self.pitch();
        self.left -= 1;
        let mut place = 0;
        if self.between(0.0, 1.0) < 0.85 {
            place = self.consonant(place, length * 0.35, pitch_hz);
        }
        let vowel = VOWELS[(self.draw() % VOWELS.len() as u64) as usize];
        let stress = self.between(0.7, 1.0);
        self.ready[place] = Some(Phone {
            seconds: length * 0.5,
            voicing: stress,
            pitch_hz: pitch_hz * self.between(0.97, 1.06),
            formants_hz: self.sized(vowel),
            ..self.silence(0.0)
        });
        place += 1;
        if self.between(0.0, 1.0) < 0.45 {
            self.consonant(place, length * 0.25, pitch_hz);
        }
    }

    /// Falls over the phrase, and rises a little with some syllables.
    fn pitch(&mut self) -> f32 {
        let done = 1.0 - self.left as f32 / self.phrase as f32;
        let accent = self.between(0.0, 1.0);
        self.talker.pitch_hz * (1.12 - 0.27 * done + 0.14 * accent * accent)
    }

    /// Writes a consonant from this place on; gives the place behind it.
    fn consonant(&mut self, place: usize, seconds: f32, pitch_hz: f32) -> usize {
        let which = CONSONANTS[(self.draw() % CONSONANTS.len() as u64) as usize];
        let rest = Phone {
            pitch_hz,
            ..self.silence(seconds)
        };
        let phone = match which {
            Consonant::Fricative { hiss_hz, noise } => rest.hissing(hiss_hz, noise, 0.0),
            Consonant::VoicedFricative { hiss_hz, noise } => rest.hissing(hiss_hz, noise, 0.4),
            Consonant::Sonorant { formants_hz } => Phone {
                voicing: 0.5,
                formants_hz: self.sized(formants_hz),
                ..rest
            },
            Consonant::Plosive { hiss_hz, noise } => {
                self.ready[place] = Some(rest);
                self.ready[place + 1] = Some(Phone {
                    seconds: 0.018,
                    ..rest.hissing(hiss_hz, noise, 0.0)
                });
                return place + 2;
            }
        };
        self.ready[place] = Some(phone);
        place + 1
    }

    fn sized(&self, formants_hz: [f32; FORMANTS]) -> [f32; FORMANTS] {
        formants_hz.map(|formant| formant * self.talker.tract)
    }

    fn between(&mut self, least: f32, most: f32) -> f32 {
        let share = (self.draw() >> 40) as f32 / (1u64 << 24) as f32;
        least + share * (most - least)
    }

    /// SplitMix64: enough to keep talkers apart.
    fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}
