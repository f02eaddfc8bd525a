//! Session keys from the master key, each under its label, with key derivation rate zero.
//!
//! RFC 3711 §4.3, RFC 6188 §3 (AES-256 master keys), RFC 7714 §11 (AEAD: the same function).

use super::SdesKey;
use super::counter_mode::{Aes, CounterMode};
use super::galois::Galois;
use super::transform::Transform;

/// Labels of RFC 3711 §4.3.2, for RTP; RTCP's are 3 more.
const ENCRYPTION: u8 = 0;
const AUTHENTICATION: u8 = 1;
const SALT: u8 = 2;
const RTCP: u8 = 3;

/// The transforms for RTP and RTCP.
pub(super) fn session(key: &SdesKey) -> (Transform, Transform) {
    let suite = key.suite();
    (
        transform(key, 0, suite.tag_len()),
        transform(key, RTCP, suite.rtcp_tag_len()),
    )
}

fn transform(key: &SdesKey, labels: u8, tag_len: usize) -> Transform {
    let mut cipher_key = [0; 32];
    let cipher_key = &mut cipher_key[..key.suite().key_len()];
    derive(key, labels + ENCRYPTION, cipher_key);
    if key.suite().is_aead() {
        let mut salt = [0; 12];
        derive(key, labels + SALT, &mut salt);
        return Transform::Galois(Galois::new(cipher_key, salt));
    }
    let (mut salt, mut authentication) = ([0; 14], [0; 20]);
    derive(key, labels + SALT, &mut salt);
    derive(key, labels + AUTHENTICATION, &mut authentication);
    Transform::Counter(CounterMode::new(cipher_key, salt, &authentication, tag_len))
}

/// The AES-CM pseudo-random function. RFC 3711 §4.3.3.
pub(super) fn derive(key: &SdesKey, label: u8, output: &mut [u8]) {
    let mut start = [0; 16];
    start[..14].copy_from_slice(&key.salt());
    start[7] ^= label;
    output.fill(0);
    Aes::new(key.key()).apply_keystream(u128::from_be_bytes(start), output);
}
