//! SRTP and SRTCP: protects packets in place, and lets in only what is authentic and new.
//!
//! One context per direction and master key. The caller's buffer is used where it stands; after the first packet of a
//! source nothing is allocated. A packet that is refused leaves the context as it was.
//!
//! RFC 3711 (AES-CM with HMAC-SHA1), RFC 6188 (AES-256), RFC 7714 (AES-GCM), RFC 4568 (SDES keys).

#[cfg(target_arch = "x86_64")]
mod aes_keys;
mod authenticator;
mod counter_mode;
mod derivation;
mod fan_out;
mod galois;
#[cfg(target_arch = "x86_64")]
mod galois_lanes;
#[cfg(target_arch = "x86_64")]
mod ghash;
mod inbound;
#[cfg(target_arch = "x86_64")]
mod one_pass;
mod outbound;
mod sdes;
mod sha1_lanes;
#[cfg(target_arch = "x86_64")]
mod sha1_rounds;
mod source;
mod suite;
mod transform;

pub use fan_out::fan_out;
pub use inbound::Inbound;
pub use outbound::Outbound;
pub use sdes::{KeyPair, SdesError, SdesKey};
pub use suite::Suite;

use crate::rtp::RtpError;

/// Octets that a packet may grow by: tag and SRTCP index of the longest suite.
pub const OVERHEAD_MAX: usize = 16 + 4;

/// Sources that one context keeps apart; one more is refused, so that a peer can't make it grow without bound.
pub const SOURCES_MAX: usize = 1024;

/// RTP packets that one master key may protect, over all sources. RFC 3711 §9.2.
pub const RTP_LIFETIME: u64 = 1 << 48;

/// RTCP packets that one master key may protect, over all sources. RFC 3711 §9.2.
pub const RTCP_LIFETIME: u64 = 1 << 31;

/// Octets of an RTCP header and its sender's SSRC, which stay in clear. RFC 3711 §3.4.
const RTCP_CLEAR_LEN: usize = 8;

/// Why a packet was not protected or not let in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SrtpError {
    /// The RTP header itself is broken.
    #[error("not an RTP packet: {0}")]
    Header(#[from] RtpError),
    /// Too short for header, tag and index.
    #[error("protected packet of {len} octets is too short, {need} are needed")]
    TooShort {
        /// Octets that came.
        len: usize,
        /// Octets of the shortest packet.
        need: usize,
    },
    /// Wrong key, or changed on the way.
    #[error("packet is not authentic")]
    NotAuthentic,
    /// A packet with this index was let in, or sent, before.
    #[error("packet index {0} was seen before")]
    Replayed(u64),
    /// The index lies before the replay window.
    #[error("packet index lies before the replay window")]
    TooOld,
    /// No room for tag and index behind the packet.
    #[error("buffer of {len} octets is too small, {need} are needed")]
    BufferTooSmall {
        /// Octets that the buffer has.
        len: usize,
        /// Octets that the protected packet needs.
        need: usize,
    },
    /// [`RTP_LIFETIME`] or [`RTCP_LIFETIME`] packets are sent with this key, or the rollover counter of a source is at its
    /// end: nothing more is protected until the key is replaced. RFC 3711 §9.2.
    #[error("the key's lifetime is over; negotiate a new master key")]
    KeyExhausted,
    /// More than [`SOURCES_MAX`] sources.
    #[error("more than {SOURCES_MAX} sources under one key")]
    TooManySources,
}

fn too_small(buffer: &[u8], need: usize) -> SrtpError {
    SrtpError::BufferTooSmall {
        len: buffer.len(),
        need,
    }
}

fn grown(
    packet: &mut Vec<u8>,
    protect: impl FnOnce(&mut [u8], usize) -> Result<usize, SrtpError>,
) -> Result<(), SrtpError> {
    let len = packet.len();
    packet.resize(len + OVERHEAD_MAX, 0);
    let result = protect(packet, len);
    packet.truncate(*result.as_ref().unwrap_or(&len));
    result.map(drop)
}

#[cfg(test)]
mod tests;
