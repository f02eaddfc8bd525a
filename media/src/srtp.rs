//! SRTP and SRTCP: protects packets in place, and lets in only what is authentic and new.
//!
//! One context per direction and master key. The caller's buffer is used where it stands; after the first packet of a
//! source nothing is allocated. A packet that is refused leaves the context as it was.
//!
//! RFC 3711 (AES-CM with HMAC-SHA1), RFC 6188 (AES-256), RFC 7714 (AES-GCM), RFC 4568 (SDES keys).

mod counter_mode;
mod derivation;
mod galois;
mod sdes;
mod source;
mod suite;
mod transform;

pub use sdes::{KeyPair, SdesError, SdesKey};
pub use suite::Suite;

use crate::rtp::{self, RtpError, Ssrc};
use source::{Known, Sources};
use transform::Transform;

/// Octets that a packet may grow by: tag and SRTCP index of the longest suite.
pub const OVERHEAD_MAX: usize = 16 + 4;

/// Sources that one context keeps apart; one more is refused, so that a peer can't make it grow without bound.
pub const SOURCES_MAX: usize = 1024;

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
    /// 2^48 RTP or 2^31 RTCP packets are sent with this key: it must be replaced. RFC 3711 §9.2.
    #[error("the key's lifetime is over")]
    KeyExhausted,
    /// More than [`SOURCES_MAX`] sources.
    #[error("more than {SOURCES_MAX} sources under one key")]
    TooManySources,
}

/// Protects what we send under one master key.
#[derive(Debug)]
pub struct Outbound {
    rtp: Transform,
    rtcp: Transform,
    rtp_sources: Sources,
    rtcp_sources: Sources,
}

impl Outbound {
    /// Derives the session keys.
    pub fn new(key: &SdesKey) -> Outbound {
        let (rtp, rtcp) = derivation::session(key);
        Outbound {
            rtp,
            rtcp,
            rtp_sources: Sources::new(),
            rtcp_sources: Sources::new(),
        }
    }

    /// Protects the RTP packet in `buffer[..len]`; gives its new length, at most [`OVERHEAD_MAX`] more.
    #[inline]
    pub fn protect(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        let header_len = rtp::header_len(buffer.get(..len).ok_or(too_small(buffer, len))?)?;
        let sequence = u16::from_be_bytes([buffer[2], buffer[3]]);
        let ssrc = Ssrc(rtp::read_u32(buffer, 8));
        let place = self.rtp_sources.find(ssrc)?;
        let index = self.rtp_sources.window(place).estimate(sequence)?;
        self.rtp_sources.window(place).check(index)?;
        let len = self.rtp.protect(ssrc, index, buffer, header_len, len)?;
        self.rtp_sources.accept(place, index);
        Ok(len)
    }

    /// Protects the compound RTCP packet in `buffer[..len]`; gives its new length.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        if len < RTCP_CLEAR_LEN {
            return Err(SrtpError::TooShort {
                len,
                need: RTCP_CLEAR_LEN,
            });
        }
        if buffer.len() < len {
            return Err(too_small(buffer, len));
        }
        let ssrc = Ssrc(rtp::read_u32(buffer, 4));
        let place = self.rtcp_sources.find(ssrc)?;
        let index = self.rtcp_sources.window(place).following();
        if index >> 31 != 0 {
            return Err(SrtpError::KeyExhausted);
        }
        let len = self.rtcp.protect_rtcp(ssrc, index as u32, buffer, len)?;
        self.rtcp_sources.accept(place, index);
        Ok(len)
    }

    /// [`Outbound::protect`] on a vector that grows by the tag.
    pub fn protect_vec(&mut self, packet: &mut Vec<u8>) -> Result<(), SrtpError> {
        grown(packet, |buffer, len| self.protect(buffer, len))
    }

    /// [`Outbound::protect_rtcp`] on a vector that grows by tag and index.
    pub fn protect_rtcp_vec(&mut self, packet: &mut Vec<u8>) -> Result<(), SrtpError> {
        grown(packet, |buffer, len| self.protect_rtcp(buffer, len))
    }
}

/// Lets in what the other side protected under one master key.
#[derive(Debug)]
pub struct Inbound {
    rtp: Transform,
    rtcp: Transform,
    rtp_sources: Sources,
    rtcp_sources: Sources,
}

impl Inbound {
    /// Derives the session keys.
    pub fn new(key: &SdesKey) -> Inbound {
        let (rtp, rtcp) = derivation::session(key);
        Inbound {
            rtp,
            rtcp,
            rtp_sources: Sources::new(),
            rtcp_sources: Sources::new(),
        }
    }

    /// Checks and decrypts the SRTP packet; gives the length of the RTP packet that now stands at its start.
    ///
    /// On an error the context is unchanged; the octets must not be used.
    #[inline]
    pub fn unprotect(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let header_len = rtp::header_len(packet)?;
        let sequence = u16::from_be_bytes([packet[2], packet[3]]);
        let ssrc = Ssrc(rtp::read_u32(packet, 8));
        let known = self.rtp_sources.look_up(ssrc);
        let index = match known {
            Known::At(place) => {
                let index = self.rtp_sources.window(place).estimate(sequence)?;
                self.rtp_sources.window(place).check(index)?;
                index
            }
            Known::Not(_) => u64::from(sequence),
        };
        let len = self.rtp.unprotect(ssrc, index, packet, header_len)?;
        let place = self.rtp_sources.admit(ssrc, known)?;
        self.rtp_sources.accept(place, index);
        Ok(len)
    }

    /// Checks and decrypts the SRTCP packet; gives the length of the compound packet that now stands at its start.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let need = RTCP_CLEAR_LEN + self.rtcp.rtcp_overhead();
        if packet.len() < need {
            return Err(SrtpError::TooShort {
                len: packet.len(),
                need,
            });
        }
        let ssrc = Ssrc(rtp::read_u32(packet, 4));
        let word = self.rtcp.rtcp_index_word(packet);
        let index = u64::from(word & 0x7fff_ffff);
        let known = self.rtcp_sources.look_up(ssrc);
        if let Known::At(place) = known {
            self.rtcp_sources.window(place).check(index)?;
        }
        let len = self.rtcp.unprotect_rtcp(ssrc, word, packet)?;
        let place = self.rtcp_sources.admit(ssrc, known)?;
        self.rtcp_sources.accept(place, index);
        Ok(len)
    }

    /// [`Inbound::unprotect`] on a vector, which is cut to the packet.
    pub fn unprotect_vec(&mut self, packet: &mut Vec<u8>) -> Result<(), SrtpError> {
        let len = self.unprotect(packet)?;
        packet.truncate(len);
        Ok(())
    }

    /// [`Inbound::unprotect_rtcp`] on a vector, which is cut to the packet.
    pub fn unprotect_rtcp_vec(&mut self, packet: &mut Vec<u8>) -> Result<(), SrtpError> {
        let len = self.unprotect_rtcp(packet)?;
        packet.truncate(len);
        Ok(())
    }
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
