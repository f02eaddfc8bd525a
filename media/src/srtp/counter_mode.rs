//! AES in counter mode with HMAC-SHA1.
//!
//! RFC 3711 §4.1.1 (keystream), §4.2.1 (tag).

use aes::cipher::{InnerIvInit, KeyInit, StreamCipher, StreamCipherCoreWrapper};
use aes::{Aes128, Aes256};
use ctr::{CtrCore, flavors};
use subtle::ConstantTimeEq;

use super::SrtpError;
use super::authenticator::{Authenticator, DIGEST_LEN};
#[cfg(target_arch = "x86_64")]
use super::one_pass::OnePass;
use super::sha1_lanes::State;
use crate::rtp::Ssrc;

/// AES with the key's length: by a crate, or by the processor's instructions where it has them for the hash too.
#[derive(Clone)]
pub(super) enum Aes {
    #[cfg(target_arch = "x86_64")]
    OnePass(OnePass),
    Short(Aes128),
    Long(Aes256),
}

impl Aes {
    /// A cipher for a key of 16 or 32 octets.
    pub(super) fn new(key: &[u8]) -> Aes {
        #[cfg(target_arch = "x86_64")]
        if let Some(one_pass) = OnePass::new(key) {
            return Aes::OnePass(one_pass);
        }
        Aes::by_crate(key)
    }

    fn by_crate(key: &[u8]) -> Aes {
        match key.len() {
            16 => Aes::Short(Aes128::new_from_slice(key).expect("length is matched")),
            _ => {
                Aes::Long(Aes256::new_from_slice(key).expect("suites have keys of 16 or 32 octets"))
            }
        }
    }

    /// XORs the keystream that begins at counter block `start`.
    #[inline]
    pub(super) fn apply_keystream(&self, start: u128, data: &mut [u8]) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Aes::OnePass(cipher) => cipher.apply_keystream(start, data),
            Aes::Short(cipher) => keystream(cipher, start, data),
            Aes::Long(cipher) => keystream(cipher, start, data),
        }
    }

    /// Encrypts `packet` behind its header and hashes, as far as that costs nothing, its first blocks into `state`; gives the
    /// octets hashed.
    #[inline]
    fn encrypt(
        &self,
        start: u128,
        packet: &mut [u8],
        header_len: usize,
        state: &mut State,
    ) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Aes::OnePass(cipher) => cipher.encrypt(start, packet, header_len, state),
            Aes::Short(_) | Aes::Long(_) => {
                self.apply_keystream(start, &mut packet[header_len..]);
                let _ = state;
                0
            }
        }
    }

    /// Hashes, as far as decryption costs nothing meanwhile, the first blocks of `packet` into `state`; gives the octets hashed
    /// and where, behind the header, decryption has stopped.
    #[inline]
    fn decrypt(
        &self,
        start: u128,
        packet: &mut [u8],
        header_len: usize,
        state: &mut State,
    ) -> (usize, usize) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Aes::OnePass(cipher) => cipher.decrypt(start, packet, header_len, state),
            Aes::Short(_) | Aes::Long(_) => (0, header_len),
        }
    }
}

