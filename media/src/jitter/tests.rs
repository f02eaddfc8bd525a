//! The play-out buffer on lines of every kind: its acceptance, its decisions as a person reads them, and soups of packets.

mod acceptance;
mod decisions;
mod line;
mod pauses;
mod soup;
mod verdicts;
