//! AES in Galois/counter mode.
//!
//! RFC 7714 §8 (initialisation vectors), §9 (what is encrypted, what only authenticated).

use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::SrtpError;
use crate::rtp::Ssrc;

/// Octets of the tag.
pub(super) const TAG_LEN: usize = 16;

/// Session key of one direction, for RTP or for RTCP.
#[derive(Clone)]
pub(super) struct Galois {
    key: LessSafeKey,
    salt: u128,
}

impl Galois {
    pub(super) fn new(key: &[u8], salt: [u8; 12]) -> Galois {
        let algorithm = if key.len() == 16 {
            &AES_128_GCM
        } else {
            &AES_256_GCM
        };
        let key = UnboundKey::new(algorithm, key).expect("suites have keys of 16 or 32 octets");
        let mut octets = [0; 16];
        octets[4..].copy_from_slice(&salt);
        Galois {
            key: LessSafeKey::new(key),
            salt: u128::from_be_bytes(octets),
        }
    }

    /// RFC 7714 §8.1 and §9.1: two zero octets, SSRC, 48-bit index (RTCP: 16 zero bits and the 31-bit index), XOR salt.
    #[inline]
    fn nonce(&self, ssrc: Ssrc, index: u64) -> Nonce {
        let value = self.salt ^ u128::from(ssrc.0) << 48 ^ u128::from(index);
        let [_, _, _, _, nonce @ ..] = value.to_be_bytes();
        Nonce::assume_unique_for_key(nonce)
    }

    /// Encrypts `text` and gives the tag over it and `clear`.
    #[inline]
    pub(super) fn seal(
        &self,
        ssrc: Ssrc,
        index: u64,
        clear: &[u8],
        text: &mut [u8],
    ) -> [u8; TAG_LEN] {
        let nonce = self.nonce(ssrc, index);
        let tag = self
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(clear), text)
            .expect("a packet is far shorter than GCM's limit");
        let mut octets = [0; TAG_LEN];
        octets.copy_from_slice(tag.as_ref());
        octets
    }

    /// Checks and decrypts `text`, whose last octets are the tag; gives the length before it.
    #[inline]
    pub(super) fn open(
        &self,
        ssrc: Ssrc,
        index: u64,
        clear: &[u8],
        text: &mut [u8],
    ) -> Result<usize, SrtpError> {
        let nonce = self.nonce(ssrc, index);
        match self.key.open_in_place(nonce, Aad::from(clear), text) {
            Ok(text) => Ok(text.len()),
            Err(ring::error::Unspecified) => Err(SrtpError::NotAuthentic),
        }
    }
}
