//! The rows of the table of ratios: as data, and as Markdown for people.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What one measurement came to.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Row {
    /// The group of benchmarks.
    pub group: String,
    /// Name of the measurement within the group.
    pub ours: String,
    /// Time an element, median, in ns.
    pub ours_ns: f64,
    /// Name of the measurement held against it; `limit` and `rate` are fixed figures.
    pub against: String,
    /// Its time an element, in ns.
    pub against_ns: f64,
    /// What `ratio` compares.
    pub unit: Unit,
    /// `ours_ns / against_ns` by [`Unit::Time`], `against_ns / ours_ns` by [`Unit::Speed`].
    pub ratio: f64,
    /// What the ratio should be; none if it is only told.
    pub goal: Option<Goal>,
    /// Whether it is that.
    pub holds: Option<bool>,
}

/// What a ratio compares.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Times: less is better.
    Time,
    /// Speeds: more is better.
    Speed,
}

/// What a ratio should be.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Row {
    pub(super) fn new(
        group: &str,
        (ours, ours_ns): (&str, f64),
        (against, against_ns): (&str, f64),
        unit: Unit,
        goal: Option<Goal>,
    ) -> Row {
        let ratio = match unit {
            Unit::Time => ours_ns / against_ns,
            Unit::Speed => against_ns / ours_ns,
        };
        Row {
            group: group.to_owned(),
            ours: ours.to_owned(),
            ours_ns,
            against: against.to_owned(),
            against_ns,
            unit,
            ratio,
            goal,
            holds: goal.map(|goal| goal.holds(ratio)),
        }
    }

    fn markdown(&self) -> String {
        let verdict = match (self.goal, self.holds) {
            (Some(goal), Some(true)) => format!("{}: holds", goal.text()),
            (Some(goal), _) => format!("{}: MISSED", goal.text()),
            (None, _) => String::new(),
        };
        let unit = match self.unit {
            Unit::Time => "time",
            Unit::Speed => "speed",
        };
        format!(
            "| {} | {} | {} | {} | {} | {} | {unit} {:.3} | {verdict} |",
            self.group,
            self.ours,
            time_text(self.ours_ns),
            rate_text(self.ours_ns),
            self.against,
            time_text(self.against_ns),
            self.ratio,
        )
    }
}

impl Goal {
    fn holds(self, ratio: f64) -> bool {
        match self {
            Goal::AtMost(most) => ratio <= most,
            Goal::AtLeast(least) => ratio >= least,
        }
    }

    fn text(self) -> String {
        match self {
            Goal::AtMost(most) => format!("at most {most:.2}"),
            Goal::AtLeast(least) => format!("at least {least:.2}"),
        }
    }
}

/// All rows, in the order of their groups: the content of `ratios.json`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Table {
    /// Version of this form: [`VERSION`].
    pub version: u32,
    /// The rows.
    pub rows: Vec<Row>,
}

impl Table {
    pub(super) fn of(rows: Vec<Row>) -> Table {
        Table {
            version: VERSION,
            rows,
        }
    }

    /// What the file holds; empty if there is none, or one of another version.
    pub(super) fn read(path: &Path) -> Table {
        let text = fs::read_to_string(path).unwrap_or_default();
        serde_json::from_str(&text)
            .ok()
            .filter(|table: &Table| table.version == VERSION)
            .unwrap_or(Table::of(Vec::new()))
    }

    pub(super) fn replace(&mut self, group: &str, rows: Vec<Row>) {
        self.rows.retain(|row| row.group != group);
        self.rows.extend(rows);
        self.rows.sort_by(|one, other| one.group.cmp(&other.group));
    }

    /// Writes the rows, and beside them the same for people; says it if that fails, as the figures are still on the screen.
    pub(super) fn write(&self, path: &Path) {
        let json = serde_json::to_string_pretty(self).expect("rows are plain data");
        for (path, text) in [
            (path.to_owned(), json + "\n"),
            (path.with_extension("md"), self.markdown()),
        ] {
            if let Err(error) = fs::write(&path, text) {
                eprintln!("{}: {error}", path.display());
            }
        }
    }

    /// The table as Markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::from(HEAD);
        for row in &self.rows {
            let _ = writeln!(text, "{}", row.markdown());
        }
        text
    }
}

/// Version of the form of `ratios.json`.
pub(super) const VERSION: u32 = 1;

const HEAD: &str = "\
| benchmark | ours | time an element | elements a second | against | its time | ratio | goal |
| --- | --- | --- | --- | --- | --- | --- | --- |
";

fn time_text(ns: f64) -> String {
    match ns {
        ns if ns < 1e3 => format!("{ns:.2} ns"),
        ns if ns < 1e6 => format!("{:.2} µs", ns / 1e3),
        ns if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}

fn rate_text(ns: f64) -> String {
    match 1e9 / ns {
        rate if rate < 1e3 => format!("{rate:.1}"),
        rate if rate < 1e6 => format!("{:.1} k", rate / 1e3),
        rate if rate < 1e9 => format!("{:.2} M", rate / 1e6),
        rate => format!("{:.2} G", rate / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(group: &str, ours_ns: f64, unit: Unit, goal: Goal) -> Row {
        Row::new(group, ("ours", ours_ns), ("theirs", 10.0), unit, Some(goal))
    }

    #[test]
    fn a_time_and_a_speed_are_each_others_inverse() {
        let time = row("a", 20.0, Unit::Time, Goal::AtMost(2.0));
        assert_eq!((time.ratio, time.holds), (2.0, Some(true)));
        let speed = row("a", 20.0, Unit::Speed, Goal::AtLeast(0.51));
        assert_eq!((speed.ratio, speed.holds), (0.5, Some(false)));
    }

    #[test]
    fn a_group_replaces_its_own_rows_alone() {
        let goal = Goal::AtMost(1.0);
        let mut table = Table::of(vec![
            row("b", 1.0, Unit::Time, goal),
            row("c", 2.0, Unit::Time, goal),
        ]);
        table.replace("b", vec![row("b", 3.0, Unit::Time, goal)]);
        table.replace("a", vec![row("a", 4.0, Unit::Time, goal)]);
        let times: Vec<f64> = table.rows.iter().map(|row| row.ours_ns).collect();
        assert_eq!(times, [4.0, 3.0, 2.0]);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ratios.json");
        let table = Table::of(vec![row("a", 20.0, Unit::Speed, Goal::AtLeast(3.0))]);
        table.write(&path);
        assert_eq!(Table::read(&path), table);
        let markdown = fs::read_to_string(folder.path().join("ratios.md")).expect("the table");
        let line = "| a | ours | 20.00 ns | 50.00 M | theirs | 10.00 ns | speed 0.500 | at least 3.00: MISSED |";
        assert_eq!(markdown.lines().nth(2), Some(line));
        fs::write(&path, "{\"version\": 99, \"rows\": []}").expect("written");
        assert_eq!(Table::read(&path), Table::of(Vec::new()));
    }
}
