//! The fixed codebook: four pulses of one size, each on a track of its own. ITU-T G.729 §3.8, Annex A §A.3.8.
//!
//! ```text
//! track 0   0  5 10 15 20 25 30 35      track 3   3  8 13 18 23 28 33 38
//! track 1   1  6 11 16 21 26 31 36            or  4  9 14 19 24 29 34 39
//! track 2   2  7 12 17 22 27 32 37
//! ```

use super::SUBFRAME;
use super::filter::correlate;

/// Pulses of a vector.
const PULSES: usize = 4;
/// Distance of the places of a track.
const STRIDE: usize = 5;
/// Places of a track.
const PLACES: usize = SUBFRAME / STRIDE;
/// Bounds of the gain with which a vector repeats itself within the subframe. §3.8 (47).
const SHARPENING: (f32, f32) = (0.2, 0.8);

/// Four pulses by track: where, and whether upwards.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Pulses {
    places: [u8; PULSES],
    positive: [bool; PULSES],
}

impl Pulses {
    /// C and S. §3.8.2 (61) and (62).
    pub(super) fn to_indices(self) -> (u16, u8) {
        let [a, b, c, d] = self.places.map(u16::from);
        let stride = STRIDE as u16;
        let last = 2 * (d / stride) + u16::from(d % stride == 4);
        let places = (a / stride) | (b / stride) << 3 | (c / stride) << 6 | last << 9;
        let signs = (0..)
            .zip(self.positive)
            .map(|(i, sign)| u8::from(sign) << i);
        (places, signs.sum())
    }

    /// Any thirteen and four bits are four pulses.
    pub(super) fn from_indices(places: u16, signs: u8) -> Pulses {
        let place = |shift: u32| STRIDE as u8 * (places >> shift & 7) as u8;
        let last = STRIDE as u8 * (places >> 10 & 7) as u8 + 3 + (places >> 9 & 1) as u8;
        Pulses {
            places: [place(0), place(3) + 1, place(6) + 2, last],
            positive: std::array::from_fn(|i| signs >> i & 1 == 1),
        }
    }

    /// The vector, not yet sharpened.
    pub(super) fn vector(self) -> [f32; SUBFRAME] {
        let mut vector = [0.0; SUBFRAME];
        for (place, positive) in self.places.into_iter().zip(self.positive) {
            vector[usize::from(place)] += if positive { 1.0 } else { -1.0 };
        }
        vector
    }

    /// The four whose filtered vector is most like the target; `response` is sharpened already.
    ///
    /// Pairs of tracks one after the other, each begun with the two places of a track that promise most. §A.3.8.
    pub(super) fn search(target: &[f32; SUBFRAME], response: &[f32; SUBFRAME]) -> Pulses {
        let promise = correlate(target, response);
        let field = Field::new(&promise, response);
        let mut best = Branch::default();
        for last in [3, 4] {
            for tracks in [[2, last, 0, 1], [last, 0, 1, 2]] {
                let branch = field.descend(tracks);
                if best.is_worse_than(&branch) {
                    best = branch;
                }
            }
        }
        let mut places = best.places;
        places.sort_unstable_by_key(|&place| (place % STRIDE).min(3));
        Pulses {
            places: places.map(|place| place as u8),
            positive: places.map(|place| promise[place] >= 0.0),
        }
    }
}

/// Adds what the vector was one lag before, so that it is periodic too. §3.8 (46).
pub(super) fn sharpen(vector: &mut [f32; SUBFRAME], lag: usize, pitch_gain: f32) {
    let gain = pitch_gain.clamp(SHARPENING.0, SHARPENING.1);
    for n in lag..SUBFRAME {
        vector[n] += gain * vector[n - lag];
    }
}

/// What is known of all places before the search.
struct Field {
    /// How much a pulse of the right sign has in common with the target.
    promise: [f32; SUBFRAME],
    /// What two pulses of the right signs have in common with each other.
    common: [[f32; SUBFRAME]; SUBFRAME],
}

/// Pulses found so far.
#[derive(Clone, Copy, Default)]
struct Branch {
    places: [usize; PULSES],
    len: usize,
    promise: f32,
    energy: f32,
}

