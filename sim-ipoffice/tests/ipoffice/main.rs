//! The system's core with phones made of the `sip` crate, in virtual time and without sockets.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests: a failure names its line, and most events are of no interest to a check"
)]

mod bad_input;
mod calls;
mod changes;
mod early;
mod lamps;
mod media;
mod quality;
mod registration;
mod ringing;
mod town;
mod transcoding;
mod video;
