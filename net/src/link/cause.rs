//! What can befall a packet on a link, by name: for counters, traces and the comments in captures.

use serde::{Deserialize, Serialize};

/// Why a packet did not arrive, or not as it was sent.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// Lost by independent chance.
    Bernoulli,
    /// Lost by the two-state burst model.
    GilbertElliott,
    /// Lost because its number was on the list.
    List,
    /// The queue was full.
    QueueFull,
    /// Dropped by the queue's manager (RFC 8289).
    CoDel,
    /// Larger than the link carries.
    TooLarge,
    /// The link was dark.
    Blackhole,
    /// A segment with a wrong bit, which the receiver's checksum rejects.
    ChecksumFailed,
    /// Arrived, with a bit flipped.
    Corrupted,
    /// Arrived, cut to the MTU.
    Truncated,
    /// Arrived more than once.
    Duplicated,
    /// Arrived later than packets behind it.
    Reordered,
}

impl Cause {
    /// Name in traces and captures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bernoulli => "lost by bernoulli",
            Self::GilbertElliott => "lost by gilbert_elliott",
            Self::List => "lost by list",
            Self::QueueFull => "dropped, queue full",
            Self::CoDel => "dropped by codel",
            Self::TooLarge => "dropped, larger than mtu",
            Self::Blackhole => "lost in blackhole",
            Self::ChecksumFailed => "lost, checksum failed",
            Self::Corrupted => "bit flipped",
            Self::Truncated => "cut to mtu",
            Self::Duplicated => "duplicated",
            Self::Reordered => "held back",
        }
    }

    /// Whether the packet is gone.
    pub fn is_drop(self) -> bool {
        !matches!(
            self,
            Self::Corrupted | Self::Truncated | Self::Duplicated | Self::Reordered
        )
    }

    const ALL: [Self; 12] = [
        Self::Bernoulli,
        Self::GilbertElliott,
        Self::List,
        Self::QueueFull,
        Self::CoDel,
        Self::TooLarge,
        Self::Blackhole,
        Self::ChecksumFailed,
        Self::Corrupted,
        Self::Truncated,
        Self::Duplicated,
        Self::Reordered,
    ];
}

/// How often each cause struck on one link.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Drops([u64; Cause::ALL.len()]);

impl Drops {
    /// Packets this befell.
    pub fn of(&self, cause: Cause) -> u64 {
        self.0[cause as usize]
    }

    /// Packets that are gone, for whatever cause.
    pub fn total(&self) -> u64 {
        self.iter()
            .filter(|(cause, _)| cause.is_drop())
            .map(|(_, count)| count)
            .sum()
    }

    /// Every cause with its count, also zero.
    pub fn iter(&self) -> impl Iterator<Item = (Cause, u64)> + '_ {
        Cause::ALL.into_iter().map(|cause| (cause, self.of(cause)))
    }

    pub(crate) fn count(&mut self, cause: Cause) {
        self.0[cause as usize] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_causes_is_in_the_order_of_their_numbers() {
        for (index, cause) in Cause::ALL.into_iter().enumerate() {
            assert_eq!(cause as usize, index);
        }
    }
}
