//! The command line of `solstice`: one verb a file, three exit statuses, errors that say what to do next.

pub mod call;
pub mod diff;
pub mod faults;
pub mod list;
pub mod load;
pub mod meet;
pub mod phone_options;
mod place;
pub mod progress;
pub mod replay;
pub mod run;
pub mod serve;
pub mod trust;
mod wav;

use clap::{Parser, Subcommand};

/// Deterministic simulation and conformance harness for an office softphone system.
///
/// Without a verb the whole suite is run, as with `solstice run`.
#[derive(Debug, Parser)]
#[command(name = "solstice", version, args_conflicts_with_subcommands = true)]
#[command(after_help = "Exit status: 0 as expected, 1 findings, 2 the harness itself failed.")]
pub struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    run: run::Arguments,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run scenarios and write a report
    Run(run::Arguments),
    /// List scenarios, or requirements
    List(list::Arguments),
    /// Repeat the run of a capsule and compare it
    Replay(replay::Arguments),
    /// Say what changed between two reports
    Diff(diff::Arguments),
    /// Serve simulated systems on real sockets
    Serve(serve::Arguments),
    /// Call a number with the simulated phone on real sockets
    Call(call::Arguments),
    /// Make many calls on real sockets and say what they were like
    Load(load::Arguments),
    /// Join a room of Meetings Online with the simulated phone on real sockets
    Meet(meet::Arguments),
}

/// What the process ends with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// As expected.
    Expected,
    /// Something was found.
    Findings,
    /// The harness itself failed.
    HarnessError,
}

impl Status {
    /// The exit status: 0, 1 or 2.
    pub fn code(self) -> u8 {
        match self {
            Self::Expected => 0,
            Self::Findings => 1,
            Self::HarnessError => 2,
        }
    }

    /// The status with that exit status.
    pub fn of(code: u8) -> Self {
        match code {
            0 => Self::Expected,
            1 => Self::Findings,
            _ => Self::HarnessError,
        }
    }
}

/// Why a verb could not be carried out: what is wrong and what to do next.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{what}\n  next: {next}")]
pub struct Trouble {
    /// What is wrong.
    pub what: String,
    /// What the user can do.
    pub next: String,
}

impl Trouble {
    /// What is wrong, what to do next.
    pub fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            next: next.into(),
        }
    }

    /// An error whose words already end with what to do next, after a semicolon.
    pub fn from_error(error: &dyn std::error::Error) -> Self {
        let text = error.to_string();
        match text.rsplit_once("; ") {
            Some((what, next)) => Self::new(what, next),
            None => Self::new(text, "see `solstice help`"),
        }
    }
}

impl Cli {
    /// Carries out what was asked for; says it on `say`, a line at a time.
    pub fn carry_out(&self, say: &mut dyn FnMut(&str)) -> Result<Status, Trouble> {
        match &self.verb {
            None => run::carry_out(&self.run, say),
            Some(Verb::Run(arguments)) => run::carry_out(arguments, say),
            Some(Verb::List(arguments)) => list::carry_out(arguments, say),
            Some(Verb::Replay(arguments)) => replay::carry_out(arguments, say),
            Some(Verb::Diff(arguments)) => diff::carry_out(arguments, say),
            Some(Verb::Serve(arguments)) => serve::carry_out(arguments, say),
            Some(Verb::Call(arguments)) => call::carry_out(arguments, say),
            Some(Verb::Load(arguments)) => load::carry_out(arguments, say),
            Some(Verb::Meet(arguments)) => meet::carry_out(arguments, say),
        }
    }
}
