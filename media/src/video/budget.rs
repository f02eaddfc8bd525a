//! How much is sent again: a quarter of what may be sent.

use std::time::Duration;

/// Of the limit.
const SHARE: f64 = 0.25;
/// What was not used is kept for so long.
const KEPT: Duration = Duration::from_secs(1);

/// What is left of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Budget {
    octets: f64,
    at: Duration,
}

impl Budget {
    /// Takes so many octets, given the limit in bit/s; false if there are not as many. Without a limit there are always.
    pub(super) fn takes(&mut self, now: Duration, octets: usize, limit: Option<u64>) -> bool {
        let Some(limit) = limit else { return true };
        let a_second = limit as f64 * SHARE / 8.0;
        let passed = now.saturating_sub(std::mem::replace(&mut self.at, now));
        let grown = self.octets + a_second * passed.as_secs_f64();
        self.octets = grown.min(a_second * KEPT.as_secs_f64());
        let octets = octets as f64;
        let is_enough = octets <= self.octets;
        self.octets -= if is_enough { octets } else { 0.0 };
        is_enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_the_limit_is_there_and_no_more_than_a_second_of_it() {
        let mut budget = Budget::default();
        let mut taken = 0;
        for step in 0..100 {
            let now = Duration::from_millis(100 * step);
            while budget.takes(now, 100, Some(80_000)) {
                taken += 100;
            }
        }
        // 80,000 bit/s · 9.9 s / 4 / 8.
        assert!((24_500..=24_750).contains(&taken), "{taken}");
        let later = Duration::from_secs(100);
        let burst = (0..100).filter(|_| budget.takes(later, 100, Some(80_000)));
        assert_eq!(burst.count(), 25);
        assert!(budget.takes(later, 1_000_000, None));
    }
}
