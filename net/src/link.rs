//! One direction of a link: packets are offered to it and it says when, whether and how they arrive.
//!
//! ```text
//! offer(now, packet) ──► fault stages ──► own stages ──► deliveries (0, 1 or more), each with its time
//! ```
//!
//! A link is data ([`LinkSpec`]: a list of stages) and a machine ([`Pipeline`]) which knows no clock and draws nothing itself:
//! time comes with the packet, and whatever is left to chance is asked of the [`Judge`].
//! A link of plain delays, the common case, costs an addition and allocates nothing.

pub mod blackhole;
pub mod cause;
pub mod codel;
pub mod corrupt;
pub mod delay;
pub(crate) mod dice;
pub mod duplicate;
pub mod flow;
pub mod jitter;
pub mod loss;
pub mod mtu;
pub mod pipeline;
pub mod queue;
pub mod rate;
pub mod reorder;
pub mod spec;
pub(crate) mod stage;
pub mod trace;
#[cfg(test)]
pub(crate) mod trial;

pub use cause::{Cause, Drops};
pub use flow::Flow;
pub use pipeline::{Delivery, Pipeline};
pub use spec::{LinkSpec, LinkSpecError, StageSpec};
