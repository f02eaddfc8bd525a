//! Deliberate misbehaviour, by name: what a client must survive or report.

use serde::{Deserialize, Serialize};

/// One way of being a bad server.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// Everybody hears themselves too: the mix is of all, not of the others.
    OwnVoice,
    /// The mix is silence.
    SilentMix,
    /// Pictures are agreed to and not forwarded.
    NoPictures,
    /// Key frames are not asked of cameras: who comes late sees nothing.
    NoKeyFrames,
    /// A muted participant is still heard.
    IgnoreMute,
    /// Media ports lie above the range (NET-14).
    PortsOutsideRange,
    /// STUN requests are not answered.
    NoStun,
    /// Join tokens have expired when they are issued.
    ExpiredToken,
    /// Offers are not answered.
    NoAnswer,
    /// The roster is sent to a newcomer, and never again.
    StaleRoster,
}
