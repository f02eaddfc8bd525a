//! UDP ports for media: pairs out of the range, an even one for RTP and the odd one after it for RTCP (NET-05).

use std::collections::BTreeSet;

use crate::config::PortRange;

/// The free and taken pairs of one system.
#[derive(Clone, Debug)]
pub struct PortPool {
    range: PortRange,
    /// Even ports that are taken.
    taken: BTreeSet<u16>,
    /// Where the next search starts: a port rests as long as possible after its call, so that late packets meet nobody.
    next: u16,
}

impl PortPool {
    /// All pairs of an inclusive range are free.
    pub fn new(range: PortRange) -> Self {
        Self {
            range,
            taken: BTreeSet::new(),
            next: first_even(range.low),
        }
    }

    /// Takes a pair; gives its even port, or nothing when all are taken.
    pub fn take(&mut self) -> Option<u16> {
        let first = first_even(self.range.low);
        for _ in 0..self.pairs() {
            let port = self.next;
            self.next = match port.checked_add(2) {
                Some(next) if next < self.range.high => next,
                Some(_) | None => first,
            };
            if self.taken.insert(port) {
                return Some(port);
            }
        }
        None
    }

    /// Gives a pair back by its even port.
    pub fn give_back(&mut self, port: u16) {
        self.taken.remove(&port);
    }

    /// Pairs that are taken.
    pub fn taken(&self) -> usize {
        self.taken.len()
    }

    /// Pairs of the whole range.
    pub fn pairs(&self) -> usize {
        let first = first_even(self.range.low);
        if self.range.high <= first {
            0
        } else {
            usize::from((self.range.high - first).div_ceil(2))
        }
    }
}

fn first_even(low: u16) -> u16 {
    low + low % 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_documented_range_has_5000_pairs() {
        let mut pool = PortPool::new(PortRange {
            low: 40_750,
            high: 50_750,
        });
        let mut ports: Vec<u16> = std::iter::from_fn(|| pool.take()).collect();
        ports.sort_unstable();
        assert_eq!(
            (ports.len(), ports[0], ports[ports.len() - 1]),
            (5000, 40_750, 50_748)
        );
    }

    proptest! {
        #[test]
        fn pairs_are_inside_even_and_taken_once(low in 1024u16..60_000, span in 2u16..400, steps in proptest::collection::vec(any::<Option<u8>>(), 0..300)) {
            let range = PortRange { low, high: low + span };
            let mut pool = PortPool::new(range);
            let mut held: Vec<u16> = Vec::new();
            for step in steps {
                match step {
                    None => if let Some(port) = pool.take() {
                        prop_assert!(port % 2 == 0 && port >= range.low && port < range.high);
                        prop_assert!(!held.contains(&port));
                        held.push(port);
                    } else {
                        prop_assert_eq!(held.len(), pool.pairs());
                    },
                    Some(index) => if !held.is_empty() {
                        pool.give_back(held.remove(usize::from(index) % held.len()));
                    },
                }
            }
            prop_assert_eq!(pool.taken(), held.len());
        }
    }
}
