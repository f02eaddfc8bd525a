//! The softphone as a library: commands in, events out.

pub mod capabilities;
pub mod settings;
