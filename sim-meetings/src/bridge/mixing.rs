//! A frame of every room: each voice gives one, the loudest has the floor, and each participant is sent what the others say.
//!
//! All that a frame needs is kept in the rooms: once everybody has been heard, it asks for no memory but what a connection
//! takes to send a packet.

use std::time::Duration;

use super::Bridge;
use super::party::{Party, Phase};
use super::sound::Sound;
use super::voice::SILENCE;
use crate::flaws::Flaw;
use crate::measured::Measured;
use crate::room::ParticipantId;

impl Bridge {
    /// One frame of every room; false if nobody has a voice any more.
    pub(super) fn frame(&mut self, now: Duration) -> bool {
        self.sounds.values_mut().for_each(Sound::begin);
        self.hear(now);
        self.sounds.values_mut().for_each(Sound::mix);
        let has_voices = self.speak(now);
        let mut changed = Vec::new();
        for (room, gallery) in &mut self.galleries {
            let speaker = self.sounds.get(room).and_then(Sound::loudest);
            if gallery.hear(now, speaker) {
                changed.push(room.clone());
            }
        }
        changed.iter().for_each(|room| self.arrange(room));
        self.settle(now);
        has_voices
    }

    /// A participant is to hear and to be heard.
    pub(super) fn join_sound(&mut self, id: ParticipantId, room: &str) {
        let sound = self.sounds.entry(room.to_owned());
        sound.or_insert_with(|| Sound::new(&self.flaws)).join(id);
    }

    /// A participant is gone: nobody hears them any more.
    pub(super) fn forget_sound(&mut self, id: ParticipantId, room: &str) {
        let Some(sound) = self.sounds.get_mut(room) else {
            return;
        };
        sound.leave(id);
        if sound.is_empty() {
            self.sounds.remove(room);
        }
    }

    /// What was counted of a participant; none while they have no voice.
    pub(crate) fn measured(&self, id: ParticipantId) -> Option<Measured> {
        self.parties.get(&id)?.as_live()?.measured()
    }

    /// Every voice gives its frame to its room.
    fn hear(&mut self, now: Duration) {
        let ignores_mute = self.flaws.contains(&Flaw::IgnoreMute);
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
            let Some(said) = live.pull(now) else {
                continue;
            };
            let is_heard = !*muted || ignores_mute;
            if let Some(sound) = self.sounds.get_mut(room) {
                sound.hear(*id, if is_heard { said } else { &SILENCE });
            }
        }
    }

    /// Everybody with a voice is sent what they hear; false if nobody has one.
    fn speak(&mut self, now: Duration) -> bool {
        let mut has_voices = false;
        for (id, party) in &mut self.parties {
            let Party {
                room,
                phase: Phase::Live(live),
                ..
            } = party
            else {
                continue;
            };
            let Some(codec) = live.codec() else {
                continue;
            };
            let sound = self.sounds.get_mut(room);
            live.speak(now, sound.and_then(|sound| sound.payload(*id, codec)));
            self.stirred.push_back(*id);
            has_voices = true;
        }
        has_voices
    }
}
