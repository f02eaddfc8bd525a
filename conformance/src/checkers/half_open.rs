//! At the end of a run, when everybody has hung up, no dialog is left that only one side knows of.

use super::strangers::fault_of;
use super::{Cast, Checker};
use crate::evidence::{Dialog, Evidence};
use crate::outcome::{Fault, Finding};

/// See the module.
pub const CHECKER: Checker = Checker {
    name: "half_open",
    claim: "Every dialog that was answered is acknowledged and ended.",
    check,
};

fn check(evidence: &Evidence<'_>, cast: &Cast) -> Result<(), Finding> {
    for dialog in evidence.dialogs() {
        let gone = [dialog.caller, dialog.called]
            .iter()
            .any(|host| cast.gone.contains(host));
        if gone {
            continue;
        }
        if let Some((who, expected, came)) = breach(&dialog) {
            let fault = match fault_of(who, cast) {
                Fault::Unclear => Fault::Client,
                known => known,
            };
            let came = format!(
                "{came}, in the dialog of {} and {}",
                evidence.host_name(dialog.caller),
                evidence.host_name(dialog.called)
            );
            return Err(Finding::new(fault, expected, came).at(dialog.answered.unwrap_or_default()));
        }
    }
    Ok(())
}

/// Who did what wrong.
fn breach(dialog: &Dialog) -> Option<(usize, &'static str, &'static str)> {
    match (dialog.acknowledged, dialog.bye, dialog.bye_answered) {
        (None, None, _) => Some((dialog.caller, "an ACK for the 2xx", "none until the end")),
        (_, None, _) => Some((
            dialog.caller,
            "a BYE when the call is over",
            "none until the end",
        )),
        // An answer that still waited in the connection went with it.
        (_, Some(_), None) if dialog.bye_cut => None,
        (_, Some((_, sender)), None) => {
            let other = if sender == dialog.caller {
                dialog.called
            } else {
                dialog.caller
            };
            Some((other, "a final answer to the BYE", "none until the end"))
        }
        (_, Some(_), Some(_)) => None,
    }
}
