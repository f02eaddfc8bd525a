//! How many pictures of a clip are shown: as many of six in a row as a limit allows, evenly.
//!
//! A clip has the quality it has, for its pictures build upon each other as they were coded; so less is sent by showing fewer of
//! them in the same time, one after the other.

/// Pictures in a row of which some are shown.
const ROW: u32 = 6;
/// How many of them may be: each takes at most one and a half times as much as the next, so that an estimate which is
/// never far ahead of what is sent leads from one to the other.
const STEPS: [u32; 5] = [6, 4, 3, 2, 1];
/// More are shown only if there is so much more room than they take: what just fits now may not in a moment.
const ROOM: f64 = 1.02;

/// The share of pictures that are shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    /// Of a row.
    shown: u32,
    /// The place in the row.
    turn: u32,
}

impl Default for Share {
    /// All of them.
    fn default() -> Share {
        Share {
            shown: ROW,
            turn: 0,
        }
    }
}

impl Share {
    /// Shows as many as a limit allows, given what all of them take, both in bit/s; one of a row even if that is too much.
    pub(super) fn keep_within(&mut self, all: u64, limit: u64) {
        let fits = |step: &u32| {
            let room = if *step > self.shown { ROOM } else { 1.0 };
            all as f64 * f64::from(*step) / f64::from(ROW) * room <= limit as f64
        };
        self.shown = STEPS.into_iter().find(fits).unwrap_or(1);
    }

    /// Whether the picture whose turn it is is shown.
    pub(super) fn takes_turn(&mut self) -> bool {
        let place = self.turn * self.shown % ROW;
        self.turn = (self.turn + 1) % ROW;
        place < self.shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_shown_as_fit_evenly() {
        let rows = [60, 59, 40, 30, 20, 19, 0].map(|limit| {
            let mut share = Share::default();
            share.keep_within(60, limit);
            let row = (0..2 * ROW).map(|_| if share.takes_turn() { 'x' } else { '.' });
            row.collect::<String>()
        });
        insta::assert_snapshot!(rows.join("\n"), @r"
        xxxxxxxxxxxx
        x.xx.xx.xx.x
        x.xx.xx.xx.x
        x.x.x.x.x.x.
        x..x..x..x..
        x.....x.....
        x.....x.....
        ");
    }

    #[test]
    fn more_are_shown_only_with_room() {
        let mut share = Share::default();
        share.keep_within(6_000, 4_000);
        assert_eq!(share.shown, 4);
        share.keep_within(6_000, 6_000);
        assert_eq!(share.shown, 4);
        share.keep_within(6_000, 6_120);
        assert_eq!(share.shown, 6);
        share.keep_within(6_000, 6_000);
        assert_eq!(share.shown, 6);
    }
}
