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
    __m128i, _mm_add_epi64, _mm_aesenc_si128, _mm_aesenclast_si128, _mm_aeskeygenassist_si128,
    _mm_cvtsi128_si32, _mm_extract_epi64, _mm_set1_epi32, _mm_setzero_si128, _mm_shuffle_epi8,
    _mm_xor_si128,
};

use super::sha1_lanes::State;
use super::sha1_rounds::{self, Head, TURNED, hash_block, load, store, vector};

/// Octets that are taken at a time: a block of the hash, four of the cipher.
const STEP: usize = 64;
/// Rounds of AES with the longest key.
const ROUNDS_MAX: usize = 14;

/// The round keys of an AES key.
#[derive(Clone)]
pub(super) struct OnePass {
    keys: [__m128i; ROUNDS_MAX + 1],
    rounds: usize,
}

impl OnePass {
    /// For a key of 16 or 32 octets; nothing if the processor lacks the instructions.
    pub(super) fn new(key: &[u8]) -> Option<OnePass> {
        let has_all = is_x86_feature_detected!("aes") && sha1_rounds::is_available();
        // SAFETY: the processor has what the function is compiled for.
        has_all.then(|| unsafe { expanded(key) })
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
    keys: &[__m128i; ROUNDS_MAX + 1],
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
    keys: &[__m128i; ROUNDS_MAX + 1],
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
fn keystream<const ROUNDS: usize>(keys: &[__m128i; ROUNDS_MAX + 1], start: u128, data: &mut [u8]) {
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
fn rest_of_keystream<const ROUNDS: usize>(
    keys: &[__m128i; ROUNDS_MAX + 1],
    mut counter: __m128i,
    rest: &mut [u8],
) {
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
fn cipher<const ROUNDS: usize>(
    keys: &[__m128i; ROUNDS_MAX + 1],
    counter: &mut __m128i,
    data: &mut [u8; STEP],
) {
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
        let (low, high) = (_mm_extract_epi64::<0>(mixed), _mm_extract_epi64::<1>(mixed));
        octets[..8].copy_from_slice(&low.to_le_bytes());
        octets[8..].copy_from_slice(&high.to_le_bytes());
    }
}

/// The round keys of a key. FIPS 197 §5.2.
#[target_feature(enable = "aes,sse4.1")]
fn expanded(key: &[u8]) -> OnePass {
    let count = key.len() / 4;
    let rounds = count + 6;
    let mut words = [0; 4 * (ROUNDS_MAX + 1)];
    for (word, octets) in words.iter_mut().zip(key.as_chunks().0) {
        *word = u32::from_le_bytes(*octets);
    }
    let mut constant = 1;
    for at in count..4 * (rounds + 1) {
        let mut word = words[at - 1];
        if at % count == 0 {
            // Words stand with their first octet lowest, so a turn to the left is one to the right here.
            word = substituted(word).rotate_right(8) ^ constant;
            constant = constant << 1 ^ if constant & 0x80 == 0 { 0 } else { 0x11b };
        } else if count > 6 && at % count == 4 {
            word = substituted(word);
        }
        words[at] = words[at - count] ^ word;
    }
    let mut keys = [_mm_setzero_si128(); ROUNDS_MAX + 1];
    for (key, words) in keys.iter_mut().zip(words.as_chunks::<4>().0) {
        let value = words
            .iter()
            .rev()
            .fold(0, |value, word| value << 32 | u128::from(*word));
        *key = vector(value);
    }
    OnePass { keys, rounds }
}

/// Each octet of a word by the S-box.
#[inline]
#[target_feature(enable = "aes,sse4.1")]
fn substituted(word: u32) -> u32 {
    let words = _mm_set1_epi32(word as i32);
    _mm_cvtsi128_si32(_mm_aeskeygenassist_si128::<0>(words)) as u32
}
