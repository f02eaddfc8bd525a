//! Registration and co-residence: who may be registered where, and with whom in parallel.

use super::answers::{A5, C2, C4, C10, N1};
use crate::requirement::{Level, Requirement, Source};

/// REG-01: A client registers with digest authentication over TCP, UDP and TLS.
pub const DIGEST_REGISTRATION: Requirement = Requirement {
    id: "REG-01",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "A client registers with digest authentication over TCP, UDP and TLS.",
    proof: "One case per transport; wrong password → 401 loop ends with authentication error.",
    choice: None,
};

/// REG-02: A challenge not answered within 10 s is void: the registration fails.
pub const CHALLENGE_LIFETIME: Requirement = Requirement {
    id: "REG-02",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "A challenge not answered within 10 s is void: the registration fails.",
    proof: "Virtual clock: answer at 9.9 s accepted, at 10.1 s new challenge.",
    choice: None,
};

/// REG-03: A user is registered at once on one desk phone, one desktop, one mobile and one WebRTC client.
pub const SIMULTANEOUS_MODE: Requirement = Requirement {
    id: "REG-03",
    source: Source::Faq(&[C4]),
    level: Level::Must,
    text: "A user is registered at once on one desk phone, one desktop, one mobile and one WebRTC client.",
    proof: "Register all four: four bindings; incoming call alerts all four.",
    choice: None,
};

/// REG-04: A user has at most one client per class registered.
pub const ONE_CLIENT_A_CLASS: Requirement = Requirement {
    id: "REG-04",
    source: Source::Faq(&[C4]),
    level: Level::Must,
    text: "A user has at most one client per class registered.",
    proof: "Second desktop: exactly one desktop binding remains (our choice: newest), reg event tells the other.",
    choice: Some("The newest client of a class wins; the older binding is removed."),
};

/// REG-05: Simultaneous Anywhere: the softphone may be registered on any system of the network.
pub const SIMULTANEOUS_ANYWHERE: Requirement = Requirement {
    id: "REG-05",
    source: Source::Faq(&[C4]),
    level: Level::Must,
    text: "Simultaneous Anywhere: the softphone may be registered on any system of the network.",
    proof: "Two simulated systems; softphone on B, desk phone on A; call to user alerts both.",
    choice: None,
};

/// REG-06: Older clients (Communicator for Windows, one-X Mobile) may be registered in parallel.
pub const OLDER_CLIENTS_IN_PARALLEL: Requirement = Requirement {
    id: "REG-06",
    source: Source::Faq(&[A5]),
    level: Level::Must,
    text: "Older clients (Communicator for Windows, one-X Mobile) may be registered in parallel.",
    proof: "Both get the call.",
    choice: None,
};

/// REG-07: Users of older clients and of this client share neither presence nor instant messages, in either direction.
pub const TWO_PRESENCE_WORLDS: Requirement = Requirement {
    id: "REG-07",
    source: Source::Faq(&[A5, C10]),
    level: Level::MustNot,
    text: "Users of older clients and of this client share neither presence nor instant messages, in either direction.",
    proof: "State change on one side: zero events on the other, watcher shows unknown; message op returns not reachable, nothing delivered; 4 directions.",
    choice: None,
};

/// REG-08: First answer wins; the other forks get CANCEL.
pub const FIRST_ANSWER_WINS: Requirement = Requirement {
    id: "REG-08",
    source: Source::Faq(&[C4]),
    level: Level::Must,
    text: "First answer wins; the other forks get CANCEL.",
    proof: "Exactly one 200 acknowledged; n−1 CANCELs within 1 virtual second.",
    choice: None,
};

/// REG-09: The order of `SIP_CONTROLLER_LIST` is the failover order; default ports are 5060 and 5061 by transport.
pub const CONTROLLER_LIST: Requirement = Requirement {
    id: "REG-09",
    source: Source::Faq(&[N1]),
    level: Level::Must,
    text: "The order of `SIP_CONTROLLER_LIST` is the failover order; default ports are 5060 and 5061 by transport.",
    proof: "Parser property test (round trip) plus table of malformed entries.",
    choice: None,
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[
    &DIGEST_REGISTRATION,
    &CHALLENGE_LIFETIME,
    &SIMULTANEOUS_MODE,
    &ONE_CLIENT_A_CLASS,
    &SIMULTANEOUS_ANYWHERE,
    &OLDER_CLIENTS_IN_PARALLEL,
    &TWO_PRESENCE_WORLDS,
    &FIRST_ANSWER_WINS,
    &CONTROLLER_LIST,
];
