//! G.711 64 samples at a time, on processors that look octets up in their registers (AVX-512 VBMI).
//!
//! What is shifted, and by how much, is found by the high octet of a magnitude; of a code both octets of the sample are.
//!
//! ```text
//! magnitude        0 0 0 1 s s s s x x x x x x x x      the leading one is in the high octet, or nowhere
//! shifted          . . . . . . . . . . . 1 s s s s      by the segment and the bits below the lowest step
//! code             . . . . . . . . 0 g g g s s s s      the segment takes the leading one's place
//! ```

use std::arch::x86_64::{
    __m512i, _mm_setr_epi8, _mm512_add_epi8, _mm512_adds_epi16, _mm512_broadcast_i32x4,
    _mm512_mask_sub_epi16, _mm512_movepi8_mask, _mm512_packs_epi16, _mm512_packus_epi16,
    _mm512_permutex2var_epi8, _mm512_permutexvar_epi64, _mm512_set1_epi8, _mm512_set1_epi16,
    _mm512_setr_epi64, _mm512_setzero_si512, _mm512_shuffle_epi8, _mm512_srai_epi16,
    _mm512_srli_epi16, _mm512_srlv_epi16, _mm512_ternarylogic_epi64, _mm512_unpackhi_epi8,
    _mm512_unpacklo_epi8, _mm512_xor_si512,
};
use std::sync::OnceLock;

use super::laws::Law;
use crate::lanes::{
    SAMPLES, load_octets, load_samples, load_some, load_some_samples, store_octets, store_samples,
    store_some, store_some_samples,
};

/// A processor that has the instructions.
#[derive(Clone, Copy)]
pub(super) struct Lanes(());

impl Lanes {
    /// Nothing if the processor lacks an instruction.
    #[inline]
    pub(super) fn of_machine() -> Option<Lanes> {
        static LANES: OnceLock<Option<Lanes>> = OnceLock::new();
        *LANES.get_or_init(|| {
            let has_all = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vbmi");
            has_all.then_some(Lanes(()))
        })
    }

    /// Encodes as many samples as both slices have.
    pub(super) fn encode<L: Law>(self, samples: &[i16], codes: &mut [u8]) {
        // SAFETY: there is a value only for a processor that has what the function is compiled for.
        unsafe { encode::<L>(samples, codes) }
    }

