//! The system on a host of the simulated network: its ports, its files, calls over UDP, TCP and TLS.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests: a failure names its line, and most events are of no interest to a check"
)]

mod broken;
mod calls;
mod files;
mod phone;
mod stage;
