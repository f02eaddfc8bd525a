//! A table of what was measured against what it should be: `ratios.md` beside criterion's own results.
//!
//! Each benchmark replaces its own rows when it ends, so the table always holds the last figure of each. A row whose
//! measurement is missing (another filter on the command line) is left out.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// One row: a measurement and what it is held against. Measurements are named by function and parameter: `wire/100`.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    ours: &'static str,
    against: Against,
}

#[derive(Clone, Copy, Debug)]
enum Against {
    /// Time an element in ns.
    Limit(f64),
    /// Another measurement of the same run, and the ratio that is allowed.
    Peer(&'static str, Option<f64>),
}

impl Comparison {
    /// At most this time an element, in ns.
    pub const fn limit(ours: &'static str, most_ns: f64) -> Self {
        Self {
            ours,
            against: Against::Limit(most_ns),
        }
    }

    /// The time an element over that of another measurement, at most this if anything.
    pub const fn peer(ours: &'static str, peer: &'static str, most: Option<f64>) -> Self {
        Self {
            ours,
            against: Against::Peer(peer, most),
        }
    }

    fn row(&self, folder: &Path, group: &str) -> Option<String> {
        let ours = element_ns(&folder.join(group).join(self.ours))?;
        let (what, against, ratio, most) = match self.against {
            Against::Limit(most) => ("limit", most, ours / most, Some(1.0)),
            Against::Peer(peer, most) => {
                let theirs = element_ns(&folder.join(group).join(peer))?;
                (peer, theirs, ours / theirs, most)
            }
        };
        let verdict = match most {
            Some(most) if ratio <= most => format!("at most {most:.2}: holds"),
            Some(most) => format!("at most {most:.2}: MISSED"),
            None => String::new(),
        };
        Some(format!(
            "| {group} | {} | {} | {what} | {} | {ratio:.3} | {verdict} |",
            self.ours,
            time_text(ours),
            time_text(against),
        ))
    }
}

/// Puts the rows of a group of benchmarks into the table, prints them, and keeps the rows of all others.
pub fn report(group: &str, comparisons: &[Comparison]) {
    let folder = folder();
    let rows: Vec<String> = comparisons
        .iter()
        .filter_map(|comparison| comparison.row(&folder, group))
        .collect();
    if rows.is_empty() {
        return;
    }
    let path = folder.join("ratios.md");
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in fs::read_to_string(&path)
        .unwrap_or_default()
        .lines()
        .skip(HEAD.lines().count())
    {
        let of = line.split('|').nth(1).unwrap_or_default().trim();
        groups
            .entry(of.to_owned())
            .or_default()
            .push(line.to_owned());
    }
    groups.insert(group.to_owned(), rows.clone());
    let mut table = String::from(HEAD);
    for row in groups.values().flatten() {
        let _ = writeln!(table, "{row}");
    }
    if let Err(error) = fs::write(&path, table) {
        eprintln!("{}: {error}", path.display());
    }
    eprintln!("{HEAD}{}\n", rows.join("\n"));
}

/// The median time an element that criterion has just measured, in ns.
fn element_ns(measurement: &Path) -> Option<f64> {
    let read = |name: &str| -> Option<serde_json::Value> {
        serde_json::from_str(&fs::read_to_string(measurement.join("new").join(name)).ok()?).ok()
    };
    let median_ns = read("estimates.json")?["median"]["point_estimate"].as_f64()?;
    let throughput = &read("benchmark.json")?["throughput"];
    let elements = throughput["Elements"]
        .as_f64()
        .or_else(|| throughput["Bytes"].as_f64());
    Some(median_ns / elements.unwrap_or(1.0))
}

/// Where criterion puts its results.
fn folder() -> PathBuf {
    let target = || {
        std::env::var_os("CARGO_TARGET_DIR").map(|target| PathBuf::from(target).join("criterion"))
    };
    let home = std::env::var_os("CRITERION_HOME").map(PathBuf::from);
    home.or_else(target)
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/criterion"))
}

fn time_text(ns: f64) -> String {
    match ns {
        ns if ns < 1e3 => format!("{ns:.1} ns"),
        ns if ns < 1e6 => format!("{:.2} µs", ns / 1e3),
        ns if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}

const HEAD: &str = "\
| benchmark | ours | time an element | against | time an element | ratio | goal |
| --- | --- | --- | --- | --- | --- | --- |
";
