//! Capability gating: what the client offers on which platform, and what it must not offer.

use super::answers::{A1, A4, C1, C3, C6, C20, C21, C24, M7, O1, O2};
use crate::requirement::{Level, Requirement, Source};

/// CAP-01: One client engine serves both platforms; only the capability set differs.
pub const ONE_ENGINE_TWO_PLATFORMS: Requirement = Requirement {
    id: "CAP-01",
    source: Source::Faq(&[O1, A1]),
    level: Level::Must,
    text: "One client engine serves both platforms; only the capability set differs.",
    proof: "The same binary registers at a simulated IP Office and at a stub of the other platform; the two capability sets differ, the code path for registration is one.",
    choice: None,
};

/// CAP-02: The capability set is a pure function of the platform and the licence.
pub const CAPABILITIES_FOLLOW_PLATFORM: Requirement = Requirement {
    id: "CAP-02",
    source: Source::Faq(&[A1, C1]),
    level: Level::Must,
    text: "The capability set is a pure function of the platform and the licence.",
    proof: "Property: equal (platform, licence, release) inputs give equal sets, for any order of other settings.",
    choice: None,
};

/// CAP-03: On IP Office R11 the advertised set contains audio call, video call, local history, contacts, presence and, with a Spaces account, direct messaging; nothing that only the other platform offers is in it.
pub const ADVERTISED_SET: Requirement = Requirement {
    id: "CAP-03",
    source: Source::Faq(&[O2]),
    level: Level::Must,
    text: "On IP Office R11 the advertised set contains audio call, video call, local history, contacts, presence and, with a Spaces account, direct messaging; nothing that only the other platform offers is in it.",
    proof: "Snapshot of the JSON capability document; the list of forbidden names must be disjoint from it.",
    choice: None,
};

/// CAP-04: The client has no control of the desk phone, shared or otherwise.
pub const DESK_PHONE_CONTROL: Requirement = Requirement {
    id: "CAP-04",
    source: Source::Faq(&[C3, O2]),
    level: Level::MustNot,
    text: "The client has no control of the desk phone, shared or otherwise.",
    proof: "Capability absent; client API call returns NotSupported; server answers any control op with 501/\"unsupported\".",
    choice: None,
};

/// CAP-05: The client shows no feature keys and no feature labels.
pub const FEATURE_KEYS: Requirement = Requirement {
    id: "CAP-05",
    source: Source::Faq(&[C6]),
    level: Level::MustNot,
    text: "The client shows no feature keys and no feature labels.",
    proof: "Capability absent; settings that define keys are ignored and reported unused.",
    choice: None,
};

/// CAP-06: The client serves as no contact-centre agent device and takes no third-party call control.
pub const CONTACT_CENTRE_AGENT: Requirement = Requirement {
    id: "CAP-06",
    source: Source::Faq(&[C20]),
    level: Level::MustNot,
    text: "The client serves as no contact-centre agent device and takes no third-party call control.",
    proof: "CTI-style connection to sim-ipoffice refused; no `ccs` traffic unless listed; capability absent.",
    choice: None,
};

/// CAP-07: There is no Microsoft integration apart from click-to-call.
pub const MICROSOFT_INTEGRATION: Requirement = Requirement {
    id: "CAP-07",
    source: Source::Faq(&[C21]),
    level: Level::MustNot,
    text: "There is no Microsoft integration apart from click-to-call.",
    proof: "Capability document lists clickToCall.outlook only; calendar and Exchange names absent.",
    choice: None,
};

/// CAP-08: The web client is refused on IP Office, since it needs a gateway that only the other platform has.
pub const WEB_CLIENT_REFUSED: Requirement = Requirement {
    id: "CAP-08",
    source: Source::Faq(&[A4]),
    level: Level::MustNot,
    text: "The web client is refused on IP Office, since it needs a gateway that only the other platform has.",
    proof: "A web-class client asking for a web-gateway token gets 404; its registration gets 403 in strict mode.",
    choice: None,
};

/// CAP-09: Other WebRTC clients may be registered in parallel but share neither presence nor messages with this client.
pub const OTHER_WEBRTC_CLIENTS_SHARE_NOTHING: Requirement = Requirement {
    id: "CAP-09",
    source: Source::Faq(&[A4]),
    level: Level::MustNot,
    text: "Other WebRTC clients may be registered in parallel but share neither presence nor messages with this client.",
    proof: "A WebRTC-class older client changes state; the watcher receives no event for 60 virtual seconds.",
    choice: None,
};

/// CAP-10: A branch user is not registered.
pub const BRANCH_REGISTRATION: Requirement = Requirement {
    id: "CAP-10",
    source: Source::Faq(&[C24]),
    level: Level::MustNot,
    text: "A branch user is not registered.",
    proof: "Registration marked branch (second-registrar/centralised user flag) gets 403; capability absent.",
    choice: None,
};

/// CAP-11: Over-the-top conferencing of release 9.1 is not the default path.
pub const OVER_THE_TOP_CONFERENCING: Requirement = Requirement {
    id: "CAP-11",
    source: Source::Faq(&[M7]),
    level: Level::MustNot,
    text: "Over-the-top conferencing of release 9.1 is not the default path.",
    proof: "Default profile offers only Meetings Online; OTT only when a named non-R11 profile is set.",
    choice: None,
};

/// CAP-12: A client below 3.4 gets no services on IP Office; the release dates (R11 on 1 May 2018, client 3.4 on 15 May 2018) are data on the virtual clock.
pub const OLD_CLIENTS_AND_RELEASE_DATES: Requirement = Requirement {
    id: "CAP-12",
    source: Source::Faq(&[O2, A1]),
    level: Level::Must,
    text: "A client below 3.4 gets no services on IP Office; the release dates (R11 on 1 May 2018, client 3.4 on 15 May 2018) are data on the virtual clock.",
    proof: "User-Agent 3.3 → plain SIP extension, 3.4 → services; strict date mode at 14 May refuses services, at 15 May allows.",
    choice: None,
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[
    &ONE_ENGINE_TWO_PLATFORMS,
    &CAPABILITIES_FOLLOW_PLATFORM,
    &ADVERTISED_SET,
    &DESK_PHONE_CONTROL,
    &FEATURE_KEYS,
    &CONTACT_CENTRE_AGENT,
    &MICROSOFT_INTEGRATION,
    &WEB_CLIENT_REFUSED,
    &OTHER_WEBRTC_CLIENTS_SHARE_NOTHING,
    &BRANCH_REGISTRATION,
    &OVER_THE_TOP_CONFERENCING,
    &OLD_CLIENTS_AND_RELEASE_DATES,
];
