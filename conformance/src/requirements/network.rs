//! Network: the three port tables and what depends on them.

use super::answers::{N1, N2, N3, Z4};
use crate::requirement::{Level, Requirement, Source};

/// NET-01: 443 TCP in serves secure settings and the web socket; 80 TCP in serves the same in plain.
pub const WEB_PORTS: Requirement = Requirement {
    id: "NET-01",
    source: Source::Faq(&[N1]),
    level: Level::Must,
    text: "443 TCP in serves secure settings and the web socket; 80 TCP in serves the same in plain.",
    proof: "Listeners answer both uses; 80 closed in the hardened profile.",
    choice: None,
};

/// NET-02: 8411 (plain) and 411 (TLS) are open only when preferred phone ports are on.
pub const PREFERRED_PHONE_PORTS: Requirement = Requirement {
    id: "NET-02",
    source: Source::Faq(&[N1]),
    level: Level::Must,
    text: "8411 (plain) and 411 (TLS) are open only when preferred phone ports are on.",
    proof: "Port closed when off, open when on.",
    choice: None,
};

/// NET-03: SIP uses 5060 (5056 in the cloud), TCP and UDP, in and out.
pub const SIP_PORT: Requirement = Requirement {
    id: "NET-03",
    source: Source::Faq(&[N1]),
    level: Level::Must,
    text: "SIP uses 5060 (5056 in the cloud), TCP and UDP, in and out.",
    proof: "By profile.",
    choice: None,
};

/// NET-04: SIP over TLS uses 5061 TCP.
pub const SIP_TLS_PORT: Requirement = Requirement {
    id: "NET-04",
    source: Source::Faq(&[N1]),
    level: Level::Must,
    text: "SIP over TLS uses 5061 TCP.",
    proof: "Listener; plain SIP on it refused.",
    choice: None,
};

/// NET-05: RTP and RTCP use UDP 40750–50750.
pub const MEDIA_PORTS: Requirement = Requirement {
    id: "NET-05",
    source: Source::Faq(&[N1]),
    level: Level::Must,
    text: "RTP and RTCP use UDP 40750–50750.",
    proof: "Property: every advertised port in range, RTP even, RTCP next odd, no double use.",
    choice: None,
};

/// NET-06: Blocking one row of the port table breaks exactly its function.
pub const ONE_ROW_ONE_FUNCTION: Requirement = Requirement {
    id: "NET-06",
    source: Source::Faq(&[N1]),
    level: Level::Must,
    text: "Blocking one row of the port table breaks exactly its function.",
    proof: "Fault matrix: 7 rows × expected loss.",
    choice: None,
};

/// NET-07: Spaces uses the 14 host and port rows of its table, incl. UDP 1025–65535 and 3000–3999 for media.
pub const SPACES_HOSTS: Requirement = Requirement {
    id: "NET-07",
    source: Source::Faq(&[N2, Z4]),
    level: Level::Must,
    text: "Spaces uses the 14 host and port rows of its table, incl. UDP 1025–65535 and 3000–3999 for media.",
    proof: "Fault matrix; data snapshot; candidate ports within.",
    choice: None,
};

/// NET-08: The Authorization header must survive the path.
pub const AUTHORIZATION_SURVIVES: Requirement = Requirement {
    id: "NET-08",
    source: Source::Faq(&[N2]),
    level: Level::Must,
    text: "The Authorization header must survive the path.",
    proof: "Proxy that strips it → 401 everywhere, clear error.",
    choice: None,
};

/// NET-09: HTTP/TCP tunnelling of audio/video is not supported.
pub const MEDIA_TUNNELLING: Requirement = Requirement {
    id: "NET-09",
    source: Source::Faq(&[N2]),
    level: Level::MustNot,
    text: "HTTP/TCP tunnelling of audio/video is not supported.",
    proof: "UDP blocked: media fails with a named error, no TCP fallback attempted.",
    choice: None,
};

/// NET-10: A TLS inspection proxy that breaks WSS is detected and named.
pub const INSPECTING_PROXY: Requirement = Requirement {
    id: "NET-10",
    source: Source::Faq(&[N2]),
    level: Level::Should,
    text: "A TLS inspection proxy that breaks WSS is detected and named.",
    proof: "Fault: proxy without upgrade support → named error.",
    choice: None,
};

/// NET-11: TCP 5228–5230 serve push only; addresses may change, names are what count.
pub const PUSH_PORTS: Requirement = Requirement {
    id: "NET-11",
    source: Source::Faq(&[N2]),
    level: Level::Must,
    text: "TCP 5228–5230 serve push only; addresses may change, names are what count.",
    proof: "Blocked: all but push works; DNS answer changes mid-run, reconnect succeeds.",
    choice: None,
};

/// NET-12: Meetings Online uses TCP 443 and 8443, outbound.
pub const MEETINGS_WEB_PORTS: Requirement = Requirement {
    id: "NET-12",
    source: Source::Faq(&[N3]),
    level: Level::Must,
    text: "Meetings Online uses TCP 443 and 8443, outbound.",
    proof: "Portal, signalling and sharing on both.",
    choice: None,
};

/// NET-13: Meetings Online uses UDP 35000–40000 for SIP media, configurable.
pub const MEETINGS_SIP_MEDIA: Requirement = Requirement {
    id: "NET-13",
    source: Source::Faq(&[N3]),
    level: Level::Must,
    text: "Meetings Online uses UDP 35000–40000 for SIP media, configurable.",
    proof: "Range property.",
    choice: None,
};

/// NET-14: Meetings Online uses UDP 3478 and 50000–55000 for web media, configurable.
pub const MEETINGS_WEB_MEDIA: Requirement = Requirement {
    id: "NET-14",
    source: Source::Faq(&[N3]),
    level: Level::Must,
    text: "Meetings Online uses UDP 3478 and 50000–55000 for web media, configurable.",
    proof: "Range property; STUN answer on 3478.",
    choice: None,
};

/// NET-15: No port outside the tables is opened by the client.
pub const ONLY_LISTED_PORTS: Requirement = Requirement {
    id: "NET-15",
    source: Source::Faq(&[N1, N2, N3]),
    level: Level::MustNot,
    text: "No port outside the tables is opened by the client.",
    proof: "Trace property for the whole suite.",
    choice: None,
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[
    &WEB_PORTS,
    &PREFERRED_PHONE_PORTS,
    &SIP_PORT,
    &SIP_TLS_PORT,
    &MEDIA_PORTS,
    &ONE_ROW_ONE_FUNCTION,
    &SPACES_HOSTS,
    &AUTHORIZATION_SURVIVES,
    &MEDIA_TUNNELLING,
    &INSPECTING_PROXY,
    &PUSH_PORTS,
    &MEETINGS_WEB_PORTS,
    &MEETINGS_SIP_MEDIA,
    &MEETINGS_WEB_MEDIA,
    &ONLY_LISTED_PORTS,
];
