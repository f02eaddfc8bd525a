//! SHA-1 of two messages at once: each round waits for the one before it, so two messages take little longer than one.
//!
//! FIPS 180-4 §6.1.2, with the processor's SHA instructions where it has them, one message after the other where not.

use sha1::block_api::compress;

/// The five words of a digest.
pub(super) type State = [u32; 5];
/// 64 octets of a message.
pub(super) type Block = [u8; 64];

/// Hashes the blocks of two messages into their states; they need not be of the same number.
#[inline]
pub(super) fn compress_pair(states: &mut [State; 2], blocks: [&[Block]; 2]) {
    let together = blocks[0].len().min(blocks[1].len());
    let [(pairs, rest), (pairs_b, rest_b)] = blocks.map(|blocks| blocks.split_at(together));
    if !sha_instructions(states, [pairs, pairs_b]) {
        compress(&mut states[0], pairs);
        compress(&mut states[1], pairs_b);
    }
    if !rest.is_empty() {
        compress(&mut states[0], rest);
    }
    if !rest_b.is_empty() {
        compress(&mut states[1], rest_b);
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn sha_instructions(_: &mut [State; 2], _: [&[Block]; 2]) -> bool {
    false
}

/// Hashes with the processor's instructions; false if it has none.
#[cfg(target_arch = "x86_64")]
#[inline]
fn sha_instructions(states: &mut [State; 2], blocks: [&[Block]; 2]) -> bool {
    let has_them = is_x86_feature_detected!("sha")
        && is_x86_feature_detected!("ssse3")
        && is_x86_feature_detected!("sse4.1");
    if has_them {
        // SAFETY: the processor has what the function is compiled for.
        unsafe { x86::hash(states, blocks) };
    }
    has_them
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m128i, _mm_add_epi32, _mm_extract_epi32, _mm_set_epi32, _mm_set_epi64x,
        _mm_setzero_si128, _mm_sha1msg1_epu32, _mm_sha1msg2_epu32, _mm_sha1nexte_epu32,
        _mm_sha1rnds4_epu32, _mm_xor_si128,
    };

    use super::{Block, State};

    /// One message within a block: four rounds ahead, the sixteen words in use.
    #[derive(Clone, Copy)]
    struct Lane {
        abcd: __m128i,
        /// `abcd` four rounds ago, which holds the next `e`; at first `e` itself.
        before: __m128i,
        words: [__m128i; 4],
    }

    #[target_feature(enable = "sha,ssse3,sse4.1")]
    pub(super) fn hash(states: &mut [State; 2], blocks: [&[Block]; 2]) {
        let mut heads = [load(&states[0]), load(&states[1])];
        for (first, second) in blocks[0].iter().zip(blocks[1]) {
            let mut lanes = [lane(heads[0], first), lane(heads[1], second)];
            rounds(&mut lanes);
            for (head, lane) in heads.iter_mut().zip(lanes) {
                head.0 = _mm_add_epi32(head.0, lane.abcd);
                head.1 = _mm_sha1nexte_epu32(lane.before, head.1);
            }
        }
        for (state, head) in states.iter_mut().zip(heads) {
            *state = store(head);
        }
    }

    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn rounds(lanes: &mut [Lane; 2]) {
        four_rounds::<0, 0>(lanes);
        four_rounds::<1, 0>(lanes);
        four_rounds::<2, 0>(lanes);
        four_rounds::<3, 0>(lanes);
        four_rounds::<4, 0>(lanes);
        four_rounds::<5, 1>(lanes);
        four_rounds::<6, 1>(lanes);
        four_rounds::<7, 1>(lanes);
        four_rounds::<8, 1>(lanes);
        four_rounds::<9, 1>(lanes);
        four_rounds::<10, 2>(lanes);
        four_rounds::<11, 2>(lanes);
        four_rounds::<12, 2>(lanes);
        four_rounds::<13, 2>(lanes);
        four_rounds::<14, 2>(lanes);
        four_rounds::<15, 3>(lanes);
        four_rounds::<16, 3>(lanes);
        four_rounds::<17, 3>(lanes);
        four_rounds::<18, 3>(lanes);
        four_rounds::<19, 3>(lanes);
    }

    /// Rounds `4 * GROUP` to `4 * GROUP + 3` with the function and constant of their quarter.
    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn four_rounds<const GROUP: usize, const QUARTER: i32>(lanes: &mut [Lane; 2]) {
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
    fn lane((abcd, e): (__m128i, __m128i), block: &Block) -> Lane {
        let mut words = [_mm_setzero_si128(); 4];
        for (word, octets) in words.iter_mut().zip(block.as_chunks::<16>().0) {
            // The instructions take the first word at the top.
            let value = u128::from_be_bytes(*octets);
            *word = _mm_set_epi64x((value >> 64) as i64, value as i64);
        }
        Lane {
            abcd,
            before: e,
            words,
        }
    }

    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn load(state: &State) -> (__m128i, __m128i) {
        let [a, b, c, d, e] = state.map(|word| word as i32);
        (_mm_set_epi32(a, b, c, d), _mm_set_epi32(e, 0, 0, 0))
    }

    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn store((abcd, e): (__m128i, __m128i)) -> State {
        [
            _mm_extract_epi32::<3>(abcd),
            _mm_extract_epi32::<2>(abcd),
            _mm_extract_epi32::<1>(abcd),
            _mm_extract_epi32::<0>(abcd),
            _mm_extract_epi32::<3>(e),
        ]
        .map(|word| word as u32)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn two_messages_are_hashed_as_each_alone(
            states: [[u32; 5]; 2],
            octets in proptest::collection::vec(any::<u8>(), 64 * 12),
            split in 0usize..=12,
        ) {
            let blocks = octets.as_chunks::<64>().0;
            let (first, second) = blocks.split_at(split);
            let mut expected = states;
            compress(&mut expected[0], first);
            compress(&mut expected[1], second);
            let mut together = states;
            compress_pair(&mut together, [first, second]);
            prop_assert_eq!(together, expected);
        }
    }
}
