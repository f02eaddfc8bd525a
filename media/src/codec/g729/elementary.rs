//! Cosine, its inverse and powers of two from additions, multiplications, divisions and square roots alone.
//!
//! The machine's own functions differ in their last bit from one library to the next, and so would the octets that are sent.
//! These are good to about seven digits.

use std::f32::consts::{FRAC_PI_2, LN_2, LOG10_2, PI};

/// Cosine of 0 to π.
pub(super) const fn cosine(angle: f32) -> f32 {
    // The sine's series around the middle.
    let x = FRAC_PI_2 - angle;
    let square = x * x;
    let mut sum = 0.0;
    let mut term = 11.0;
    while term > 1.0 {
        sum = (1.0 - sum) * square / (term * (term - 1.0));
        term -= 2.0;
    }
    x * (1.0 - sum)
}

/// Angle, 0 to π, that has this cosine. Abramowitz and Stegun, Handbook of Mathematical Functions, 4.4.46.
pub(super) fn arc_cosine(cosine: f32) -> f32 {
    let x = cosine.abs().min(1.0);
    let sum = ARC_COSINE.iter().rev().fold(0.0, |sum, &a| sum * x + a);
    let angle = (1.0 - x).sqrt() * sum;
    if cosine < 0.0 { PI - angle } else { angle }
}

const ARC_COSINE: [f32; 8] = [
    FRAC_PI_2,
    -0.214_598_8,
    0.088_978_99,
    -0.050_174_305,
    0.030_891_88,
    -0.017_088_126,
    0.006_670_09,
    -0.001_262_491,
];

/// Ratio of amplitudes in decibels; the ratio is positive.
pub(super) fn decibels(ratio: f32) -> f32 {
    20.0 * LOG10_2 * logarithm(ratio.max(f32::MIN_POSITIVE))
}

/// Ratio of amplitudes that is so many decibels.
pub(super) fn ratio(decibels: f32) -> f32 {
    power(decibels / (20.0 * LOG10_2))
}

/// Logarithm to base two of a normal positive number.
fn logarithm(x: f32) -> f32 {
    let bits = x.to_bits();
    let exponent = (bits >> 23) as i32 - 127;
    // 1 to 2, the series goes by (m - 1) / (m + 1).
    let mantissa = f32::from_bits(bits & 0x007f_ffff | 0x3f80_0000);
    let (exponent, mantissa) = if mantissa > std::f32::consts::SQRT_2 {
        (exponent + 1, mantissa / 2.0)
    } else {
        (exponent, mantissa)
    };
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let sum = [9.0, 7.0, 5.0, 3.0, 1.0]
        .into_iter()
        .fold(0.0, |sum, odd: f32| sum * square + 1.0 / odd);
    exponent as f32 + 2.0 * s * sum / LN_2
}

/// Two to the power of `x`, within the range of normal numbers.
fn power(x: f32) -> f32 {
    let x = x.clamp(-126.0, 126.0);
    let whole = (x + 0.5).floor();
    let rest = (x - whole) * LN_2;
    let series = (1..=7)
        .rev()
        .fold(1.0, |sum, n: u8| 1.0 + sum * rest / f32::from(n));
    series * f32::from_bits(((whole as i32 + 127) as u32) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_library() {
        for n in 0_i16..=1_000 {
            let angle = f32::from(n) * PI / 1_000.0;
            assert!((cosine(angle) - angle.cos()).abs() < 3e-7, "{angle}");
            let x = f32::from(n) / 500.0 - 1.0;
            assert!((arc_cosine(x) - x.acos()).abs() < 1e-6, "{x}");
            let level = f32::from(n) / 5.0 - 100.0;
            let exact = 10_f32.powf(level / 20.0);
            assert!((ratio(level) / exact - 1.0).abs() < 3e-6, "{level}");
            assert!((decibels(exact) - level).abs() < 3e-5, "{level}");
        }
        assert_eq!((arc_cosine(1.5), ratio(1e9).is_finite()), (0.0, true));
        assert!(decibels(0.0) < -700.0);
    }
}
