//! A rate that is kept to by whoever sends in lumps: what a lump took is made good before the next.

use std::time::Duration;

/// What was not used is kept for so long.
const KEPT: Duration = Duration::from_millis(250);
/// The longest wait that a lump makes, whatever it took.
const OWED: Duration = Duration::from_secs(1);

/// What is left of a rate; less than nothing if it is owed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Budget {
    octets: f64,
    /// None before the first look, by which nothing was used.
    at: Option<Duration>,
}

impl Budget {
    /// Whether a lump may be sent now, given the rate in bit/s that holds; never by a rate of zero.
    pub(super) fn has_room(&mut self, now: Duration, bits_per_second: u64) -> bool {
        let a_second = bits_per_second as f64 / 8.0;
        let most = a_second * KEPT.as_secs_f64();
        let grown = self.at.replace(now).map_or(most, |at| {
            self.octets + a_second * now.saturating_sub(at).as_secs_f64()
        });
        self.octets = grown.clamp(-a_second * OWED.as_secs_f64(), most);
        self.octets > 0.0
    }

    /// Takes a lump if it may be sent now.
    pub(super) fn takes(&mut self, now: Duration, octets: usize, bits_per_second: u64) -> bool {
        let has_room = self.has_room(now, bits_per_second);
        self.spend(if has_room { octets as u64 } else { 0 });
        has_room
    }

    /// Notes what a lump took.
    pub(super) fn spend(&mut self, octets: u64) {
        self.octets -= octets as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Octets sent in lumps by whoever looks every 10 ms.
    fn sent(budget: &mut Budget, from: u64, seconds: u64, lump: u64, rate: u64) -> u64 {
        let moments =
            (from * 100..(from + seconds) * 100).map(|step| Duration::from_millis(10 * step));
        let taken = moments.filter(|now| budget.takes(*now, lump as usize, rate));
        taken.count() as u64 * lump
    }

    #[test]
    fn the_rate_is_kept_to_whatever_the_lumps() {
        for lump in [200, 700, 5_000] {
            let mut budget = Budget::default();
            let octets = sent(&mut budget, 0, 100, lump, 80_000);
            assert!(
                octets.abs_diff(1_000_000) <= 2_500 + lump,
                "{octets} by {lump}"
            );
        }
    }

    #[test]
    fn a_large_lump_makes_nobody_wait_for_long_and_a_rate_of_zero_lets_nothing_through() {
        let mut budget = Budget::default();
        assert_eq!(sent(&mut budget, 0, 10, 1_000_000, 80_000), 10_000_000);
        assert_eq!(sent(&mut budget, 10, 10, 1, 0), 0);
    }
}
