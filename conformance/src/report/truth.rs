//! How true the product's statistics are, over all runs: what was compared, how far it was off, how far it may be.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::Report;
use crate::truth::{Metric, Row};

/// The section of the page.
pub fn section(report: &Report) -> Markup {
    let rows = rows(report);
    html! {
        section id="truth" {
            h2 { "Truth of statistics" }
            p {
                "What RTCP and the clients say of media, against what the simulated network did to it. "
                "Losses are counted from packets that were sent and did not arrive; times are those of the trace."
            }
            @if rows.is_empty() { p class="soft" { "No run of this report had media in a world with a trace." } } @else {
                div class="scroll" {
                    table {
                        thead { tr {
                            th { "statistic" } th { "said in" } th class="number" { "compared" }
                            th class="number" { "furthest off" } th class="number" { "tolerance" } th { "why so much" } th { "state" }
                        } }
                        tbody { @for metric in Metric::ALL { @if let Some(row) = rows.get(metric.name) { (line(metric, row)) } } }
                    }
                }
            }
        }
    }
}

/// All runs put together, by the name of the statistic.
pub fn rows(report: &Report) -> BTreeMap<&str, Row> {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    for (name, row) in report.outcomes.iter().flat_map(|outcome| &outcome.truth) {
        rows.entry(name).or_default().add(row);
    }
    rows
}

fn line(metric: &Metric, row: &Row) -> Markup {
    let is_true = row.worst <= metric.tolerance;
    let (class, words) = if is_true {
        ("good", "✓ true")
    } else {
        ("bad", "✗ not true")
    };
    html! {
        tr {
            td { (metric.name) }
            td { (metric.said_in) }
            td class="number" { (row.compared) }
            td class="number" { (format!("{:.3} {}", row.worst, metric.unit)) }
            td class="number" { (metric.tolerance) " " (metric.unit) }
            td class="soft" { (metric.reason) }
            td class=(format!("state {class}")) { (words) }
        }
    }
}
