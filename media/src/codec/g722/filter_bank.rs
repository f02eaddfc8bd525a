//! Quadrature mirror filters: 16 kHz into two bands of 8 kHz and back.
//!
//! 24 taps, in two lines of 12: one for the first sample of each pair and one for the second. ITU-T G.722 §3.1, §4.4 and
//! table 11; a whole block is filtered tap by tap, so that the compiler makes vectors of it.

/// Pairs of samples that are filtered at once: 10 ms.
pub(super) const BLOCK: usize = 80;
/// Taps of each line.
const TAPS: usize = 12;
/// Earlier pairs that a filter still needs.
const HISTORY: usize = TAPS - 1;

/// ITU-T G.722 table 11, every second coefficient, in units of 2^-13. The others are the same in reverse.
const COEFFICIENTS: [i16; TAPS] = [3, -11, 12, 32, -210, 951, 3_876, -805, 362, -156, 53, -11];

/// Samples by place in their pair, the earlier ones first.
#[derive(Clone, Debug)]
struct Lines {
    first: [i16; HISTORY + BLOCK],
    second: [i16; HISTORY + BLOCK],
}

impl Default for Lines {
    fn default() -> Lines {
        Lines {
            first: [0; HISTORY + BLOCK],
            second: [0; HISTORY + BLOCK],
        }
    }
}

impl Lines {
    /// Takes pairs and gives the sums over both lines for each, `count` in all.
    fn filter(&mut self, pairs: impl Iterator<Item = (i16, i16)>, sums: &mut [[i32; BLOCK]; 2]) {
        let mut count = 0;
        let places = self.first[HISTORY..]
            .iter_mut()
            .zip(&mut self.second[HISTORY..]);
        for ((first, second), pair) in places.zip(pairs) {
            (*first, *second) = pair;
            count += 1;
        }
        let [first_sums, second_sums] = sums;
        for (tap, &coefficient) in COEFFICIENTS.iter().enumerate() {
            accumulate(first_sums, &self.first[tap..], coefficient);
            accumulate(second_sums, &self.second[HISTORY - tap..], coefficient);
        }
        self.first.copy_within(count..count + HISTORY, 0);
        self.second.copy_within(count..count + HISTORY, 0);
    }
}

#[inline]
fn accumulate(sums: &mut [i32; BLOCK], samples: &[i16], coefficient: i16) {
    for (sum, &sample) in sums.iter_mut().zip(samples) {
        *sum += i32::from(sample) * i32::from(coefficient);
    }
}

/// The sender's half.
#[derive(Clone, Debug, Default)]
pub(super) struct Splitter(Lines);

impl Splitter {
    /// Splits an even number of samples, at most `2 * BLOCK`, into as many pairs of 15 bits.
    pub(super) fn split(
        &mut self,
        samples: &[i16],
        low: &mut [i32; BLOCK],
        high: &mut [i32; BLOCK],
    ) {
        let mut sums = [[0; BLOCK]; 2];
        let pairs = samples.chunks_exact(2).map(|pair| (pair[0], pair[1]));
        self.0.filter(pairs, &mut sums);
        let [first, second] = sums;
        for (place, (low, high)) in low.iter_mut().zip(high).enumerate() {
            *low = limit((second[place] + first[place]) >> 14);
            *high = limit((second[place] - first[place]) >> 14);
        }
    }
}

/// The receiver's half.
#[derive(Clone, Debug, Default)]
pub(super) struct Joiner(Lines);

impl Joiner {
    /// Joins bands of 15 bits to `samples`, of which there is an even number.
    pub(super) fn join(&mut self, low: &[i32; BLOCK], high: &[i32; BLOCK], samples: &mut [i16]) {
        let mut sums = [[0; BLOCK]; 2];
        let count = samples.len() / 2;
        let pairs = low[..count]
            .iter()
            .zip(high)
            .map(|(&low, &high)| (saturate(low + high), saturate(low - high)));
        self.0.filter(pairs, &mut sums);
        let [first, second] = sums;
        for (place, pair) in samples.chunks_exact_mut(2).enumerate() {
            pair[0] = saturate(second[place] >> 11);
            pair[1] = saturate(first[place] >> 11);
        }
    }
}

/// 15 bits, the width of a band. §6.2.1.6.
pub(super) fn limit(value: i32) -> i32 {
    value.clamp(-16_384, 16_383)
}

fn saturate(value: i32) -> i16 {
    value.clamp(-32_768, 32_767) as i16
}
