//! Meetings Online: rooms joined by WebRTC.

pub mod three_in_a_room;
