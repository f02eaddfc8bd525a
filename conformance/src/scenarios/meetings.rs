//! Meetings Online: rooms joined by WebRTC.

pub mod narrow_path;
pub mod narrow_uplink;
pub mod pictures;
pub mod refusals;
pub mod three_in_a_room;
pub mod together;
