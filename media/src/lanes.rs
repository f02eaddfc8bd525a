//! Vectors of AVX-512 to and from memory: blocks of 16 octets, octets and samples.

use std::arch::x86_64::{
    __m128i, __m512i, __mmask32, __mmask64, _mm_extract_epi64, _mm_set_epi64x, _mm512_loadu_si512,
    _mm512_mask_storeu_epi8, _mm512_mask_storeu_epi16, _mm512_maskz_loadu_epi8,
    _mm512_maskz_loadu_epi16, _mm512_storeu_si512,
};

/// The octets of a block in the other order, for shuffles.
pub(crate) const TURNED: u128 = 0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f;

/// A block whose first octet is the lowest of a number.
#[inline]
#[target_feature(enable = "sse2")]
pub(crate) fn vector(value: u128) -> __m128i {
    _mm_set_epi64x((value >> 64) as i64, value as i64)
}

/// The number whose lowest octet is the first of a block.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(crate) fn number(block: __m128i) -> u128 {
    let low = _mm_extract_epi64::<0>(block) as u64;
    let high = _mm_extract_epi64::<1>(block) as u64;
    u128::from(high) << 64 | u128::from(low)
}

/// Octets of a vector.
pub(crate) const VECTOR: usize = 64;

/// Four blocks that stand one behind the other.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn load(blocks: &[__m128i; 4]) -> __m512i {
    // SAFETY: it reads 64 octets, which the array has, and asks for no alignment.
    unsafe { _mm512_loadu_si512(blocks.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn load_octets(octets: &[u8; VECTOR]) -> __m512i {
    // SAFETY: as above.
    unsafe { _mm512_loadu_si512(octets.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn store_octets(octets: &mut [u8; VECTOR], value: __m512i) {
    // SAFETY: it writes 64 octets, which the array has, and asks for no alignment.
    unsafe { _mm512_storeu_si512(octets.as_mut_ptr().cast(), value) }
}

/// At most the first 64 octets, and zeros behind them.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn load_some(octets: &[u8]) -> __m512i {
    // SAFETY: it reads the octets that the mask has, which are in the slice.
    unsafe { _mm512_maskz_loadu_epi8(first(octets.len()), octets.as_ptr().cast()) }
}

/// Writes as many of the first octets of `value` as there is room for.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn store_some(octets: &mut [u8], value: __m512i) {
    // SAFETY: it writes the octets that the mask has, which are in the slice.
    unsafe { _mm512_mask_storeu_epi8(octets.as_mut_ptr().cast(), first(octets.len()), value) }
}

/// Samples of a vector.
pub(crate) const SAMPLES: usize = VECTOR / 2;

/// Samples of two vectors.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn load_samples(samples: &[i16; 2 * SAMPLES]) -> [__m512i; 2] {
    // SAFETY: it reads 64 octets from each place, which the array has, and asks for no alignment.
    [0, SAMPLES].map(|from| unsafe { _mm512_loadu_si512(samples[from..].as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn store_samples(samples: &mut [i16; 2 * SAMPLES], values: [__m512i; 2]) {
    for (samples, value) in samples.as_chunks_mut::<SAMPLES>().0.iter_mut().zip(values) {
        // SAFETY: it writes 64 octets, which the array has, and asks for no alignment.
        unsafe { _mm512_storeu_si512(samples.as_mut_ptr().cast(), value) }
    }
}

/// At most the first 32 samples, and zeros behind them.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn load_some_samples(samples: &[i16]) -> __m512i {
    let mask = first(samples.len()) as __mmask32;
    // SAFETY: it reads the samples that the mask has, which are in the slice.
    unsafe { _mm512_maskz_loadu_epi16(mask, samples.as_ptr()) }
}

/// Writes as many of the first samples of `value` as there is room for.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn store_some_samples(samples: &mut [i16], value: __m512i) {
    let mask = first(samples.len()) as __mmask32;
    // SAFETY: it writes the samples that the mask has, which are in the slice.
    unsafe { _mm512_mask_storeu_epi16(samples.as_mut_ptr(), mask, value) }
}

/// A mask with one bit for each of the first values.
#[inline]
pub(crate) fn first(count: usize) -> __mmask64 {
    match count {
        0..VECTOR => (1 << count) - 1,
        _ => __mmask64::MAX,
    }
}
