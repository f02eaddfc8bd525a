//! Who of a room is to be seen first: those who spoke last. Whoever has the floor long enough comes to the front.

use std::time::Duration;

use media::forward::LastN;

use crate::room::ParticipantId;

/// The order of one room's cameras.
#[derive(Debug)]
pub(super) struct Gallery {
    order: LastN,
    /// Who is loudest, and since when.
    loudest: Option<(ParticipantId, Duration)>,
    /// When somebody came to the front.
    changed: Option<Duration>,
}

impl Default for Gallery {
    fn default() -> Gallery {
        Gallery {
            order: LastN::new(usize::MAX),
            loudest: None,
            changed: None,
        }
    }
}

impl Gallery {
    /// A camera comes.
    pub(super) fn join(&mut self, id: ParticipantId) {
        if let Some(number) = number(id) {
            self.order.join(number);
        }
    }

    /// A camera goes.
    pub(super) fn leave(&mut self, id: ParticipantId) {
        if let Some(number) = number(id) {
            self.order.leave(number);
        }
        self.loudest = self.loudest.filter(|(loudest, _)| *loudest != id);
    }

    /// Notes who is loudest in this frame, if anybody speaks; true if the order has changed.
    pub(super) fn hear(&mut self, now: Duration, loudest: Option<ParticipantId>) -> bool {
        let Some(speaker) = loudest else {
            return false;
        };
        let since = match self.loudest {
            Some((before, since)) if before == speaker => since,
            Some(_) | None => now,
        };
        self.loudest = Some((speaker, since));
        let has_floor = now.saturating_sub(since) >= FLOOR;
        let is_quiet = self.changed.is_none_or(|changed| now >= changed + DWELL);
        let is_first = self.cameras().next() == Some(speaker);
        let Some(number) = number(speaker).filter(|_| has_floor && is_quiet && !is_first) else {
            return false;
        };
        self.changed = Some(now);
        let before: Vec<u32> = self.order.shown().collect();
        self.order.speak(number);
        !self.order.shown().eq(before)
    }

    /// Those with a camera, who spoke last first.
    pub(super) fn cameras(&self) -> impl Iterator<Item = ParticipantId> + '_ {
        self.order
            .shown()
            .map(|number| ParticipantId(number.into()))
    }

    /// Whether there is no camera.
    pub(super) fn is_empty(&self) -> bool {
        self.cameras().next().is_none()
    }
}

/// The number that the order knows a participant by; a server that has had four thousand million shows the next no more.
fn number(id: ParticipantId) -> Option<u32> {
    u32::try_from(id.0).ok()
}

/// Time for which somebody must be loudest to come to the front: longer than a cough.
const FLOOR: Duration = Duration::from_millis(400);
/// Time for which the order stays as it is: pictures that change more often are no longer looked at.
const DWELL: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_the_floor_comes_to_the_front_and_a_cough_does_not() {
        let [ann, bob, cat] = [1, 2, 3].map(ParticipantId);
        let at = Duration::from_millis;
        let mut gallery = Gallery::default();
        [ann, bob, cat].iter().for_each(|id| gallery.join(*id));
        let order = |gallery: &Gallery| gallery.cameras().collect::<Vec<_>>();
        assert!(!gallery.hear(at(0), Some(cat)) && !gallery.hear(at(380), Some(cat)));
        assert!(!gallery.hear(at(399), None));
        assert!(gallery.hear(at(400), Some(cat)));
        assert_eq!(order(&gallery), [cat, ann, bob]);
        assert!(!gallery.hear(at(500), Some(bob)) && !gallery.hear(at(1_000), Some(bob)));
        assert!(gallery.hear(at(2_400), Some(bob)));
        assert_eq!(order(&gallery), [bob, cat, ann]);
        // Who has no camera is heard, not seen.
        assert!(!gallery.hear(at(5_000), Some(ParticipantId(9))));
        assert!(!gallery.hear(at(6_000), Some(ParticipantId(9))));
        gallery.leave(bob);
        assert_eq!(order(&gallery), [cat, ann]);
    }
}
