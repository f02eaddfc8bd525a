//! Video: pictures that carry their own truth, H.264 between picture and packet, and one stream of it behind four verbs.
//!
//! ```text
//! camera ─► encoder ─► packetizer ─► rtp ─► srtp ─► (the caller's socket)
//!                                                          │
//! picture ◄── decoder ◄── depacketizer ◄── reorder ◄── srtp ┘
//! ```
//!
//! The camera shows a test pattern with the frame's number and time painted into it, so that whoever decodes a picture
//! knows which one it is. Payload formats of VP8 and VP9 are read and rewritten for forwarding, never decoded.

mod allowance;
mod budget;
pub mod camera;
mod carried;
pub mod clip;
pub mod freeze;
pub mod h264;
pub(crate) mod key_frame;
pub mod numbers;
pub mod pattern;
pub mod picture;
mod receiver;
pub mod reorder;
mod repair;
mod reports;
pub mod screen;
mod sender;
pub mod similarity;
pub mod stream;
pub mod vp8;
pub mod vp9;

pub use camera::Camera;
pub use clip::Clip;
pub use pattern::{Mark, Pattern};
pub use picture::{Format, Picture};
pub use screen::Fidelity;
pub use stream::{
    Carriage, Retransmission, VideoConfig, VideoOutput, VideoStatistics, VideoStream,
};

/// Clock rate of every video payload format here, Hz. RFC 6184 §8.2.1, RFC 7741 §6.1, RFC 9628 §7.1.
pub const CLOCK_RATE_HZ: u32 = 90_000;

/// Why there is no picture.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VideoError {
    /// The format asked for can't be coded, or leaves no room for the mark.
    #[error("pictures of {width}x{height} at {frame_rate} a second: {expected}")]
    Format {
        /// Width in samples.
        width: usize,
        /// Height in samples.
        height: usize,
        /// Pictures a second.
        frame_rate: u32,
        /// What a format must be.
        expected: &'static str,
    },
    /// The encoder refused its settings or a picture.
    #[error("H.264 encoder: {0}")]
    Encoder(String),
    /// What came is no H.264 that can be decoded.
    #[error("H.264 decoder: {0}")]
    Decoder(String),
}
