//! Captures in pcapng, for Wireshark and tshark: what hosts sent and received, why packets were lost, and how to decrypt them.
//!
//! ```text
//! trace of a run ──► from_trace ──┐
//! packets as they happen ─────────┴──► Capture ──► section, secrets, one interface a host, packets with comments
//! ```
//!
//! Little endian on every machine, nanoseconds, the world's own epoch: equal runs give equal files. Packets are raw IP; headers
//! are made here, with checksums. A decrypted twin is a further interface on which a party's plain SIP and RTP stand as UDP.
//!
//! draft-ietf-opsawg-pcapng; secrets as in its Decryption Secrets Block.

mod file;
mod frame;
mod from_trace;

pub use file::{Capture, InterfaceId, Seen};
pub use from_trace::{Plain, View, from_trace};

#[cfg(test)]
mod tests;
