//! Why a request is refused, and how that looks on the wire: each reason its own public code (MTG-11).
//!
//! The codes and the shape `{"error":{"errorMsg"}}` are public facts of the portal; which code stands for a wrong PIN, and the text
//! beside it, are choices of ours.

use serde_json::{Value, json};

/// A refusal.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("no such tenant")]
    TenantUnknown,
    #[error("no room has this number")]
    RoomUnknown,
    #[error("the room is switched off")]
    RoomDisabled,
    #[error("unknown user or wrong password")]
    CredentialsWrong,
    #[error("this needs a sign-in or is not for this user")]
    NotAuthorized,
    #[error("the room needs a PIN")]
    PinRequired,
    #[error("the PIN is wrong")]
    PinWrong,
    #[error("the room is locked")]
    Locked,
    #[error("the meeting has not started: no moderator is in")]
    NotStarted,
    #[error("the room is full")]
    Full,
    #[error("no media port is free")]
    NoPort,
    #[error("the token has expired")]
    TokenExpired,
    #[error("the token is not one of ours")]
    TokenInvalid,
    #[error("the request cannot be read")]
    Malformed,
    #[error("the description cannot be answered")]
    BadDescription,
    #[error("only a moderator may do this")]
    ModeratorOnly,
    #[error("no such participant in the room")]
    ParticipantUnknown,
    #[error("not before joining, and joining only once")]
    OutOfTurn,
    #[error("the server is too busy")]
    Busy,
}

impl Refusal {
    /// HTTP status; the portal uses 200, 400, 401, 404, 500 and 503.
    pub(crate) fn status(self) -> u16 {
        match self {
            Refusal::TenantUnknown | Refusal::RoomUnknown => 404,
            Refusal::CredentialsWrong
            | Refusal::NotAuthorized
            | Refusal::PinRequired
            | Refusal::PinWrong
            | Refusal::ModeratorOnly
            | Refusal::TokenExpired
            | Refusal::TokenInvalid => 401,
            Refusal::RoomDisabled
            | Refusal::Locked
            | Refusal::NotStarted
            | Refusal::Malformed
            | Refusal::BadDescription
            | Refusal::ParticipantUnknown
            | Refusal::OutOfTurn => 400,
            Refusal::Full | Refusal::NoPort | Refusal::Busy => 503,
        }
    }

    /// Stable name for programs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Refusal::TenantUnknown => "TENANT_DOES_NOT_EXIST",
            Refusal::RoomUnknown => "VIRTUAL_ROOM_NOT_FOUND",
            Refusal::RoomDisabled => "VIRTUAL_ROOM_DISABLED",
            Refusal::CredentialsWrong | Refusal::NotAuthorized | Refusal::ModeratorOnly => {
                "NOT_AUTHORIZED"
            }
            Refusal::PinRequired => "ONE_TIME_PIN_REQUIRED",
            Refusal::PinWrong => "FORBIDDEN_ONE_TIME_PIN_REQUIRED",
            Refusal::Locked => "ERC_LOCKED_CONFERENCE",
            Refusal::NotStarted => "ERC_MEETING_NOT_STARTED_YET",
            Refusal::Full | Refusal::NoPort | Refusal::Busy => "ERC_MCU_RESOURCE_SHORTAGE",
            Refusal::TokenExpired => "ERC_AUTH_TOKEN_EXPIRED",
            Refusal::TokenInvalid => "ERC_AUTH_TOKEN_INVALID",
            Refusal::Malformed
            | Refusal::BadDescription
            | Refusal::ParticipantUnknown
            | Refusal::OutOfTurn => "ERC_JC_INCORRECT_INPUT",
        }
    }

    /// The body of a refused request.
    pub(crate) fn body(self) -> Value {
        json!({ "error": { "errorMsg": self.code(), "description": self.to_string() } })
    }
}
