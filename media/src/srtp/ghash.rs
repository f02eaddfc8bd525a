//! GHASH of four blocks at a time, and of as many as there are powers before the sum is reduced.
//!
//! ```text
//! blocks     B1      B2      B3      …   Bn
//! powers   × Hⁿ    × Hⁿ⁻¹  × Hⁿ⁻²    …  × H      one vector is four columns
//! sum        low + middle + high halves of all products, reduced once
//! ```
//!
//! SP 800-38D §6.4. Blocks stand with their octets turned, so that their bits are in one order; the powers stand times x, which
//! makes up for the bit that a product of such blocks is short of.

use std::arch::x86_64::{
    __m128i, __m512i, _mm_aesenc_si128, _mm_aesenclast_si128, _mm_setzero_si128, _mm_shuffle_epi8,
    _mm_xor_si128, _mm512_broadcast_i32x4, _mm512_castsi512_si128, _mm512_clmulepi64_epi128,
    _mm512_extracti32x4_epi32, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_shuffle_epi32,
    _mm512_xor_si512, _mm512_zextsi128_si512,
};

use super::aes_keys::RoundKeys;
use crate::lanes::{TURNED, load, number, vector};

/// The highest power that is kept: sixteen blocks of text and the one of lengths.
pub(super) const POWERS: usize = 17;

/// H¹⁷ to H, times x, and behind them zeros for lanes without a block.
#[derive(Clone)]
pub(super) struct Powers([__m128i; POWERS + 3]);

/// x⁻⁶⁴ by the polynomial of GHASH, bits in the order of turned blocks.
const POLYNOMIAL: u64 = 0xc200_0000_0000_0000;

impl Powers {
    /// Powers of the hash key, which is a block of zeros encrypted.
    #[target_feature(enable = "aes,avx512f,avx512bw,avx512vl,vpclmulqdq")]
    pub(super) fn new(keys: &RoundKeys, rounds: usize) -> Powers {
        let key = _mm_aesenclast_si128(
            keys[1..rounds]
                .iter()
                .fold(keys[0], |block, key| _mm_aesenc_si128(block, *key)),
            keys[rounds],
        );
        let first = times_x(_mm_shuffle_epi8(key, vector(TURNED)));
        let factor = _mm512_zextsi128_si512(first);
        let mut powers = [_mm_setzero_si128(); POWERS + 3];
        let mut power = first;
        for place in powers[..POWERS].iter_mut().rev() {
            *place = power;
            let mut sum = Sum::new();
            sum.add(_mm512_zextsi128_si512(power), factor);
            power = sum.reduced();
        }
        Powers(powers)
    }

    /// Four powers, `power` in the first lane and falling.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn from(&self, power: usize) -> __m512i {
        let at = POWERS - power;
        load(self.0[at..].first_chunk().expect("three more than powers"))
    }
}

/// A turned block times x.
#[target_feature(enable = "sse4.1")]
fn times_x(block: __m128i) -> __m128i {
    let value = number(block);
    // By arithmetic, as the time must not tell the key.
    let carried = (value >> 127).wrapping_neg() & (u128::from(POLYNOMIAL) << 64 | 1);
    vector(value << 1 ^ carried)
}

/// Products that are not reduced yet, in lanes that are not added yet.
pub(super) struct Sum {
    low: __m512i,
    middle: __m512i,
    high: __m512i,
}

impl Sum {
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn new() -> Sum {
        let zero = _mm512_setzero_si512();
        Sum {
            low: zero,
            middle: zero,
            high: zero,
        }
    }

    /// Adds four turned blocks times four powers.
    #[inline]
    #[target_feature(enable = "avx512f,vpclmulqdq")]
    pub(super) fn add(&mut self, blocks: __m512i, powers: __m512i) {
        let middle = _mm512_xor_si512(
            _mm512_clmulepi64_epi128::<0x01>(blocks, powers),
            _mm512_clmulepi64_epi128::<0x10>(blocks, powers),
        );
        self.middle = _mm512_xor_si512(self.middle, middle);
        let low = _mm512_clmulepi64_epi128::<0x00>(blocks, powers);
        self.low = _mm512_xor_si512(self.low, low);
        let high = _mm512_clmulepi64_epi128::<0x11>(blocks, powers);
        self.high = _mm512_xor_si512(self.high, high);
    }

    /// The sum of all lanes, reduced to a turned block.
    #[inline]
    #[target_feature(enable = "avx512f,vpclmulqdq")]
    pub(super) fn reduced(self) -> __m128i {
        let polynomial = _mm512_set1_epi64(POLYNOMIAL as i64);
        // The lowest 64 bits of what is left go away, twice.
        let step = |low: __m512i, high: __m512i| {
            let folded = _mm512_clmulepi64_epi128::<0x00>(polynomial, low);
            let swapped = _mm512_shuffle_epi32::<0b01_00_11_10>(low);
            _mm512_xor_si512(_mm512_xor_si512(high, swapped), folded)
        };
        let all = step(step(self.low, self.middle), self.high);
        let first = _mm_xor_si128(
            _mm512_castsi512_si128(all),
            _mm512_extracti32x4_epi32::<1>(all),
        );
        let second = _mm_xor_si128(
            _mm512_extracti32x4_epi32::<2>(all),
            _mm512_extracti32x4_epi32::<3>(all),
        );
        _mm_xor_si128(first, second)
    }
}

/// The turning of octets in each of four blocks.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn turning() -> __m512i {
    _mm512_broadcast_i32x4(vector(TURNED))
}
