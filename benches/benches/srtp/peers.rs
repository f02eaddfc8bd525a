//! What ours is held against: the cryptography alone, and the crate `rtc-srtp`.

use std::hint::black_box;

use aes::Aes128;
use aes::cipher::{InnerIvInit, KeyInit, StreamCipher, StreamCipherCoreWrapper};
use ctr::{CtrCore, flavors};
use hmac::{Hmac, Mac};
use media::Suite;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use rtc_srtp::context::Context;
use rtc_srtp::option::srtp_replay_protection;
use rtc_srtp::protection_profile::ProtectionProfile;
use sha1::{Digest, Sha1};

use super::key;

/// The cryptography of a suite without packets around it: no source, no rollover, no replay.
pub(crate) enum Raw {
    Galois(LessSafeKey),
    Counter { cipher: Aes128, mac: Hmac<Sha1> },
}

impl Raw {
    pub(crate) fn new(suite: Suite) -> Raw {
        if suite.is_aead() {
            let material = key(suite);
            let octets = &material.key_and_salt()[..suite.key_len()];
            let key = UnboundKey::new(&AES_128_GCM, octets).expect("the length is right");
            return Raw::Galois(LessSafeKey::new(key));
        }
        Raw::Counter {
            cipher: Aes128::new(&[7; 16].into()),
            mac: Hmac::new_from_slice(&[9; 20]).expect("any length is right"),
        }
    }

    /// Seals or signs what follows the header of `buffer[..len]`; gives the new length.
    #[inline]
    pub(crate) fn protect(&self, buffer: &mut [u8], len: usize) -> usize {
        match self {
            Raw::Galois(key) => {
                let (clear, text) = buffer[..len].split_at_mut(12);
                let nonce = Nonce::assume_unique_for_key([0; 12]);
                let tag = key
                    .seal_in_place_separate_tag(nonce, Aad::from(clear), text)
                    .expect("a packet is short");
                buffer[len..len + 16].copy_from_slice(tag.as_ref());
                len + 16
            }
            Raw::Counter { cipher, mac } => {
                crypt(cipher, &mut buffer[12..len]);
                let tag = sign(mac, &buffer[..len]);
                buffer[len..len + 10].copy_from_slice(&tag[..10]);
                len + 10
            }
        }
    }

    /// Opens what [`Raw::protect`] made.
    #[inline]
    pub(crate) fn unprotect(&self, packet: &mut [u8]) {
        match self {
            Raw::Galois(key) => {
                let (clear, text) = packet.split_at_mut(12);
                let nonce = Nonce::assume_unique_for_key([0; 12]);
                let opened = key.open_in_place(nonce, Aad::from(clear), text);
                assert!(opened.is_ok(), "what was sealed opens");
            }
            Raw::Counter { cipher, mac } => {
                let len = packet.len() - 10;
                let tag = sign(mac, &packet[..len]);
                assert!(tag[..10] == packet[len..], "what was signed verifies");
                crypt(cipher, &mut packet[12..len]);
            }
        }
    }
}

/// The key schedule is made once, as it must be.
#[inline]
fn crypt(cipher: &Aes128, data: &mut [u8]) {
    type Counter<'a> = StreamCipherCoreWrapper<CtrCore<&'a Aes128, flavors::Ctr128BE>>;
    let core = CtrCore::inner_iv_init(cipher, &[3; 16].into());
    Counter::from_core(core).apply_keystream(data);
}

#[inline]
fn sign(mac: &Hmac<Sha1>, data: &[u8]) -> [u8; 20] {
    let mut mac = mac.clone();
    mac.update(data);
    mac.update(&[0; 4]);
    mac.finalize().into_bytes().into()
}

/// SHA-1 of `data`, in a chain that no HMAC of one packet can shorten.
#[inline]
pub(crate) fn hash(data: &[u8]) -> [u8; 20] {
    Sha1::digest(data).into()
}

/// `rtc-srtp` with `ring`, and its replay protection on.
pub(crate) struct Rtc {
    context: Context,
}

impl Rtc {
    pub(crate) fn new(suite: Suite) -> Rtc {
        let key = key(suite);
        let (master, salt) = key.key_and_salt().split_at(suite.key_len());
        let profile = if suite.is_aead() {
            ProtectionProfile::AeadAes128Gcm
        } else {
            ProtectionProfile::Aes128CmHmacSha1_80
        };
        let provider = rtc_crypto::default_provider().expect("ring is compiled in");
        let context = Context::new(
            master,
            salt,
            profile,
            Some(srtp_replay_protection(1_024)),
            None,
            provider.crypto(),
        )
        .expect("key and salt have their lengths");
        Rtc { context }
    }

    #[inline]
    pub(crate) fn protect(&mut self, packet: &[u8]) {
        black_box(self.context.encrypt_rtp(packet).is_ok());
    }

    #[inline]
    pub(crate) fn unprotect(&mut self, packet: &[u8]) {
        let opened = self.context.decrypt_rtp(packet);
        assert!(opened.is_ok(), "what ours protects, theirs opens");
    }
}
