//! Laying what one side has counted beside what another has.

use std::io::Write as _;

use serde_json::Value;

use crate::lab::Failure;

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
