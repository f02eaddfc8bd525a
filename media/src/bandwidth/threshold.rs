//! What a trend means: a threshold that follows the trend slowly, so that the jitter of the path is not taken for a queue,
//! and other flows do not starve us.
//!
//! draft-ietf-rmcat-gcc-02 §5.3 (adaptive threshold), §5.4 (over-use detector).

use super::trend::Gradient;

/// What the path's queue does.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Usage {
    /// It neither grows nor empties.
    #[default]
    Normal,
    /// It grows: more is sent than the path carries.
    Over,
    /// It empties.
    Under,
}

/// Where the threshold begins, ms. §5.3, del_var_th(0).
const START_MS: f64 = 12.5;
/// Within which it stays, ms. §5.3.
const RANGE_MS: std::ops::RangeInclusive<f64> = 6.0..=600.0;
/// How fast it rises and falls, per ms: K_u and K_d of §5.3, larger than there, as a line's slope is quieter than the draft's
/// filter.
const RISE: f64 = 0.008_7;
const FALL: f64 = 0.039;
/// A trend that exceeds the threshold by more does not move it, ms. §5.3.
const SPIKE_MS: f64 = 15.0;
/// Longest step that moves the threshold, ms.
const STEP_MAX_MS: f64 = 100.0;
/// How long the trend must exceed the threshold, ms. §5.4, overuse_time_th.
const OVER_MS: f64 = 10.0;

/// The detector.
#[derive(Clone, Debug)]
pub(super) struct Threshold {
    threshold_ms: f64,
    moved_ms: Option<f64>,
    trend_ms: f64,
    /// How long the trend has exceeded the threshold, and for how many groups.
    over_ms: Option<f64>,
    over_groups: u32,
    usage: Usage,
}

impl Default for Threshold {
    fn default() -> Threshold {
        Threshold {
            threshold_ms: START_MS,
            moved_ms: None,
            trend_ms: 0.0,
            over_ms: None,
            over_groups: 0,
            usage: Usage::Normal,
        }
    }
}

impl Threshold {
    /// Judges the trend after another group.
    pub(super) fn judge(&mut self, gradient: &Gradient) -> Usage {
        let trend = gradient.trend_ms;
        if trend > self.threshold_ms {
            // Half the first interval: the queue began to grow somewhere within it.
            let over = self.over_ms.map_or(gradient.sent_apart_ms / 2.0, |over| {
                over + gradient.sent_apart_ms
            });
            self.over_ms = Some(over);
            self.over_groups += 1;
            if over > OVER_MS && self.over_groups > 1 && trend >= self.trend_ms {
                (self.over_ms, self.over_groups) = (Some(0.0), 0);
                self.usage = Usage::Over;
            }
        } else {
            (self.over_ms, self.over_groups) = (None, 0);
            self.usage = if trend < -self.threshold_ms {
                Usage::Under
            } else {
                Usage::Normal
            };
        }
        self.trend_ms = trend;
        self.follow(trend, gradient.arrived_ms);
        self.usage
    }

    pub(super) fn usage(&self) -> Usage {
        self.usage
    }

    fn follow(&mut self, trend: f64, now_ms: f64) {
        let before = self.moved_ms.replace(now_ms).unwrap_or(now_ms);
        let distance = trend.abs() - self.threshold_ms;
        if distance > SPIKE_MS {
            return;
        }
        let speed = if distance < 0.0 { FALL } else { RISE };
        let step = (now_ms - before).clamp(0.0, STEP_MAX_MS);
        self.threshold_ms =
            (self.threshold_ms + speed * distance * step).clamp(*RANGE_MS.start(), *RANGE_MS.end());
    }
}
