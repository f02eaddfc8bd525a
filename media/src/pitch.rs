//! Pitch: the lag at which the end of a signal repeats itself best. Concealment and time stretching both live on it.

/// A lag and how well the signal matches there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Match {
    /// Samples between the two stretches.
    pub(crate) lag: usize,
    /// Normalised correlation, at most 1; 1 for silence, which matches anything.
    pub(crate) correlation: f32,
}

/// Mean square below which a stretch counts as silence: about -66 dBov.
const SILENCE: f32 = 250.0;

/// Finds the lag in `least..=most` at which the last `window` samples match those before best.
///
/// `signal` must hold `window + most` samples. Lags are tried in steps of an eighth of a millisecond or more and then
/// one by one around the best.
pub(crate) fn search(
    signal: &[i16],
    window: usize,
    least: usize,
    most: usize,
    rate_hz: u32,
) -> Match {
    let end = signal.len();
    best(least, most, rate_hz, |lag| {
        let early = &signal[end - window - lag..end - lag];
        (&signal[end - window..], early)
    })
}

/// Finds the lag in `least..=most` at which the beginning of the signal repeats itself best: as much of it as is there, up
/// to 20 ms.
///
/// `signal` must be longer than `most`.
pub(crate) fn search_ahead(signal: &[i16], least: usize, most: usize, rate_hz: u32) -> Match {
    let longest = rate_hz as usize / 50;
    best(least, most, rate_hz, |lag| {
        let window = (signal.len() - lag).min(longest);
        (&signal[lag..lag + window], &signal[..window])
    })
}

/// The best of the lags, at which `stretches` gives what is compared.
fn best<'a>(
    least: usize,
    most: usize,
    rate_hz: u32,
    stretches: impl Fn(usize) -> (&'a [i16], &'a [i16]),
) -> Match {
    let stride = (rate_hz / 8_000).max(1) as usize;
    let coarse = 2 * stride;
    let matched = |lag| correlate(stretches(lag), lag, stride);
    let mut best = matched(least);
    let mut lag = least + coarse;
    while lag <= most {
        best = better(best, matched(lag));
        lag += coarse;
    }
    let around = best.lag;
    for lag in around.saturating_sub(coarse - 1).max(least)..=(around + coarse - 1).min(most) {
        best = better(best, matched(lag));
    }
    best
}

fn better(a: Match, b: Match) -> Match {
    if b.correlation > a.correlation { b } else { a }
}

fn correlate((late, early): (&[i16], &[i16]), lag: usize, stride: usize) -> Match {
    let (mut cross, mut late_energy, mut early_energy) = (0i64, 0i64, 0i64);
    if stride == 1 {
        // Without the stride the sums become vector code; 2^20 samples of 16 bits squared fit an i64 and, divided by
        // 16, one window's worth fits the i32 that makes it fast.
        let (mut c, mut l, mut e) = (0i32, 0i32, 0i32);
        for (&a, &b) in late.iter().zip(early) {
            let (a, b) = (i32::from(a >> 4), i32::from(b >> 4));
            c = c.wrapping_add(a * b);
            l = l.wrapping_add(a * a);
            e = e.wrapping_add(b * b);
        }
        (cross, late_energy, early_energy) =
            (i64::from(c) << 8, i64::from(l) << 8, i64::from(e) << 8);
    } else {
        for (&a, &b) in late.iter().zip(early).step_by(stride) {
            let (a, b) = (i64::from(a), i64::from(b));
            cross += a * b;
            late_energy += a * a;
            early_energy += b * b;
        }
    }
    let count = (late.len() / stride) as f32;
    let (late_energy, early_energy) = (late_energy as f32, early_energy as f32);
    if late_energy < SILENCE * count && early_energy < SILENCE * count {
        return Match {
            lag,
            correlation: 1.0,
        };
    }
    let norm = (late_energy.max(1.0) * early_energy.max(1.0)).sqrt();
    Match {
        lag,
        correlation: cross as f32 / norm,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_at_the_beginning_of_20_ms_is_found() {
        for (rate, period) in [(8_000, 73), (8_000, 33), (48_000, 431)] {
            let signal: Vec<i16> = (0..rate as usize / 50)
                .map(|n| {
                    ((9_000.0 * (-((n % period) as f64) / (period as f64 / 6.0)).exp()) as i16)
                        - 1_000
                })
                .collect();
            let least = rate as usize / 400;
            let found = search_ahead(&signal, least, signal.len() - 2 * least, rate);
            assert_eq!(found.lag % period, 0, "{found:?}");
            assert!(found.correlation > 0.95);
        }
    }

    #[test]
    fn the_period_of_a_pulse_train_is_found_at_both_rates() {
        for (rate, period) in [(8_000, 73), (48_000, 431)] {
            let signal: Vec<i16> = (0..2 * rate as usize / 20)
                .map(|n| {
                    ((9_000.0 * (-((n % period) as f64) / (period as f64 / 6.0)).exp()) as i16)
                        - 1_000
                })
                .collect();
            let window = rate as usize / 50;
            let found = search(
                &signal,
                window,
                rate as usize / 200,
                rate as usize * 3 / 200,
                rate,
            );
            assert_eq!(found.lag, period);
            assert!(found.correlation > 0.95);
        }
    }
}
