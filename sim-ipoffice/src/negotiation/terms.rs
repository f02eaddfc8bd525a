//! On which terms a leg may talk, and how it is refused when they are not met.

use crate::config::{Config, Platform, SrtpPolicy};

/// The terms of a leg.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Policy {
    /// In the clear, encrypted, or both.
    pub security: Security,
    /// What the system's codecs are.
    pub platform: Platform,
}

/// Whether a leg may be plain and whether it may be encrypted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Security {
    /// Plain RTP is allowed.
    pub plain: bool,
    /// SRTP is allowed.
    pub srtp: bool,
}

/// Why there is no audio in common. Answered with 488, or 400 where the text itself is broken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The body is no session description, or a key in it is malformed.
    #[error("session description cannot be read: {0}")]
    Unreadable(String),
    /// There is no audio line, or it is rejected.
    #[error("no audio line")]
    NoAudio,
    /// No codec that the system knows, or none in common.
    #[error("no codec in common")]
    NoCodec,
    /// The system enforces encryption, the other side has none.
    #[error("encryption is enforced and none is offered")]
    EncryptionEnforced,
    /// The other side demands encryption, the system has it switched off, or the path of the keys is not secured.
    #[error("encryption is demanded and not allowed here")]
    EncryptionNotAllowed,
    /// Keys travel in the SDP, so an enforced leg needs TLS.
    #[error("encryption is enforced and needs signalling over TLS")]
    PathNotSecure,
}

impl Refusal {
    /// The status that says so.
    pub fn status(&self) -> u16 {
        match self {
            Refusal::Unreadable(_) => 400,
            Refusal::NoAudio
            | Refusal::NoCodec
            | Refusal::EncryptionEnforced
            | Refusal::EncryptionNotAllowed
            | Refusal::PathNotSecure => 488,
        }
    }
}

impl Policy {
    /// What the configuration allows on a leg whose signalling is secured or not.
    pub fn of(config: &Config, is_path_secure: bool) -> Policy {
        Policy {
            security: Security::of(config, is_path_secure),
            platform: config.platform,
        }
    }

    /// Whether anything is allowed at all.
    pub(super) fn check(self) -> Result<(), Refusal> {
        if self.security.plain || self.security.srtp {
            Ok(())
        } else {
            Err(Refusal::PathNotSecure)
        }
    }
}

impl Security {
    /// What the configuration allows on a leg whose signalling is secured or not.
    pub fn of(config: &Config, is_path_secure: bool) -> Security {
        let may_key = is_path_secure || config.srtp_without_tls;
        match config.srtp {
            SrtpPolicy::Disabled => Security {
                plain: true,
                srtp: false,
            },
            SrtpPolicy::Preferred => Security {
                plain: true,
                srtp: may_key,
            },
            SrtpPolicy::Enforced => Security {
                plain: false,
                srtp: may_key,
            },
        }
    }
}
