//! Seeded numbers of the distributions that links use; the same on every machine.
//!
//! Logarithms and exponentials come from `libm`, never from the platform, whose last bit differs between systems.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// One stream of random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream of this seed.
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha8Rng::from_seed(seed))
    }

    /// Uniform in [0, 1), 53 bits.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// True in `percent` of the cases.
    pub(crate) fn chance(&mut self, percent: f64) -> bool {
        self.unit() * 100.0 < percent
    }

    /// Uniform in 0..n; n must not be 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        // Multiply and shift (Lemire 2019): the bias is below n/2^64.
        ((u128::from(self.0.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// Standard normal (Marsaglia's polar method).
    pub(crate) fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let s = x * x + y * y;
            if s > 0.0 && s < 1.0 {
                return x * libm::sqrt(-2.0 * libm::log(s) / s);
            }
        }
    }
}

/// Share of a standard normal below `z`.
pub(crate) fn normal_share(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut dice = Dice::new([7; 32]);
        let n = 100_000;
        let (mut sum, mut squares, mut below) = (0.0, 0.0, 0);
        for _ in 0..n {
            let z = dice.normal();
            sum += z;
            squares += z * z;
            below += u64::from(dice.below(10) == 3);
        }
        let n = f64::from(n);
        assert!((sum / n).abs() < 0.015, "mean {}", sum / n);
        assert!((squares / n - 1.0).abs() < 0.02, "variance {}", squares / n);
        assert!((below as f64 / n - 0.1).abs() < 0.005);
        assert!((normal_share(1.959_964) - 0.975).abs() < 1e-6);
    }

    #[test]
    fn first_numbers_are_pinned() {
        let mut dice = Dice::new([1; 32]);
        // Exact: a platform whose arithmetic differs would replay other losses.
        assert_eq!(
            [dice.unit(), dice.normal(), dice.below(1000) as f64],
            [0.2991447890767397, 0.31994148558034863, 878.0]
        );
    }
}
