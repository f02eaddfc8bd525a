//! The rate that the loss allows.
//!
//! draft-ietf-rmcat-gcc-02 §6: above 10 % it falls by half the loss, below 2 % it grows by 5 %, between it stays. Until the
//! loss was high, and once it has grown past what the delay allows, it sets no limit.

use std::time::Duration;

/// Shares of loss between which the rate stays. §6.
const HIGH: f64 = 0.10;
const LOW: f64 = 0.02;
/// Growth at each step. §6.
pub(super) const GROWTH: f64 = 1.05;
/// Time between two steps, and packets that a step needs: less would make chance of a few into a rule.
const STEP: Duration = Duration::from_millis(300);
const PACKETS_MIN: u64 = 20;

/// What the loss of a step was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Loss {
    Low,
    Middling,
    High,
}

/// The controller.
#[derive(Clone, Debug, Default)]
pub(super) struct LossControl {
    limit: Option<f64>,
    arrived: u64,
    lost: u64,
    /// Since when packets are counted.
    since: Option<Duration>,
}

impl LossControl {
    /// Notes packets by their fate.
    pub(super) fn note(&mut self, now: Duration, arrived: u64, lost: u64) {
        self.arrived += arrived;
        self.lost += lost;
        self.since.get_or_insert(now);
    }

    /// The limit, if there is one.
    pub(super) fn limit(&self) -> Option<f64> {
        self.limit
    }

    /// Moves the limit if a step is due, given the rate that the delay allows.
    pub(super) fn control(&mut self, now: Duration, allowed: f64, least: f64) -> Option<Loss> {
        let all = self.arrived + self.lost;
        if all < PACKETS_MIN || self.since.is_none_or(|since| now < since + STEP) {
            return None;
        }
        let share = self.lost as f64 / all as f64;
        (self.arrived, self.lost, self.since) = (0, 0, Some(now));
        let current = self.limit.map_or(allowed, |limit| limit.min(allowed));
        if share > HIGH {
            self.limit = Some((current * (1.0 - 0.5 * share)).max(least));
            return Some(Loss::High);
        }
        if share >= LOW {
            return Some(Loss::Middling);
        }
        self.limit = self
            .limit
            .map(|limit| limit * GROWTH)
            .filter(|limit| *limit < allowed);
        Some(Loss::Low)
    }
}
