//! AES in counter mode and SHA-1 over the same packet in one pass: the cipher works while the hash waits for its own rounds.
//!
//! ```text
//! protect    cipher  ░ 1 ░ 2 ░ 3 ░ 4 ░      unprotect  hash    ░ 1 ░ 2 ░ 3 ░
//!            hash            ░ 1 ░ 2 ░                 cipher      ░ 1 ░ 2 ░ 3 ░
//! ```
//!
//! RFC 3711 §3.3: what is sent is encrypted, then hashed; what arrives is hashed, then decrypted. So here, 64 octets at a time.
//! For processors with AES and SHA instructions; others do one after the other.

use std::arch::x86_64::{
    __m128i, _mm_add_epi64, _mm_aesenc_si128, _mm_aesenclast_si128, _mm_setzero_si128,
    _mm_shuffle_epi8, _mm_xor_si128,
};

use super::aes_keys::{self, RoundKeys};
use super::sha1_lanes::State;
use super::sha1_rounds::{self, Head, hash_block, load, store};
use crate::lanes::{TURNED, number, vector};

/// Octets that are taken at a time: a block of the hash, four of the cipher.
const STEP: usize = 64;

/// The round keys of an AES key.
#[derive(Clone)]
pub(super) struct OnePass {
    keys: RoundKeys,
    rounds: usize,
}

impl OnePass {
    /// For a key of 16 or 32 octets; nothing if the processor lacks the instructions.
    pub(super) fn new(key: &[u8]) -> Option<OnePass> {
        let has_all = is_x86_feature_detected!("aes") && sha1_rounds::is_available();
        has_all.then(|| OnePass {
            // SAFETY: the processor has what the function is compiled for.
            keys: unsafe { aes_keys::expanded(key) },
            rounds: aes_keys::rounds(key),
        })
    }

    /// Encrypts `packet` behind its header by the keystream that begins at counter block `start`, and hashes whole blocks of it
    /// into `state`. Gives the octets hashed, which are the first; the rest is the caller's.
    #[inline]
    pub(super) fn encrypt(
        &self,
        start: u128,
        packet: &mut [u8],
        header_len: usize,
        state: &mut State,
    ) -> usize {
        // SAFETY: `new` gave this for a processor that has what the functions are compiled for.
        unsafe {
            match self.rounds {
                10 => encrypt::<10>(&self.keys, start, packet, header_len, state),
                _ => encrypt::<14>(&self.keys, start, packet, header_len, state),
            }
        }
    }

    /// Hashes whole blocks of `packet` into `state` and decrypts it behind its header. Gives the octets hashed and where
    /// decryption stopped: from there on the packet is as it came, for blocks not hashed yet are not touched.
    #[inline]
    pub(super) fn decrypt(
        &self,
        start: u128,
        packet: &mut [u8],
        header_len: usize,
        state: &mut State,
    ) -> (usize, usize) {
        // SAFETY: as above.
        unsafe {
            match self.rounds {
                10 => decrypt::<10>(&self.keys, start, packet, header_len, state),
                _ => decrypt::<14>(&self.keys, start, packet, header_len, state),
            }
        }
    }

    /// XORs the keystream that begins at counter block `start`.
    pub(super) fn apply_keystream(&self, start: u128, data: &mut [u8]) {
        // SAFETY: as above.
        unsafe {
            match self.rounds {
                10 => keystream::<10>(&self.keys, start, data),
                _ => keystream::<14>(&self.keys, start, data),
            }
        }
    }
}

