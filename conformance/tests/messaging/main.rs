//! The client's messaging against Spaces in the simulated world: two crates that do not know each other.

mod delivery;
mod discovery;
mod stage;
mod trouble;