impl Branch {
    fn is_worse_than(&self, other: &Branch) -> bool {
        let ours = self.promise * self.promise * other.energy;
        other.promise * other.promise * self.energy > ours || self.len < other.len
    }
}

impl Field {
    fn new(promise: &[f32; SUBFRAME], response: &[f32; SUBFRAME]) -> Field {
        let mut common = [[0.0; SUBFRAME]; SUBFRAME];
        for distance in 0..SUBFRAME {
            let mut sum = 0.0;
            for j in (distance..SUBFRAME).rev() {
                let i = j - distance;
                let tail = SUBFRAME - 1 - j;
                sum += response[tail] * response[tail + distance];
                let signed = if (promise[i] >= 0.0) == (promise[j] >= 0.0) {
                    sum
                } else {
                    -sum
                };
                common[i][j] = signed;
                common[j][i] = signed;
            }
        }
        Field {
            promise: promise.map(f32::abs),
            common,
        }
    }

    /// A branch with one more pulse.
    fn with(&self, branch: &Branch, place: usize) -> Branch {
        let mut next = *branch;
        let row = &self.common[place];
        let mutual: f32 = branch.places[..branch.len].iter().map(|&p| row[p]).sum();
        next.places[branch.len] = place;
        next.len += 1;
        next.promise += self.promise[place];
        next.energy += row[place] + 2.0 * mutual;
        next
    }

    /// The best four in this order of tracks: 2 by 8 places of the first pair, then 8 by 8 of the second.
    fn descend(&self, tracks: [usize; PULSES]) -> Branch {
        let (first, second) = self.two_best(tracks[0]);
        let pair = self.widen(&Branch::default(), [first, second].into_iter(), tracks[1]);
        self.widen(&pair, track(tracks[2]), tracks[3])
    }

    fn widen(&self, branch: &Branch, firsts: impl Iterator<Item = usize>, second: usize) -> Branch {
        let mut best = Branch::default();
        for first in firsts {
            let one = self.with(branch, first);
            for place in track(second) {
                let both = self.with(&one, place);
                if best.is_worse_than(&both) {
                    best = both;
                }
            }
        }
        best
    }

    fn two_best(&self, of: usize) -> (usize, usize) {
        let (mut best, mut next) = (of, of + STRIDE);
        for place in track(of) {
            if self.promise[place] > self.promise[best] {
                (best, next) = (place, best);
            } else if place != best && self.promise[place] > self.promise[next] {
                next = place;
            }
        }
        (best, next)
    }
}

fn track(number: usize) -> impl Iterator<Item = usize> {
    (0..PLACES).map(move |n| number + STRIDE * n)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codec::g729::filter::convolve;

    fn decaying() -> [f32; SUBFRAME] {
        std::array::from_fn(|n| 0.8_f32.powi(n as i32))
    }

    #[test]
    fn four_pulses_are_found_again() {
        for (places, signs) in [(0, 0), (0x1fff, 15), (0x1953, 6), (0x0b06, 9)] {
            let pulses = Pulses::from_indices(places, signs);
            let target = convolve(&pulses.vector(), &decaying());
            let found = Pulses::search(&target, &decaying());
            assert_eq!(found.to_indices(), (places, signs), "{pulses:?} {found:?}");
        }
    }

    #[test]
    fn silence_has_pulses_too() {
        let found = Pulses::search(&[0.0; SUBFRAME], &decaying());
        assert_eq!(found.vector().iter().map(|x| x.abs()).sum::<f32>(), 4.0);
    }

    #[test]
    fn sharpening_repeats_within_its_bounds() {
        let mut vector = [0.0; SUBFRAME];
        vector[3] = 1.0;
        sharpen(&mut vector, 15, 2.0);
        assert_eq!((vector[3], vector[18]), (1.0, 0.8));
        assert!((vector[33] - 0.64).abs() < 1e-6);
        sharpen(&mut vector, 40, 0.5);
        assert_eq!(vector.iter().filter(|&&x| x != 0.0).count(), 3);
    }

    proptest! {
        #[test]
        fn indices_come_back(places in 0_u16..1 << 13, signs in 0_u8..16) {
            let pulses = Pulses::from_indices(places, signs);
            prop_assert_eq!(pulses.to_indices(), (places, signs));
        }
    }
}
