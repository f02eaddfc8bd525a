//! A table of what was measured against what it should be: `ratios.json` and `ratios.md` beside criterion's own results.
//!
//! Each benchmark replaces its own rows when it ends, so the table always holds the last figure of each. A row whose
//! measurement is missing (another filter on the command line) is left out.

mod measured;
mod row;

use std::path::Path;

use measured::{element_ns, folder};
pub use row::{Goal, Row, Table, Unit};

/// One row to be: a measurement and what it is held against. Measurements are named by function and parameter: `wire/100`.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    ours: &'static str,
    against: Against,
}

#[derive(Clone, Copy, Debug)]
enum Against {
    /// Time an element in ns.
    Limit(f64),
    /// Elements in a second.
    Rate(f64),
    /// The same with nothing demanded.
    Told(f64),
    /// The time of another measurement of the same run, and how much of it is allowed.
    Peer(&'static str, Option<f64>),
    /// The speed of another measurement of the same run, and how much of it is demanded.
    Speed(&'static str, Option<f64>),
}

impl Comparison {
    /// At most this time an element, in ns.
    pub const fn limit(ours: &'static str, most_ns: f64) -> Self {
        let against = Against::Limit(most_ns);
        Self { ours, against }
    }

    /// At least so many elements in a second of processor time.
    pub const fn rate(ours: &'static str, least_per_s: f64) -> Self {
        let against = Against::Rate(least_per_s);
        Self { ours, against }
    }

    /// So many times this many elements in a second of processor time, whatever the number.
    pub const fn told(ours: &'static str, per_s: f64) -> Self {
        let against = Against::Told(per_s);
        Self { ours, against }
    }

    /// The time an element over that of another measurement, at most this if anything: 2 is twice as slow.
    pub const fn peer(ours: &'static str, peer: &'static str, most: Option<f64>) -> Self {
        let against = Against::Peer(peer, most);
        Self { ours, against }
    }

    /// The speed over that of another measurement, at least this if anything: 2 is twice as fast.
    pub const fn speed(ours: &'static str, peer: &'static str, least: Option<f64>) -> Self {
        let against = Against::Speed(peer, least);
        Self { ours, against }
    }

    fn row(&self, folder: &Path, group: &str) -> Option<Row> {
        let measured = |name: &str| element_ns(&folder.join(group).join(name));
        let ours_ns = measured(self.ours)?;
        let (against, against_ns, unit, goal) = match self.against {
            Against::Limit(most_ns) => ("limit", most_ns, Unit::Time, Some(Goal::AtMost(1.0))),
            Against::Rate(least) => ("rate", 1e9 / least, Unit::Speed, Some(Goal::AtLeast(1.0))),
            Against::Told(per_s) => ("rate", 1e9 / per_s, Unit::Speed, None),
            Against::Peer(peer, most) => {
                (peer, measured(peer)?, Unit::Time, most.map(Goal::AtMost))
            }
            Against::Speed(peer, least) => {
                (peer, measured(peer)?, Unit::Speed, least.map(Goal::AtLeast))
            }
        };
        Some(Row::new(
            group,
            (self.ours, ours_ns),
            (against, against_ns),
            unit,
            goal,
        ))
    }
}

/// Puts the rows of a group of benchmarks into the table, prints them, and keeps the rows of all others.
pub fn report(group: &str, comparisons: &[Comparison]) {
    let folder = folder();
    let rows: Vec<Row> = comparisons
        .iter()
        .filter_map(|comparison| comparison.row(&folder, group))
        .collect();
    if rows.is_empty() {
        return;
    }
    let path = folder.join("ratios.json");
    let mut table = Table::read(&path);
    table.replace(group, rows.clone());
    table.write(&path);
    eprintln!("{}", Table::of(rows).markdown());
}

/// The table as the last benchmarks left it.
pub fn table() -> Table {
    Table::read(&folder().join("ratios.json"))
}
