//! The same loop compiled for several vector widths, the widest of which the machine has is run.
//!
//! A loop is written once, in plain Rust that the compiler makes vectors of. What it computes never depends on the width:
//! only integers and exact conversions are used, and floating-point sums only in lanes whose number and order the loop itself
//! names (the ear's). The tests run every width against each other.

use std::sync::OnceLock;

/// A loop that is compiled once for each [`Width`].
pub(crate) trait Kernel {
    /// Runs the loop. Implementations say `#[inline(always)]`, or the width would not reach them.
    fn run(self);
}

/// How wide this machine's vectors are. Values come from here only, so whoever has one may run code of that width.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Width(Lanes);

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Lanes {
    /// What every machine of the architecture has: SSE2 on x86-64.
    Plain,
    /// 32 octets: AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 with shifts and truncations of 16-bit lanes.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// Runs a loop as wide as the machine can.
#[inline]
pub(crate) fn run(kernel: impl Kernel) {
    run_at(Width::widest(), kernel);
}

/// Runs a loop at a width.
#[inline]
pub(crate) fn run_at(width: Width, kernel: impl Kernel) {
    match width.0 {
        Lanes::Plain => kernel.run(),
        // SAFETY: a width exists only where the machine was seen to have it.
        #[cfg(target_arch = "x86_64")]
        Lanes::Avx2 => unsafe { avx2(kernel) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Lanes::Avx512 => unsafe { avx512(kernel) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(kernel: impl Kernel) {
    kernel.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512dq,avx512vl")]
fn avx512(kernel: impl Kernel) {
    kernel.run();
}

impl Width {
    #[inline]
    fn widest() -> Width {
        static WIDEST: OnceLock<Width> = OnceLock::new();
        *WIDEST.get_or_init(|| Width(Lanes::of_machine()))
    }

    /// Every width that this machine has.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Width> {
        #[cfg(target_arch = "x86_64")]
        let lanes = [Lanes::Plain, Lanes::Avx2, Lanes::Avx512];
        #[cfg(not(target_arch = "x86_64"))]
        let lanes = [Lanes::Plain];
        let has = |width: &Width| *width <= Width::widest();
        lanes.map(Width).into_iter().filter(has).collect()
    }
}

impl Lanes {
    #[cfg(target_arch = "x86_64")]
    fn of_machine() -> Lanes {
        let has_avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        match is_x86_feature_detected!("avx2") {
            true if has_avx512 => Lanes::Avx512,
            true => Lanes::Avx2,
            false => Lanes::Plain,
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn of_machine() -> Lanes {
        Lanes::Plain
    }
}

/// One value of each of another slice: as many as both have.
pub(crate) struct Each<'a, A, B, F> {
    /// Read.
    pub(crate) source: &'a [A],
    /// Written.
    pub(crate) target: &'a mut [B],
    /// Gives a value of a value.
    pub(crate) of: F,
}

impl<A: Copy, B, F: Fn(A) -> B> Kernel for Each<'_, A, B, F> {
    #[inline(always)]
    fn run(self) {
        let pairs = self.source.iter().zip(self.target);
        pairs.for_each(|(&source, target)| *target = (self.of)(source));
    }
}
