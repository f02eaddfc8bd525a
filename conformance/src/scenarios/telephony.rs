//! Telephony: calls, hold, several calls at once, mute, encryption, bad networks.

pub mod auto_hold;
pub mod bad_network;
pub mod call;
pub mod encryption;
pub mod glare;
pub mod hold_retrieve;
pub mod lossy_line;
pub mod mute;
pub mod refused_call;
pub mod separators;
pub mod several_calls;
