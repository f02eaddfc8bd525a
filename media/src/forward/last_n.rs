//! Last-N: of many parties only those that spoke last are shown.
//!
//! Whoever speaks comes in and the one that was silent for longest goes; the others keep their places, so that pictures do
//! not jump about.

/// Parties of a meeting, by who spoke last.
#[derive(Clone, Debug, Default)]
pub struct LastN {
    shown_max: usize,
    /// The first `shown_max` are shown; all ordered by when they spoke, the latest first.
    order: Vec<u32>,
}

/// Parties that can be told apart; a meeting's limit lies far below.
const PARTIES_MAX: usize = 4_096;

impl LastN {
    /// Shows so many.
    pub fn new(shown_max: usize) -> LastN {
        LastN {
            shown_max,
            order: Vec::new(),
        }
    }

    /// A party comes; it is shown while there is room. False if it is there already or there are too many.
    pub fn join(&mut self, party: u32) -> bool {
        if self.order.len() == PARTIES_MAX || self.order.contains(&party) {
            return false;
        }
        self.order.push(party);
        true
    }

    /// A party goes.
    pub fn leave(&mut self, party: u32) {
        self.order.retain(|other| *other != party);
    }

    /// A party speaks; gives who is shown no more because of it.
    pub fn speak(&mut self, party: u32) -> Option<u32> {
        let place = self.order.iter().position(|other| *other == party)?;
        self.order[..=place].rotate_right(1);
        if place < self.shown_max {
            return None;
        }
        self.order.get(self.shown_max).copied()
    }

    /// Whether a party is shown.
    pub fn is_shown(&self, party: u32) -> bool {
        self.shown().any(|other| other == party)
    }

    /// Those that are shown, who spoke last first.
    pub fn shown(&self) -> impl Iterator<Item = u32> + '_ {
        self.order.iter().take(self.shown_max).copied()
    }
}
