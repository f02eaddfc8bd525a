//! How fast a delay grows: the slope of the line that fits it best.

use std::time::Duration;

/// Markers that a slope needs.
const LEAST: f64 = 3.0;

/// Sums of a least-squares fit, relative to the first point.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Drift {
    first: Option<(Duration, i64)>,
    points: f64,
    times: f64,
    delays: f64,
    squares: f64,
    products: f64,
}

impl Drift {
    /// One more delay, as of that moment on the ear's clock.
    pub(super) fn note(&mut self, at: Duration, delay_us: i64) {
        let (first_at, first_us) = *self.first.get_or_insert((at, delay_us));
        let time = at.saturating_sub(first_at).as_secs_f64();
        let delay = (delay_us - first_us) as f64;
        self.points += 1.0;
        self.times += time;
        self.delays += delay;
        self.squares += time * time;
        self.products += time * delay;
    }

    /// Microseconds a second, which are parts per million.
    pub(super) fn ppm(&self) -> Option<f64> {
        let spread = self.points * self.squares - self.times * self.times;
        let slope = (self.points * self.products - self.times * self.delays) / spread;
        (self.points >= LEAST && spread > 0.0).then_some(slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_is_found_through_noise() {
        let mut drift = Drift::default();
        assert_eq!(drift.ppm(), None);
        for second in 0..60i64 {
            let noise = [0, 60, -60, 30][second as usize % 4];
            drift.note(
                Duration::from_secs(1_000 + second as u64),
                40_000 - 50 * second + noise,
            );
        }
        let ppm = drift.ppm().unwrap();
        assert!((ppm + 50.0).abs() < 1.0, "{ppm}");
    }
}
