//! `solstice load merge`: the results of several machines as one.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::{Status, Trouble};
use crate::load::results::Results;

/// Which results.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Results of the shares of one load
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Where to write the whole as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// Puts them together.
pub(super) fn carry_out(
    arguments: &Arguments,
    say: &mut dyn FnMut(&str),
) -> Result<Status, Trouble> {
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Trouble::new(
                format!("cannot read {}: {error}", path.display()),
                "give files that `solstice load --json FILE` wrote",
            )
        })?;
        Results::from_json(&text).map_err(|error| {
            Trouble::new(
                format!("{}: {error}", path.display()),
                "give files that `solstice load --json FILE` wrote",
            )
        })
    };
    let all: Result<Vec<Results>, Trouble> = arguments.files.iter().map(read).collect();
    let whole = Results::merge(all?).map_err(|error| {
        Trouble::new(
            error.to_string(),
            "give the results of each share of one load once",
        )
    })?;
    conclude(&whole, arguments.json.as_deref(), say)
}

/// Says and writes results, and what they come to.
pub(super) fn conclude(
    results: &Results,
    json: Option<&Path>,
    say: &mut dyn FnMut(&str),
) -> Result<Status, Trouble> {
    results.lines().iter().for_each(|line| say(line));
    if let Some(path) = json {
        std::fs::write(path, results.to_json() + "\n").map_err(|error| {
            Trouble::new(
                format!("cannot write {}: {error}", path.display()),
                "give another --json",
            )
        })?;
    }
    if results.tally.is_as_expected() {
        Ok(Status::Expected)
    } else {
        Ok(Status::Findings)
    }
}
