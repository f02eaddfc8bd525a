//! Names that must not be guessed or repeated: branches, tags, Call-IDs; and random waits. All from one seeded stream.
//!
//! RFC 3261 §8.1.1.4 (Call-ID), §8.1.1.7 (branch), §19.3 (tags: at least 32 random bits).

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::header::Via;

/// The party's own source of random names.
#[derive(Clone, Debug)]
pub struct Entropy {
    source: ChaCha8Rng,
}

impl Entropy {
    /// The stream of this seed.
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            source: ChaCha8Rng::from_seed(seed),
        }
    }

    /// A branch for a transaction.
    pub fn branch(&mut self) -> String {
        format!("{}{:016x}", Via::COOKIE, self.source.next_u64())
    }

    /// A tag for a dialog.
    pub fn tag(&mut self) -> String {
        format!("{:016x}", self.source.next_u64())
    }

    /// A Call-ID.
    pub fn call_id(&mut self) -> String {
        format!(
            "{:016x}{:016x}",
            self.source.next_u64(),
            self.source.next_u64()
        )
    }

    /// The stream itself.
    pub fn source(&mut self) -> &mut ChaCha8Rng {
        &mut self.source
    }

    /// A time between both, in steps of 10 ms (RFC 3261 §14.1 asks for that unit).
    pub fn wait(&mut self, least: Duration, most: Duration) -> Duration {
        let steps = (most.saturating_sub(least).as_millis() / 10) as u64;
        least + Duration::from_millis(10 * (self.source.next_u64() % (steps + 1)))
    }
}
