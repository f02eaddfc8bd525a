//! Properties that hold in every run, whatever its scenario is about. One a file; each judges by what was on the wires.

pub mod clear_credentials;
pub mod forks;
pub mod half_open;
pub mod late_media;
pub mod ports;
pub mod strangers;
pub mod true_statistics;

use std::time::Duration;

use crate::evidence::Evidence;
use crate::outcome::Finding;
use crate::truth::Statement;

/// What a checker knows beside the evidence.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    /// Host of the IP Office.
    pub ip_office: Option<usize>,
    /// Host of Spaces.
    pub spaces: Option<usize>,
    /// Host of Meetings Online.
    pub meetings: Option<usize>,
    /// Hosts of people's clients.
    pub clients: Vec<usize>,
    /// Passwords and PINs in use.
    pub secrets: Vec<String>,
    /// Hosts that a fault crashed or that were gone at the end: they cannot be blamed for what they left open.
    pub gone: Vec<usize>,
    /// When the world ended.
    pub end: Duration,
    /// What clients showed of the quality of calls, in order of time.
    pub statements: Vec<Statement>,
}

/// A property of every run.
pub struct Checker {
    /// Its name, as in findings.
    pub name: &'static str,
    /// What must hold, in one sentence.
    pub claim: &'static str,
    /// Looks for the first breach.
    pub check: fn(&Evidence<'_>, &Cast) -> Result<(), Finding>,
}

/// Every checker. That the same seed gives the same trace is checked by `--verify`, which needs more than one run.
pub const ALL: &[Checker] = &[
    ports::CHECKER,
    strangers::CHECKER,
    clear_credentials::CHECKER,
    forks::CHECKER,
    half_open::CHECKER,
    late_media::CHECKER,
    true_statistics::CHECKER,
];

/// The first breach of any of them.
pub fn check(evidence: &Evidence<'_>, cast: &Cast) -> Result<(), Finding> {
    ALL.iter().try_for_each(|checker| {
        (checker.check)(evidence, cast).map_err(|finding| finding.by(checker.name))
    })
}

#[cfg(test)]
pub(crate) mod tests;
