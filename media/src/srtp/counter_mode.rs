//! AES in counter mode with HMAC-SHA1.
//!
//! RFC 3711 §4.1.1 (keystream), §4.2.1 (tag).

use aes::cipher::{InnerIvInit, KeyInit, StreamCipher, StreamCipherCoreWrapper};
use aes::{Aes128, Aes256};
use ctr::{CtrCore, flavors};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use super::SrtpError;
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
    salt: [u8; 14],
    mac: Hmac<Sha1>,
    tag_len: usize,
}

impl CounterMode {
    pub(super) fn new(
        key: &[u8],
        salt: [u8; 14],
        authentication: &[u8; 20],
        tag_len: usize,
    ) -> CounterMode {
        let mac = Hmac::new_from_slice(authentication).expect("HMAC takes keys of any length");
        CounterMode {
            cipher: Aes::new(key),
            salt,
            mac,
            tag_len,
        }
    }

    pub(super) fn tag_len(&self) -> usize {
        self.tag_len
    }

    /// Encrypts, or decrypts, which is the same.
    #[inline]
    pub(super) fn crypt(&self, ssrc: Ssrc, index: u64, data: &mut [u8]) {
        // RFC 3711 §4.1.1: (salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16).
        let mut start = [0; 16];
        start[4..8].copy_from_slice(&ssrc.0.to_be_bytes());
        start[8..14].copy_from_slice(&index.to_be_bytes()[2..]);
        start
            .iter_mut()
            .zip(&self.salt)
            .for_each(|(octet, salt)| *octet ^= salt);
        self.cipher.apply_keystream(&start, data);
    }

    /// The whole tag over `data` and, for RTP, the rollover counter behind it.
    #[inline]
    fn mac(&self, data: &[u8], rollover: Option<u32>) -> [u8; 20] {
        let mut mac = self.mac.clone();
        mac.update(data);
        if let Some(rollover) = rollover {
            mac.update(&rollover.to_be_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    /// Writes the tag behind `packet[..len]`; gives the new length.
    #[inline]
    pub(super) fn sign(&self, packet: &mut [u8], len: usize, rollover: Option<u32>) -> usize {
        let tag = self.mac(&packet[..len], rollover);
        packet[len..len + self.tag_len].copy_from_slice(&tag[..self.tag_len]);
        len + self.tag_len
    }

    /// Compares the tag at the packet's end in constant time; gives the length before it.
    #[inline]
    pub(super) fn verify(&self, packet: &[u8], rollover: Option<u32>) -> Result<usize, SrtpError> {
        let (data, came) = packet.split_at(packet.len() - self.tag_len);
        let tag = self.mac(data, rollover);
        if bool::from(tag[..self.tag_len].ct_eq(came)) {
            Ok(data.len())
        } else {
            Err(SrtpError::NotAuthentic)
        }
    }
}
