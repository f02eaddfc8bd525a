//! SHA-1 by the processor's SHA instructions, for any number of messages side by side.
//!
//! FIPS 180-4 §6.1.2. Each round waits for the one before it, so the processor has time for other work meanwhile: the rounds of
//! another message ([`super::sha1_lanes`]), or a cipher ([`super::one_pass`]).

use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_extract_epi32, _mm_set_epi32, _mm_setzero_si128,
    _mm_sha1msg1_epu32, _mm_sha1msg2_epu32, _mm_sha1nexte_epu32, _mm_sha1rnds4_epu32,
    _mm_shuffle_epi8, _mm_xor_si128,
};

use super::sha1_lanes::{Block, State};
use crate::lanes::{TURNED, vector};

/// Whether the processor has what this file is compiled for.
#[inline]
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("sha")
        && is_x86_feature_detected!("ssse3")
        && is_x86_feature_detected!("sse4.1")
}

/// A digest between blocks, as the instructions want it.
#[derive(Clone, Copy)]
pub(super) struct Head {
    abcd: __m128i,
    e: __m128i,
}

/// One message within a block: four rounds ahead, the sixteen words in use.
#[derive(Clone, Copy)]
struct Lane {
    abcd: __m128i,
    /// `abcd` four rounds ago, which holds the next `e`; at first `e` itself.
    before: __m128i,
    words: [__m128i; 4],
}

/// Hashes one block of each message into its head.
#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1")]
pub(super) fn hash_block<const N: usize>(heads: &mut [Head; N], blocks: [&Block; N]) {
    let mut lanes = [Lane {
        abcd: heads[0].abcd,
        before: heads[0].e,
        words: [_mm_setzero_si128(); 4],
    }; N];
    for ((lane, head), block) in lanes.iter_mut().zip(&*heads).zip(blocks) {
        (lane.abcd, lane.before) = (head.abcd, head.e);
        for (word, octets) in lane.words.iter_mut().zip(block.as_chunks::<16>().0) {
            // The instructions take the first word at the top.
            let words = vector(u128::from_le_bytes(*octets));
            *word = _mm_shuffle_epi8(words, vector(TURNED));
        }
    }
    rounds(&mut lanes);
    for (head, lane) in heads.iter_mut().zip(lanes) {
        head.abcd = _mm_add_epi32(head.abcd, lane.abcd);
        head.e = _mm_sha1nexte_epu32(lane.before, head.e);
    }
}

#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1")]
fn rounds<const N: usize>(lanes: &mut [Lane; N]) {
    four_rounds::<0, 0, N>(lanes);
    four_rounds::<1, 0, N>(lanes);
    four_rounds::<2, 0, N>(lanes);
    four_rounds::<3, 0, N>(lanes);
    four_rounds::<4, 0, N>(lanes);
    four_rounds::<5, 1, N>(lanes);
    four_rounds::<6, 1, N>(lanes);
    four_rounds::<7, 1, N>(lanes);
    four_rounds::<8, 1, N>(lanes);
    four_rounds::<9, 1, N>(lanes);
    four_rounds::<10, 2, N>(lanes);
    four_rounds::<11, 2, N>(lanes);
    four_rounds::<12, 2, N>(lanes);
    four_rounds::<13, 2, N>(lanes);
    four_rounds::<14, 2, N>(lanes);
    four_rounds::<15, 3, N>(lanes);
    four_rounds::<16, 3, N>(lanes);
    four_rounds::<17, 3, N>(lanes);
    four_rounds::<18, 3, N>(lanes);
    four_rounds::<19, 3, N>(lanes);
}

/// Rounds `4 * GROUP` to `4 * GROUP + 3` with the function and constant of their quarter.
#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1")]
fn four_rounds<const GROUP: usize, const QUARTER: i32, const N: usize>(lanes: &mut [Lane; N]) {
    for lane in lanes {
        let at = |ahead: usize| (GROUP + ahead) % 4;
        if GROUP >= 4 {
            let mixed = _mm_sha1msg1_epu32(lane.words[at(0)], lane.words[at(1)]);
            let mixed = _mm_xor_si128(mixed, lane.words[at(2)]);
            lane.words[at(0)] = _mm_sha1msg2_epu32(mixed, lane.words[at(3)]);
        }
        let words = lane.words[at(0)];
        let e = if GROUP == 0 {
            _mm_add_epi32(lane.before, words)
        } else {
            _mm_sha1nexte_epu32(lane.before, words)
        };
        lane.before = lane.abcd;
        lane.abcd = _mm_sha1rnds4_epu32::<QUARTER>(lane.abcd, e);
    }
}

#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1")]
pub(super) fn load(state: &State) -> Head {
    let [a, b, c, d, e] = state.map(|word| word as i32);
    Head {
        abcd: _mm_set_epi32(a, b, c, d),
        e: _mm_set_epi32(e, 0, 0, 0),
    }
}

#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1")]
pub(super) fn store(head: Head) -> State {
    [
        _mm_extract_epi32::<3>(head.abcd),
        _mm_extract_epi32::<2>(head.abcd),
        _mm_extract_epi32::<1>(head.abcd),
        _mm_extract_epi32::<0>(head.abcd),
        _mm_extract_epi32::<3>(head.e),
    ]
    .map(|word| word as u32)
}
