//! Licensing: which user may use which class of client, and how many.

use super::answers::{A2, L1, L2, L3, M8};
use crate::requirement::{Level, Requirement, Source};

/// LIC-01: Mobile (Android, iOS phone) needs Power User.
pub const MOBILE_NEEDS_POWER_USER: Requirement = Requirement {
    id: "LIC-01",
    source: Source::Faq(&[L1]),
    level: Level::Must,
    text: "Mobile (Android, iOS phone) needs Power User.",
    proof: "Table test: 5 profiles × mobile; only Power User registers, others 403 with licence reason.",
    choice: None,
};

/// LIC-02: Desktop (Windows, Mac, iPad) needs Preferred Edition or above with Office Worker, Teleworker or Power User; then it works in full mode.
pub const DESKTOP_LICENCES: Requirement = Requirement {
    id: "LIC-02",
    source: Source::Faq(&[L1, A2]),
    level: Level::Must,
    text: "Desktop (Windows, Mac, iPad) needs Preferred Edition or above with Office Worker, Teleworker or Power User; then it works in full mode.",
    proof: "Table test profiles × {Windows, Mac, iPad}; presence, directory, simultaneous all on.",
    choice: None,
};

/// LIC-03: For licensing an iPad counts as a desktop.
pub const IPAD_IS_A_DESKTOP: Requirement = Requirement {
    id: "LIC-03",
    source: Source::Faq(&[L1]),
    level: Level::Must,
    text: "For licensing an iPad counts as a desktop.",
    proof: "IPad User-Agent with Office Worker registers; iPhone with Office Worker refused.",
    choice: None,
};

/// LIC-04: Basic User or Mobile Worker with the IP Softphone licence has telephony only, standalone; without it the client is refused.
pub const SOFTPHONE_ONLY: Requirement = Requirement {
    id: "LIC-04",
    source: Source::Faq(&[L1, A2]),
    level: Level::Must,
    text: "Basic User or Mobile Worker with the IP Softphone licence has telephony only, standalone; without it the client is refused.",
    proof: "Capability set has calls, lacks presence and messaging; registering the softphone removes the desk-phone binding and vice versa; no licence → 403, no binding.",
    choice: None,
};

/// LIC-05: On Essential Edition the client has telephony only, with the IP Softphone licence, standalone.
pub const ESSENTIAL_EDITION: Requirement = Requirement {
    id: "LIC-05",
    source: Source::Faq(&[A2]),
    level: Level::Must,
    text: "On Essential Edition the client has telephony only, with the IP Softphone licence, standalone.",
    proof: "Same two checks with edition=Essential for every profile.",
    choice: Some(
        "The row “Essential with Office Worker” is our reading: telephony only with IP Softphone.",
    ),
};

/// LIC-06: In a Powered by 3.0 deployment a UC licence is needed, for desktop and mobile alike.
pub const POWERED_BY_NEEDS_UC: Requirement = Requirement {
    id: "LIC-06",
    source: Source::Faq(&[L1]),
    level: Level::Must,
    text: "In a Powered by 3.0 deployment a UC licence is needed, for desktop and mobile alike.",
    proof: "Table test; without UC both refused.",
    choice: None,
};

/// LIC-07: Licences are counted; the n+1-th concurrent user is refused and a logout frees one.
pub const LICENCES_ARE_COUNTED: Requirement = Requirement {
    id: "LIC-07",
    source: Source::Faq(&[L1]),
    level: Level::Must,
    text: "Licences are counted; the n+1-th concurrent user is refused and a logout frees one.",
    proof: "Property: bindings per licence type ≤ count after any sequence of register/unregister/expire.",
    choice: None,
};

/// LIC-08: Spaces Basic needs no licence.
pub const SPACES_BASIC_IS_FREE: Requirement = Requirement {
    id: "LIC-08",
    source: Source::Faq(&[L2]),
    level: Level::Must,
    text: "Spaces Basic needs no licence.",
    proof: "Messaging works with zero IP Office messaging licences.",
    choice: None,
};

/// LIC-09: Meetings Online: exactly one virtual meeting room per licensed user; others can only join.
pub const ONE_ROOM_PER_SUBSCRIBER: Requirement = Requirement {
    id: "LIC-09",
    source: Source::Faq(&[L3]),
    level: Level::Must,
    text: "Meetings Online: exactly one virtual meeting room per licensed user; others can only join.",
    proof: "Property: licensed users ↔ rooms one to one; host attempt without licence gets a room error; guest join works.",
    choice: None,
};

/// LIC-10: Ordering and quoting are not simulated.
pub const ORDERING: Requirement = Requirement {
    id: "LIC-10",
    source: Source::Faq(&[M8]),
    level: Level::MustNot,
    text: "Ordering and quoting are not simulated.",
    proof: "No endpoint under “order/quote”; documented exclusion.",
    choice: None,
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[
    &MOBILE_NEEDS_POWER_USER,
    &DESKTOP_LICENCES,
    &IPAD_IS_A_DESKTOP,
    &SOFTPHONE_ONLY,
    &ESSENTIAL_EDITION,
    &POWERED_BY_NEEDS_UC,
    &LICENCES_ARE_COUNTED,
    &SPACES_BASIC_IS_FREE,
    &ONE_ROOM_PER_SUBSCRIBER,
    &ORDERING,
];
