//! Spaces: the product behind messaging, its levels and limits.

use super::answers::{N2, O3, O7, Z1, Z5, Z6, Z7, Z9, Z10, Z11, Z12};
use crate::requirement::{Level, Requirement, Source};

/// ZNG-01: Spaces is first-party: one account signs in to all of it.
pub const FIRST_PARTY: Requirement = Requirement {
    id: "ZNG-01",
    source: Source::Faq(&[Z1]),
    level: Level::Must,
    text: "Spaces is first-party: one account signs in to all of it.",
    proof: "One token accepted by all sim-zang services.",
    choice: None,
};

/// ZNG-02: The Spaces launchpad opens the user’s own dashboard.
pub const SPACES_LAUNCHPAD: Requirement = Requirement {
    id: "ZNG-02",
    source: Source::Faq(&[Z5]),
    level: Level::Must,
    text: "The Spaces launchpad opens the user’s own dashboard.",
    proof: "Launch URL contains the dashboard path and carries the session.",
    choice: None,
};

/// ZNG-03: Spaces is reached from Chrome or Firefox on the desktop and from Android and iOS applications, tablets too.
pub const SPACES_BROWSERS: Requirement = Requirement {
    id: "ZNG-03",
    source: Source::Faq(&[Z5]),
    level: Level::Must,
    text: "Spaces is reached from Chrome or Firefox on the desktop and from Android and iOS applications, tablets too.",
    proof: "User-Agent table; others get the unsupported page.",
    choice: None,
};

/// ZNG-04: Basic offers own spaces, posts and file sharing up to 1 GB in all.
pub const BASIC_FILES: Requirement = Requirement {
    id: "ZNG-04",
    source: Source::Faq(&[Z6]),
    level: Level::Must,
    text: "Basic offers own spaces, posts and file sharing up to 1 GB in all.",
    proof: "Boundary: 1 GiB − 1 byte accepted, beyond refused; choose GB=10^9 or 2^30 in one place.",
    choice: Some("1 GB is 10^9 bytes."),
};

/// ZNG-05: Basic offers voice for at most 5 and video one to one.
pub const BASIC_MEDIA: Requirement = Requirement {
    id: "ZNG-05",
    source: Source::Faq(&[Z6]),
    level: Level::Must,
    text: "Basic offers voice for at most 5 and video one to one.",
    proof: "6th voice joiner refused; 3rd video joiner refused but may join audio.",
    choice: Some("The error on hitting a limit is ours: 403 with the limit named."),
};

/// ZNG-06: Plus offers 25 voice and 15 video participants; Business 60 and 25.
pub const PAID_MEDIA: Requirement = Requirement {
    id: "ZNG-06",
    source: Source::Faq(&[Z9]),
    level: Level::Must,
    text: "Plus offers 25 voice and 15 video participants; Business 60 and 25.",
    proof: "Boundary tests n and n+1 for 4 limits.",
    choice: Some("The error on hitting a limit is ours: 403 with the limit named."),
};

/// ZNG-07: Plus and Business offer unlimited files and external dial-in; Basic has no dial-in.
pub const PAID_FILES_AND_DIAL_IN: Requirement = Requirement {
    id: "ZNG-07",
    source: Source::Faq(&[Z9]),
    level: Level::Must,
    text: "Plus and Business offer unlimited files and external dial-in; Basic has no dial-in.",
    proof: "Dial-in call with Basic refused.",
    choice: None,
};

/// ZNG-08: At most 100 users are in one space, in any mix of members and externals.
pub const HUNDRED_USERS: Requirement = Requirement {
    id: "ZNG-08",
    source: Source::Faq(&[Z10]),
    level: Level::Must,
    text: "At most 100 users are in one space, in any mix of members and externals.",
    proof: "101st join refused; property under concurrent joins.",
    choice: Some("The error on hitting a limit is ours: 403 with the limit named."),
};

/// ZNG-09: Externals join by e-mailed invitation without an account: as member by default, as guest on request; a login without account is always guest.
pub const INVITED_BY_EMAIL: Requirement = Requirement {
    id: "ZNG-09",
    source: Source::Faq(&[Z7]),
    level: Level::Must,
    text: "Externals join by e-mailed invitation without an account: as member by default, as guest on request; a login without account is always guest.",
    proof: "Invite link → token → join, three role cases.",
    choice: None,
};

/// ZNG-10: Externals can take part while the inviter is offline.
pub const INVITER_OFFLINE: Requirement = Requirement {
    id: "ZNG-10",
    source: Source::Faq(&[Z7]),
    level: Level::Must,
    text: "Externals can take part while the inviter is offline.",
    proof: "Inviter never connected; messages flow between two guests/members.",
    choice: None,
};

/// ZNG-11: Voice, video, tasks and sharing live in one space; upgrading Basic to Plus to Business changes limits without losing data.
pub const ONE_SPACE_ALL_LEVELS: Requirement = Requirement {
    id: "ZNG-11",
    source: Source::Faq(&[O3, Z9]),
    level: Level::Must,
    text: "Voice, video, tasks and sharing live in one space; upgrading Basic to Plus to Business changes limits without losing data.",
    proof: "One scenario uses all; property: content before = content after.",
    choice: None,
};

/// ZNG-12: In-space presence (green dot) is separate from IP Office presence.
pub const IN_SPACE_PRESENCE: Requirement = Requirement {
    id: "ZNG-12",
    source: Source::Faq(&[N2]),
    level: Level::Must,
    text: "In-space presence (green dot) is separate from IP Office presence.",
    proof: "Join a space: no IP Office event; change IP Office state: no in-space event.",
    choice: None,
};

/// ZNG-13: Dial-in is offered in exactly 18 countries (2 NA, 8 EMEA, 5 APAC, 3 CALA).
pub const DIAL_IN_COUNTRIES: Requirement = Requirement {
    id: "ZNG-13",
    source: Source::Faq(&[Z12]),
    level: Level::Must,
    text: "Dial-in is offered in exactly 18 countries (2 NA, 8 EMEA, 5 APAC, 3 CALA).",
    proof: "Data snapshot; number request for any other country refused.",
    choice: None,
};

/// ZNG-14: Spaces is hosted in the US region only.
pub const SPACES_REGION: Requirement = Requirement {
    id: "ZNG-14",
    source: Source::Faq(&[O7, Z11]),
    level: Level::Must,
    text: "Spaces is hosted in the US region only.",
    proof: "Region attribute `us`; request for EU region refused.",
    choice: None,
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[
    &FIRST_PARTY,
    &SPACES_LAUNCHPAD,
    &SPACES_BROWSERS,
    &BASIC_FILES,
    &BASIC_MEDIA,
    &PAID_MEDIA,
    &PAID_FILES_AND_DIAL_IN,
    &HUNDRED_USERS,
    &INVITED_BY_EMAIL,
    &INVITER_OFFLINE,
    &ONE_SPACE_ALL_LEVELS,
    &IN_SPACE_PRESENCE,
    &DIAL_IN_COUNTRIES,
    &SPACES_REGION,
];
