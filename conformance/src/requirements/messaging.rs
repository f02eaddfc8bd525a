//! Messaging: direct messages by Spaces.

use super::answers::{C16, Z2, Z3, Z4, Z8};
use crate::requirement::{Level, Requirement, Source};

/// MSG-01: Point-to-point messaging needs a Spaces Basic account.
pub const MESSAGING_NEEDS_ACCOUNT: Requirement = Requirement {
    id: "MSG-01",
    source: Source::Faq(&[C16, Z2]),
    level: Level::Must,
    text: "Point-to-point messaging needs a Spaces Basic account.",
    proof: "Without account: feature absent; with: send and receive.",
    choice: None,
};

/// MSG-02: The client has no group chat.
pub const GROUP_CHAT: Requirement = Requirement {
    id: "MSG-02",
    source: Source::Faq(&[C16]),
    level: Level::MustNot,
    text: "The client has no group chat.",
    proof: "API absent; attempt returns NotSupported.",
    choice: None,
};

/// MSG-03: Messages persist: the recipient need not be logged in.
pub const MESSAGES_PERSIST: Requirement = Requirement {
    id: "MSG-03",
    source: Source::Faq(&[Z3]),
    level: Level::Must,
    text: "Messages persist: the recipient need not be logged in.",
    proof: "Send while offline, log in, byref history contains it.",
    choice: None,
};

/// MSG-04: Messages keep their order and none is lost across reconnects.
pub const ORDER_AND_NO_LOSS: Requirement = Requirement {
    id: "MSG-04",
    source: Source::Faq(&[Z3]),
    level: Level::Must,
    text: "Messages keep their order and none is lost across reconnects.",
    proof: "Property under faults: received sequence = sent sequence, each exactly once.",
    choice: None,
};

/// MSG-05: A direct message sent in the client is visible in Spaces and vice versa.
pub const VISIBLE_BOTH_WAYS: Requirement = Requirement {
    id: "MSG-05",
    source: Source::Faq(&[Z8]),
    level: Level::Must,
    text: "A direct message sent in the client is visible in Spaces and vice versa.",
    proof: "Two sockets, both directions.",
    choice: None,
};

/// MSG-06: Attachments are visible on every client that supports direct messages.
pub const ATTACHMENTS: Requirement = Requirement {
    id: "MSG-06",
    source: Source::Faq(&[Z8]),
    level: Level::Must,
    text: "Attachments are visible on every client that supports direct messages.",
    proof: "Upload, send, both download identical bytes.",
    choice: None,
};

/// MSG-07: A group chat started in Spaces is not visible in the client.
pub const GROUP_CHAT_INVISIBLE: Requirement = Requirement {
    id: "MSG-07",
    source: Source::Faq(&[Z8]),
    level: Level::MustNot,
    text: "A group chat started in Spaces is not visible in the client.",
    proof: "Group topic message: the client’s view unchanged.",
    choice: None,
};

/// MSG-08: Stored messages are encrypted at rest.
pub const ENCRYPTED_AT_REST: Requirement = Requirement {
    id: "MSG-08",
    source: Source::Faq(&[Z4]),
    level: Level::Must,
    text: "Stored messages are encrypted at rest.",
    proof: "Sim-zang store on disk contains no plaintext of a marker string.",
    choice: None,
};

/// MSG-09: An upload accepts exactly the announced number of bytes.
pub const EXACT_UPLOAD: Requirement = Requirement {
    id: "MSG-09",
    source: Source::Faq(&[Z3]),
    level: Level::Should,
    text: "An upload accepts exactly the announced number of bytes.",
    proof: "N−1, n, n+1 bytes: fail, pass, fail.",
    choice: None,
};

/// MSG-10: Spaces is reached by HTTPS and WSS only.
pub const SECURE_ONLY: Requirement = Requirement {
    id: "MSG-10",
    source: Source::Faq(&[Z2]),
    level: Level::Must,
    text: "Spaces is reached by HTTPS and WSS only.",
    proof: "Plain attempt to the API redirected or refused in strict mode.",
    choice: None,
};

/// MSG-11: Loss of messaging affects neither calls nor presence.
pub const MESSAGING_LOSS_IS_CONTAINED: Requirement = Requirement {
    id: "MSG-11",
    source: Source::Faq(&[C16]),
    level: Level::Must,
    text: "Loss of messaging affects neither calls nor presence.",
    proof: "Stop sim-zang during a call: call and presence invariants hold.",
    choice: None,
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[
    &MESSAGING_NEEDS_ACCOUNT,
    &GROUP_CHAT,
    &MESSAGES_PERSIST,
    &ORDER_AND_NO_LOSS,
    &VISIBLE_BOTH_WAYS,
    &ATTACHMENTS,
    &GROUP_CHAT_INVISIBLE,
    &ENCRYPTED_AT_REST,
    &EXACT_UPLOAD,
    &SECURE_ONLY,
    &MESSAGING_LOSS_IS_CONTAINED,
];
