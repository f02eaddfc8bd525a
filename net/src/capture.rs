//! Captures in pcapng, for Wireshark and tshark: what hosts sent and received, why packets were lost, and how to decrypt them.
//!
//! ```text
//! trace of a run ──► from_trace ──┐
//! packets as they happen ─────────┴──► Capture ──► section, secrets, one interface a host, packets with comments
//! trace of a run ──► Spoken ──► what went through TLS, as connections without it ──► from_trace
//! ```
//!
//! Little endian on every machine, nanoseconds, the world's own epoch: equal runs give equal files. Packets are raw IP; headers
//! are made here, with checksums.
//!
//! draft-ietf-opsawg-pcapng; secrets as in its Decryption Secrets Block.

mod file;
mod frame;
mod from_trace;
mod spoken;

pub use file::{Capture, InterfaceId, Seen};
pub use from_trace::{View, from_trace};
pub use spoken::Spoken;

#[cfg(test)]
mod tests;
