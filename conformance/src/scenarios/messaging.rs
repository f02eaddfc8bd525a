//! Messaging: direct messages by Spaces.

pub mod loss_is_contained;
pub mod needs_account;
pub mod order;
pub mod persists;
pub mod secure_only;
