//! What is said of media is what the network really did to it.

use super::{Cast, Checker};
use crate::evidence::Evidence;
use crate::outcome::Finding;
use crate::truth::Account;

/// See the module.
pub const CHECKER: Checker = Checker {
    name: "true_statistics",
    claim: "Every statistic in RTCP and on the screen is true within its tolerance.",
    check,
};

fn check(evidence: &Evidence<'_>, cast: &Cast) -> Result<(), Finding> {
    Account::of(evidence, &cast.statements)
        .breach
        .map_or(Ok(()), Err)
}