#[inline]
fn keystream<C>(cipher: &C, start: u128, data: &mut [u8])
where
    C: aes::cipher::BlockCipherEncrypt
        + aes::cipher::BlockSizeUser<BlockSize = aes::cipher::consts::U16>,
{
    type Counter<'a, C> = StreamCipherCoreWrapper<CtrCore<&'a C, flavors::Ctr128BE>>;
    let core = CtrCore::inner_iv_init(cipher, &start.to_be_bytes().into());
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
        self.cipher.apply_keystream(self.start(ssrc, index), data);
    }

    /// The first counter block. RFC 3711 §4.1.1: (salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16).
    #[inline]
    fn start(&self, ssrc: Ssrc, index: u64) -> u128 {
        self.salt ^ u128::from(ssrc.0) << 64 ^ u128::from(index) << 16
    }

    /// Encrypts RTP in `packet[..len]` behind its header and writes the tag behind it; gives the new length.
    #[inline]
    pub(super) fn protect(
        &self,
        ssrc: Ssrc,
        index: u64,
        packet: &mut [u8],
        header_len: usize,
        len: usize,
    ) -> usize {
        let mut state = self.authenticator.start();
        let start = self.start(ssrc, index);
        let hashed = self
            .cipher
            .encrypt(start, &mut packet[..len], header_len, &mut state);
        let rollover = Some((index >> 16) as u32);
        let tag = self
            .authenticator
            .tag(state, hashed, &packet[..len], rollover);
        packet[len..len + self.tag_len].copy_from_slice(&tag[..self.tag_len]);
        len + self.tag_len
    }

    /// Compares the tag of RTP in constant time and decrypts what is before it; gives the length of that. A packet that is not
    /// authentic stays as it came.
    #[inline]
    pub(super) fn unprotect(
        &self,
        ssrc: Ssrc,
        index: u64,
        packet: &mut [u8],
        header_len: usize,
    ) -> Result<usize, SrtpError> {
        let len = packet.len() - self.tag_len;
        let (data, came) = packet.split_at_mut(len);
        let start = self.start(ssrc, index);
        let mut state = self.authenticator.start();
        let (hashed, decrypted) = self.cipher.decrypt(start, data, header_len, &mut state);
        let rollover = Some((index >> 16) as u32);
        let tag = self.authenticator.tag(state, hashed, data, rollover);
        if !bool::from(tag[..self.tag_len].ct_eq(came)) {
            self.cipher
                .apply_keystream(start, &mut data[header_len..decrypted]);
            return Err(SrtpError::NotAuthentic);
        }
        let blocks = ((decrypted - header_len) / AES_BLOCK_LEN) as u128;
        self.cipher
            .apply_keystream(start.wrapping_add(blocks), &mut data[decrypted..]);
        Ok(len)
    }

    /// Writes the tag of RTCP behind `packet[..len]`; gives the new length.
    #[inline]
    pub(super) fn sign_rtcp(&self, packet: &mut [u8], len: usize) -> usize {
        let start = self.authenticator.start();
        let tag = self.authenticator.tag(start, 0, &packet[..len], None);
        packet[len..len + self.tag_len].copy_from_slice(&tag[..self.tag_len]);
        len + self.tag_len
    }

    /// Writes the tags behind two RTP packets, hashed at the same time.
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

    /// Compares the tag at the end of RTCP in constant time; gives the length before it.
    #[inline]
    pub(super) fn verify_rtcp(&self, packet: &[u8]) -> Result<usize, SrtpError> {
        let (data, came) = packet.split_at(packet.len() - self.tag_len);
        let tag = self
            .authenticator
            .tag(self.authenticator.start(), 0, data, None);
        if bool::from(tag[..self.tag_len].ct_eq(came)) {
            Ok(data.len())
        } else {
            Err(SrtpError::NotAuthentic)
        }
    }
}

/// Octets of a block of AES.
const AES_BLOCK_LEN: usize = 16;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(key: &[u8], by_crate: bool) -> CounterMode {
        let mut keys = CounterMode::new(key, [3; 14], &[5; DIGEST_LEN], 10);
        if by_crate {
            keys.cipher = Aes::by_crate(key);
        }
        keys
    }

    proptest! {
        /// In one pass and one after the other: the same octets both ways, and a packet that is not authentic stays as it came.
        #[test]
        fn both_ways_to_encrypt_agree(
            key: [u8; 32],
            is_long: bool,
            (ssrc, index) in (any::<u32>(), 0u64..1 << 48),
            data in proptest::collection::vec(any::<u8>(), 0..700),
            header in any::<prop::sample::Index>(),
            damaged in any::<prop::sample::Index>(),
        ) {
            let key = if is_long { &key[..] } else { &key[..16] };
            let header_len = header.index(data.len() + 1);
            let len = data.len();
            let protected = [false, true].map(|by_crate| {
                let mut packet = data.clone();
                packet.resize(len + 10, 0);
                keys(key, by_crate).protect(Ssrc(ssrc), index, &mut packet, header_len, len);
                packet
            });
            prop_assert_eq!(&protected[0], &protected[1]);
            for by_crate in [false, true] {
                let keys = keys(key, by_crate);
                let mut packet = protected[0].clone();
                prop_assert_eq!(keys.unprotect(Ssrc(ssrc), index, &mut packet, header_len), Ok(len));
                prop_assert_eq!(&packet[..len], &data[..]);
                let mut packet = protected[0].clone();
                let at = damaged.index(packet.len());
                packet[at] ^= 0x20;
                let came = packet.clone();
                prop_assert_eq!(
                    keys.unprotect(Ssrc(ssrc), index, &mut packet, header_len),
                    Err(SrtpError::NotAuthentic)
                );
                prop_assert_eq!(packet, came);
            }
        }
    }
}
