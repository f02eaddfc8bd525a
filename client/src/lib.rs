//! The softphone as a library: commands in, events out.

pub mod back_off;
pub mod capabilities;
pub mod discovery;
pub mod messaging;
pub mod settings;
