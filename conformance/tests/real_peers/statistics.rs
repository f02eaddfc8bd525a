//! Laying what one side has counted beside what another has.

use std::io::Write as _;

use serde_json::Value;

use crate::lab::Failure;

/// Between which bounds a counter grew from one moment to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Growth {
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Growth {
    /// How far apart two are at least; 0 if both may have grown by the same.
    fn apart(self, other: Self) -> f64 {
        let gap = (self.least - other.most).max(other.least - self.most);
        // A figure that is not there is not near to anything.
        let is_known = [self.least, self.most, other.least, other.most]
            .into_iter()
            .all(f64::is_finite);
        if is_known { gap.max(0.0) } else { f64::NAN }
    }
}

/// Figures laid side by side; what does not agree is told all at once.
#[derive(Default)]
pub(crate) struct Agreement {
    differences: Vec<String>,
}

impl Agreement {
    /// Two figures that are to be the same, but for so much.
    pub(crate) fn near(&mut self, what: &str, one: f64, other: f64, tolerance: f64) {
        let figures = format!("{what}: {one} and {other}, {tolerance} apart at most");
        // For those who look: what agreed, and how nearly.
        let _ = writeln!(std::io::stderr(), "{figures}");
        if (one - other).abs() > tolerance || !(one - other).is_finite() {
            self.differences.push(figures);
        }
    }

    /// A figure that is to be so large at least.
    pub(crate) fn at_least(&mut self, what: &str, figure: f64, least: f64) {
        if figure.is_nan() || figure < least {
            self.differences.push(format!(
                "{what}: {figure}, where {least} at least were expected"
            ));
        }
    }

    /// Two counters that are to have grown by the same, but for so much.
    pub(crate) fn grew(&mut self, what: &str, one: Growth, other: Growth, tolerance: f64) {
        let words = |it: Growth| format!("{:.0} to {:.0}", it.least, it.most);
        let figures = format!(
            "{what}: {} and {}, {tolerance:.0} apart at most",
            words(one),
            words(other)
        );
        let _ = writeln!(std::io::stderr(), "{figures}");
        let apart = one.apart(other);
        if apart > tolerance || !apart.is_finite() {
            self.differences.push(figures);
        }
    }

    /// Whether all agreed.
    pub(crate) fn result(self) -> Result<(), Failure> {
        if self.differences.is_empty() {
            return Ok(());
        }
        Err(self.differences.join("; ").into())
    }
}

/// A figure; one that is not there agrees with nothing.
pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

/// By how much a figure grew.
pub(crate) fn grown(then: &Value, now: &Value, name: &str) -> f64 {
    number(&now[name]) - number(&then[name])
}
