//! SHA-1 of two messages at once: each round waits for the one before it, so two messages take little longer than one.
//!
//! FIPS 180-4 §6.1.2, with the processor's SHA instructions where it has them, one message after the other where not.

use sha1::block_api::compress;

#[cfg(target_arch = "x86_64")]
use super::sha1_rounds;

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
    let has_them = sha1_rounds::is_available();
    if has_them {
        // SAFETY: the processor has what the function is compiled for.
        unsafe { hash(states, blocks) };
    }
    has_them
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sha,ssse3,sse4.1")]
fn hash(states: &mut [State; 2], blocks: [&[Block]; 2]) {
    let mut heads = [sha1_rounds::load(&states[0]), sha1_rounds::load(&states[1])];
    for (first, second) in blocks[0].iter().zip(blocks[1]) {
        sha1_rounds::hash_block(&mut heads, [first, second]);
    }
    for (state, head) in states.iter_mut().zip(heads) {
        *state = sha1_rounds::store(head);
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
