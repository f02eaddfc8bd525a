//! A frame of every room: each voice gives one, the loudest has the floor, and each participant is sent the sum without their own.

use std::collections::BTreeMap;
use std::time::Duration;

use media::mixer::{Mixer, loudness};

use super::Bridge;
use super::party::{Party, Phase};
use super::voice::FRAME;
use crate::flaws::Flaw;
use crate::room::ParticipantId;

impl Bridge {
    /// One frame of every room; false if nobody has a voice any more.
    pub(super) fn frame(&mut self, now: Duration) -> bool {
        let mut mixers: BTreeMap<&str, Mixer> = BTreeMap::new();
        let mut loudest: BTreeMap<&str, (u16, ParticipantId)> = BTreeMap::new();
        let mut voices = Vec::new();
        for (id, party) in &mut self.parties {
            let Party {
                room,
                muted,
                phase: Phase::Live(live),
                ..
            } = party
            else {
                continue;
            };
            let mut frame = [0; FRAME];
            if live.pull(now, &mut frame) {
                if *muted && !self.flaws.contains(&Flaw::IgnoreMute) {
                    frame.fill(0);
                }
                let mixer = mixers.entry(room).or_insert_with(|| Mixer::new(FRAME));
                mixer.add(&frame);
                let level = loudness(&frame);
                if level >= SPEECH_MIN && loudest.get(room.as_str()).is_none_or(|one| one.0 < level)
                {
                    loudest.insert(room, (level, *id));
                }
                voices.push((*id, live, &*room, frame));
            }
        }
        let mut heard = Vec::with_capacity(voices.len());
        for (id, live, room, own) in voices {
            let mut frame = [0; FRAME];
            if let Some(mixer) = mixers.get_mut(room.as_str()) {
                if self.flaws.contains(&Flaw::OwnVoice) {
                    mixer.all(&mut frame);
                } else {
                    mixer.without(&own, &mut frame);
                }
            }
            if self.flaws.contains(&Flaw::SilentMix) {
                frame.fill(0);
            }
            live.speak(now, &frame);
            heard.push(id);
        }
        let mut changed = Vec::new();
        for (room, gallery) in &mut self.galleries {
            let speaker = loudest.get(room.as_str()).map(|(_, id)| *id);
            if gallery.hear(now, speaker) {
                changed.push(room.clone());
            }
        }
        changed.iter().for_each(|room| self.arrange(room));
        heard.iter().for_each(|id| self.stir(*id));
        self.settle(now);
        !heard.is_empty()
    }
}

/// Mean magnitude of a frame from which on it is speech: -48 dBov.
const SPEECH_MIN: u16 = 90;
