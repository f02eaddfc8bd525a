//! Message waiting: the body `application/simple-message-summary` that tells whether there are messages for somebody.
//!
//! Only the lamp is told, on or off; counts of an account's messages are left out, and skipped where they are read.
//!
//! RFC 3842 §5 (grammar), §3.1 (the package `message-summary`).

use std::fmt;
use std::str::FromStr;

use crate::endpoint::Body;

/// The event package.
pub const PACKAGE: &str = "message-summary";
/// The type of its bodies.
pub const CONTENT_TYPE: &str = "application/simple-message-summary";
/// How long a subscription lasts when its subscriber does not say, in seconds (RFC 3842 §3.4).
pub const DEFAULT_EXPIRES_S: u32 = 3_600;

/// Whether there are messages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MessageSummary {
    /// Whether the lamp is on.
    pub is_waiting: bool,
}

/// Why a body is no message summary.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected a line `Messages-Waiting: yes` or `no`, got {got:?}")]
pub struct NoSummary {
    /// The first line, or as much of it as says enough.
    pub got: String,
}

impl MessageSummary {
    /// The body of a NOTIFY.
    pub fn body(self) -> Body {
        Body::new(CONTENT_TYPE, self.to_string())
    }
}

impl fmt::Display for MessageSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_waiting { "yes" } else { "no" };
        write!(f, "Messages-Waiting: {word}\r\n")
    }
}

impl FromStr for MessageSummary {
    type Err = NoSummary;

    fn from_str(text: &str) -> Result<Self, NoSummary> {
        // RFC 3842 §5.2: the status line comes first.
        let first = text.lines().next().unwrap_or_default();
        let value = first
            .split_once(':')
            .filter(|(name, _)| name.trim().eq_ignore_ascii_case("Messages-Waiting"))
            .map(|(_, value)| value.trim());
        match value {
            Some(word) if word.eq_ignore_ascii_case("yes") => Ok(Self { is_waiting: true }),
            Some(word) if word.eq_ignore_ascii_case("no") => Ok(Self { is_waiting: false }),
            Some(_) | None => Err(NoSummary {
                got: first.chars().take(60).collect(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_lamp_is_read_whatever_stands_below() {
        let text =
            "messages-waiting : Yes\r\nMessage-Account: sip:a@b\r\nVoice-Message: 2/8 (0/2)\r\n";
        assert_eq!(text.parse(), Ok(MessageSummary { is_waiting: true }));
        for wrong in ["", "Messages-Waiting: maybe", "Voice-Message: 2/8", "yes"] {
            assert!(wrong.parse::<MessageSummary>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_written_is_read_and_holds_no_counts() {
        for is_waiting in [true, false] {
            let summary = MessageSummary { is_waiting };
            assert_eq!(summary.to_string().parse(), Ok(summary));
            assert_eq!(summary.to_string().lines().count(), 1);
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in ".{0,80}") {
            let _ = text.parse::<MessageSummary>();
        }
    }
}
