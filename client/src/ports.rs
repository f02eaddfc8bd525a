//! The ports for sound: even ones for RTP, the next odd one for RTCP, from the range of the settings (NET-05).

use std::collections::BTreeSet;

/// Which RTP ports are free.
#[derive(Clone, Debug)]
pub(crate) struct Ports {
    low: u16,
    count: u16,
    next: u16,
    used: BTreeSet<u16>,
}

impl Ports {
    /// The range of `RTP_PORT_LOW` and `RTP_PORT_RANGE`.
    pub(crate) fn new(low: u16, count: u16) -> Self {
        let (low, count) = match low % 2 {
            0 => (low, count),
            _ => (low.saturating_add(1), count.saturating_sub(1)),
        };
        Self {
            low,
            count: count.min(u16::MAX - low),
            next: 0,
            used: BTreeSet::new(),
        }
    }

    /// The next free even port whose odd neighbour is within the range too. All others come first before one comes again, so
    /// that late packets of an old call do not reach a new one.
    pub(crate) fn take(&mut self) -> Option<u16> {
        let pairs = self.count / 2;
        for _ in 0..pairs {
            let port = self.low + 2 * self.next;
            self.next = (self.next + 1) % pairs;
            if self.used.insert(port) {
                return Some(port);
            }
        }
        None
    }

    /// Gives a port back.
    pub(crate) fn give_back(&mut self, port: u16) {
        self.used.remove(&port);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ports_are_even_within_the_range_and_never_given_twice(
            low in 1024..65_503u16,
            count in 32..10_001u16,
            acts in prop::collection::vec(any::<bool>(), 0..200),
        ) {
            let mut ports = Ports::new(low, count);
            let mut held = Vec::new();
            for take in acts {
                match (take, held.pop()) {
                    (false, Some(port)) => ports.give_back(port),
                    (_, last) => {
                        held.extend(last);
                        if let Some(port) = ports.take() {
                            prop_assert!(port % 2 == 0 && port >= low);
                            prop_assert!(u32::from(port) + 1 < u32::from(low) + u32::from(count));
                            prop_assert!(!held.contains(&port));
                            held.push(port);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn an_exhausted_range_gives_none() {
        let mut ports = Ports::new(4001, 5);
        assert_eq!(
            (ports.take(), ports.take(), ports.take()),
            (Some(4002), Some(4004), None)
        );
        ports.give_back(4002);
        assert_eq!(ports.take(), Some(4002));
    }
}
