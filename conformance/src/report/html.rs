//! `report.html`: the report for people, one file that works without a network.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Proof, Report, RequirementRow, ScenarioRow, Summary, ladder, plot, style, truth};
use crate::outcome::{Finding, Outcome, Verdict};
use crate::requirement::Level;

/// The whole page.
pub fn page(report: &Report) -> String {
    let summary = report.summary();
    let scenarios = report.scenarios();
    let requirements = report.requirements();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Solstice: " (summary.passed) " of " (summary.scenarios) " scenarios pass" }
                style { (PreEscaped(style::SHEET)) }
            }
            body {
                a class="skip" href="#requirements" { "Skip to the requirements" }
                (head(report, &summary))
                nav aria-label="Parts of the report" {
                    a href="#findings" { "Findings" }
                    a href="#requirements" { "Requirements" }
                    a href="#scenarios" { "Scenarios" }
                    a href="#truth" { "Truth of statistics" }
                    a href="#runs" { "Runs" }
                }
                main {
                    (findings(report, &scenarios))
                    (requirement_table(&requirements))
                    (scenario_table(&scenarios))
                    (truth::section(report))
                    section id="runs" {
                        h2 { "Runs" }
                        @for row in &scenarios { (scenario(row)) }
                    }
                }
                script { (PreEscaped(style::SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn head(report: &Report, summary: &Summary) -> Markup {
    let header = &report.header;
    let figures = [
        ("world", header.world.clone()),
        ("seeds", header.seeds.clone()),
        ("runs", summary.runs.to_string()),
        ("simulated", format!("{:.1} s", summary.simulated_s)),
        ("wall", format!("{:.1} s", summary.wall_s)),
        ("processor", format!("{:.1} s", summary.cpu_s)),
        (
            "call-seconds per CPU second",
            format!("{:.0}", summary.call_seconds_per_cpu_second),
        ),
        ("packets", summary.packets.to_string()),
        ("trace", summary.trace_hash.clone()),
        ("version", header.version.clone()),
        ("machine", header.machine.clone()),
        ("started", header.started.clone()),
    ];
    html! {
        header class="head" {
            h1 { "Solstice conformance report" }
            p class="sentence" { (summary.sentence()) }
            dl class="figures" {
                @for (name, value) in figures { div { dt { (name) } dd { (value) } } }
            }
            (command("Repeat the whole run", &header.command))
            @if let Some(checked) = &header.verification {
                @if checked.differences.is_empty() {
                    p class="good" { "✓ " (checked.runs) " runs repeated in two fresh processes were identical." }
                } @else {
                    p class="bad" { "✗ Runs that differ when repeated:" }
                    ul { @for difference in &checked.differences { li { (difference) } } }
                }
            }
        }
    }
}

fn command(what: &str, text: &str) -> Markup {
    html! {
        div class="command" {
            span class="soft" { (what) ":" }
            code { (text) }
            button type="button" data-copy=(text) { "Copy" }
        }
    }
}

fn findings(report: &Report, scenarios: &[ScenarioRow<'_>]) -> Markup {
    let worst: Vec<&Outcome> = scenarios
        .iter()
        .map(ScenarioRow::worst)
        .filter(|run| run.verdict.weight() > 1)
        .collect();
    html! {
        section id="findings" {
            h2 { "Findings" }
            @if worst.is_empty() && report.unneeded.is_empty() { p { "Nothing was found." } }
            @for run in worst {
                h3 { (state(&run.verdict)) " " a href=(format!("#{}", anchor(&run.scenario))) { (run.scenario) }
                    " with seed " (run.seed) }
                (explanation(&run.verdict))
            }
            @for entry in &report.unneeded {
                p class="bad" { "✗ Known failures, " (entry) }
            }
        }
    }
}

fn explanation(verdict: &Verdict) -> Markup {
    html! {
        @match verdict {
            Verdict::Passed => {}
            Verdict::Unsupported { reason } => { p class="soft" { "Unsupported: " (reason) } }
            Verdict::Failed { finding } => { (finding_box(finding)) }
            Verdict::Known { reason, finding } => { p class="warn" { "Known: " (reason) } (finding_box(finding)) }
            Verdict::HarnessError { reason, advice } => {
                div class="finding" { dl { dt { "harness" } dd { (reason) } dt { "next" } dd { (advice) } } }
            }
        }
    }
}

fn finding_box(finding: &Finding) -> Markup {
    html! {
        div class="finding" {
            dl {
                dt { "expected" } dd { (finding.expected) }
                dt { "came" } dd { (finding.came) }
                dt { "fault of" } dd { (finding.fault.name()) }
                @if let Some(at_ns) = finding.at_ns { dt { "at" } dd { (format!("{:.3} s", at_ns as f64 / 1e9)) } }
                @if let Some(checker) = &finding.checker { dt { "found by" } dd { (checker) } }
                dt { "next" } dd { (finding.advice) }
            }
        }
    }
}

fn requirement_table(rows: &[RequirementRow<'_>]) -> Markup {
    let proven = rows.iter().filter(|row| row.proof == Proof::Proven).count();
    html! {
        section id="requirements" {
            h2 { "Requirements: " (proven) " of " (rows.len()) " proven" }
            (filter("requirement-table", "id, level, words, proven, not proven yet"))
            div class="scroll" {
                table id="requirement-table" {
                    thead { tr { th { "id" } th { "level" } th { "requirement" } th { "FAQ" } th { "state" } th { "scenarios" } } }
                    tbody { @for row in rows { (requirement(row)) } }
                }
            }
        }
    }
}

fn requirement(row: &RequirementRow<'_>) -> Markup {
    let requirement = row.requirement;
    let answers = requirement.answers();
    let (class, words) = match row.proof {
        Proof::Proven => ("good", "✓ proven"),
        Proof::Broken => ("bad", "✗ broken"),
        Proof::NotYet => ("none", "○ not proven yet"),
    };
    html! {
        tr id=(requirement.id) {
            td class="mono" { (requirement.id) }
            td { @if requirement.level == Level::MustNot { strong { "must not" } } @else { (requirement.level.name()) } }
            td {
                (requirement.text)
                @if let Some(choice) = requirement.choice { span class="choice" { "Our choice: " (choice) } }
                span class="choice" { "Proof: " (requirement.proof) }
            }
            td { @for answer in answers { span title=(answer.question) { (answer.key) } " " } }
            td class=(format!("state {class}")) { (words) }
            td {
                @for (name, verdict) in &row.scenarios {
                    a href=(format!("#{}", anchor(name))) { (name) } " " (state(verdict)) br;
                }
            }
        }
    }
}

fn filter(table: &str, hint: &str) -> Markup {
    html! {
        div class="filter" {
            label { "Filter " input type="search" data-filters=(table) placeholder=(hint); }
        }
    }
}

fn scenario_table(rows: &[ScenarioRow<'_>]) -> Markup {
    html! {
        section id="scenarios" {
            h2 { "Scenarios" }
            (filter("scenario-table", "name, verdict, requirement"))
            div class="scroll" {
                table id="scenario-table" {
                    thead { tr {
                        th { "scenario" } th { "verdict" } th { "proves" } th class="number" { "seeds" }
                        th class="number" { "simulated s" } th class="number" { "call s" }
                        th class="number" { "CPU s" } th { "trace of first seed" }
                    } }
                    tbody { @for row in rows { (scenario_line(row)) } }
                }
            }
        }
    }
}

fn scenario_line(row: &ScenarioRow<'_>) -> Markup {
    let first = row.runs[0];
    let sum = |figure: fn(&Outcome) -> f64| row.runs.iter().map(|run| figure(run)).sum::<f64>();
    html! {
        tr {
            td { a href=(format!("#{}", anchor(row.name()))) { (row.name()) } }
            td { (state(&row.worst().verdict)) }
            td { @for id in &first.proves { a href=(format!("#{id}")) { (id) } " " } }
            td class="number" { (row.runs.len()) }
            td class="number" { (format!("{:.1}", sum(|run| run.simulated_s))) }
            td class="number" { (format!("{:.1}", sum(|run| run.call_seconds))) }
            td class="number" { (format!("{:.2}", sum(|run| run.cpu_s))) }
            td class="mono" { (first.trace_hash) }
        }
    }
}

fn scenario(row: &ScenarioRow<'_>) -> Markup {
    let worst = row.worst();
    let shown = row
        .runs
        .iter()
        .find(|run| run.ladder.is_some() && run.key() == worst.key());
    let shown = shown.or_else(|| row.runs.iter().find(|run| run.ladder.is_some()));
    let id = anchor(row.name());
    let repeat = format!(
        "solstice run {} --seeds {}..{} --world {}",
        row.name(),
        worst.seed,
        worst.seed + 1,
        worst.world
    );
    html! {
        article id=(id) {
            h3 { (state(&worst.verdict)) " " (row.name()) }
            p { (worst.title) " Proves " @for id in &worst.proves { a href=(format!("#{id}")) { (id) } " " } }
            (explanation(&worst.verdict))
            (command("Repeat", &repeat))
            @if let Some(capsule) = &worst.capsule {
                (command("Replay", &format!("solstice replay {capsule}")))
                p { "Capsule: " a href=(format!("{capsule}/")) { (capsule) } " · "
                    a href=(format!("{capsule}/capture.pcapng")) { "capture" } " · "
                    a href=(format!("{capsule}/ladder.txt")) { "ladder as text" } }
            }
            @if !worst.measures.is_empty() {
                dl class="figures" { @for (name, value) in &worst.measures { div { dt { (name) } dd { (format!("{value:.3}")) } } } }
            }
            @if !worst.leaks.is_empty() {
                p class="soft" { "Ambient reads: "
                    @for (kind, count) in &worst.leaks { (kind) " " (count) " " } }
            }
            @if let Some(timeline) = shown.and_then(|run| run.timeline.as_ref()) {
                (plot::drawing(timeline, &id))
            }
            @if let Some(run) = shown {
                @if let Some(drawing) = &run.ladder {
                    details open[worst.verdict.weight() > 1] {
                        summary { "Ladder of seed " (run.seed) ", " (drawing.rows.len()) " rows" }
                        (ladder::drawing(drawing, &id))
                    }
                }
            }
        }
    }
}

fn state(verdict: &Verdict) -> Markup {
    let (class, symbol) = match verdict {
        Verdict::Passed => ("good", "✓"),
        Verdict::Failed { .. } => ("bad", "✗"),
        Verdict::Unsupported { .. } => ("none", "–"),
        Verdict::Known { .. } => ("warn", "!"),
        Verdict::HarnessError { .. } => ("bad", "⊘"),
    };
    html! { span class=(format!("state {class}")) { (symbol) " " (verdict.name()) } }
}

fn anchor(scenario: &str) -> String {
    format!("s-{}", scenario.replace(['/', '_'], "-"))
}
