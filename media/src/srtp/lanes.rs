//! Blocks of 16 octets in vectors: one as a number, four to and from memory.

use std::arch::x86_64::{
    __m128i, __m512i, __mmask64, _mm_extract_epi64, _mm_set_epi64x, _mm512_loadu_si512,
    _mm512_mask_storeu_epi8, _mm512_maskz_loadu_epi8, _mm512_storeu_si512,
};

/// The octets of a block in the other order, for shuffles.
pub(super) const TURNED: u128 = 0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f;

/// A block whose first octet is the lowest of a number.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn vector(value: u128) -> __m128i {
    _mm_set_epi64x((value >> 64) as i64, value as i64)
}

/// The number whose lowest octet is the first of a block.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(super) fn number(block: __m128i) -> u128 {
    let low = _mm_extract_epi64::<0>(block) as u64;
    let high = _mm_extract_epi64::<1>(block) as u64;
    u128::from(high) << 64 | u128::from(low)
}

/// Octets of a vector.
pub(super) const VECTOR: usize = 64;

/// Four blocks that stand one behind the other.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn load(blocks: &[__m128i; 4]) -> __m512i {
    // SAFETY: it reads 64 octets, which the array has, and asks for no alignment.
    unsafe { _mm512_loadu_si512(blocks.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn load_octets(octets: &[u8; VECTOR]) -> __m512i {
    // SAFETY: as above.
    unsafe { _mm512_loadu_si512(octets.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn store_octets(octets: &mut [u8; VECTOR], value: __m512i) {
    // SAFETY: it writes 64 octets, which the array has, and asks for no alignment.
    unsafe { _mm512_storeu_si512(octets.as_mut_ptr().cast(), value) }
}

/// At most the first 64 octets, and zeros behind them.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn load_some(octets: &[u8]) -> __m512i {
    // SAFETY: it reads the octets that the mask has, which are in the slice.
    unsafe { _mm512_maskz_loadu_epi8(first(octets.len()), octets.as_ptr().cast()) }
}

/// Writes as many of the first octets of `value` as there is room for.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn store_some(octets: &mut [u8], value: __m512i) {
    // SAFETY: it writes the octets that the mask has, which are in the slice.
    unsafe { _mm512_mask_storeu_epi8(octets.as_mut_ptr().cast(), first(octets.len()), value) }
}

/// A mask with one bit for each of the first octets.
#[inline]
pub(super) fn first(count: usize) -> __mmask64 {
    match count {
        0..VECTOR => (1 << count) - 1,
        _ => __mmask64::MAX,
    }
}
