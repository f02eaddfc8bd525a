//! Meetings Online: rooms, joining, countries, errors.

use super::answers::{M1, M2, M3, M4, M5, M6, O4, O7};
use crate::requirement::{Level, Requirement, Source};

/// MTG-01: Meet-me rooms have audio, video and web sharing.
pub const MEET_ME_ROOM: Requirement = Requirement {
    id: "MTG-01",
    source: Source::Faq(&[O4, M2]),
    level: Level::Must,
    text: "Meet-me rooms have audio, video and web sharing.",
    proof: "Three clients join; roster, audio mix, shared page.",
    choice: Some(
        "The conference channel and its signalling are ours; the portal has its public shape.",
    ),
};

/// MTG-02: The launchpad opens the user’s own meeting or joins another’s.
pub const MEETINGS_LAUNCHPAD: Requirement = Requirement {
    id: "MTG-02",
    source: Source::Faq(&[M3]),
    level: Level::Must,
    text: "The launchpad opens the user’s own meeting or joins another’s.",
    proof: "Two launch URLs.",
    choice: None,
};

/// MTG-03: A point-to-point call is not escalated into a room.
pub const ESCALATION_INTO_ROOM: Requirement = Requirement {
    id: "MTG-03",
    source: Source::Faq(&[M4]),
    level: Level::MustNot,
    text: "A point-to-point call is not escalated into a room.",
    proof: "Operation absent; server refuses a REFER of a call to a room with replacement semantics.",
    choice: None,
};

/// MTG-04: Windows, macOS, iOS, Android and room systems (SIP) can join a room.
pub const ROOM_CLIENTS: Requirement = Requirement {
    id: "MTG-04",
    source: Source::Faq(&[M5]),
    level: Level::Must,
    text: "Windows, macOS, iOS, Android and room systems (SIP) can join a room.",
    proof: "Matrix of client classes incl. plain SIP endpoint.",
    choice: None,
};

/// MTG-05: Chrome and Firefox join a room without installation.
pub const BROWSER_JOIN: Requirement = Requirement {
    id: "MTG-05",
    source: Source::Faq(&[M5]),
    level: Level::Must,
    text: "Chrome and Firefox join a room without installation.",
    proof: "Chromium and Firefox join by WebRTC; others get the unsupported answer.",
    choice: None,
};

/// MTG-06: Presenting needs a plug-in; viewing does not.
pub const PRESENTING_NEEDS_PLUG_IN: Requirement = Requirement {
    id: "MTG-06",
    source: Source::Faq(&[M5]),
    level: Level::Must,
    text: "Presenting needs a plug-in; viewing does not.",
    proof: "Present without plug-in flag refused, with flag works.",
    choice: None,
};

/// MTG-07: Guests may join by browser.
pub const GUESTS_BY_BROWSER: Requirement = Requirement {
    id: "MTG-07",
    source: Source::Faq(&[M5]),
    level: Level::Must,
    text: "Guests may join by browser.",
    proof: "Guest without account joins when guest access is on, refused when off.",
    choice: None,
};

/// MTG-08: The service is offered in 29 countries in February 2018 (2 NA, 10 EMEA, 2 APAC, 15 CALA incl. 5 Caribbean), 25 more planned for March and April 2018 (16 EMEA, 5 APAC, 4 CALA).
pub const MEETINGS_COUNTRIES: Requirement = Requirement {
    id: "MTG-08",
    source: Source::Faq(&[M6]),
    level: Level::Must,
    text: "The service is offered in 29 countries in February 2018 (2 NA, 10 EMEA, 2 APAC, 15 CALA incl. 5 Caribbean), 25 more planned for March and April 2018 (16 EMEA, 5 APAC, 4 CALA).",
    proof: "Data snapshot; others refused; planned ones refused before, allowed after by virtual clock.",
    choice: None,
};

/// MTG-09: Meetings Online is hosted in the US only.
pub const MEETINGS_REGION: Requirement = Requirement {
    id: "MTG-09",
    source: Source::Faq(&[M1, O7]),
    level: Level::Must,
    text: "Meetings Online is hosted in the US only.",
    proof: "Region attribute; EU request refused.",
    choice: None,
};

/// MTG-10: The service is optional.
pub const MEETINGS_OPTIONAL: Requirement = Requirement {
    id: "MTG-10",
    source: Source::Faq(&[M2]),
    level: Level::Must,
    text: "The service is optional.",
    proof: "Whole client suite green with it absent.",
    choice: None,
};

/// MTG-11: Wrong room number, wrong PIN, locked, not started, full and expired token are told apart.
pub const ROOM_ERRORS: Requirement = Requirement {
    id: "MTG-11",
    source: Source::Faq(&[M2]),
    level: Level::Should,
    text: "Wrong room number, wrong PIN, locked, not started, full and expired token are told apart.",
    proof: "Each returns its own public error code.",
    choice: None,
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[
    &MEET_ME_ROOM,
    &MEETINGS_LAUNCHPAD,
    &ESCALATION_INTO_ROOM,
    &ROOM_CLIENTS,
    &BROWSER_JOIN,
    &PRESENTING_NEEDS_PLUG_IN,
    &GUESTS_BY_BROWSER,
    &MEETINGS_COUNTRIES,
    &MEETINGS_REGION,
    &MEETINGS_OPTIONAL,
    &ROOM_ERRORS,
];
