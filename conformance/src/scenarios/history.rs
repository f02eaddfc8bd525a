//! History, missed calls and message waiting.

pub mod message_waiting;
