//! When several devices ring for one call, exactly one of those that answer keeps it (REG-08).

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Cast, Checker};
use crate::evidence::{Dialog, Evidence};
use crate::outcome::{Fault, Finding};

/// See the module.
pub const CHECKER: Checker = Checker {
    name: "forks",
    claim: "Of the devices that ring for one call, at most one keeps it.",
    check,
};

/// INVITEs to one user from one caller within this time belong to one call.
const ONE_CALL: Duration = Duration::from_millis(50);
/// A second answer must be ended within this time: one round trip and a retransmission on a bad line.
const ENDED_WITHIN: Duration = Duration::from_secs(8);

fn check(evidence: &Evidence<'_>, cast: &Cast) -> Result<(), Finding> {
    let dialogs = evidence.dialogs();
    let mut calls: BTreeMap<(&(String, String), u128), Vec<&Dialog>> = BTreeMap::new();
    for dialog in dialogs
        .iter()
        .filter(|dialog| Some(dialog.caller) == cast.ip_office)
    {
        let first = calls.keys().find(|(parties, at)| {
            **parties == dialog.parties
                && dialog.invited.as_nanos().abs_diff(*at) <= ONE_CALL.as_nanos()
        });
        let key = first
            .copied()
            .unwrap_or((&dialog.parties, dialog.invited.as_nanos()));
        calls.entry(key).or_default().push(dialog);
    }
    for ((parties, _), answered) in calls {
        if let Some(second) = answered.iter().skip(1).find(|dialog| !is_ended(dialog)) {
            let expected = format!(
                "one device keeps the call to {}, the others are let go",
                parties.0
            );
            let came = format!(
                "{} devices keep it",
                answered.iter().filter(|dialog| !is_ended(dialog)).count() + 1
            );
            return Err(Finding::new(Fault::IpOffice, expected, came)
                .at(second.answered.unwrap_or_default()));
        }
    }
    Ok(())
}

fn is_ended(dialog: &Dialog) -> bool {
    let answered = dialog.answered.unwrap_or_default();
    dialog
        .bye
        .is_some_and(|(at, _)| at <= answered + ENDED_WITHIN)
}
