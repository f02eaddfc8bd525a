//! Where header, ciphertext, tag and index stand in a packet, for both families of suites.
//!
//! ```text
//! SRTP            header │ ciphertext │ tag
//! SRTCP, AES-CM   header │ ciphertext │ E + index │ tag
//! SRTCP, GCM      header │ ciphertext │ tag │ E + index
//! ```
//!
//! RFC 3711 §3.1, §3.4; RFC 7714 §9.2, §9.3.

use super::counter_mode::CounterMode;
use super::galois::{Galois, TAG_LEN};
use super::{RTCP_CLEAR_LEN, SrtpError, too_small};
use crate::rtp::{self, Ssrc};

/// Octets of the E flag and the SRTCP index.
const WORD_LEN: usize = 4;
/// The E flag: the packet is encrypted.
const ENCRYPTED: u32 = 1 << 31;

/// Session keys with the way to use them.
#[derive(Clone)]
pub(super) enum Transform {
    Counter(CounterMode),
    Galois(Galois),
}

impl Transform {
    #[inline]
    pub(super) fn tag_len(&self) -> usize {
        match self {
            Transform::Counter(keys) => keys.tag_len(),
            Transform::Galois(_) => TAG_LEN,
        }
    }

    /// Protects RTP in `buffer[..len]`.
    #[inline]
    pub(super) fn protect(
        &self,
        ssrc: Ssrc,
        index: u64,
        buffer: &mut [u8],
        header_len: usize,
        len: usize,
    ) -> Result<usize, SrtpError> {
        let need = len + self.tag_len();
        if buffer.len() < need {
            return Err(too_small(buffer, need));
        }
        match self {
            Transform::Counter(keys) => Ok(keys.protect(ssrc, index, buffer, header_len, len)),
            Transform::Galois(keys) => {
                let (clear, text) = buffer[..len].split_at_mut(header_len);
                let tag = keys.seal(ssrc, index, clear, text);
                buffer[len..need].copy_from_slice(&tag);
                Ok(need)
            }
        }
    }

    /// Checks and decrypts RTP.
    #[inline]
    pub(super) fn unprotect(
        &self,
        ssrc: Ssrc,
        index: u64,
        packet: &mut [u8],
        header_len: usize,
    ) -> Result<usize, SrtpError> {
        let need = header_len + self.tag_len();
        if packet.len() < need {
            return Err(SrtpError::TooShort {
                len: packet.len(),
                need,
            });
        }
        match self {
            Transform::Counter(keys) => keys.unprotect(ssrc, index, packet, header_len),
            Transform::Galois(keys) => {
                let (clear, text) = packet.split_at_mut(header_len);
                Ok(header_len + keys.open(ssrc, index, clear, text)?)
            }
        }
    }

    /// Octets by which RTCP grows.
    pub(super) fn rtcp_overhead(&self) -> usize {
        self.tag_len() + WORD_LEN
    }

    /// E flag and index of a packet that is long enough.
    pub(super) fn rtcp_index_word(&self, packet: &[u8]) -> u32 {
        match self {
            Transform::Counter(keys) => {
                rtp::read_u32(packet, packet.len() - keys.tag_len() - WORD_LEN)
            }
            Transform::Galois(_) => rtp::read_u32(packet, packet.len() - WORD_LEN),
        }
    }

    /// Protects RTCP in `buffer[..len]`.
    pub(super) fn protect_rtcp(
        &self,
        ssrc: Ssrc,
        index: u32,
        buffer: &mut [u8],
        len: usize,
    ) -> Result<usize, SrtpError> {
        let need = len + self.rtcp_overhead();
        if buffer.len() < need {
            return Err(too_small(buffer, need));
        }
        let word = (index | ENCRYPTED).to_be_bytes();
        match self {
            Transform::Counter(keys) => {
                keys.crypt(ssrc, u64::from(index), &mut buffer[RTCP_CLEAR_LEN..len]);
                buffer[len..len + WORD_LEN].copy_from_slice(&word);
                keys.sign_rtcp(buffer, len + WORD_LEN);
            }
            Transform::Galois(keys) => {
                let clear = clear_with_word(buffer, word);
                let tag = keys.seal(
                    ssrc,
                    u64::from(index),
                    &clear,
                    &mut buffer[RTCP_CLEAR_LEN..len],
                );
                buffer[len..len + TAG_LEN].copy_from_slice(&tag);
                buffer[len + TAG_LEN..need].copy_from_slice(&word);
            }
        }
        Ok(need)
    }

    /// Checks and, if its E flag is set, decrypts RTCP.
    pub(super) fn unprotect_rtcp(
        &self,
        ssrc: Ssrc,
        word: u32,
        packet: &mut [u8],
    ) -> Result<usize, SrtpError> {
        let index = u64::from(word & !ENCRYPTED);
        let encrypted = word & ENCRYPTED != 0;
        match self {
            Transform::Counter(keys) => {
                let len = keys.verify_rtcp(packet)? - WORD_LEN;
                if encrypted {
                    keys.crypt(ssrc, index, &mut packet[RTCP_CLEAR_LEN..len]);
                }
                Ok(len)
            }
            Transform::Galois(keys) if encrypted => {
                let end = packet.len() - WORD_LEN;
                let clear = clear_with_word(packet, word.to_be_bytes());
                Ok(RTCP_CLEAR_LEN
                    + keys.open(ssrc, index, &clear, &mut packet[RTCP_CLEAR_LEN..end])?)
            }
            Transform::Galois(keys) => {
                // RFC 7714 §9.3: all is associated data, the index word before the tag.
                let len = packet.len() - WORD_LEN - TAG_LEN;
                packet[len..].rotate_right(WORD_LEN);
                let (clear, tag) = packet.split_at_mut(len + WORD_LEN);
                keys.open(ssrc, index, clear, tag)?;
                Ok(len)
            }
        }
    }
}

/// Associated data of an encrypted SRTCP packet. RFC 7714 §9.2.
fn clear_with_word(packet: &[u8], word: [u8; 4]) -> [u8; RTCP_CLEAR_LEN + WORD_LEN] {
    let mut clear = [0; RTCP_CLEAR_LEN + WORD_LEN];
    clear[..RTCP_CLEAR_LEN].copy_from_slice(&packet[..RTCP_CLEAR_LEN]);
    clear[RTCP_CLEAR_LEN..].copy_from_slice(&word);
    clear
}

/// Keys stay out of logs.
impl std::fmt::Debug for Transform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Transform::Counter(_) => "Counter(..)",
            Transform::Galois(_) => "Galois(..)",
        })
    }
}