    /// Decodes as many codes as both slices have.
    pub(super) fn decode<L: Law>(self, codes: &[u8], samples: &mut [i16]) {
        // SAFETY: as above.
        unsafe { decode::<L>(codes, samples) }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn encode<L: Law>(samples: &[i16], codes: &mut [u8]) {
    let both = samples.len().min(codes.len());
    let (samples, samples_left) = samples[..both].as_chunks();
    let (codes, codes_left) = codes[..both].as_chunks_mut();
    for (samples, codes) in samples.iter().zip(codes) {
        store_octets(codes, codes_of::<L>(load_samples(samples)));
    }
    let (front, back) = samples_left.split_at(samples_left.len().min(SAMPLES));
    let front = load_some_samples(front);
    // Half of a vector is left of 160 samples, and costs less where the compiler knows that it is half.
    let left = match back {
        [] => codes_of::<L>([front, _mm512_setzero_si512()]),
        _ => codes_of::<L>([front, load_some_samples(back)]),
    };
    store_some(codes_left, left);
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn decode<L: Law>(codes: &[u8], samples: &mut [i16]) {
    let both = samples.len().min(codes.len());
    let (codes, codes_left) = codes[..both].as_chunks();
    let (samples, samples_left) = samples[..both].as_chunks_mut();
    for (codes, samples) in codes.iter().zip(samples) {
        store_samples(samples, samples_of::<L>(load_octets(codes)));
    }
    let [front, back] = samples_of::<L>(load_some(codes_left));
    let (front_left, back_left) = samples_left.split_at_mut(samples_left.len().min(SAMPLES));
    store_some_samples(front_left, front);
    if !back_left.is_empty() {
        store_some_samples(back_left, back);
    }
}

/// By how much a magnitude of this segment is shifted for its step: in the lowest segments alike.
const fn shift<L: Law>(segment: u8) -> u8 {
    match segment + 3 {
        shift if shift < L::LOWEST => L::LOWEST,
        shift => shift,
    }
}

/// The same by the high octet of a magnitude.
const fn shifts<L: Law>() -> [u8; 128] {
    let mut shifts = [0; 128];
    let mut high = 0;
    while high < shifts.len() {
        // A leading one in the low octet, if there is any, is that of segment 0.
        shifts[high] = shift::<L>((usize::BITS - high.leading_zeros()) as u8);
        high += 1;
    }
    shifts
}

/// The sample of a code whose first bit is not set: the middle of its step.
const fn negative<L: Law>(code: u8) -> i16 {
    let code = code ^ L::INVERTED;
    let segment = (code >> 4) & 7;
    // Where the lowest two segments have the same step, the first is without a leading one.
    let leading = if segment + 3 < L::LOWEST { 0 } else { 0x10 };
    let steps = leading | code & 0x0f;
    let middle = (2 * steps as i16 + 1) << (shift::<L>(segment) - 1);
    L::BIAS - middle
}

/// The octet of this place of the samples of the first 128 codes.
const fn octets<L: Law>(place: usize) -> [u8; 128] {
    let mut octets = [0; 128];
    let mut code = 0;
    while code < octets.len() {
        octets[code] = negative::<L>(code as u8).to_le_bytes()[place];
        code += 1;
    }
    octets
}

/// The tables of a law.
struct Tables<L>(L);

impl<L: Law> Tables<L> {
    const SHIFTS: [u8; 128] = shifts::<L>();
    /// Of samples of the codes whose first bit is not set; with the bit set they are the same and positive.
    const LOW: [u8; 128] = octets::<L>(0);
    const HIGH: [u8; 128] = octets::<L>(1);
}

/// The octets at the lower seven bits of each index.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn looked_up(table: &[u8; 128], index: __m512i) -> __m512i {
    let [low, high] = [0, 1].map(|half| &table.as_chunks().0[half]);
    _mm512_permutex2var_epi8(load_octets(low), index, load_octets(high))
}

/// What `shift` makes of a segment: 16 for each above the first, less the leading one of a step that has it.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn segments(shifts: __m512i) -> __m512i {
    let by_shift = _mm_setr_epi8(0, 0, 0, -16, 0, 16, 32, 48, 64, 80, 96, 112, 0, 0, 0, 0);
    _mm512_shuffle_epi8(_mm512_broadcast_i32x4(by_shift), shifts)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn codes_of<L: Law>([front, back]: [__m512i; 2]) -> __m512i {
    let signs = [front, back].map(|half| _mm512_srai_epi16::<15>(half));
    let magnitudes = [
        _mm512_xor_si512(front, signs[0]),
        _mm512_xor_si512(back, signs[1]),
    ];
    let magnitudes = magnitudes.map(|half| _mm512_adds_epi16(half, _mm512_set1_epi16(L::BIAS)));
    // Packing goes by blocks of 128 bits, and so do all steps up to the last.
    let [front, back] = magnitudes.map(|half| _mm512_srli_epi16::<8>(half));
    let shifts = looked_up(&Tables::<L>::SHIFTS, _mm512_packus_epi16(front, back));
    let zero = _mm512_setzero_si512();
    let steps = _mm512_packus_epi16(
        _mm512_srlv_epi16(magnitudes[0], _mm512_unpacklo_epi8(shifts, zero)),
        _mm512_srlv_epi16(magnitudes[1], _mm512_unpackhi_epi8(shifts, zero)),
    );
    let codes = _mm512_add_epi8(segments(shifts), steps);
    let signs = _mm512_packs_epi16(signs[0], signs[1]);
    // a ^ (b & c)
    const XOR_AND: i32 = 0x78;
    let inverted = _mm512_ternarylogic_epi64::<XOR_AND>(
        _mm512_set1_epi8(L::INVERTED as i8),
        signs,
        _mm512_set1_epi8(i8::MIN),
    );
    let in_order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    _mm512_permutexvar_epi64(in_order, _mm512_xor_si512(codes, inverted))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn samples_of<L: Law>(codes: __m512i) -> [__m512i; 2] {
    // Octets are put together by blocks of 128 bits: the first half of the codes goes to the lower half of each.
    let by_blocks = _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7), codes);
    let low = looked_up(&Tables::<L>::LOW, by_blocks);
    let high = looked_up(&Tables::<L>::HIGH, by_blocks);
    let (front, back) = (
        _mm512_unpacklo_epi8(low, high),
        _mm512_unpackhi_epi8(low, high),
    );
    let is_positive = _mm512_movepi8_mask(codes);
    let zero = _mm512_setzero_si512();
    [
        _mm512_mask_sub_epi16(front, is_positive as u32, zero, front),
        _mm512_mask_sub_epi16(back, (is_positive >> SAMPLES) as u32, zero, back),
    ]
}
