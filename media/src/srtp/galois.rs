//! AES in Galois/counter mode.
//!
//! RFC 7714 §8 (initialisation vectors), §9 (what is encrypted, what only authenticated).

use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, Tag as RingTag, UnboundKey};
#[cfg(target_arch = "x86_64")]
use subtle::ConstantTimeEq;

use super::SrtpError;
#[cfg(target_arch = "x86_64")]
use super::galois_lanes::GaloisLanes;
use crate::rtp::Ssrc;

/// Octets of the tag.
pub(super) const TAG_LEN: usize = 16;

/// Proves that a packet is authentic.
pub(super) type Tag = [u8; TAG_LEN];

/// AES-GCM with the key's length: by the processor's widest instructions where it has them, or by a crate.
#[derive(Clone)]
enum Aead {
    #[cfg(target_arch = "x86_64")]
    Lanes(GaloisLanes),
    Ring(LessSafeKey),
}

impl Aead {
    /// For a key of 16 or 32 octets.
    fn new(key: &[u8]) -> Aead {
        #[cfg(target_arch = "x86_64")]
        if let Some(lanes) = GaloisLanes::new(key) {
            return Aead::Lanes(lanes);
        }
        Aead::by_crate(key)
    }

    fn by_crate(key: &[u8]) -> Aead {
        let algorithm = match key.len() {
            16 => &AES_128_GCM,
            _ => &AES_256_GCM,
        };
        let key = UnboundKey::new(algorithm, key).expect("suites have keys of 16 or 32 octets");
        Aead::Ring(LessSafeKey::new(key))
    }
}

/// Session key of one direction, for RTP or for RTCP.
#[derive(Clone)]
pub(super) struct Galois {
    aead: Aead,
    salt: u128,
}

impl Galois {
    pub(super) fn new(key: &[u8], salt: [u8; 12]) -> Galois {
        let mut octets = [0; 16];
        octets[4..].copy_from_slice(&salt);
        Galois {
            aead: Aead::new(key),
            salt: u128::from_be_bytes(octets),
        }
    }

    /// RFC 7714 §8.1 and §9.1: two zero octets, SSRC, 48-bit index (RTCP: 16 zero bits and the 31-bit index), XOR salt.
    #[inline]
    fn nonce(&self, ssrc: Ssrc, index: u64) -> u128 {
        self.salt ^ u128::from(ssrc.0) << 48 ^ u128::from(index)
    }

    /// Encrypts `text` and gives the tag over it and `clear`.
    #[inline]
    pub(super) fn seal(&self, ssrc: Ssrc, index: u64, clear: &[u8], text: &mut [u8]) -> Tag {
        let nonce = self.nonce(ssrc, index);
        match &self.aead {
            #[cfg(target_arch = "x86_64")]
            Aead::Lanes(lanes) => lanes.seal(nonce, clear, text),
            Aead::Ring(key) => {
                let tag: RingTag = key
                    .seal_in_place_separate_tag(of_ring(nonce), Aad::from(clear), text)
                    .expect("a packet is far shorter than GCM's limit");
                let mut octets = [0; TAG_LEN];
                octets.copy_from_slice(tag.as_ref());
                octets
            }
        }
    }

    /// Checks and decrypts `text`, whose last octets are the tag; gives the length before it. Nothing is to be
    /// read from a packet that is not authentic: `ring` leaves it in any state, ours as it came.
    #[inline]
    pub(super) fn open(
        &self,
        ssrc: Ssrc,
        index: u64,
        clear: &[u8],
        text: &mut [u8],
    ) -> Result<usize, SrtpError> {
        let nonce = self.nonce(ssrc, index);
        match &self.aead {
            #[cfg(target_arch = "x86_64")]
            Aead::Lanes(lanes) => {
                let Some((text, came)) = text.split_last_chunk_mut::<TAG_LEN>() else {
                    return Err(SrtpError::NotAuthentic);
                };
                let tag = lanes.open(nonce, clear, text);
                if bool::from(tag.ct_eq(came)) {
                    return Ok(text.len());
                }
                // The keystream once more, which leaves it as it came.
                lanes.open(nonce, clear, text);
                Err(SrtpError::NotAuthentic)
            }
            Aead::Ring(key) => match key.open_in_place(of_ring(nonce), Aad::from(clear), text) {
                Ok(text) => Ok(text.len()),
                Err(ring::error::Unspecified) => Err(SrtpError::NotAuthentic),
            },
        }
    }
}

fn of_ring(nonce: u128) -> Nonce {
    let [_, _, _, _, nonce @ ..] = nonce.to_be_bytes();
    Nonce::assume_unique_for_key(nonce)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(key: &[u8], by_crate: bool) -> Galois {
        let mut keys = Galois::new(key, [3; 12]);
        if by_crate {
            keys.aead = Aead::by_crate(key);
        }
        keys
    }

    proptest! {
        /// By the processor's instructions and by the crate: the same octets both ways, and ours leaves a packet that is not
        /// authentic as it came.
        #[test]
        fn both_ways_agree(
            key: [u8; 32],
            is_long: bool,
            (ssrc, index) in (any::<u32>(), 0u64..1 << 48),
            clear in proptest::collection::vec(any::<u8>(), 0..200),
            data in proptest::collection::vec(any::<u8>(), 0..1_500),
            damaged in any::<prop::sample::Index>(),
        ) {
            let key = if is_long { &key[..] } else { &key[..16] };
            let ssrc = Ssrc(ssrc);
            let sealed = [false, true].map(|by_crate| {
                let mut text = data.clone();
                let tag = keys(key, by_crate).seal(ssrc, index, &clear, &mut text);
                text.extend(tag);
                text
            });
            prop_assert_eq!(&sealed[0], &sealed[1]);
            for by_crate in [false, true] {
                let keys = keys(key, by_crate);
                let mut text = sealed[0].clone();
                prop_assert_eq!(keys.open(ssrc, index, &clear, &mut text), Ok(data.len()));
                prop_assert_eq!(&text[..data.len()], &data[..]);
                let mut text = sealed[0].clone();
                text[damaged.index(sealed[0].len())] ^= 0x20;
                let came = text.clone();
                prop_assert_eq!(
                    keys.open(ssrc, index, &clear, &mut text),
                    Err(SrtpError::NotAuthentic)
                );
                if !by_crate {
                    prop_assert_eq!(text, came);
                }
            }
        }
    }
}
