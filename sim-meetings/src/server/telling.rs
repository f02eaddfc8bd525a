//! What participants are told: who is in the room, answers, refusals, and that they are out.

use std::time::Duration;

use super::{LinkId, Output, Server};
use crate::conf::{PictureLine, Reason, Say};
use crate::flaws::Flaw;
use crate::room::{Audio, ParticipantId, Role};

impl Server {
    pub(super) fn on_answer(&mut self, id: ParticipantId, sdp: &str) {
        if !self.flaws.contains(&Flaw::NoAnswer) {
            self.say(id, &Say::Answer { sdp });
        }
    }

    pub(super) fn on_pictures(
        &mut self,
        id: ParticipantId,
        lines: Vec<(String, Option<ParticipantId>)>,
    ) {
        let lines = lines.into_iter();
        let lines = lines.map(|(mid, participant)| PictureLine { mid, participant });
        let lines = lines.collect();
        self.say(id, &Say::Pictures { lines });
    }

    pub(super) fn on_audio(&mut self, id: ParticipantId, audio: Audio, picture: bool) {
        let Some(seated) = self.seated.get(&id).cloned() else {
            return;
        };
        let muted = if let Ok(participant) = self.participant_mut(&seated.room, id) {
            (participant.audio, participant.picture) = (audio, picture);
            participant.muted
        } else {
            return;
        };
        self.bridge.mute(id, muted);
        self.tell_roster(&seated.room, None);
    }

    /// Takes a participant out of the room, tells them why and ends their channel.
    pub(super) fn send_out(&mut self, now: Duration, id: ParticipantId, reason: Reason) {
        let Some(seated) = self.seated.remove(&id) else {
            return;
        };
        self.bridge.leave(now, id);
        if let Some(room) = self.rooms.get_mut(&seated.room) {
            room.leave(id);
        }
        self.reply(seated.link, &Say::Left { reason });
        self.hang_up(seated.link);
    }

    /// Tells everybody in a room who is there; `newcomer` is told even by a server that tells nobody else.
    pub(super) fn tell_roster(&mut self, number: &str, newcomer: Option<ParticipantId>) {
        let Some(room) = self.rooms.get(number) else {
            return;
        };
        let stale = self.flaws.contains(&Flaw::StaleRoster);
        for listener in room.participants.values() {
            if listener.waiting || stale && newcomer != Some(listener.id) {
                continue;
            }
            let sees_all = listener.role == Role::Moderator;
            let participants = room.participants.values();
            let roster = Say::Roster {
                participants: participants
                    .filter(|one| sees_all || !one.waiting)
                    .collect(),
                locked: room.locked,
                recording: room.recording,
            };
            if let Some(seated) = self.seated.get(&listener.id) {
                let (link, text) = (seated.link, roster.text());
                self.outputs.push_back(Output::Say { link, text });
            }
        }
    }

    pub(super) fn say(&mut self, id: ParticipantId, say: &Say<'_>) {
        if let Some(link) = self.seated.get(&id).map(|seated| seated.link) {
            self.reply(link, say);
        }
    }

    pub(super) fn reply(&mut self, link: LinkId, say: &Say<'_>) {
        let text = say.text();
        self.outputs.push_back(Output::Say { link, text });
    }

    pub(super) fn hang_up(&mut self, link: LinkId) {
        self.links.remove(&link);
        self.outputs.push_back(Output::HangUp { link });
    }
}
