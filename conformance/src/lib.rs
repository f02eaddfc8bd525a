//! The conformance suite of Solstice: what must hold, how it is tried, and what came of it.
//!
//! Reading order: a [`requirement`] is a promise, a [`scenario`] proves some of them on a [`stage`], [`run`] takes a
//! scenario and a seed to an [`outcome`], [`report`] tells about all of them. [`cli`] is the binary `solstice`.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "the harness watches for a few of many events, and a new one is no news to it"
)]

pub mod ambient;
pub mod capsule;
pub mod checkers;
pub mod cli;
pub mod coverage;
pub mod decrypted;
pub mod deployment;
pub mod difference;
pub mod evidence;
pub mod firewall;
pub mod known_failures;
pub mod ladder;
pub mod load;
pub mod outcome;
pub mod profiles;
pub mod report;
pub mod requirement;
pub mod requirements;
pub mod run;
pub mod scenario;
pub mod scenarios;
pub mod seeds;
pub mod sound;
pub mod stage;
pub mod stopwatch;
pub mod timeline;
pub mod truth;
pub mod verify;

pub use outcome::{Finding, Outcome, Verdict};
pub use requirement::{Level, Requirement};
