//! Randomness by purpose: one stream for each seed, host and purpose.
//!
//! A new draw in one place shifts no other place's numbers, so a small change of the product
//! changes a small part of a run.

use std::convert::Infallible;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng, TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};

/// A stream of random numbers; a `rand_core` 0.10 `Rng` and `CryptoRng`.
#[derive(Clone, Debug)]
pub struct Entropy {
    stream: ChaCha20Rng,
}

impl Entropy {
    /// The stream with this key.
    pub fn from_seed(seed: [u8; 32]) -> Entropy {
        Entropy {
            stream: ChaCha20Rng::from_seed(seed),
        }
    }

    /// The stream of the `nth` request of `host` for `purpose` in the world grown from `seed`.
    pub(crate) fn derived(seed: u64, host: &str, purpose: &str, nth: u64) -> Entropy {
        let mut key = Sha256::new();
        key.update(b"solstice entropy 1");
        key.update(seed.to_le_bytes());
        part(&mut key, host);
        part(&mut key, purpose);
        key.update(nth.to_le_bytes());
        Entropy::from_seed(key.finalize().into())
    }

    /// A stream of its own whose key follows from this stream's key and `label`; draws nothing.
    pub fn fork(&self, label: &str) -> Entropy {
        let mut key = Sha256::new();
        key.update(b"solstice fork 1");
        key.update(self.stream.get_seed());
        part(&mut key, label);
        Entropy::from_seed(key.finalize().into())
    }

    /// A key for another generator; always the same for the same stream, tells nothing of it.
    pub fn seed(&self) -> [u8; 32] {
        let mut key = Sha256::new();
        key.update(b"solstice seed 1");
        key.update(self.stream.get_seed());
        key.finalize().into()
    }

    /// Uniform in [0, 1), 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in 0..`bound`; `bound` must not be 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "nothing lies below 0");
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// `len` random bytes in lower-case hexadecimal (twice as many characters).
    pub fn hex(&mut self, len: usize) -> String {
        let mut text = String::with_capacity(len * 2);
        for _ in 0..len {
            let byte = self.next_u32() as u8;
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(digit), 16).expect("a digit under 16"));
            }
        }
        text
    }
}

impl TryRng for Entropy {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.stream.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.stream.try_next_u64()
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), Infallible> {
        self.stream.try_fill_bytes(target)
    }
}

impl TryCryptoRng for Entropy {}

/// Length first, so that no two lists of parts give the same key.
fn part(key: &mut Sha256, text: &str) {
    key.update((text.len() as u64).to_le_bytes());
    key.update(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_seed_host_purpose_and_turn() {
        let first =
            |seed, host, purpose, nth| Entropy::derived(seed, host, purpose, nth).next_u64();
        let all = [
            first(1, "alice", "tls", 0),
            first(2, "alice", "tls", 0),
            first(1, "bob", "tls", 0),
            first(1, "alice", "sip", 0),
            first(1, "alice", "tls", 1),
            first(1, "alic", "etls", 0),
        ];
        for (index, value) in all.iter().enumerate() {
            assert!(!all[..index].contains(value), "{all:?}");
        }
        assert_eq!(all[0], first(1, "alice", "tls", 0));
    }

    #[test]
    fn the_key_given_away_is_not_the_stream_itself() {
        let mut entropy = Entropy::derived(1, "alice", "tls", 0);
        assert_ne!(
            Entropy::from_seed(entropy.seed()).next_u64(),
            entropy.next_u64()
        );
        assert_eq!(entropy.hex(4).len(), 8);
        assert!((0..100).all(|_| entropy.below(7) < 7 && entropy.unit() < 1.0));
    }
}
