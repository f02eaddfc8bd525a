//! The two laws: what becomes of one sample and of one code.
//!
//! A code is a sign, a segment and a step: a floating-point number whose exponent is the segment and whose mantissa has four
//! bits. So encoding goes through `f32`; decoding shifts.
//!
//! ITU-T G.711 tables 1 and 2.

/// One of the two laws: three numbers that tell all of it, and functions that are quick in the compiler's vectors.
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(dead_code, reason = "the numbers are for look-ups in vectors")
)]
pub(super) trait Law {
    /// Added to 16-bit magnitudes before they are encoded, so that segments begin at powers of two.
    const BIAS: i16;
    /// Bits below the step of the lowest segment.
    const LOWEST: u8;
    /// Bits of a code that are sent inverted when the sample is positive; of a negative one all but the first are.
    const INVERTED: u8;

    /// The code of a sample.
    fn code(sample: i16) -> u8;

    /// The sample of a code.
    fn sample(code: u8) -> i16;
}

/// Mu-law.
pub(super) struct MuLaw;

/// A-law.
pub(super) struct ALaw;

impl Law for MuLaw {
    const BIAS: i16 = 132;
    const LOWEST: u8 = 3;
    const INVERTED: u8 = 0xff;

    #[inline(always)]
    fn code(sample: i16) -> u8 {
        // 132..=32767 has exponents 7..=14 for segments 0..=7.
        let code = exponent_and_step(magnitude(sample).saturating_add(Self::BIAS)) - exponent(7);
        let sign = (sample >> 8) & 0x80;
        !(code | sign) as u8
    }

    #[inline(always)]
    fn sample(code: u8) -> i16 {
        let wide = signed(code);
        let biased = (((!wide & 0x0f) << 3) + Self::BIAS) << ((!wide >> 4) & 7);
        let value = biased - Self::BIAS;
        if wide < 0 { value } else { -value }
    }
}

impl Law for ALaw {
    const BIAS: i16 = 0;
    // Segments 0 and 1 have steps of the same size.
    const LOWEST: u8 = 4;
    const INVERTED: u8 = 0xd5;

    #[inline(always)]
    fn code(sample: i16) -> u8 {
        let magnitude = magnitude(sample);
        // 256..=32767 has exponents 8..=14 for segments 1..=7. Segment 0 is linear: below 16 steps the number of steps is the
        // code, and the larger of the two.
        let segmented = exponent_and_step(magnitude & !0x0f) - exponent(7);
        let code = segmented.max((magnitude >> 4).min(16));
        let sign = (!sample >> 8) & 0x80;
        ((code | sign) ^ 0x55) as u8
    }

    #[inline(always)]
    fn sample(code: u8) -> i16 {
        let wide = signed(code ^ 0x55);
        let segment = (wide >> 4) & 7;
        let step = ((wide & 0x0f) << 4) + 8;
        // From segment 1 on a leading one stands before the step, and the next is twice as wide.
        let value = match segment {
            0 => step,
            _ => (step + 0x100) << (segment - 1),
        };
        if wide < 0 { value } else { -value }
    }
}

/// Bits of an `f32` below the four mantissa bits that are a code's step.
const STEP_SHIFT: u32 = 19;

/// The magnitude as G.191 has it: one's complement, so that -1 and 0 are alike.
#[inline(always)]
fn magnitude(sample: i16) -> i16 {
    sample ^ (sample >> 15)
}

/// Exponent and the four top mantissa bits of a value as `f32`, as one number.
#[inline(always)]
fn exponent_and_step(value: i16) -> i16 {
    // Narrow at once: twice as many lanes for all that follows.
    ((i32::from(value) as f32).to_bits() >> STEP_SHIFT) as i16
}

/// What [`exponent_and_step`] gives for this power of two.
const fn exponent(power: i16) -> i16 {
    (127 + power) << 4
}

/// A code whose sign, set where the sample is positive, has become that of the number: it need not be moved there.
#[inline(always)]
fn signed(code: u8) -> i16 {
    i16::from(code as i8)
}
