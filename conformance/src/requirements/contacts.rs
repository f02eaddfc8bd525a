//! Contacts: directory, device, search, merging, avatars.

use super::answers::{C7, C8, C9};
use crate::requirement::{Level, Requirement, Source};

/// CON-01: Personal Directory contacts are loaded at registration.
pub const PERSONAL_DIRECTORY: Requirement = Requirement {
    id: "CON-01",
    source: Source::Faq(&[C7]),
    level: Level::Must,
    text: "Personal Directory contacts are loaded at registration.",
    proof: "After login the list equals the server's; ≤100 entries.",
    choice: None,
};

/// CON-02: System contacts are not loaded.
pub const SYSTEM_CONTACTS_NOT_LOADED: Requirement = Requirement {
    id: "CON-02",
    source: Source::Faq(&[C7]),
    level: Level::MustNot,
    text: "System contacts are not loaded.",
    proof: "No bulk transfer of the system directory in the trace.",
    choice: None,
};

/// CON-03: System contacts can be searched live.
pub const SYSTEM_SEARCH: Requirement = Requirement {
    id: "CON-03",
    source: Source::Faq(&[C7]),
    level: Level::Must,
    text: "System contacts can be searched live.",
    proof: "Query of ≥1 letter: results ⊆ directory and all match (property); a user added a moment ago is found.",
    choice: Some("The services channel that carries presence, notes and directory is ours."),
};

/// CON-04: Device contacts are loaded too.
pub const DEVICE_CONTACTS: Requirement = Requirement {
    id: "CON-04",
    source: Source::Faq(&[C8]),
    level: Level::Must,
    text: "Device contacts are loaded too.",
    proof: "Fixture contacts present after login.",
    choice: None,
};

/// CON-05: Local and Personal Directory contacts with the same e-mail merge into one, never by name or number.
pub const MERGE_BY_EMAIL: Requirement = Requirement {
    id: "CON-05",
    source: Source::Faq(&[C8]),
    level: Level::Must,
    text: "Local and Personal Directory contacts with the same e-mail merge into one, never by name or number.",
    proof: "Property: merged entries = e-mail equivalence classes (case-insensitive) + entries without e-mail.",
    choice: None,
};

/// CON-06: Own avatar shown only with a Spaces account that has one.
pub const OWN_AVATAR: Requirement = Requirement {
    id: "CON-06",
    source: Source::Faq(&[C9]),
    level: Level::Must,
    text: "Own avatar shown only with a Spaces account that has one.",
    proof: "Three fixtures: none / account without picture (`noimage.jpg`) / with picture.",
    choice: None,
};

/// CON-07: Other avatars: device contacts (also on a Personal Directory contact merged with one) and messaging contacts with a Spaces picture; nobody else.
pub const OTHER_AVATARS: Requirement = Requirement {
    id: "CON-07",
    source: Source::Faq(&[C9]),
    level: Level::Must,
    text: "Other avatars: device contacts (also on a Personal Directory contact merged with one) and messaging contacts with a Spaces picture; nobody else.",
    proof: "Four fixtures, exact set of pictures.",
    choice: None,
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[
    &PERSONAL_DIRECTORY,
    &SYSTEM_CONTACTS_NOT_LOADED,
    &SYSTEM_SEARCH,
    &DEVICE_CONTACTS,
    &MERGE_BY_EMAIL,
    &OWN_AVATAR,
    &OTHER_AVATARS,
];
