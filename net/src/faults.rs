//! What goes wrong, when, and by whose decision.
//!
//! ```text
//! FaultPlan (data: what, where, from, until) ──► changes at their times ──► stages on links, states of hosts and clocks
//! Judge: a seed, or a recorded list of decisions ──► each packet's fate ──► Record (data) ──► Judge again
//! ```
//!
//! A plan says how likely; the judge says which packet. Both are JSON. Since a recorded decision is found by its packet and
//! not by its place in the list, taking one away changes no other: that is what makes shrinking stable.

pub mod decision;
pub mod effect;
pub mod judge;
pub mod plan;
mod swarm;
pub mod target;

pub use decision::{Decision, Outcome, Record, RecordError};
pub use effect::{Effect, Subject};
pub use judge::Judge;
pub(crate) use judge::{Question, StreamId};
pub use plan::{Change, Fault, FaultPlan, PlanError};
pub use swarm::Ground;
pub use target::{Direction, Target};
