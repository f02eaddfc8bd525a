//! The UDP ports of WebRTC media (FAQ N3: 50000-55000, configurable).

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Hands out ports in turn, so that a port just given back rests for as long as it can.
#[derive(Debug)]
pub(super) struct Ports {
    range: RangeInclusive<u16>,
    next: u16,
    taken: BTreeSet<u16>,
}

impl Ports {
    pub(super) fn new(range: RangeInclusive<u16>) -> Ports {
        Ports {
            next: *range.start(),
            range,
            taken: BTreeSet::new(),
        }
    }

    /// A port that is free here; none if all are taken.
    pub(super) fn take(&mut self) -> Option<u16> {
        for _ in self.range.clone() {
            let port = self.next;
            self.next = match port.checked_add(1) {
                Some(next) if self.range.contains(&next) => next,
                _ => *self.range.start(),
            };
            if self.taken.insert(port) {
                return Some(port);
            }
        }
        None
    }

    /// Gives a port back.
    pub(super) fn give_back(&mut self, port: u16) {
        self.taken.remove(&port);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_given_in_turn_and_never_twice() {
        let mut ports = Ports::new(50_000..=50_002);
        assert_eq!([ports.take(), ports.take()], [Some(50_000), Some(50_001)]);
        ports.give_back(50_000);
        assert_eq!([ports.take(), ports.take()], [Some(50_002), Some(50_000)]);
        assert_eq!(ports.take(), None);
        let mut edge = Ports::new(65_535..=65_535);
        assert_eq!([edge.take(), edge.take()], [Some(65_535), None]);
    }
}
