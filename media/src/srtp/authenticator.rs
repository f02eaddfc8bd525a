//! HMAC-SHA1 with the key's two blocks hashed once, so that a packet costs only its own blocks and one more.
//!
//! RFC 2104 §4 (precomputed states), RFC 3711 §4.2.1 (what is hashed), FIPS 180-4 §5.1.1 (padding).

use sha1::block_api::compress;

use super::sha1_lanes::{Block, State, compress_pair};

/// Octets of a block of SHA-1.
const BLOCK_LEN: usize = 64;
/// Octets of its length field at the end of a message.
const LENGTH_LEN: usize = 8;
/// What a message starts with. FIPS 180-4 §5.3.1.
const INITIAL: State = [
    0x6745_2301,
    0xefcd_ab89,
    0x98ba_dcfe,
    0x1032_5476,
    0xc3d2_e1f0,
];

/// Octets of the whole tag, of which suites send 10 or 4.
pub(super) const DIGEST_LEN: usize = 20;

/// An authentication key.
#[derive(Clone)]
pub(super) struct Authenticator {
    inner: State,
    outer: State,
}

impl Authenticator {
    pub(super) fn new(key: &[u8; DIGEST_LEN]) -> Authenticator {
        let keyed = |pad: u8| {
            let mut block = [pad; BLOCK_LEN];
            for (octet, key) in block.iter_mut().zip(key) {
                *octet ^= key;
            }
            let mut state = INITIAL;
            compress(&mut state, &[block]);
            state
        };
        Authenticator {
            inner: keyed(0x36),
            outer: keyed(0x5c),
        }
    }

    /// What the hash of a packet starts with.
    #[inline]
    pub(super) fn start(&self) -> State {
        self.inner
    }

    /// The tag over `data` and, for RTP, the rollover counter behind it. The first `hashed` octets, whole blocks, are already
    /// in `state`, which began as [`Authenticator::start`].
    #[inline]
    pub(super) fn tag(
        &self,
        mut state: State,
        hashed: usize,
        data: &[u8],
        rollover: Option<u32>,
    ) -> [u8; DIGEST_LEN] {
        let (blocks, rest) = data[hashed..].as_chunks();
        let tail = Tail::new(rest, rollover, data.len());
        if !blocks.is_empty() {
            compress(&mut state, blocks);
        }
        compress(&mut state, tail.blocks());
        let digest = outer_block(&state);
        state = self.outer;
        compress(&mut state, &[digest]);
        octets(&state)
    }

    /// The tags of two packets, made at the same time: the steps of one fill the waits of the other.
    #[inline]
    pub(super) fn tags(
        keys: [&Authenticator; 2],
        data: [&[u8]; 2],
        rollovers: [Option<u32>; 2],
    ) -> [[u8; DIGEST_LEN]; 2] {
        let [(blocks, rest), (blocks_b, rest_b)] = data.map(<[u8]>::as_chunks);
        let tail = Tail::new(rest, rollovers[0], data[0].len());
        let tail_b = Tail::new(rest_b, rollovers[1], data[1].len());
        let mut states = keys.map(|key| key.inner);
        compress_pair(&mut states, [blocks, blocks_b]);
        compress_pair(&mut states, [tail.blocks(), tail_b.blocks()]);
        let digests = states.map(|state| [outer_block(&state)]);
        states = keys.map(|key| key.outer);
        compress_pair(&mut states, [&digests[0], &digests[1]]);
        states.map(|state| octets(&state))
    }
}

/// The last blocks of the inner message: what is left of the data, the rollover counter, padding and length.
struct Tail {
    blocks: [Block; 2],
    count: usize,
}

impl Tail {
    #[inline]
    fn new(rest: &[u8], rollover: Option<u32>, data_len: usize) -> Tail {
        let mut octets = [0; 2 * BLOCK_LEN];
        octets[..rest.len()].copy_from_slice(rest);
        let (mut end, mut message_len) = (rest.len(), BLOCK_LEN + data_len);
        if let Some(rollover) = rollover {
            octets[end..end + 4].copy_from_slice(&rollover.to_be_bytes());
            (end, message_len) = (end + 4, message_len + 4);
        }
        octets[end] = 0x80;
        let count = (end + 1 + LENGTH_LEN).div_ceil(BLOCK_LEN);
        let bits = 8 * message_len as u64;
        let length = count * BLOCK_LEN - LENGTH_LEN;
        octets[length..length + LENGTH_LEN].copy_from_slice(&bits.to_be_bytes());
        let (blocks, _) = octets.as_chunks();
        Tail {
            blocks: [blocks[0], blocks[1]],
            count,
        }
    }

    #[inline]
    fn blocks(&self) -> &[Block] {
        &self.blocks[..self.count]
    }
}

/// The only block of the outer message after the key's: the inner digest, padding and length.
#[inline]
fn outer_block(digest: &State) -> Block {
    let mut block = [0; BLOCK_LEN];
    block[..DIGEST_LEN].copy_from_slice(&octets(digest));
    block[DIGEST_LEN] = 0x80;
    let bits = 8 * (BLOCK_LEN + DIGEST_LEN) as u64;
    block[BLOCK_LEN - LENGTH_LEN..].copy_from_slice(&bits.to_be_bytes());
    block
}

#[inline]
fn octets(state: &State) -> [u8; DIGEST_LEN] {
    let mut octets = [0; DIGEST_LEN];
    for (target, word) in octets.chunks_exact_mut(4).zip(state) {
        target.copy_from_slice(&word.to_be_bytes());
    }
    octets
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha1::{Digest, Sha1};

    use super::*;

    /// RFC 2104 §2, by the letter.
    fn reference(key: &[u8; 20], message: &[u8]) -> [u8; 20] {
        let padded = |pad: u8| {
            let mut block = [0; 64];
            block[..20].copy_from_slice(key);
            block.map(|octet| octet ^ pad)
        };
        let inner = Sha1::new()
            .chain_update(padded(0x36))
            .chain_update(message)
            .finalize();
        Sha1::new()
            .chain_update(padded(0x5c))
            .chain_update(inner)
            .finalize()
            .into()
    }

    proptest! {
        #[test]
        fn tags_are_those_of_rfc_2104(
            keys: [[u8; 20]; 2],
            data in [proptest::collection::vec(any::<u8>(), 0..300), proptest::collection::vec(any::<u8>(), 0..300)],
            rollovers: [Option<u32>; 2],
        ) {
            let authenticators = keys.map(|key| Authenticator::new(&key));
            let expected: Vec<[u8; 20]> = (0..2).map(|lane| {
                let mut message = data[lane].clone();
                message.extend(rollovers[lane].map(u32::to_be_bytes).unwrap_or_default().iter().take(4 * rollovers[lane].iter().count()));
                reference(&keys[lane], &message)
            }).collect();
            for lane in 0..2 {
                let start = authenticators[lane].start();
                prop_assert_eq!(authenticators[lane].tag(start, 0, &data[lane], rollovers[lane]), expected[lane]);
            }
            let tags = Authenticator::tags([&authenticators[0], &authenticators[1]], [&data[0], &data[1]], rollovers);
            prop_assert_eq!(&tags[..], &expected[..]);
        }
    }
}
