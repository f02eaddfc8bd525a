//! Random excitation: where frames were lost, and in pauses whose noise is described. ITU-T G.729 §4.4.4, Annex B §B.4.4.

use super::SUBFRAME;
use super::elementary::ratio;

/// Source of numbers that look random and are the same in every decoder. §4.4.4 (96).
#[derive(Clone, Debug)]
pub(super) struct Random(u16);

impl Random {
    pub(super) fn new() -> Random {
        Random(21_845)
    }

    pub(super) fn next(&mut self) -> u16 {
        self.0 = self.0.wrapping_mul(31_821).wrapping_add(13_849);
        self.0
    }

    /// White noise with this root mean square.
    fn noise(&mut self, rms: f32) -> [f32; SUBFRAME] {
        // Of values that are all as likely the greatest is √3 of the mean.
        let scale = 3_f32.sqrt() * rms / 32_768.0;
        std::array::from_fn(|_| scale * f32::from(self.next().cast_signed()))
    }
}

/// The noise of a pause: how loud its excitation is. Its spectrum is that of the speech before it, which ended in that noise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noise {
    wanted: f32,
    rms: f32,
}

impl Noise {
    /// What a description of two octets says, after the noise before it if there was one.
    pub(super) fn described(octets: [u8; 2], before: Option<Noise>) -> Noise {
        // L0 1 bit, L1 5, L2 4, gain 5, and one that is not used.
        let wanted = ratio(level_db(octets[1] >> 1 & 31).into());
        Noise {
            wanted,
            rms: before.map_or(wanted, |noise| noise.rms),
        }
    }

    /// The excitation of a subframe.
    pub(super) fn excitation(&mut self, random: &mut Random) -> [f32; SUBFRAME] {
        // Over 40 ms, so that no level is heard to jump.
        self.rms += (self.wanted - self.rms) / 8.0;
        random.noise(self.rms)
    }
}

/// Quantiser of the level: -12 dB, by 4 dB from -4 to 16, by 2 dB to 66. §B.4.2.1.
fn level_db(index: u8) -> i8 {
    let index = index.cast_signed();
    match index {
        ..=0 => -12,
        1..=6 => 4 * index - 8,
        _ => 2 * index + 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_those_of_the_annex() {
        let levels = [0, 1, 6, 7, 31].map(level_db);
        assert_eq!(levels, [-12, -4, 16, 18, 66]);
    }

    #[test]
    fn noise_has_the_level_that_was_said() {
        // Index 12 is 28 dB.
        let mut noise = Noise::described([0, 12 << 1 | 1], None);
        let mut random = Random::new();
        let mut sum = 0.0;
        for _ in 0..100 {
            sum += super::super::filter::energy(&noise.excitation(&mut random));
        }
        let level_db = 10.0 * (sum / 4_000.0).log10();
        assert!((level_db - 28.0).abs() < 0.5, "{level_db}");
    }
}
