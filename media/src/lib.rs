//! Samples to packets and back, sans IO: RTP, RTCP, SRTP, jitter buffer, codecs, quality.
//!
//! The way of a packet:
//!
//! ```text
//! source ─► sender ─► codec ─► rtp ─► srtp ─► (the caller's socket)
//!                                                    │
//! ear ◄── jitter ◄── receiver ◄── rtp ◄── srtp ◄─────┘
//! ```
//!
//! Nothing here has a socket, a clock or a thread: every function is told `now`, the time since the host's clock began,
//! and packets are changed where they stand. After the first packets of a stream nothing is allocated,
//! except within the codec Opus.

pub mod bandwidth;
pub mod clock;
pub mod codec;
pub mod dtmf;
pub mod ear;
pub mod forward;
mod intake;
pub mod jitter;
#[cfg(target_arch = "x86_64")]
mod lanes;
pub mod mixer;
pub mod near;
mod pitch;
pub mod plc;
pub mod quality;
pub mod receiver;
pub mod red;
pub mod relay;
mod reporter;
pub mod resample;
pub mod rtcp;
pub mod rtp;
pub mod rtx;
pub mod sender;
pub mod source;
pub mod speech;
pub mod srtp;
pub mod stream;
pub mod tone;
mod vector;
pub mod video;

pub use codec::{AudioCodec, Codec};
pub use relay::Relay;
pub use rtp::Ssrc;
pub use sender::Identity;
pub use source::Source;
pub use speech::{Speech, Talker};
pub use srtp::{KeyPair, SdesKey, Suite};
pub use stream::{Stream, StreamConfig, StreamOutput};
pub use video::{VideoConfig, VideoOutput, VideoStream};
