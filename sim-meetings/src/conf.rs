//! The conference channel `conf.v1`: roster, moderation and WebRTC signalling of one participant.
//!
//! The real channel is not public; this one is ours. It is a WebSocket (subprotocol `conf.v1`) to the path that the answer to a
//! join request names, one JSON object with a `type` in each text message:
//!
//! ```text
//! participant                                     server
//!   {"type":"join","token":…} ─────────────────────►
//!   ◄───────────── {"type":"joined","participant":7,"room":…,"title":…,"role":…,"waiting":false}
//!   ◄───────────── {"type":"roster","participants":[…],"locked":false,"recording":false}   and at each change
//!   {"type":"offer","sdp":…} ──────────────────────►
//!   ◄───────────── {"type":"answer","sdp":…}        complete: no candidates follow
//!   ◄───────────── {"type":"pictures","lines":[{"mid":"1","participant":3},…]}              and at each change
//!   {"type":"mute","muted":true} ──────────────────►
//!   {"type":"measure"} ────────────────────────────►
//!   ◄───────────── {"type":"measured","inbound":{…},"outbound":{…},…}
//!   {"type":"leave"} ──────────────────────────────►
//!   ◄───────────── {"type":"left","reason":"left"}  and the server closes
//! ```
//!
//! An offer has a line for sound and as many for video as pictures are to be seen at once; on one of them, the first that may
//! send, the participant's own goes out. `pictures` says who is shown on each, by the line's identification (RFC 5888).
//!
//! A request that is refused is answered with `{"type":"refused","request":…,"code":…,"description":…}`; only a refused `join` ends
//! the channel. Requests of moderators: `mute_all`, `lock`, `admit`, `drop`, `record`, `end`.

use serde::{Deserialize, Serialize};

use crate::measured::Measured;
use crate::refusal::Refusal;
use crate::room::{Participant, ParticipantId, Role};

/// Name of the WebSocket subprotocol.
pub(crate) const SUBPROTOCOL: &str = "conf.v1";
/// Longest message taken, in bytes: a browser's description fits several times.
pub(crate) const MESSAGE_BYTES_MAX: usize = 128 * 1024;

/// What a participant says.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Request {
    /// First of all: the token of `middleware/token`.
    Join { token: String },
    /// A WebRTC offer (RFC 9429), with or without candidates.
    Offer { sdp: String },
    /// A candidate found after the offer (RFC 8840).
    Candidate { candidate: String },
    /// Mutes or unmutes oneself.
    Mute { muted: bool },
    /// Moderator: mutes or unmutes all others.
    MuteAll { muted: bool },
    /// Moderator: nobody else may come in, or they may again.
    Lock { locked: bool },
    /// Moderator: lets one in who waits.
    Admit { participant: ParticipantId },
    /// Moderator: sends one out.
    Drop { participant: ParticipantId },
    /// Moderator: the meeting is being recorded, or not.
    Record { recording: bool },
    /// Moderator: sends everybody out.
    End,
    /// Asks what the bridge has counted of oneself.
    Measure,
    /// Goes.
    Leave,
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Say<'a> {
    /// The token was good.
    Joined {
        participant: ParticipantId,
        room: &'a str,
        title: &'a str,
        role: Role,
        waiting: bool,
    },
    /// Who is in the room. Those who wait are named to moderators only.
    Roster {
        participants: Vec<&'a Participant>,
        locked: bool,
        recording: bool,
    },
    /// The answer to an offer.
    Answer { sdp: &'a str },
    /// Whose pictures are on which line.
    Pictures { lines: Vec<PictureLine> },
    /// What was counted until now.
    Measured(&'a Measured),
    /// A request came to nothing.
    Refused {
        request: &'a str,
        code: &'a str,
        description: String,
    },
    /// The participant is no longer in the room; the channel ends.
    Left { reason: Reason },
}

/// One line of pictures.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct PictureLine {
    /// The line's identification in the descriptions.
    pub(crate) mid: String,
    /// Who is shown; nobody if absent.
    pub(crate) participant: Option<ParticipantId>,
}

/// Why a participant is no longer in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// They left.
    Left,
    /// A moderator sent them out.
    Dropped,
    /// A moderator ended the meeting.
    Ended,
}

impl Request {
    /// The `type` of the message.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Request::Join { .. } => "join",
            Request::Offer { .. } => "offer",
            Request::Candidate { .. } => "candidate",
            Request::Mute { .. } => "mute",
            Request::MuteAll { .. } => "mute_all",
            Request::Lock { .. } => "lock",
            Request::Admit { .. } => "admit",
            Request::Drop { .. } => "drop",
            Request::Record { .. } => "record",
            Request::End => "end",
            Request::Measure => "measure",
            Request::Leave => "leave",
        }
    }

    /// Whether only a moderator may ask for it.
    pub(crate) fn is_for_moderators(&self) -> bool {
        match self {
            Request::MuteAll { .. }
            | Request::Lock { .. }
            | Request::Admit { .. }
            | Request::Drop { .. }
            | Request::Record { .. }
            | Request::End => true,
            Request::Join { .. }
            | Request::Offer { .. }
            | Request::Candidate { .. }
            | Request::Mute { .. }
            | Request::Measure
            | Request::Leave => false,
        }
    }
}

impl Say<'_> {
    /// The answer to a request that was refused.
    pub(crate) fn refused(request: &str, refusal: Refusal) -> Say<'_> {
        Say::Refused {
            request,
            code: refusal.code(),
            description: refusal.to_string(),
        }
    }

    /// The message as text.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).expect("texts, numbers and flags are always JSON")
    }
}
