//! `badge.json`: one label, one message, one colour, in the form that badge services read.

use super::Report;

/// The whole of `badge.json`.
pub fn json(report: &Report) -> String {
    let summary = report.summary();
    let message = format!("{} of {} scenarios", summary.passed, summary.scenarios);
    let colour = match report.exit_status() {
        0 => "brightgreen",
        1 => "red",
        _ => "lightgrey",
    };
    let badge = serde_json::json!({
        "schemaVersion": 1,
        "label": "solstice",
        "message": message,
        "color": colour,
    });
    format!("{badge:#}\n")
}
