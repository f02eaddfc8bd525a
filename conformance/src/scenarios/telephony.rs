//! Telephony: calls, hold, several calls at once, mute, pictures, codecs, encryption, bad networks.

pub mod auto_hold;
pub mod bad_network;
pub mod block_video;
pub mod call;
pub mod codec_matrix;
pub mod disordered_line;
pub mod encryption;
pub mod glare;
pub mod hold_retrieve;
pub mod lossy_line;
pub mod lost_answer;
pub mod mute;
pub mod published_report;
pub mod refused_call;
pub mod separators;
pub mod several_calls;
pub mod video_call;
pub mod video_freeze;
pub mod video_hold;
pub mod video_limit;
pub mod video_narrow_line;
pub mod video_repair;
