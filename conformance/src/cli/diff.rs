//! `solstice diff BEFORE AFTER`: what changed between two reports.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Status, Trouble};
use crate::difference::{self, Change};
use crate::report::{Report, json};

/// Two reports.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Directory of the earlier report
    before: PathBuf,
    /// Directory of the later report
    after: PathBuf,
}

/// Compares the reports.
pub fn carry_out(arguments: &Arguments, say: &mut dyn FnMut(&str)) -> Result<Status, Trouble> {
    let (before, after) = (read(&arguments.before)?, read(&arguments.after)?);
    let lines = difference::between(&before, &after);
    for line in &lines {
        say(&line.to_string());
    }
    let count = |change: Change| lines.iter().filter(|line| line.change == change).count();
    let (new, rare) = (count(Change::New), count(Change::Rare));
    say(&format!(
        "{new} new, {rare} rare, {} ongoing, {} resolved",
        count(Change::Ongoing),
        count(Change::Resolved)
    ));
    Ok(if new + rare > 0 {
        Status::Findings
    } else {
        Status::Expected
    })
}

/// Reads the outcomes of a report, given its directory or the file itself.
pub fn read(path: &Path) -> Result<Report, Trouble> {
    let file = if path.is_dir() {
        path.join("outcomes.jsonl")
    } else {
        path.to_owned()
    };
    let text = std::fs::read_to_string(&file).map_err(|error| {
        Trouble::new(
            format!("cannot read {}: {error}", file.display()),
            "give the directory that `solstice run --report DIR` wrote",
        )
    })?;
    json::read(&text).map_err(|error| Trouble::from_error(&error))
}
