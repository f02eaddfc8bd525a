//! Forwarding: one party's packets to many, without decoding them, as a meeting's server does.
//!
//! ```text
//!                          ┌► Outgoing (numbers of its own, layer of its own) ─► srtp ─► receiver 1
//! source ─► Incoming ──────┼► Outgoing ───────────────────────────────────────► srtp ─► receiver 2
//!  (read once for all)     └► Outgoing ...
//! ```
//!
//! Each receiver sees one source that never changes: when the layer it is sent changes (simulcast), or it was paused,
//! sequence numbers, timestamps and picture ids go on where they were. A change is made at a key frame only; requests for
//! them are put together, so that a thousand receivers ask the source once.

mod incoming;
mod key_frames;
mod last_n;
mod layers;
mod outgoing;
mod pacer;
mod rewriter;

pub use incoming::{Incoming, PayloadFormat};
pub use key_frames::KeyFrameRequests;
pub use last_n::LastN;
pub use layers::{LAYERS_MAX, LayerRates};
pub use outgoing::{Outgoing, OutgoingStatistics};
pub use pacer::{Pacer, WAITING_MAX};
pub use rewriter::{Rewriter, Rewritten};

#[cfg(test)]
mod tests;
