//! Resilience: loss of the primary system, failover and failback.

use super::answers::A6;
use crate::requirement::{Level, Requirement, Source};

/// RES-01: The client survives loss of the primary system by re-registering with the next one.
pub const SURVIVES_LOSS_OF_PRIMARY: Requirement = Requirement {
    id: "RES-01",
    source: Source::Faq(&[A6]),
    level: Level::Must,
    text: "The client survives loss of the primary system by re-registering with the next one.",
    proof: "Kill primary; registered on secondary; outgoing call works.",
    choice: None,
};

/// RES-02: Faithful profile: the secondary accepts only after the home system was invisible for at least 3 minutes and a physical phone triggered the failover.
pub const FAITHFUL_FAILOVER: Requirement = Requirement {
    id: "RES-02",
    source: Source::Faq(&[A6]),
    level: Level::Should,
    text: "Faithful profile: the secondary accepts only after the home system was invisible for at least 3 minutes and a physical phone triggered the failover.",
    proof: "T=179 s refused, t=181 s with desk phone accepted, without desk phone refused.",
    choice: None,
};

/// RES-03: The client returns to the highest-priority system; settings changed and history made at the secondary are lost.
pub const FAILBACK: Requirement = Requirement {
    id: "RES-03",
    source: Source::Faq(&[A6]),
    level: Level::Should,
    text: "The client returns to the highest-priority system; settings changed and history made at the secondary are lost.",
    proof: "Primary up: exactly one binding, there; DND set at secondary reads old value.",
    choice: None,
};

/// RES-04: Guests use no licence at the secondary.
pub const GUESTS_USE_NO_LICENCE: Requirement = Requirement {
    id: "RES-04",
    source: Source::Faq(&[A6]),
    level: Level::Should,
    text: "Guests use no licence at the secondary.",
    proof: "Secondary with zero licences still accepts the failed-over user.",
    choice: None,
};

/// RES-05: The back-off of the services channel starts at 2 s and never exceeds 1800 s.
pub const RECONNECT_BACK_OFF: Requirement = Requirement {
    id: "RES-05",
    source: Source::Faq(&[A6]),
    level: Level::Should,
    text: "The back-off of the services channel starts at 2 s and never exceeds 1800 s.",
    proof: "Property over any outage pattern in virtual time.",
    choice: None,
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[
    &SURVIVES_LOSS_OF_PRIMARY,
    &FAITHFUL_FAILOVER,
    &FAILBACK,
    &GUESTS_USE_NO_LICENCE,
    &RECONNECT_BACK_OFF,
];
