//! Why a request is refused, and how that looks on the wire.
//!
//! Error bodies of the real service are not public. Ours are `{"error":{"code","message"[,"limit"]}}`, the same over REST
//! and on the socket.

use serde_json::{Value, json};

/// A refusal, sorted by whose fault it is: first the caller's identity, then the request, then limits.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(
        "the Authorization header is missing: expected `jwt`, `bearer` or `service_app` and a token"
    )]
    AuthorizationMissing,
    #[error(
        "the Authorization header is malformed: expected `jwt`, `bearer` or `service_app` and a token"
    )]
    AuthorizationMalformed,
    #[error("the token is not one of ours")]
    TokenInvalid,
    #[error("the token has expired")]
    TokenExpired,
    #[error("the token is not valid yet")]
    TokenNotYetValid,
    #[error("unknown user or wrong password")]
    CredentialsInvalid,
    #[error("{what} does not exist")]
    NotFound { what: &'static str },
    #[error("the caller is not a member of this space")]
    NotAMember,
    #[error("{why}")]
    Forbidden { why: &'static str },
    #[error("{field}: expected {expected}")]
    Malformed {
        field: &'static str,
        expected: &'static str,
    },
    #[error("the limit of {limit} is reached")]
    Limit { code: &'static str, limit: usize },
}

impl Refusal {
    /// HTTP status.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Refusal::AuthorizationMissing
            | Refusal::AuthorizationMalformed
            | Refusal::TokenInvalid
            | Refusal::TokenExpired
            | Refusal::TokenNotYetValid
            | Refusal::CredentialsInvalid => 401,
            Refusal::NotFound { .. } => 404,
            Refusal::NotAMember | Refusal::Forbidden { .. } | Refusal::Limit { .. } => 403,
            Refusal::Malformed { .. } => 400,
        }
    }

    /// Stable name for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Refusal::AuthorizationMissing => "AUTHORIZATION_MISSING",
            Refusal::AuthorizationMalformed => "AUTHORIZATION_MALFORMED",
            Refusal::TokenInvalid => "TOKEN_INVALID",
            Refusal::TokenExpired => "TOKEN_EXPIRED",
            Refusal::TokenNotYetValid => "TOKEN_NOT_YET_VALID",
            Refusal::CredentialsInvalid => "CREDENTIALS_INVALID",
            Refusal::NotFound { .. } => "NOT_FOUND",
            Refusal::NotAMember => "NOT_A_MEMBER",
            Refusal::Forbidden { .. } => "FORBIDDEN",
            Refusal::Malformed { .. } => "MALFORMED",
            Refusal::Limit { code, .. } => code,
        }
    }

    /// The body of a refused request.
    pub(crate) fn body(&self) -> Value {
        json!({ "error": self.object() })
    }

    /// The same without its envelope, for socket events.
    pub(crate) fn object(&self) -> Value {
        let mut object = json!({ "code": self.code(), "message": self.to_string() });
        if let Refusal::Limit { limit, .. } = self {
            object["limit"] = json!(limit);
        }
        object
    }
}
