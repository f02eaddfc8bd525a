//! Call history and message waiting.

use super::answers::C5;
use crate::requirement::{Level, Requirement, Source};

/// HIS-01: History is local to the device.
pub const HISTORY_IS_LOCAL: Requirement = Requirement {
    id: "HIS-01",
    source: Source::Faq(&[C5]),
    level: Level::Must,
    text: "History is local to the device.",
    proof: "Calls on device A never appear in B's history.",
    choice: None,
};

/// HIS-02: R11 quirk: a call answered on the desk phone is shown as missed on the client.
pub const ANSWERED_ELSEWHERE_IS_MISSED: Requirement = Requirement {
    id: "HIS-02",
    source: Source::Faq(&[C5]),
    level: Level::Must,
    text: "R11 quirk: a call answered on the desk phone is shown as missed on the client.",
    proof: "With profile r11: missed+1 although CANCEL has Reason cause=200.",
    choice: None,
};

/// HIS-03: In the corrected profile a call answered elsewhere is not missed.
pub const ANSWERED_ELSEWHERE_CORRECTED: Requirement = Requirement {
    id: "HIS-03",
    source: Source::Faq(&[C5]),
    level: Level::Should,
    text: "In the corrected profile a call answered elsewhere is not missed.",
    proof: "Four variants (Reason SIP 200, Q.850 cause 26, no Reason, caller cancel); only caller cancel and timeout count as missed.",
    choice: None,
};

/// HIS-04: Missed calls raise one top-level flag.
pub const MISSED_CALL_FLAG: Requirement = Requirement {
    id: "HIS-04",
    source: Source::Faq(&[C5]),
    level: Level::Must,
    text: "Missed calls raise one top-level flag.",
    proof: "Flag on after ≥1, off after view.",
    choice: None,
};

/// HIS-05: Message waiting is on/off only, and clears.
pub const MESSAGE_WAITING: Requirement = Requirement {
    id: "HIS-05",
    source: Source::Faq(&[C5]),
    level: Level::Must,
    text: "Message waiting is on/off only, and clears.",
    proof: "NOTIFY `Messages-Waiting: yes/no`, no counts sent; counts in input ignored; yes→no when the mailbox is emptied.",
    choice: None,
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[
    &HISTORY_IS_LOCAL,
    &ANSWERED_ELSEWHERE_IS_MISSED,
    &ANSWERED_ELSEWHERE_CORRECTED,
    &MISSED_CALL_FLAG,
    &MESSAGE_WAITING,
];
