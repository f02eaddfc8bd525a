//! `summary.md`: the report for a pull request.

use super::{Report, ScenarioRow, Summary};
use crate::outcome::Verdict;

/// Findings shown at most; the page has all.
const FINDINGS_MAX: usize = 20;

/// The whole of `summary.md`.
pub fn text(report: &Report) -> String {
    let summary = report.summary();
    let mut text = format!(
        "# Solstice {}\n\n**{}**\n\n",
        summary.version,
        summary.sentence()
    );
    text.push_str(&figures(&summary));
    text.push_str(&findings(report));
    for entry in &report.unneeded {
        text.push_str(&format!("- Known failures: {entry}\n"));
    }
    if let Some(checked) = &report.header.verification {
        text.push_str(&format!(
            "\n{} runs were repeated in fresh processes; ",
            checked.runs
        ));
        text.push_str(&match checked.differences.len() {
            0 => "all were identical.\n".to_owned(),
            count => format!(
                "{count} differed:\n\n- {}\n",
                checked.differences.join("\n- ")
            ),
        });
    }
    text.push_str(&format!("\nRepeat with `{}`.\n", report.header.command));
    text
}

fn figures(summary: &Summary) -> String {
    format!(
        "| world | runs | simulated | wall | CPU | call-seconds per CPU second | trace |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | --- |\n\
         | {} | {} | {:.1} s | {:.1} s | {:.1} s | {:.0} | `{}` |\n\n",
        summary.world,
        summary.runs,
        summary.simulated_s,
        summary.wall_s,
        summary.cpu_s,
        summary.call_seconds_per_cpu_second,
        summary.trace_hash,
    )
}

fn findings(report: &Report) -> String {
    let rows = report.scenarios();
    let worth_saying = |row: &&ScenarioRow<'_>| row.worst().verdict != Verdict::Passed;
    let mut rows: Vec<_> = rows.iter().filter(worth_saying).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.worst().verdict.weight()));
    if rows.is_empty() {
        return String::new();
    }
    let mut text =
        "| scenario | seed | verdict | reason |\n| --- | ---: | --- | --- |\n".to_owned();
    for row in rows.iter().take(FINDINGS_MAX) {
        let worst = row.worst();
        let reason = worst
            .verdict
            .reason()
            .unwrap_or_default()
            .replace('|', "\\|")
            .replace('\n', " ");
        text.push_str(&format!(
            "| {} | {} | {} | {reason} |\n",
            row.name(),
            worst.seed,
            worst.verdict.name()
        ));
    }
    if rows.len() > FINDINGS_MAX {
        text.push_str(&format!(
            "\n{} more are in `report.html`.\n",
            rows.len() - FINDINGS_MAX
        ));
    }
    text.push('\n');
    text
}
