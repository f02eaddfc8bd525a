//! `outcomes.jsonl` and `summary.json`: the report for machines, and the way back from it.
//!
//! The format is versioned by [`super::SCHEMA`] and described in the reference part of the book.

use serde::{Deserialize, Serialize};

use super::{Header, Report, SCHEMA};
use crate::outcome::Outcome;

/// One line of `outcomes.jsonl`.
#[derive(Deserialize, Serialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
enum Record {
    /// The first line.
    Run(Header),
    /// One scenario with one seed.
    Outcome(Box<Outcome>),
    /// The last line.
    End {
        /// Entries of the known failures that are not needed.
        unneeded: Vec<String>,
        /// Seconds outside.
        wall_s: f64,
        /// Processor seconds.
        cpu_s: f64,
    },
}

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// A line is no record.
    #[error(
        "line {line} of outcomes.jsonl is no record ({source}); give the directory of a report of this program"
    )]
    Line {
        /// Line from 1.
        line: usize,
        /// What the reader said.
        source: serde_json::Error,
    },
    /// It was written by another release.
    #[error(
        "outcomes.jsonl has schema {0}, this program reads schema {SCHEMA}; use the release that wrote it"
    )]
    Schema(u32),
    /// The first line is missing.
    #[error("outcomes.jsonl has no header; the run that wrote it was cut short: repeat it")]
    NoHeader,
}

/// The whole of `outcomes.jsonl`.
pub fn lines(report: &Report) -> String {
    let end = Record::End {
        unneeded: report.unneeded.clone(),
        wall_s: report.wall_s,
        cpu_s: report.cpu_s,
    };
    let outcomes = report
        .outcomes
        .iter()
        .map(|outcome| Record::Outcome(Box::new(outcome.clone())));
    let records = std::iter::once(Record::Run(report.header.clone()))
        .chain(outcomes)
        .chain([end]);
    let mut lines = String::new();
    for record in records {
        lines.push_str(
            &serde_json::to_string(&record).expect("records are plain data with text keys"),
        );
        lines.push('\n');
    }
    lines
}

/// Reads `outcomes.jsonl` back.
pub fn read(lines: &str) -> Result<Report, Unreadable> {
    let mut report: Option<Report> = None;
    for (index, line) in lines.lines().enumerate() {
        if report.is_none() {
            check_schema(line)?;
        }
        let record = serde_json::from_str(line).map_err(|source| Unreadable::Line {
            line: index + 1,
            source,
        })?;
        match (record, report.as_mut()) {
            (Record::Run(header), None) => {
                report = Some(Report {
                    header,
                    outcomes: Vec::new(),
                    unneeded: Vec::new(),
                    wall_s: 0.0,
                    cpu_s: 0.0,
                });
            }
            (Record::Outcome(outcome), Some(report)) => report.outcomes.push(*outcome),
            (
                Record::End {
                    unneeded,
                    wall_s,
                    cpu_s,
                },
                Some(report),
            ) => {
                (report.unneeded, report.wall_s, report.cpu_s) = (unneeded, wall_s, cpu_s);
            }
            _ => return Err(Unreadable::NoHeader),
        }
    }
    report.ok_or(Unreadable::NoHeader)
}

fn check_schema(line: &str) -> Result<(), Unreadable> {
    #[derive(Deserialize)]
    struct Version {
        schema: u32,
    }
    match serde_json::from_str::<Version>(line) {
        Ok(Version { schema }) if schema != SCHEMA => Err(Unreadable::Schema(schema)),
        Ok(_) => Ok(()),
        Err(_) => Err(Unreadable::NoHeader),
    }
}

/// The whole of `summary.json`.
pub fn summary(report: &Report) -> String {
    let mut text =
        serde_json::to_string_pretty(&report.summary()).expect("a summary is plain data");
    text.push('\n');
    text
}
