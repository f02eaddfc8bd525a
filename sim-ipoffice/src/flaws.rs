//! Misbehaviour by name, so that the client and the suite are tested against a bad server.

use serde::{Deserialize, Serialize};

/// One way to be wrong; each is off unless the configuration names it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Flaw {
    /// Losing forks get a CANCEL without `Reason`: a client cannot tell that the call was answered elsewhere.
    NoReasonOnCancel,
    /// The caller's CANCEL is answered, but the called devices go on ringing.
    IgnoresCancel,
    /// Every fork that answers is taken, and only the first has media (REG-08 broken).
    ManyWinners,
    /// Media ports are taken outside the documented range (NET-05 broken).
    PortsOutsideRange,
    /// Relayed media goes out with a new SSRC in every packet.
    WrongSsrc,
    /// Challenges are accepted whatever their age (REG-02 broken).
    NonceNeverExpires,
    /// The settings file ends in the middle of a line.
    TruncatedSettings,
}
