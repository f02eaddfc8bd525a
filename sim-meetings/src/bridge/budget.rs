//! What a participant's path has room for: how many pictures are shown at once, and at what rate a camera sends at most.
//!
//! ```text
//! camera's rate ─┐                    ┌─► room: windows that are filled, most important first
//!                ├─► Budget (viewer) ─┤
//! estimate ──────┘                    └─► share ── least of all viewers ──► camera (REMB)
//! ```
//!
//! A camera sends one layer, so that the weakest of its viewers decides for all, but not below [`SHARE_LEAST`]: who cannot take
//! that much of each is shown fewer. What a camera that pays no heed sends beyond the estimate is mended in the same way. An
//! estimate says little of what a path could carry beyond what is sent on it; one more is shown now and then to find out, less
//! often each time it was too much.

use std::time::Duration;

use super::Bridge;
use crate::room::ParticipantId;

/// How many windows of one viewer may be filled.
#[derive(Debug)]
pub(super) struct Budget {
    windows: usize,
    room: usize,
    /// When it was looked at last.
    looked: Duration,
    /// Since when more is sent than the path carries, and what it carried then, bit/s.
    over: Option<(Duration, u64)>,
    /// When one more was tried, or one fewer shown.
    changed: Duration,
    /// Time after which one more is tried.
    pause: Duration,
}

impl Budget {
    /// Room for all of these, until it is known better.
    pub(super) fn new(windows: usize) -> Budget {
        Budget {
            windows,
            room: windows,
            looked: Duration::ZERO,
            over: None,
            changed: Duration::ZERO,
            pause: PAUSE_LEAST,
        }
    }

    /// Windows that may be filled: at least one, if there is any.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// Whether it is time to look again.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        now >= self.looked + LOOK_EVERY
    }

    /// Weighs what the path carries against what is sent on `shown` windows, both in bit/s; true if the room has changed.
    pub(super) fn weigh(&mut self, now: Duration, carries: u64, sent: u64, shown: usize) -> bool {
        self.looked = now;
        let shares = usize::try_from(carries / SHARE_LEAST).unwrap_or(usize::MAX);
        let is_over = shown > 1 && (sent > carries + carries / 10 || shares < shown);
        if !is_over {
            self.over = None;
            return self.may_try(now, carries, sent) && self.fill(now, self.room + 1);
        }
        let (since, carried) = *self.over.get_or_insert((now, carries));
        if carries > carried + carried / 20 {
            // An estimate that grows has not found the path's end yet.
            self.over = Some((now, carries));
            return false;
        }
        if now < since + PATIENCE || now < self.changed + SETTLING {
            return false;
        }
        let was_tried = now < self.changed + TRIAL;
        self.pause = if was_tried {
            (self.pause * 2).min(PAUSE_MOST)
        } else {
            PAUSE_LEAST
        };
        self.over = None;
        self.fill(now, shown - 1)
    }

    fn may_try(&self, now: Duration, carries: u64, sent: u64) -> bool {
        self.room < self.windows && now >= self.changed + self.pause && sent <= carries
    }

    fn fill(&mut self, now: Duration, room: usize) -> bool {
        self.changed = now;
        let before = std::mem::replace(&mut self.room, room);
        before != room
    }
}

impl Bridge {
    /// After a participant's report: are they shown more than their path carries, or is there room for more?
    pub(super) fn weigh(&mut self, now: Duration, viewer: ParticipantId) {
        let Some(party) = self.parties.get(&viewer) else {
            return;
        };
        let Some(pictures) = party.as_live().map(|live| &live.pictures) else {
            return;
        };
        let (Some(carries), true) = (pictures.carries(), pictures.budget.is_due(now)) else {
            return;
        };
        let room = party.room.clone();
        let shown: Vec<ParticipantId> = pictures.shown().into_iter().flatten().collect();
        let rate = |id: &ParticipantId| Some(self.camera(*id)?.rate(now));
        let sent = shown.iter().filter_map(rate).sum();
        let live = self.live(viewer);
        if live.is_some_and(|live| {
            let budget = &mut live.pictures.budget;
            budget.weigh(now, carries, sent, shown.len())
        }) {
            self.arrange(&room);
        }
    }

    /// What a camera may send at most, bit/s: as much as the weakest of its viewers has for it. None while no path is known.
    pub(super) fn limit(&self, viewers: &[ParticipantId]) -> Option<u64> {
        let shares = viewers.iter().filter_map(|viewer| {
            let pictures = &self.parties.get(viewer)?.as_live()?.pictures;
            let shown = pictures.shown().into_iter().flatten().count() as u64;
            Some(pictures.carries()? / shown.max(1))
        });
        shares.min().map(|share| share.max(SHARE_LEAST))
    }
}

/// What a camera is not asked to go below, bit/s: pictures of less are not worth looking at.
pub(super) const SHARE_LEAST: u64 = 100_000;
/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Time for which more may be sent than the path carries: cameras need some to follow, and key frames are large.
const PATIENCE: Duration = Duration::from_secs(2);
/// Time in which what a change did is not seen yet: the queue that was there before it has to leave.
const SETTLING: Duration = Duration::from_secs(5);
/// Time in which a trial shows whether it was too much.
const TRIAL: Duration = Duration::from_secs(8);
/// Least and most time between trials.
const PAUSE_LEAST: Duration = Duration::from_secs(5);
const PAUSE_MOST: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks every half second for so many seconds; gives the room at each change.
    fn play(
        budget: &mut Budget,
        from: u64,
        seconds: u64,
        carries: u64,
        camera: u64,
    ) -> Vec<(u64, usize)> {
        let looks = (from * 2..(from + seconds) * 2).map(|half| half * 500);
        let changes = looks.filter_map(|ms| {
            let shown = budget.room();
            let sent = camera * shown as u64;
            let changed = budget.weigh(Duration::from_millis(ms), carries, sent, shown);
            changed.then_some((ms, budget.room()))
        });
        changes.collect()
    }

    #[test]
    fn a_narrow_path_is_shown_fewer_and_a_wide_one_all_again() {
        let mut budget = Budget::new(3);
        assert_eq!(play(&mut budget, 10, 10, 1_000_000, 200_000), []);
        // Room for two and a half: one goes, and is tried again at growing distances.
        let narrow = play(&mut budget, 20, 60, 500_000, 200_000);
        assert_eq!(&narrow[..2], [(22_000, 2), (27_000, 3)]);
        let trials: Vec<u64> = narrow
            .iter()
            .filter(|(_, room)| *room == 3)
            .map(|(ms, _)| *ms)
            .collect();
        assert_eq!(trials, [27_000, 42_000, 67_000]);
        let wide = play(&mut budget, 80, 60, 1_000_000, 200_000);
        assert_eq!(wide.last().map(|(_, room)| *room), Some(3));
    }

    #[test]
    fn one_is_shown_whatever_the_path_is() {
        let mut budget = Budget::new(4);
        play(&mut budget, 10, 60, 30_000, 10_000);
        assert_eq!(budget.room(), 1);
        let mut none = Budget::new(0);
        assert_eq!(play(&mut none, 0, 60, 30_000, 0), []);
    }
}
