//! Telephony and recording: calls, hold, transfer, conference, codecs, encryption, short codes.

use super::answers::{A7, C2, C6};
use crate::requirement::{Level, Requirement, Source};

/// REC-01: Call recording is supported, by the system, without a record button in the client on R11.
pub const CALL_RECORDING: Requirement = Requirement {
    id: "REC-01",
    source: Source::Faq(&[A7]),
    level: Level::Must,
    text: "Call recording is supported, by the system, without a record button in the client on R11.",
    proof: "Server rule records: two-party file, duration = talk time ±1 packet, call continues; capability list has no record button.",
    choice: None,
};

/// TEL-01: An audio call can be made, received and ended.
pub const AUDIO_CALL: Requirement = Requirement {
    id: "TEL-01",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "An audio call can be made, received and ended.",
    proof: "Message-sequence snapshot for each, RTP both ways, zero leftover dialogs.",
    choice: None,
};

/// TEL-02: A video call can be made, received and ended.
pub const VIDEO_CALL: Requirement = Requirement {
    id: "TEL-02",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "A video call can be made, received and ended.",
    proof: "M=video accepted, frames counted both ways.",
    choice: Some(
        "H.264 is relayed and never transcoded; another video codec is declined and audio continues.",
    ),
};

/// TEL-03: Several calls can be handled at once, incoming and outgoing.
pub const MULTIPLE_CALLS: Requirement = Requirement {
    id: "TEL-03",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "Several calls can be handled at once, incoming and outgoing.",
    proof: "≥3 concurrent calls, one active, others held.",
    choice: None,
};

/// TEL-04: A call, audio or video, can be held and retrieved.
pub const HOLD_RETRIEVE: Requirement = Requirement {
    id: "TEL-04",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "A call, audio or video, can be held and retrieved.",
    proof: "Sendonly/inactive then sendrecv on every m-line; media stops and resumes within one re-INVITE.",
    choice: None,
};

/// TEL-05: Answering an incoming call puts the active one on hold.
pub const AUTO_HOLD: Requirement = Requirement {
    id: "TEL-05",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "Answering an incoming call puts the active one on hold.",
    proof: "At the moment of 200 for call 2, call 1 is held; property: never two active calls.",
    choice: None,
};

/// TEL-06: Audio can be muted and video can be blocked.
pub const MUTE_AND_BLOCK: Requirement = Requirement {
    id: "TEL-06",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "Audio can be muted and video can be blocked.",
    proof: "Muted: no non-silent packets, no SIP message; blocked: no video frames, audio untouched.",
    choice: None,
};

/// TEL-07: A call can be transferred blind.
pub const BLIND_TRANSFER: Requirement = Requirement {
    id: "TEL-07",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "A call can be transferred blind.",
    proof: "REFER → 202 → NOTIFY sipfrag 200; transferor free; media between the others.",
    choice: None,
};

/// TEL-08: A call can be transferred after consultation.
pub const CONSULT_TRANSFER: Requirement = Requirement {
    id: "TEL-08",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "A call can be transferred after consultation.",
    proof: "REFER with Replaces; five failure shapes met in the field as negative cases.",
    choice: None,
};

/// TEL-09: A consulted conference can be made, audio only.
pub const CONSULT_CONFERENCE: Requirement = Requirement {
    id: "TEL-09",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "A consulted conference can be made, audio only.",
    proof: "Three parties via the conference factory, each hears the other two; video offer answered with m=video port 0.",
    choice: None,
};

/// TEL-10: An audio call can be escalated to video.
pub const ESCALATE_TO_VIDEO: Requirement = Requirement {
    id: "TEL-10",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "An audio call can be escalated to video.",
    proof: "Re-INVITE adds m=video; refusal keeps audio.",
    choice: None,
};

/// TEL-11: Codecs are negotiated among G.711 A/µ, G.722, G.729 and, in the Linux profile only, Opus.
pub const CODEC_NEGOTIATION: Requirement = Requirement {
    id: "TEL-11",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "Codecs are negotiated among G.711 A/µ, G.722, G.729 and, in the Linux profile only, Opus.",
    proof: "Offer/answer table; IP500 profile never answers Opus.",
    choice: None,
};

/// TEL-12: Media encryption has the modes disabled, preferred and enforced, on both sides.
pub const MEDIA_ENCRYPTION: Requirement = Requirement {
    id: "TEL-12",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "Media encryption has the modes disabled, preferred and enforced, on both sides.",
    proof: "3×3 matrix client×server with expected result, enforced↔none fails with 488.",
    choice: None,
};

/// TEL-13: Glare, crossing re-INVITEs, retransmission and loss leave no lasting damage.
pub const BAD_NETWORK: Requirement = Requirement {
    id: "TEL-13",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "Glare, crossing re-INVITEs, retransmission and loss leave no lasting damage.",
    proof: "Seeded fault sweep; same invariants as TEL-01..10 after settle.",
    choice: None,
};

/// TEL-14: Short codes reach features.
pub const SHORT_CODES: Requirement = Requirement {
    id: "TEL-14",
    source: Source::Faq(&[C6]),
    level: Level::Must,
    text: "Short codes reach features.",
    proof: "`*17` connects to voicemail; unknown `*` code gets 404/484; table of default codes is data.",
    choice: Some("Default codes that no public source confirms are marked so in their table."),
};

/// TEL-15: Longest/most specific short code wins; user code beats system code.
pub const MOST_SPECIFIC_SHORT_CODE: Requirement = Requirement {
    id: "TEL-15",
    source: Source::Faq(&[C6]),
    level: Level::Should,
    text: "Longest/most specific short code wins; user code beats system code.",
    proof: "Property test over generated tables.",
    choice: None,
};

/// TEL-16: Emergency numbers cannot be blocked by short codes or rules.
pub const EMERGENCY_NUMBERS: Requirement = Requirement {
    id: "TEL-16",
    source: Source::Faq(&[C2]),
    level: Level::Must,
    text: "Emergency numbers cannot be blocked by short codes or rules.",
    proof: "Property: for any rule set the emergency number is sent unchanged.",
    choice: None,
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[
    &CALL_RECORDING,
    &AUDIO_CALL,
    &VIDEO_CALL,
    &MULTIPLE_CALLS,
    &HOLD_RETRIEVE,
    &AUTO_HOLD,
    &MUTE_AND_BLOCK,
    &BLIND_TRANSFER,
    &CONSULT_TRANSFER,
    &CONSULT_CONFERENCE,
    &ESCALATE_TO_VIDEO,
    &CODEC_NEGOTIATION,
    &MEDIA_ENCRYPTION,
    &BAD_NETWORK,
    &SHORT_CODES,
    &MOST_SPECIFIC_SHORT_CODE,
    &EMERGENCY_NUMBERS,
];
