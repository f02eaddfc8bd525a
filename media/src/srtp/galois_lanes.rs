//! AES in Galois/counter mode, four blocks in a vector, the cipher and the hash of a packet in one pass.
//!
//! ```text
//! counter   2  3  4  5 │ … │ n  n+1  1       │    counter 1 encrypts the tag, in the lane behind the text
//! text      ▒  ▒  ▒  ▒ │ … │ ▒   ▒           │
//! hashed    ▒  ▒  ▒  ▒ │ … │ ▒   ▒   lengths │
//! ```
//!
//! SP 800-38D §7. For processors with AVX-512 and AES and products of polynomials on its vectors; others use `ring`.

use std::arch::x86_64::{
    __m128i, __m512i, _mm_set_epi64x, _mm_setzero_si128, _mm_shuffle_epi8, _mm_xor_si128,
    _mm512_add_epi32, _mm512_aesenc_epi128, _mm512_aesenclast_epi128, _mm512_broadcast_i32x4,
    _mm512_castsi512_si128, _mm512_mask_blend_epi64, _mm512_maskz_compress_epi64,
    _mm512_maskz_mov_epi8, _mm512_set_epi32, _mm512_setzero_si512, _mm512_shuffle_epi8,
    _mm512_xor_si512, _mm512_zextsi128_si512,
};

use super::aes_keys::{self, RoundKeys};
use super::galois::Tag;
use super::ghash::{Powers, Sum, turning};
use crate::lanes::{
    TURNED, VECTOR, first, load_octets, load_some, number, store_octets, store_some, vector,
};

/// Octets of a block.
const BLOCK: usize = 16;
/// Octets that are hashed before their sum is reduced.
const BATCH: usize = 4 * VECTOR;

/// The keys of AES-GCM as this processor wants them.
#[derive(Clone)]
pub(super) struct GaloisLanes {
    powers: Powers,
    keys: RoundKeys,
    rounds: usize,
}

impl GaloisLanes {
    /// For a key of 16 or 32 octets; nothing if the processor lacks the instructions.
    pub(super) fn new(key: &[u8]) -> Option<GaloisLanes> {
        let has_all = is_x86_feature_detected!("aes")
            && is_x86_feature_detected!("vaes")
            && is_x86_feature_detected!("vpclmulqdq")
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl");
        has_all.then(|| {
            let rounds = aes_keys::rounds(key);
            // SAFETY: the processor has what the functions are compiled for.
            let (keys, powers) = unsafe {
                let keys = aes_keys::expanded(key);
                let powers = Powers::new(&keys, rounds);
                (keys, powers)
            };
            GaloisLanes {
                powers,
                keys,
                rounds,
            }
        })
    }

    /// Encrypts `text` under the 96 bits of `nonce`; gives the tag over it and `clear`.
    #[inline]
    pub(super) fn seal(&self, nonce: u128, clear: &[u8], text: &mut [u8]) -> Tag {
        self.run::<true>(nonce, clear, text)
    }

    /// Decrypts `text`; gives the tag over what it was and `clear`.
    #[inline]
    pub(super) fn open(&self, nonce: u128, clear: &[u8], text: &mut [u8]) -> Tag {
        self.run::<false>(nonce, clear, text)
    }

    #[inline]
    fn run<const SEAL: bool>(&self, nonce: u128, clear: &[u8], text: &mut [u8]) -> Tag {
        // SAFETY: `new` gave this for a processor that has what the functions are compiled for.
        unsafe {
            match self.rounds {
                10 => pass::<10, SEAL>(self, nonce, clear, text),
                _ => pass::<14, SEAL>(self, nonce, clear, text),
            }
        }
    }
}

/// XORs the keystream over `text`; gives the tag over `clear` and the ciphertext, which is what `text` becomes if `SEAL`.
#[target_feature(enable = "aes,vaes,vpclmulqdq,avx512f,avx512bw,avx512vl")]
fn pass<const ROUNDS: usize, const SEAL: bool>(
    lanes: &GaloisLanes,
    nonce: u128,
    clear: &[u8],
    text: &mut [u8],
) -> Tag {
    let lengths = _mm_set_epi64x(8 * clear.len() as i64, 8 * text.len() as i64);
    let mut counters = Counters::new(nonce);
    let mut hash = hash_clear(&lanes.powers, clear);
    let (batches, rest) = text.as_chunks_mut();
    for batch in batches {
        hash = take_batch::<ROUNDS, SEAL>(lanes, &mut counters, hash, batch);
    }
    take_rest::<ROUNDS, SEAL>(lanes, counters, hash, rest, lengths)
}

/// The blocks that are encrypted for the keystream, their lowest octet first.
struct Counters {
    /// That of the tag, in each lane. SP 800-38D §7.1: the nonce and a one.
    first: __m512i,
    /// Those of the next four blocks of text.
    next: __m512i,
}

