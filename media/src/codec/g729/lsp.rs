//! Line spectral pairs: the predictor as ten places on the unit circle. ITU-T G.729 §3.2.3 and §3.2.6.
//!
//! A(z) plus and minus its mirror have all roots on the circle, those of one between those of the other. Pairs are kept as
//! cosines, which fall, or as frequencies in radians, which rise; either can be interpolated and stays stable.

use super::ORDER;
use super::elementary::{arc_cosine, cosine};
use super::filter::Predictor;

/// Cosines of the ten frequencies, the greatest first.
pub(super) type Cosines = [f32; ORDER];
/// Frequencies in radians, the lowest first.
pub(super) type Frequencies = [f32; ORDER];

/// Pairs of a flat spectrum, which every stream begins with.
pub(super) const START: Frequencies = {
    let mut frequencies = [0.0; ORDER];
    let mut i = 0;
    while i < ORDER {
        frequencies[i] = std::f32::consts::PI * (i + 1) as f32 / (ORDER + 1) as f32;
        i += 1;
    }
    frequencies
};

/// Degree of the polynomial in the cosine that half of the roots make.
const HALF: usize = ORDER / 2;
/// Intervals of the circle that are searched for changes of sign. §3.2.3.
const GRID: u8 = 60;
/// Halvings of an interval that holds a root.
const HALVINGS: u32 = 4;

pub(super) fn frequencies(cosines: &Cosines) -> Frequencies {
    cosines.map(arc_cosine)
}

pub(super) fn cosines(frequencies: &Frequencies) -> Cosines {
    frequencies.map(cosine)
}

/// The middle between two frames' pairs. §3.2.5.
pub(super) fn between(a: &Cosines, b: &Cosines) -> Cosines {
    std::array::from_fn(|i| 0.5 * (a[i] + b[i]))
}

/// The pairs of a predictor; nothing if rounding hid some of them.
pub(super) fn from_predictor(predictor: &Predictor) -> Option<Cosines> {
    let polynomials = sum_and_difference(predictor);
    let mut found = [0.0; ORDER];
    let mut count = 0;
    let mut upper = 1.0;
    for step in 1..=GRID {
        let lower = cosine(std::f32::consts::PI * f32::from(step) / f32::from(GRID));
        // An interval may hold one root of each.
        while count < ORDER {
            let Some(root) = root_between(&polynomials[count % 2], upper, lower) else {
                break;
            };
            found[count] = root;
            count += 1;
            upper = root;
        }
        upper = lower;
    }
    (count == ORDER).then_some(found)
}

/// The predictor with these pairs.
pub(super) fn to_predictor(cosines: &Cosines) -> Predictor {
    let (sum, difference) = (product_of(cosines, 0), product_of(cosines, 1));
    let mut a = [0.0; ORDER];
    for i in 1..=HALF {
        let even = sum[i] + sum[i - 1];
        let odd = difference[i] - difference[i - 1];
        a[i - 1] = 0.5 * (even + odd);
        a[ORDER - i] = 0.5 * (even - odd);
    }
    Predictor(a)
}

/// The lower half of the product of 1 - 2q·z⁻¹ + z⁻² over every second pair from `first` on.
fn product_of(cosines: &Cosines, first: usize) -> [f32; HALF + 1] {
    let mut product = [0.0; HALF + 1];
    product[0] = 1.0;
    for q in cosines[first..].iter().step_by(2) {
        for i in (1..=HALF).rev() {
            let before = if i > 1 { product[i - 2] } else { 0.0 };
            product[i] += before - 2.0 * q * product[i - 1];
        }
    }
    product
}

/// Both polynomials without their roots at ±1, as series of Chebyshev's from T₀ on. §3.2.3 (15) to (17).
fn sum_and_difference(predictor: &Predictor) -> [[f32; HALF + 1]; 2] {
    let a = &predictor.0;
    let mut series = [[0.0; HALF + 1]; 2];
    let (mut sum, mut difference) = (1.0, 1.0);
    for i in 0..=HALF {
        if i > 0 {
            sum = a[i - 1] + a[ORDER - i] - sum;
            difference += a[i - 1] - a[ORDER - i];
        }
        let weight = if i == HALF { 0.5 } else { 1.0 };
        series[0][HALF - i] = weight * sum;
        series[1][HALF - i] = weight * difference;
    }
    series
}

/// Value of a series at `x`, by Clenshaw's recursion.
fn value(series: &[f32; HALF + 1], x: f32) -> f32 {
    let (mut b1, mut b2) = (0.0, 0.0);
    for &c in series[1..].iter().rev() {
        (b1, b2) = (c + 2.0 * x * b1 - b2, b1);
    }
    series[0] + x * b1 - b2
}

/// Where a series changes its sign between two places.
fn root_between(series: &[f32; HALF + 1], mut upper: f32, mut lower: f32) -> Option<f32> {
    let (mut above, mut below) = (value(series, upper), value(series, lower));
    if above * below > 0.0 || upper <= lower {
        return None;
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (upper + lower);
        let there = value(series, middle);
        if there * above > 0.0 {
            (upper, above) = (middle, there);
        } else {
            (lower, below) = (middle, there);
        }
    }
    let slope = above - below;
    let share = if slope == 0.0 { 0.5 } else { above / slope };
    Some(upper + share * (lower - upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_predictor_comes_back_from_its_pairs() {
        let frequencies = [0.2, 0.28, 0.5, 0.9, 1.2, 1.5, 1.9, 2.3, 2.5, 2.9];
        let predictor = to_predictor(&cosines(&frequencies));
        let found = from_predictor(&predictor).unwrap();
        for (found, wanted) in super::frequencies(&found).iter().zip(frequencies) {
            assert!((found - wanted).abs() < 2e-4, "{found} {wanted}");
        }
    }

    #[test]
    fn a_flat_spectrum_has_evenly_spread_pairs() {
        let flat = to_predictor(&cosines(&START));
        assert!(flat.0.iter().all(|a| a.abs() < 1e-5), "{flat:?}");
        let found = from_predictor(&Predictor([0.0; ORDER])).unwrap();
        for (found, wanted) in frequencies(&found).iter().zip(START) {
            assert!((found - wanted).abs() < 1e-4, "{found} {wanted}");
        }
    }
}
