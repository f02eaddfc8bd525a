//! AES in counter mode with HMAC-SHA1.
//!
//! RFC 3711 §4.1.1 (keystream), §4.2.1 (tag).

use aes::cipher::{InnerIvInit, KeyInit, StreamCipher, StreamCipherCoreWrapper};
use aes::{Aes128, Aes256};
use ctr::{CtrCore, flavors};
use subtle::ConstantTimeEq;

use super::SrtpError;
use super::authenticator::{Authenticator, DIGEST_LEN};
use crate::rtp::Ssrc;

/// AES with the key's length.
#[derive(Clone, Debug)]
pub(super) enum Aes {
    Short(Aes128),
    Long(Aes256),
}

impl Aes {
    /// A cipher for a key of 16 or 32 octets.
    pub(super) fn new(key: &[u8]) -> Aes {
        match key.len() {
            16 => Aes::Short(Aes128::new_from_slice(key).expect("length is matched")),
            _ => {
                Aes::Long(Aes256::new_from_slice(key).expect("suites have keys of 16 or 32 octets"))
            }
        }
    }

    /// XORs the keystream that begins at counter block `start`.
    #[inline]
    pub(super) fn apply_keystream(&self, start: &[u8; 16], data: &mut [u8]) {
        match self {
            Aes::Short(cipher) => keystream(cipher, start, data),
            Aes::Long(cipher) => keystream(cipher, start, data),
        }
    }
}

#[inline]
fn keystream<C>(cipher: &C, start: &[u8; 16], data: &mut [u8])
where
    C: aes::cipher::BlockCipherEncrypt
        + aes::cipher::BlockSizeUser<BlockSize = aes::cipher::consts::U16>,
{
    type Counter<'a, C> = StreamCipherCoreWrapper<CtrCore<&'a C, flavors::Ctr128BE>>;
    let core = CtrCore::inner_iv_init(cipher, start.into());
    // A packet is far shorter than the 2^128 blocks of the counter.
    Counter::from_core(core).unchecked_apply_keystream(data);
}

/// Session keys of one direction, for RTP or for RTCP.
#[derive(Clone)]
pub(super) struct CounterMode {
    cipher: Aes,
    /// The salt times 2^16, as every counter block begins with it.
    salt: u128,
    authenticator: Authenticator,
    tag_len: usize,
}

impl CounterMode {
    pub(super) fn new(
        key: &[u8],
        salt: [u8; 14],
        authentication: &[u8; DIGEST_LEN],
        tag_len: usize,
    ) -> CounterMode {
        let mut block = [0; 16];
        block[..14].copy_from_slice(&salt);
        CounterMode {
            cipher: Aes::new(key),
            salt: u128::from_be_bytes(block),
            authenticator: Authenticator::new(authentication),
            tag_len,
        }
    }

    #[inline]
    pub(super) fn tag_len(&self) -> usize {
        self.tag_len
    }

    /// Encrypts, or decrypts, which is the same.
    #[inline]
    pub(super) fn crypt(&self, ssrc: Ssrc, index: u64, data: &mut [u8]) {
        // RFC 3711 §4.1.1: (salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16).
        let start = self.salt ^ u128::from(ssrc.0) << 64 ^ u128::from(index) << 16;
        self.cipher.apply_keystream(&start.to_be_bytes(), data);
    }

    /// Writes the tag behind `packet[..len]`; gives the new length.
    #[inline]
    pub(super) fn sign(&self, packet: &mut [u8], len: usize, rollover: Option<u32>) -> usize {
        let tag = self.authenticator.tag(&packet[..len], rollover);
        packet[len..len + self.tag_len].copy_from_slice(&tag[..self.tag_len]);
        len + self.tag_len
    }

    /// [`CounterMode::sign`] for two RTP packets at once.
    #[inline]
    pub(super) fn sign_pair(
        keys: [&CounterMode; 2],
        packets: [&mut [u8]; 2],
        lens: [usize; 2],
        rollovers: [u32; 2],
    ) -> [usize; 2] {
        let [first, second] = packets;
        let tags = Authenticator::tags(
            keys.map(|keys| &keys.authenticator),
            [&first[..lens[0]], &second[..lens[1]]],
            rollovers.map(Some),
        );
        let written = [first, second].into_iter().zip(keys).zip(lens).zip(tags);
        for (((packet, keys), len), tag) in written {
            packet[len..len + keys.tag_len].copy_from_slice(&tag[..keys.tag_len]);
        }
        [lens[0] + keys[0].tag_len, lens[1] + keys[1].tag_len]
    }

    /// Compares the tag at the packet's end in constant time; gives the length before it.
    #[inline]
    pub(super) fn verify(&self, packet: &[u8], rollover: Option<u32>) -> Result<usize, SrtpError> {
        let (data, came) = packet.split_at(packet.len() - self.tag_len);
        let tag = self.authenticator.tag(data, rollover);
        if bool::from(tag[..self.tag_len].ct_eq(came)) {
            Ok(data.len())
        } else {
            Err(SrtpError::NotAuthentic)
        }
    }
}
