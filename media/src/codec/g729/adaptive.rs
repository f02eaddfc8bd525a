//! The adaptive codebook: what the excitation was one period ago. ITU-T G.729 §3.7, Annex A §A.3.7.

use super::SUBFRAME;
use super::filter::{LIMIT, correlate, dot};
use super::lag::{LAG_MAX, Lag};
use super::tables::INTERPOLATION;

/// Taps of the interpolation on either side.
const TAPS: usize = 10;
/// Samples that the longest lag of any bits looks back, and its interpolation.
const PAST: usize = LAG_MAX + 1 + TAPS;

/// The excitation of the past.
#[derive(Clone, Debug)]
pub(super) struct AdaptiveCodebook {
    past: [f32; PAST],
}

impl AdaptiveCodebook {
    pub(super) fn new() -> AdaptiveCodebook {
        AdaptiveCodebook { past: [0.0; PAST] }
    }

    /// The excitation this long ago; where the lag is shorter than the subframe, what is just made is repeated. §3.7.1 (40).
    pub(super) fn vector(&self, lag: Lag) -> [f32; SUBFRAME] {
        let mut line = [0.0; PAST + SUBFRAME];
        line[..PAST].copy_from_slice(&self.past);
        // The place lies this many thirds behind the sample that is `whole` back.
        let behind = (3 - lag.thirds) % 3;
        let whole = lag.samples + usize::from(lag.thirds > 0);
        // Taps on both sides are a sample apart, which is three steps of the filter.
        let taps: [f32; 2 * TAPS] = std::array::from_fn(|tap| {
            let distance = 3 * (tap as i32 + 1 - TAPS as i32) - behind;
            f32::from(INTERPOLATION[distance.unsigned_abs() as usize]) / 32_768.0
        });
        for n in PAST..PAST + SUBFRAME {
            let around = &line[n - whole + 1 - TAPS..];
            line[n] = dot(&around[..2 * TAPS], &taps);
        }
        std::array::from_fn(|n| line[PAST + n])
    }

    /// Takes the excitation of a subframe.
    pub(super) fn push(&mut self, excitation: &[f32; SUBFRAME]) {
        self.past.copy_within(SUBFRAME.., 0);
        let newest = &mut self.past[PAST - SUBFRAME..];
        for (newest, sample) in newest.iter_mut().zip(excitation) {
            *newest = sample.clamp(-LIMIT, LIMIT);
        }
    }

    /// The lag, of these and with these thirds, whose vector has most in common with the target behind the filter; and the vector.
    /// Annex A leaves the energy out. §A.3.7.
    pub(super) fn search(
        &self,
        samples: std::ops::RangeInclusive<usize>,
        thirds: impl Fn(usize) -> std::ops::RangeInclusive<i32>,
        target: &[f32; SUBFRAME],
        response: &[f32; SUBFRAME],
    ) -> (Lag, [f32; SUBFRAME]) {
        let wanted = correlate(target, response);
        let mut best = (
            f32::NEG_INFINITY,
            Lag::whole(*samples.start()),
            [0.0; SUBFRAME],
        );
        let mut consider = |lag: Lag| {
            let vector = self.vector(lag);
            let common = dot(&wanted, &vector);
            if common > best.0 {
                best = (common, lag, vector);
            }
            best.1
        };
        let mut lag = Lag::whole(*samples.start());
        for samples in samples {
            lag = consider(Lag::whole(samples));
        }
        for thirds in thirds(lag.samples).filter(|&thirds| thirds != 0) {
            consider(Lag { thirds, ..lag });
        }
        (best.1, best.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A codebook whose past is a wave with this period.
    fn wave(period: f32) -> AdaptiveCodebook {
        let mut codebook = AdaptiveCodebook::new();
        for (n, sample) in codebook.past.iter_mut().enumerate() {
            let angle = std::f32::consts::TAU * (n as f32 - PAST as f32) / period;
            *sample = 1_000.0 * angle.sin();
        }
        codebook
    }

    #[test]
    fn a_wave_goes_on_when_the_lag_is_its_period() {
        for (samples, thirds) in [(25, 0), (25, 1), (26, -1), (57, -1), (90, 0), (143, 1)] {
            let lag = Lag { samples, thirds };
            let period = samples as f32 + thirds as f32 / 3.0;
            let vector = wave(period).vector(lag);
            for (n, sample) in vector.iter().enumerate() {
                let exact = 1_000.0 * (std::f32::consts::TAU * n as f32 / period).sin();
                assert!(
                    (sample - exact).abs() < 30.0,
                    "{lag:?} at {n}: {sample} {exact}"
                );
            }
        }
    }

    #[test]
    fn the_search_finds_the_period_to_a_third() {
        let period = 60.0 + 1.0 / 3.0;
        let pulses = |n: f32| {
            let angle = std::f32::consts::TAU * (n + 40.0) / period;
            (1_u8..12)
                .map(|h| 300.0 * (angle * f32::from(h)).cos())
                .sum()
        };
        let mut codebook = AdaptiveCodebook::new();
        for (n, sample) in codebook.past.iter_mut().enumerate() {
            *sample = pulses(n as f32 - PAST as f32);
        }
        let target = std::array::from_fn(|n| pulses(n as f32));
        let mut response = [0.0; SUBFRAME];
        response[0] = 1.0;
        let (lag, _) = codebook.search(57..=63, Lag::thirds_at, &target, &response);
        assert_eq!((lag.samples, lag.thirds), (60, 1));
    }
}
