//! What a moderator may ask for.

use std::time::Duration;

use super::Server;
use crate::conf::{Reason, Request};
use crate::refusal::Refusal;
use crate::room::{Participant, ParticipantId};

impl Server {
    /// A moderator's request; whether it is one was checked before.
    pub(super) fn moderate(
        &mut self,
        now: Duration,
        moderator: ParticipantId,
        number: &str,
        request: &Request,
    ) -> Result<(), Refusal> {
        let room = self.rooms.get_mut(number).ok_or(Refusal::RoomUnknown)?;
        let others = room
            .participants
            .keys()
            .copied()
            .filter(|id| *id != moderator);
        let others: Vec<ParticipantId> = others.collect();
        match (request,) {
            (Request::Lock { locked },) => room.locked = *locked,
            (Request::Record { recording },) => room.recording = *recording,
            (Request::MuteAll { muted },) => {
                others
                    .iter()
                    .for_each(|id| self.set_muted(number, *id, *muted));
            }
            (Request::Admit { participant },) => {
                self.participant_mut(number, *participant)?.waiting = false;
            }
            (Request::Drop { participant },) => {
                self.participant(number, *participant)?;
                self.send_out(now, *participant, Reason::Dropped);
            }
            (Request::End,) => {
                let everybody = others.into_iter().chain([moderator]);
                everybody.for_each(|id| self.send_out(now, id, Reason::Ended));
            }
            // Not a moderator's request: the caller has answered it.
            _ => return Err(Refusal::Malformed),
        }
        self.tell_roster(number, None);
        Ok(())
    }

    pub(super) fn participant(
        &self,
        room: &str,
        id: ParticipantId,
    ) -> Result<&Participant, Refusal> {
        let room = self.rooms.get(room).ok_or(Refusal::RoomUnknown)?;
        room.participants
            .get(&id)
            .ok_or(Refusal::ParticipantUnknown)
    }

    pub(super) fn participant_mut(
        &mut self,
        room: &str,
        id: ParticipantId,
    ) -> Result<&mut Participant, Refusal> {
        let room = self.rooms.get_mut(room).ok_or(Refusal::RoomUnknown)?;
        room.participants
            .get_mut(&id)
            .ok_or(Refusal::ParticipantUnknown)
    }
}
