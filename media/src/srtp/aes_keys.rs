//! The round keys of AES, for the processor's AES instructions.
//!
//! FIPS 197 §5.2.

use std::arch::x86_64::{
    __m128i, _mm_aeskeygenassist_si128, _mm_cvtsi128_si32, _mm_set1_epi32, _mm_setzero_si128,
};

use crate::lanes::vector;

/// Rounds of AES with the longest key.
pub(super) const ROUNDS_MAX: usize = 14;

/// Round keys; behind those of a shorter key zeros.
pub(super) type RoundKeys = [__m128i; ROUNDS_MAX + 1];

/// Rounds for a key of so many octets, 16 or 32.
pub(super) fn rounds(key: &[u8]) -> usize {
    key.len() / 4 + 6
}

/// The round keys of a key of 16 or 32 octets.
#[target_feature(enable = "aes,sse4.1")]
pub(super) fn expanded(key: &[u8]) -> RoundKeys {
    let count = key.len() / 4;
    let mut words = [0; 4 * (ROUNDS_MAX + 1)];
    for (word, octets) in words.iter_mut().zip(key.as_chunks().0) {
        *word = u32::from_le_bytes(*octets);
    }
    let mut constant = 1;
    for at in count..4 * (rounds(key) + 1) {
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
    keys
}

/// Each octet of a word by the S-box.
#[inline]
#[target_feature(enable = "aes,sse4.1")]
fn substituted(word: u32) -> u32 {
    let words = _mm_set1_epi32(word as i32);
    _mm_cvtsi128_si32(_mm_aeskeygenassist_si128::<0>(words)) as u32
}
