//! Deliberate misbehaviour, by name: what a client must survive or report.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One way of being a bad server.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// Every third message is stored and confirmed to its sender, but not pushed to anybody else.
    DropPush,
    /// Every message is pushed twice to everybody.
    DuplicatePush,
    /// After each message the one before it in the same space is pushed again.
    ReplayPush,
    /// Every third message over the socket is stored, then the sender's connection is closed in place of a confirmation.
    HangUpBeforeConfirm,
    /// Requests are read as if a proxy had removed the `Authorization` header (NET-08).
    StripAuthorization,
    /// Tokens of a sign-in are not valid before [`LATE_TOKEN`] has passed.
    LateToken,
    /// Tokens of a sign-in are valid for [`SHORT_TOKEN`] only.
    ShortToken,
    /// Messages of group spaces are pushed on the members' user channels, where only direct ones belong (MSG-07).
    LeakGroupChat,
    /// The socket path answers as through a proxy that knows no WebSocket (NET-10).
    NoUpgrade,
}

/// How long a token is useless under [`Flaw::LateToken`].
pub const LATE_TOKEN: Duration = Duration::from_secs(30);
/// How long a token lives under [`Flaw::ShortToken`].
pub const SHORT_TOKEN: Duration = Duration::from_secs(60);

/// The flaws switched on, with the counters of those that act on every n-th occasion.
#[derive(Debug, Default)]
pub(crate) struct Flaws {
    on: BTreeSet<Flaw>,
    pushes: u64,
    socket_messages: u64,
}

impl Flaws {
    pub(crate) fn new(on: BTreeSet<Flaw>) -> Self {
        Flaws {
            on,
            ..Flaws::default()
        }
    }

    pub(crate) fn has(&self, flaw: Flaw) -> bool {
        self.on.contains(&flaw)
    }

    /// Counts a push; says whether [`Flaw::DropPush`] loses it.
    pub(crate) fn loses_push(&mut self) -> bool {
        self.pushes += 1;
        self.has(Flaw::DropPush) && self.pushes.is_multiple_of(3)
    }

    /// Counts a message over the socket; says whether [`Flaw::HangUpBeforeConfirm`] strikes.
    pub(crate) fn hangs_up(&mut self) -> bool {
        self.socket_messages += 1;
        self.has(Flaw::HangUpBeforeConfirm) && self.socket_messages.is_multiple_of(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case() {
        let text = serde_json::to_string(&[Flaw::DropPush, Flaw::StripAuthorization])
            .expect("plain names");
        assert_eq!(text, r#"["drop-push","strip-authorization"]"#);
    }

    #[test]
    fn every_third_push_is_lost_only_when_asked() {
        let mut good = Flaws::default();
        let mut bad = Flaws::new(BTreeSet::from([Flaw::DropPush]));
        assert!((0..9).all(|_| !good.loses_push()));
        assert_eq!((0..9).filter(|_| bad.loses_push()).count(), 3);
    }
}