#[target_feature(enable = "aes,sha,ssse3,sse4.1")]
fn encrypt<const ROUNDS: usize>(
    keys: &RoundKeys,
    start: u128,
    packet: &mut [u8],
    header_len: usize,
    state: &mut State,
) -> usize {
    let mut counter = vector(start);
    let mut head = [load(state)];
    let mut hashed = 0;
    while hashed + STEP <= header_len {
        hashed += hash_at(&mut head, packet, hashed);
    }
    let mut encrypted = header_len;
    while encrypted < packet.len() {
        // The hash, which is waited for, goes first. It stays two steps behind: what was written just now has not reached the
        // memory.
        if hashed + 2 * STEP <= encrypted {
            hashed += hash_at(&mut head, packet, hashed);
        }
        let rest = &mut packet[encrypted..];
        match rest.first_chunk_mut() {
            Some(step) => cipher::<ROUNDS>(keys, &mut counter, step),
            None => rest_of_keystream::<ROUNDS>(keys, counter, rest),
        }
        encrypted += STEP;
    }
    *state = store(head[0]);
    hashed
}

#[target_feature(enable = "aes,sha,ssse3,sse4.1")]
fn decrypt<const ROUNDS: usize>(
    keys: &RoundKeys,
    start: u128,
    packet: &mut [u8],
    header_len: usize,
    state: &mut State,
) -> (usize, usize) {
    let mut counter = vector(start);
    let mut head = [load(state)];
    let (mut hashed, mut decrypted) = (0, header_len);
    while hashed + STEP <= packet.len() {
        let ready = hashed;
        hashed += hash_at(&mut head, packet, hashed);
        if decrypted + STEP <= ready
            && let Some(step) = packet[decrypted..].first_chunk_mut()
        {
            cipher::<ROUNDS>(keys, &mut counter, step);
            decrypted += STEP;
        }
    }
    *state = store(head[0]);
    (hashed, decrypted)
}

/// Hashes the block at `hashed`; gives its octets, none behind the packet's end.
#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1")]
fn hash_at(head: &mut [Head; 1], packet: &[u8], hashed: usize) -> usize {
    match packet[hashed..].first_chunk() {
        Some(block) => {
            hash_block(head, [block]);
            STEP
        }
        None => 0,
    }
}

#[target_feature(enable = "aes,sse4.1")]
fn keystream<const ROUNDS: usize>(keys: &RoundKeys, start: u128, data: &mut [u8]) {
    let mut counter = vector(start);
    let (steps, rest) = data.as_chunks_mut();
    for step in steps {
        cipher::<ROUNDS>(keys, &mut counter, step);
    }
    rest_of_keystream::<ROUNDS>(keys, counter, rest);
}

/// XORs the keystream over less than a step.
#[inline]
#[target_feature(enable = "aes,sse4.1")]
fn rest_of_keystream<const ROUNDS: usize>(keys: &RoundKeys, mut counter: __m128i, rest: &mut [u8]) {
    let mut last = [0; STEP];
    last[..rest.len()].copy_from_slice(rest);
    cipher::<ROUNDS>(keys, &mut counter, &mut last);
    rest.copy_from_slice(&last[..rest.len()]);
}

/// XORs four blocks of the keystream. FIPS 197 §5.1, SP 800-38A §6.5.
///
/// The counter stands with its lowest octet first and is counted in its lower half: RFC 3711 §4.1.1 begins each packet with
/// its lowest 16 bits at zero and lets it have no more blocks than they count.
#[inline]
#[target_feature(enable = "aes,sse4.1")]
fn cipher<const ROUNDS: usize>(keys: &RoundKeys, counter: &mut __m128i, data: &mut [u8; STEP]) {
    let mut blocks = [_mm_setzero_si128(); 4];
    let (one, turned) = (vector(1), vector(TURNED));
    for block in &mut blocks {
        *block = _mm_xor_si128(_mm_shuffle_epi8(*counter, turned), keys[0]);
        *counter = _mm_add_epi64(*counter, one);
    }
    for key in &keys[1..ROUNDS] {
        for block in &mut blocks {
            *block = _mm_aesenc_si128(*block, *key);
        }
    }
    for (block, octets) in blocks.iter().zip(data.as_chunks_mut::<16>().0) {
        let stream = _mm_aesenclast_si128(*block, keys[ROUNDS]);
        let mixed = _mm_xor_si128(stream, vector(u128::from_le_bytes(*octets)));
        *octets = number(mixed).to_le_bytes();
    }
}
