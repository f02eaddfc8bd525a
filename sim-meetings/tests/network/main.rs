//! Meetings Online over a network, as its clients meet it.

// A test stops at what it did not expect, and looks for one event among many.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

mod participant;
mod pictures;
mod portal;
mod room;
mod stage;
