//! The conformance suite of Solstice: what must hold, how it is tried, and what came of it.
//!
//! Reading order: a [`requirement`] is a promise, a scenario proves some of them on a stage, a run takes a
//! scenario and a seed to an [`outcome`], [`report`] tells about all of them. [`cli`] is the binary `solstice`.

pub mod ambient;
pub mod capsule;
pub mod difference;
pub mod known_failures;
pub mod ladder;
pub mod outcome;
pub mod report;
pub mod requirement;
pub mod requirements;
pub mod seeds;
pub mod stopwatch;

pub use outcome::{Finding, Outcome, Verdict};
pub use requirement::{Level, Requirement};
