//! Conferencing on IP Office itself.

use super::answers::C17;
use crate::requirement::{Level, Requirement, Source};

/// CNF-01: The client can dial into an IP Office meet-me audio conference.
pub const DIAL_INTO_MEET_ME: Requirement = Requirement {
    id: "CNF-01",
    source: Source::Faq(&[C17]),
    level: Level::Must,
    text: "The client can dial into an IP Office meet-me audio conference.",
    proof: "Dial id, PIN, hear others.",
    choice: None,
};

/// CNF-02: The client has no moderator controls for an IP Office conference.
pub const MODERATOR_CONTROLS: Requirement = Requirement {
    id: "CNF-02",
    source: Source::Faq(&[C17]),
    level: Level::MustNot,
    text: "The client has no moderator controls for an IP Office conference.",
    proof: "Capability absent; mute-other/lock/drop ops refused.",
    choice: None,
};

/// CNF-03: The client takes no part in IP Office web collaboration.
pub const WEB_COLLABORATION: Requirement = Requirement {
    id: "CNF-03",
    source: Source::Faq(&[C17]),
    level: Level::MustNot,
    text: "The client takes no part in IP Office web collaboration.",
    proof: "No such URL in any answer; op refused.",
    choice: None,
};

/// CNF-04: Three wrong PINs disconnect a meet-me caller; ad-hoc conference ids start at 100, lowest free first.
pub const PINS_AND_IDS: Requirement = Requirement {
    id: "CNF-04",
    source: Source::Faq(&[C17]),
    level: Level::Should,
    text: "Three wrong PINs disconnect a meet-me caller; ad-hoc conference ids start at 100, lowest free first.",
    proof: "BYE after the third; property over create/end sequences.",
    choice: None,
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[
    &DIAL_INTO_MEET_ME,
    &MODERATOR_CONTROLS,
    &WEB_COLLABORATION,
    &PINS_AND_IDS,
];
