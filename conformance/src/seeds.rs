//! A range of seeds as it is written on the command line: `20` is the first twenty, `5..8` is 5, 6 and 7.

use std::fmt;
use std::str::FromStr;

/// Seeds from `first` on, without `end`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Seeds {
    first: u64,
    end: u64,
}

/// At most this many seeds are run at once: more is a mistake in writing.
const SEEDS_MAX: u64 = 10_000_000;

/// A range that cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is no range of seeds; write a count such as `20` or a range such as `5..8`")]
pub struct NotSeeds(String);

impl Seeds {
    /// One seed.
    pub fn one(seed: u64) -> Self {
        Self {
            first: seed,
            end: seed.saturating_add(1),
        }
    }

    /// How many.
    pub fn count(self) -> u64 {
        self.end - self.first
    }

    /// The first one.
    pub fn first(self) -> u64 {
        self.first
    }

    /// Whether this seed is among them.
    pub fn contains(self, seed: u64) -> bool {
        (self.first..self.end).contains(&seed)
    }

    /// Every one in order.
    pub fn iter(self) -> impl Iterator<Item = u64> {
        self.first..self.end
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.first, self.end)
    }
}

impl FromStr for Seeds {
    type Err = NotSeeds;

    fn from_str(text: &str) -> Result<Self, NotSeeds> {
        let error = || NotSeeds(text.to_owned());
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| error());
        let (first, end) = match text.split_once("..") {
            Some((first, end)) => (number(first)?, number(end)?),
            None => (0, number(text)?),
        };
        if first < end && end - first <= SEEDS_MAX {
            Ok(Self { first, end })
        } else {
            Err(error())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_ranges_are_read() {
        assert_eq!(
            "3".parse::<Seeds>()
                .map(|seeds| seeds.iter().collect::<Vec<_>>()),
            Ok(vec![0, 1, 2])
        );
        assert_eq!(
            "5..8".parse::<Seeds>().map(|seeds| seeds.to_string()),
            Ok("5..8".to_owned())
        );
        for wrong in ["", "0", "8..5", "a", "1..", "-1", "0..99999999999"] {
            assert!(wrong.parse::<Seeds>().is_err(), "{wrong} was taken");
        }
    }
}