impl Counters {
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn new(nonce: u128) -> Counters {
        let first = _mm512_broadcast_i32x4(vector(nonce << 32 | 1));
        let ahead = _mm512_set_epi32(0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1);
        Counters {
            first,
            next: _mm512_add_epi32(first, ahead),
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn take(&mut self) -> __m512i {
        let four = _mm512_set_epi32(0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4);
        let taken = self.next;
        self.next = _mm512_add_epi32(taken, four);
        taken
    }
}

/// Sixteen blocks; gives the hash up to them.
#[inline]
#[target_feature(enable = "vaes,vpclmulqdq,avx512f,avx512bw")]
fn take_batch<const ROUNDS: usize, const SEAL: bool>(
    lanes: &GaloisLanes,
    counters: &mut Counters,
    hash: __m128i,
    batch: &mut [u8; BATCH],
) -> __m128i {
    let mut blocks = [_mm512_setzero_si512(); BATCH / VECTOR];
    for block in &mut blocks {
        *block = counters.take();
    }
    let streams = encrypted::<ROUNDS, _>(&lanes.keys, blocks);
    let mut before = _mm512_zextsi128_si512(hash);
    let mut sum = Sum::new();
    let vectors = batch.as_chunks_mut().0.iter_mut().zip(streams);
    for ((octets, stream), power) in vectors.zip([16, 12, 8, 4]) {
        let came = load_octets(octets);
        let left = _mm512_xor_si512(came, stream);
        store_octets(octets, left);
        let hashed = _mm512_shuffle_epi8(if SEAL { left } else { came }, turning());
        sum.add(_mm512_xor_si512(hashed, before), lanes.powers.from(power));
        before = _mm512_setzero_si512();
    }
    sum.reduced()
}

/// What is less than sixteen whole blocks, and the lengths; gives the tag.
#[inline]
#[target_feature(enable = "vaes,vpclmulqdq,avx512f,avx512bw,avx512vl")]
fn take_rest<const ROUNDS: usize, const SEAL: bool>(
    lanes: &GaloisLanes,
    mut counters: Counters,
    hash: __m128i,
    mut rest: &mut [u8],
    lengths: __m128i,
) -> Tag {
    let mut before = _mm512_zextsi128_si512(hash);
    let mut sum = Sum::new();
    let mut power = rest.len().div_ceil(BLOCK) + 1;
    loop {
        let len = rest.len().min(VECTOR);
        let (part, behind) = rest.split_at_mut(len);
        let is_last = power <= 4;
        let lane = if is_last { 0b11 << (2 * power - 2) } else { 0 };
        let blocks = _mm512_mask_blend_epi64(lane, counters.take(), counters.first);
        let [stream] = encrypted::<ROUNDS, _>(&lanes.keys, [blocks]);
        let came = load_some(part);
        let left = _mm512_xor_si512(came, stream);
        store_some(part, left);
        let hashed = if SEAL {
            _mm512_maskz_mov_epi8(first(len), left)
        } else {
            came
        };
        let hashed = _mm512_shuffle_epi8(hashed, turning());
        let hashed = _mm512_mask_blend_epi64(lane, hashed, _mm512_broadcast_i32x4(lengths));
        sum.add(_mm512_xor_si512(hashed, before), lanes.powers.from(power));
        if is_last {
            let stream = _mm512_castsi512_si128(_mm512_maskz_compress_epi64(lane, stream));
            let turned = _mm_shuffle_epi8(sum.reduced(), vector(TURNED));
            return number(_mm_xor_si128(turned, stream)).to_le_bytes();
        }
        before = _mm512_setzero_si512();
        rest = behind;
        power -= 4;
    }
}

/// GHASH of what stays in clear.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,vpclmulqdq")]
fn hash_clear(powers: &Powers, clear: &[u8]) -> __m128i {
    let mut hash = _mm_setzero_si128();
    for part in clear.chunks(VECTOR) {
        let blocks = _mm512_shuffle_epi8(load_some(part), turning());
        let blocks = _mm512_xor_si512(blocks, _mm512_zextsi128_si512(hash));
        let mut sum = Sum::new();
        sum.add(blocks, powers.from(part.len().div_ceil(BLOCK)));
        hash = sum.reduced();
    }
    hash
}

/// Keystream for counters, which stand with their lowest octet first.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,vaes")]
fn encrypted<const ROUNDS: usize, const N: usize>(
    keys: &RoundKeys,
    counters: [__m512i; N],
) -> [__m512i; N] {
    let mut blocks = counters;
    let key = _mm512_broadcast_i32x4(keys[0]);
    for block in &mut blocks {
        *block = _mm512_xor_si512(_mm512_shuffle_epi8(*block, turning()), key);
    }
    for key in &keys[1..ROUNDS] {
        let key = _mm512_broadcast_i32x4(*key);
        for block in &mut blocks {
            *block = _mm512_aesenc_epi128(*block, key);
        }
    }
    let key = _mm512_broadcast_i32x4(keys[ROUNDS]);
    for block in &mut blocks {
        *block = _mm512_aesenclast_epi128(*block, key);
    }
    blocks
}
