//! A virtual meeting room of a subscriber: who is in, who waits, who may do what.
//!
//! ```text
//!            ┌─ waiting room on ──► waiting ──admit──┐
//!  join ─────┤                                       ▼
//!            └───────────────────────────────────► inside ──leave, drop, end──► gone
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config;
use crate::refusal::Refusal;

/// A participant's number, counted over all rooms of the server and never given twice.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub(crate) struct ParticipantId(pub(crate) u64);

/// What a participant may do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Owner of the room, or whoever gave its moderator PIN.
    Moderator,
    /// A signed-in user.
    Participant,
    /// Somebody without an account.
    Guest,
}

/// How a participant's audio is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Audio {
    /// No media was offered, or it ended.
    #[default]
    None,
    /// ICE and DTLS are under way.
    Connecting,
    /// Speaks and hears.
    Connected,
}

/// One who is in the room or waits for it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Participant {
    /// Number.
    pub(crate) id: ParticipantId,
    /// Name shown to others.
    pub(crate) name: String,
    /// What they may do.
    pub(crate) role: Role,
    /// Whether the others do not hear them.
    pub(crate) muted: bool,
    /// Whether they wait to be let in.
    pub(crate) waiting: bool,
    /// How their audio is.
    pub(crate) audio: Audio,
    /// Whether they have a camera that others may be shown.
    pub(crate) picture: bool,
}

/// A room and its present.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) settings: config::Room,
    pub(crate) participants: BTreeMap<ParticipantId, Participant>,
    pub(crate) locked: bool,
    pub(crate) recording: bool,
}

impl Room {
    pub(crate) fn new(settings: config::Room) -> Room {
        Room {
            settings,
            participants: BTreeMap::new(),
            locked: false,
            recording: false,
        }
    }

    /// What the giver of this PIN may do; `signed_in` is their login.
    pub(crate) fn role(&self, signed_in: Option<&str>, pin: Option<&str>) -> Result<Role, Refusal> {
        let settings = &self.settings;
        if settings.disabled {
            return Err(Refusal::RoomDisabled);
        }
        if signed_in.is_some_and(|login| login == settings.owner) {
            return Ok(Role::Moderator);
        }
        if pin.is_some() && pin == settings.moderator_pin.as_deref() {
            return Ok(Role::Moderator);
        }
        if signed_in.is_none() && !settings.guests {
            return Err(Refusal::NotAuthorized);
        }
        match (&settings.pin, pin) {
            (Some(_), None | Some("")) => return Err(Refusal::PinRequired),
            (Some(wanted), Some(given)) if wanted != given => return Err(Refusal::PinWrong),
            _ => {}
        }
        Ok(if signed_in.is_some() {
            Role::Participant
        } else {
            Role::Guest
        })
    }

    /// Whether somebody of this role could come in now.
    pub(crate) fn admits(&self, role: Role) -> Result<(), Refusal> {
        if self.settings.disabled {
            return Err(Refusal::RoomDisabled);
        }
        if self.participants.len() >= self.settings.participants_max {
            return Err(Refusal::Full);
        }
        if role == Role::Moderator {
            return Ok(());
        }
        if self.locked {
            return Err(Refusal::Locked);
        }
        if self.settings.starts_with_moderator && !self.has_moderator() {
            return Err(Refusal::NotStarted);
        }
        Ok(())
    }

    /// Lets somebody in, or has them wait.
    pub(crate) fn join(
        &mut self,
        id: ParticipantId,
        name: &str,
        role: Role,
    ) -> Result<(), Refusal> {
        self.admits(role)?;
        let participant = Participant {
            id,
            name: name.to_owned(),
            role,
            muted: false,
            waiting: self.settings.waiting_room && role != Role::Moderator,
            audio: Audio::None,
            picture: false,
        };
        self.participants.insert(id, participant);
        Ok(())
    }

    /// Somebody is gone. A room nobody is in forgets that it was locked or recorded.
    pub(crate) fn leave(&mut self, id: ParticipantId) {
        self.participants.remove(&id);
        if self.participants.is_empty() {
            (self.locked, self.recording) = (false, false);
        }
    }

    /// Those who are in, in the order they came.
    pub(crate) fn inside(&self) -> impl Iterator<Item = &Participant> {
        self.participants
            .values()
            .filter(|participant| !participant.waiting)
    }

    fn has_moderator(&self) -> bool {
        self.inside()
            .any(|participant| participant.role == Role::Moderator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(change: impl FnOnce(&mut config::Room)) -> Room {
        let mut settings = config::Room {
            owner: "ann".to_owned(),
            pin: Some("1234".to_owned()),
            moderator_pin: Some("9999".to_owned()),
            ..config::Room::default()
        };
        change(&mut settings);
        Room::new(settings)
    }

    #[test]
    fn each_reason_to_refuse_is_told_apart() {
        let plain = room(|_| {});
        assert_eq!(plain.role(Some("ann"), None), Ok(Role::Moderator));
        assert_eq!(plain.role(None, Some("9999")), Ok(Role::Moderator));
        assert_eq!(plain.role(Some("bob"), Some("1234")), Ok(Role::Participant));
        assert_eq!(plain.role(None, Some("1234")), Ok(Role::Guest));
        assert_eq!(plain.role(None, None), Err(Refusal::PinRequired));
        assert_eq!(plain.role(None, Some("1")), Err(Refusal::PinWrong));
        let closed = room(|settings| settings.guests = false);
        assert_eq!(closed.role(None, Some("1234")), Err(Refusal::NotAuthorized));
        let off = room(|settings| settings.disabled = true);
        assert_eq!(off.role(Some("ann"), None), Err(Refusal::RoomDisabled));
    }

    #[test]
    fn locked_full_and_not_started_rooms_refuse_all_but_moderators() {
        let mut room = room(|settings| {
            settings.starts_with_moderator = true;
            settings.participants_max = 2;
        });
        let [ann, bob, cat] = [1, 2, 3].map(ParticipantId);
        assert_eq!(room.join(bob, "Bob", Role::Guest), Err(Refusal::NotStarted));
        room.join(ann, "Ann", Role::Moderator).unwrap();
        room.locked = true;
        assert_eq!(room.join(bob, "Bob", Role::Guest), Err(Refusal::Locked));
        room.locked = false;
        room.join(bob, "Bob", Role::Guest).unwrap();
        assert_eq!(room.join(cat, "Cat", Role::Moderator), Err(Refusal::Full));
        room.locked = true;
        room.leave(ann);
        room.leave(bob);
        assert!(!room.locked);
    }

    #[test]
    fn a_waiting_guest_is_not_inside() {
        let mut room = room(|settings| settings.waiting_room = true);
        room.join(ParticipantId(1), "Ann", Role::Moderator).unwrap();
        room.join(ParticipantId(2), "Bob", Role::Guest).unwrap();
        assert_eq!(room.inside().count(), 1);
    }
}
