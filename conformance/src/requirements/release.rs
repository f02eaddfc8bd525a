//! Releases and deployments: profiles, the whole picture, what is data only.

use super::answers::{A8, A9, I1, I2, I3, I4, I5, O5, O6};
use crate::requirement::{Level, Requirement, Source};

/// REL-01: Three deployments are supported: on-premises R11, Powered by 3.0, and the IP Office cloud.
pub const DEPLOYMENT_PROFILES: Requirement = Requirement {
    id: "REL-01",
    source: Source::Faq(&[A8, A9]),
    level: Level::Must,
    text: "Three deployments are supported: on-premises R11, Powered by 3.0, and the IP Office cloud.",
    proof: "Three named profiles load; ports differ as in NET; all pass the call suite.",
    choice: None,
};

/// REL-02: The whole midmarket picture (client, IP Office, Spaces, Meetings Online) starts from one command.
pub const WHOLE_PICTURE: Requirement = Requirement {
    id: "REL-02",
    source: Source::Faq(&[O5]),
    level: Level::Must,
    text: "The whole midmarket picture (client, IP Office, Spaces, Meetings Online) starts from one command.",
    proof: "Smoke test: all four up, one scenario touches all, ends green.",
    choice: None,
};

/// REL-03: Accounts are not synchronised at R11; synchronisation exists only behind a later-profile switch.
pub const ACCOUNT_SYNCHRONISATION: Requirement = Requirement {
    id: "REL-03",
    source: Source::Faq(&[O6]),
    level: Level::MustNot,
    text: "Accounts are not synchronised at R11; synchronisation exists only behind a later-profile switch.",
    proof: "User creation produces no Spaces account and look-up is empty; with the switch on the user appears.",
    choice: None,
};

/// REL-04: The links given for more information are data only and are never contacted.
pub const LINKS_ARE_DATA: Requirement = Requirement {
    id: "REL-04",
    source: Source::Faq(&[I1, I2, I3, I4, I5]),
    level: Level::MustNot,
    text: "The links given for more information are data only and are never contacted.",
    proof: "Network trace of the full suite shows no connection outside the simulator's host table.",
    choice: None,
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[
    &DEPLOYMENT_PROFILES,
    &WHOLE_PICTURE,
    &ACCOUNT_SYNCHRONISATION,
    &LINKS_ARE_DATA,
];
