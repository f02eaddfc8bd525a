//! What a phone of the load tells, to be counted.

use std::time::Duration;

use client::{EndReason, Measurement};
use sip::user_agent::RegistrationFailure;

/// What a phone tells.
#[derive(Clone, Debug)]
pub enum Notice {
    /// It has registered, or not.
    Registered(Result<(), Failure>),
    /// A call has begun.
    Begun,
    /// The far side rings, so long after the call began.
    Ringing(Duration),
    /// It has answered, so long after the call began.
    Answered(Duration),
    /// What one side of a call heard.
    Heard(Box<Measurement>),
    /// A call is over: it stood as long as it should, or not.
    Over(Result<(), Failure>),
}

/// Why a registration or a call came to nothing. There are few of them, so that they can be counted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The registrar does not know the user, or the password is wrong.
    #[error("registration: user or password refused")]
    Credentials,
    /// The registrar has no such domain or user.
    #[error("registration: no such domain or user there")]
    Domain,
    /// Nobody answered a registration.
    #[error("registration: no answer")]
    NoRegistrar,
    /// The registrar's connection or certificate is no good.
    #[error("registration: no connection")]
    NoConnection,
    /// Another refusal.
    #[error("registration: refused with {0}")]
    RegistrationRefused(u16),
    /// Not registered when the call was to begin.
    #[error("call: not begun, as a phone of it is not registered")]
    NotRegistered,
    /// The phone could not begin the call.
    #[error("call: not begun: {0}")]
    NotBegun(client::CommandError),
    /// Nobody answered.
    #[error("call: no answer")]
    NoAnswer,
    /// The far side refused.
    #[error("call: refused with {0}")]
    Refused(u16),
    /// The far side hung up before the time was over.
    #[error("call: ended early by the far side")]
    EndedEarly,
    /// The call broke.
    #[error("call: lost ({0})")]
    Lost(&'static str),
    /// No port was free on this machine.
    #[error("call: no free port for sound on this machine")]
    NoPorts,
    /// A call stood, and not a packet was heard.
    #[error("call: answered, but nothing was heard")]
    Silent,
    /// A phone stopped.
    #[error("phone: stopped working")]
    Stopped,
}

impl Failure {
    /// Of a login.
    pub(super) fn of_login(failure: RegistrationFailure, status: Option<u16>) -> Failure {
        match (failure, status) {
            (RegistrationFailure::Authentication, _) => Failure::Credentials,
            (RegistrationFailure::Domain, _) => Failure::Domain,
            (RegistrationFailure::Server, Some(status)) => Failure::RegistrationRefused(status),
            (RegistrationFailure::Silence, _) => Failure::NoRegistrar,
            (RegistrationFailure::Connection | RegistrationFailure::Certificate, _)
            | (RegistrationFailure::Server, None) => Failure::NoConnection,
        }
    }

    /// Of a call that ended otherwise than by its caller.
    pub(super) fn of_end(reason: &EndReason, was_answered: bool) -> Failure {
        match reason {
            EndReason::Rejected { status, .. } => Failure::Refused(*status),
            EndReason::Silence => Failure::NoAnswer,
            EndReason::NoPorts => Failure::NoPorts,
            EndReason::NoAgreement(_) => Failure::Lost("no agreement about sound"),
            EndReason::ConnectionLost => Failure::Lost("connection to the server"),
            EndReason::Remote if was_answered => Failure::EndedEarly,
            _ => Failure::Lost("ended before it was answered"),
        }
    }
}
