//! Presence: states, notes, do-not-disturb, visibility.

use super::answers::{C10, C11, C12, C13, C14, C15};
use crate::requirement::{Level, Requirement, Source};

/// PRE-01: Presence comes from the IP Office core; neither Spaces, Meetings Online nor the older portal is needed.
pub const PRESENCE_FROM_CORE: Requirement = Requirement {
    id: "PRE-01",
    source: Source::Faq(&[C10, C15]),
    level: Level::Must,
    text: "Presence comes from the IP Office core; neither Spaces, Meetings Online nor the older portal is needed.",
    proof: "Run with those stopped: presence suite green, no such host in the trace.",
    choice: None,
};

/// PRE-02: The states a user can set are exactly: available, busy, away, offline, do not disturb.
pub const FIVE_STATES: Requirement = Requirement {
    id: "PRE-02",
    source: Source::Faq(&[C11]),
    level: Level::Must,
    text: "The states a user can set are exactly: available, busy, away, offline, do not disturb.",
    proof: "Any other value (out of office, on a call) refused by the server.",
    choice: None,
};

/// PRE-03: There is no automatic presence: no timed away, no automatic out of office.
pub const AUTOMATIC_PRESENCE: Requirement = Requirement {
    id: "PRE-03",
    source: Source::Faq(&[C11]),
    level: Level::MustNot,
    text: "There is no automatic presence: no timed away, no automatic out of office.",
    proof: "Idle 24 virtual hours: unchanged; no input produces out of office.",
    choice: None,
};

/// PRE-04: A state set by hand is not kept across logout.
pub const STATE_LOST_AT_LOGOUT: Requirement = Requirement {
    id: "PRE-04",
    source: Source::Faq(&[C11]),
    level: Level::MustNot,
    text: "A state set by hand is not kept across logout.",
    proof: "Set busy, log out, in: available.",
    choice: None,
};

/// PRE-05: A change of state on one client appears on the user’s other client.
pub const OWN_DEVICES_AGREE: Requirement = Requirement {
    id: "PRE-05",
    source: Source::Faq(&[C11]),
    level: Level::Must,
    text: "A change of state on one client appears on the user’s other client.",
    proof: "Desktop→mobile and back within 1 virtual second.",
    choice: None,
};

/// PRE-06: The presence note and the phone’s Absent Text are one value, changed from either side.
pub const NOTE_IS_ABSENT_TEXT: Requirement = Requirement {
    id: "PRE-06",
    source: Source::Faq(&[C12]),
    level: Level::Must,
    text: "The presence note and the phone’s Absent Text are one value, changed from either side.",
    proof: "Set on either side, read on the other within 1 virtual second.",
    choice: Some("The services channel that carries presence, notes and directory is ours."),
};

/// PRE-07: A note has at most 128 characters; statements are numbered 0 to 11, with 11 the custom text.
pub const NOTE_LIMITS: Requirement = Requirement {
    id: "PRE-07",
    source: Source::Faq(&[C12]),
    level: Level::Must,
    text: "A note has at most 128 characters; statements are numbered 0 to 11, with 11 the custom text.",
    proof: "Boundary tests 127/128/129; property on round trip.",
    choice: None,
};

/// PRE-08: A note or Absent Text does not change how calls are handled.
pub const NOTE_CHANGES_NO_CALL: Requirement = Requirement {
    id: "PRE-08",
    source: Source::Faq(&[C12]),
    level: Level::Must,
    text: "A note or Absent Text does not change how calls are handled.",
    proof: "Call rings as before.",
    choice: None,
};

/// PRE-09: Telephony presence shows “on a call” while at least one call is up, on any device of the user.
pub const TELEPHONY_PRESENCE: Requirement = Requirement {
    id: "PRE-09",
    source: Source::Faq(&[C13]),
    level: Level::Must,
    text: "Telephony presence shows “on a call” while at least one call is up, on any device of the user.",
    proof: "State follows dialog set; property: onCall ⇔ active dialogs > 0.",
    choice: None,
};

/// PRE-10: Optionally the client’s do-not-disturb also switches the one of IP Office, and back.
pub const DO_NOT_DISTURB_SYNC: Requirement = Requirement {
    id: "PRE-10",
    source: Source::Faq(&[C13]),
    level: Level::Must,
    text: "Optionally the client’s do-not-disturb also switches the one of IP Office, and back.",
    proof: "With option on: call gets busy/voicemail; with it off: rings.",
    choice: None,
};

/// PRE-11: Exceptions ring through do-not-disturb; hunt group calls do not.
pub const DO_NOT_DISTURB_EXCEPTIONS: Requirement = Requirement {
    id: "PRE-11",
    source: Source::Faq(&[C13]),
    level: Level::Should,
    text: "Exceptions ring through do-not-disturb; hunt group calls do not.",
    proof: "Two cases.",
    choice: None,
};

/// PRE-12: Application and telephony presence are both shown while the contact is on screen (Personal Contacts, search, Messages).
pub const VISIBLE_CONTACTS: Requirement = Requirement {
    id: "PRE-12",
    source: Source::Faq(&[C14]),
    level: Level::Must,
    text: "Application and telephony presence are both shown while the contact is on screen (Personal Contacts, search, Messages).",
    proof: "Subscription exists exactly for visible contacts (property); event carries two fields.",
    choice: Some("The services channel that carries presence, notes and directory is ours."),
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[
    &PRESENCE_FROM_CORE,
    &FIVE_STATES,
    &AUTOMATIC_PRESENCE,
    &STATE_LOST_AT_LOGOUT,
    &OWN_DEVICES_AGREE,
    &NOTE_IS_ABSENT_TEXT,
    &NOTE_LIMITS,
    &NOTE_CHANGES_NO_CALL,
    &TELEPHONY_PRESENCE,
    &DO_NOT_DISTURB_SYNC,
    &DO_NOT_DISTURB_EXCEPTIONS,
    &VISIBLE_CONTACTS,
];
