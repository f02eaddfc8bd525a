//! Lags of the adaptive codebook in thirds of a sample, and their indices. ITU-T G.729 §3.7.2 and §4.1.3.

/// Least and greatest lag, in samples.
pub(super) const LAG_MIN: usize = 20;
pub(super) const LAG_MAX: usize = 143;
/// Greatest lag that the first subframe says in thirds.
const FINE_MAX: usize = 84;
/// Index of the lag after that.
const COARSE: i32 = 197;
/// Lags in samples that the second subframe can say, less one.
const SPAN: usize = 9;

/// A lag: so many samples and so many thirds, -1 to 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Lag {
    pub(super) samples: usize,
    pub(super) thirds: i32,
}

impl Lag {
    pub(super) const fn whole(samples: usize) -> Lag {
        Lag { samples, thirds: 0 }
    }

    /// The thirds that a first subframe can say for a lag.
    pub(super) fn thirds_at(samples: usize) -> std::ops::RangeInclusive<i32> {
        if samples > FINE_MAX { 0..=0 } else { -1..=1 }
    }

    /// The shortest lag in whole samples that the second subframe can say after this one in the first.
    pub(super) fn second_from(self) -> usize {
        self.samples
            .saturating_sub(5)
            .clamp(LAG_MIN, LAG_MAX - SPAN)
    }

    /// Lags in whole samples that are searched for the second subframe.
    pub(super) fn second_range(self) -> std::ops::RangeInclusive<usize> {
        self.second_from()..=self.second_from() + SPAN
    }

    /// P1: in thirds from 19 1/3 to 84 2/3, in samples up to 143.
    pub(super) fn to_first(self) -> u8 {
        let samples = self.samples as i32;
        let index = if self.samples <= FINE_MAX {
            3 * (samples - 19) + self.thirds - 1
        } else {
            samples - 85 + COARSE
        };
        index as u8
    }

    pub(super) fn from_first(index: u8) -> Lag {
        let index = i32::from(index);
        if index >= COARSE {
            return Lag::whole((index - COARSE + 85) as usize);
        }
        Lag::of_thirds(index + 1 + 3 * 19)
    }

    /// P2: in thirds from 2/3 below the shortest lag on.
    pub(super) fn to_second(self, first: Lag) -> u8 {
        let shortest = first.second_from() as i32;
        (3 * (self.samples as i32 - shortest) + self.thirds + 2) as u8
    }

    pub(super) fn from_second(index: u8, first: Lag) -> Lag {
        Lag::of_thirds(i32::from(index & 0x1f) - 2 + 3 * first.second_from() as i32)
    }

    fn of_thirds(all: i32) -> Lag {
        let samples = (all + 1) / 3;
        Lag {
            samples: samples as usize,
            thirds: all - 3 * samples,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_lags_are_those_of_the_recommendation() {
        let lag = |samples, thirds| Lag { samples, thirds };
        assert_eq!(Lag::from_first(0), lag(19, 1));
        assert_eq!(Lag::from_first(196), lag(85, -1));
        assert_eq!(Lag::from_first(197), lag(85, 0));
        assert_eq!(Lag::from_first(255), lag(143, 0));
        for index in (0..196).chain(197..=255) {
            assert_eq!(Lag::from_first(index).to_first(), index);
        }
    }

    #[test]
    fn second_lags_lie_around_the_first() {
        for samples in 19..=143 {
            let first = Lag::whole(samples);
            for index in 0..32 {
                let lag = Lag::from_second(index, first);
                assert_eq!(lag.to_second(first), index);
                assert!((19..=144).contains(&lag.samples), "{lag:?}");
            }
        }
        let first = Lag::whole(60);
        assert_eq!(
            Lag::from_second(0, first),
            Lag {
                samples: 54,
                thirds: 1
            }
        );
        assert_eq!(
            Lag::from_second(31, first),
            Lag {
                samples: 65,
                thirds: -1
            }
        );
    }
}
