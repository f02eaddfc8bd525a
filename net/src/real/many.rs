//! Many datagrams by few calls of the kernel.
//!
//! ```text
//! departures ──► runs to one address ──► one call ──► kernel        (cut into datagrams again there, or by the network card)
//! kernel ──► one call ──► datagrams ──► buffers that are used again
//! ```
//!
//! On Linux by `sendmmsg` and `recvmmsg`, with `UDP_SEGMENT` and `UDP_GRO` where the kernel has them; elsewhere one by one. The
//! rest of the crate sees no difference but the time it takes.

mod buffers;
mod runs;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(super) use linux::{Receiver, Sender, accept_runs};

#[cfg(any(test, not(target_os = "linux")))]
mod plain;
#[cfg(not(target_os = "linux"))]
pub(super) use plain::{Receiver, Sender, accept_runs};

/// Datagrams, or runs of them, that one call takes: what it costs to enter the kernel is by then a few parts in a hundred of
/// what is done there.
const MOST_IN_A_CALL: usize = 64;

/// What came of a call that receives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rest {
    /// Nothing: the socket is empty, and the system will say when it no longer is.
    Nothing,
    /// Perhaps something: ask again.
    Perhaps,
}

#[cfg(test)]
mod tests;
