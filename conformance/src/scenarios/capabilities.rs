//! Capabilities: what the client offers on which platform.

pub mod gate;
