//! First guess of the pitch, on every second sample of the weighted speech. ITU-T G.729 Annex A §A.3.4.

use super::FRAME;
use super::filter::{dot, energy};
use super::lag::{LAG_MAX, LAG_MIN};

/// Weighted speech of a frame and of the longest lag before it.
pub(super) const SPAN: usize = LAG_MAX + FRAME;

/// Three ranges, so that no lag meets its own double in one.
const RANGES: [std::ops::RangeInclusive<usize>; 3] = [LAG_MIN..=39, 40..=79, 80..=LAG_MAX];

/// A lag and its normalised correlation.
#[derive(Clone, Copy)]
struct Peak {
    lag: usize,
    strength: f32,
}

/// The lag in samples at which the frame at the end of `speech` most resembles what was before it.
pub(super) fn pitch_of(speech: &[f32; SPAN]) -> usize {
    let speech = Halved::new(speech);
    let [mut short, mut middle, long] = RANGES.map(|range| speech.strongest(range));
    // A lag whose double or triple is as strong is the one that is meant.
    middle.favour(&[(2, 5), (3, 7)], long, 0.25);
    short.favour(&[(2, 5), (3, 7)], middle, 0.20);
    let mut best = short;
    for peak in [middle, long] {
        if peak.strength > best.strength {
            best = peak;
        }
    }
    best.lag
}

impl Peak {
    /// For each multiple that lies nearer than so many samples to a longer lag: a share of its strength is added.
    fn favour(&mut self, multiples: &[(usize, usize)], longer: Peak, share: f32) {
        for &(times, near) in multiples {
            if (self.lag * times).abs_diff(longer.lag) < near {
                self.strength += share * longer.strength;
            }
        }
    }
}

/// Every second sample, counted from the frame's first one, and those between.
struct Halved {
    even: [f32; HALF],
    odd: [f32; HALF],
}

/// Samples of the longest span that are counted alike.
const HALF: usize = SPAN.div_ceil(2);

impl Halved {
    fn new(speech: &[f32; SPAN]) -> Halved {
        let at = |n: usize| speech.get(n).copied().unwrap_or(0.0);
        // The frame begins at an odd place of the span.
        Halved {
            even: std::array::from_fn(|n| at(2 * n + LAG_MAX % 2)),
            odd: std::array::from_fn(|n| at(2 * n + 1 - LAG_MAX % 2)),
        }
    }

    /// The frame's half as it was a lag ago.
    fn past(&self, lag: usize) -> &[f32] {
        let start = LAG_MAX - lag;
        let half = if lag.is_multiple_of(2) {
            &self.even
        } else {
            &self.odd
        };
        &half[start / 2..][..FRAME / 2]
    }

    fn correlation(&self, lag: usize) -> f32 {
        dot(self.past(0), self.past(lag))
    }

    fn strongest(&self, range: std::ops::RangeInclusive<usize>) -> Peak {
        // Long lags are searched every second first and around the best of those then.
        let step = if *range.end() == LAG_MAX { 2 } else { 1 };
        let mut best = (f32::NEG_INFINITY, *range.start());
        let mut consider = |lag: usize| {
            let correlation = self.correlation(lag);
            if correlation > best.0 {
                best = (correlation, lag);
            }
            best.1
        };
        let mut rough = *range.start();
        for lag in range.clone().step_by(step) {
            rough = consider(lag);
        }
        if step > 1 {
            for lag in [rough - 1, rough + 1] {
                if range.contains(&lag) {
                    consider(lag);
                }
            }
        }
        let (correlation, lag) = best;
        Peak {
            lag,
            strength: correlation / energy(self.past(lag)).max(0.01).sqrt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pulses_are_found_at_their_period_and_not_its_double() {
        for period in [26, 37, 45, 61, 79, 95, 130] {
            let speech = std::array::from_fn(|n| {
                let angle = std::f32::consts::TAU * n as f32 / period as f32;
                (1_u8..7)
                    .map(|h| 500.0 * (angle * f32::from(h)).cos())
                    .sum()
            });
            let pitch = pitch_of(&speech);
            assert!(pitch.abs_diff(period) <= 1, "{pitch} for {period}");
        }
        assert_eq!(pitch_of(&[0.0; SPAN]), LAG_MIN);
    }
}
