//! The sound of one room: the loudest are heard by all others, and what many hear is encoded once.
//!
//! Whoever speaks hears the other speakers; all who listen hear the same and are sent the same octets, in each codec. So the
//! work of a frame is a packet for everybody and a few encodings, however many are in the room (decision 0028).

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use media::mixer::{Conference, Heard, PartyId, SPEAKERS_MAX, loudness};
use webrtc_peer::AudioCodec;

use super::encoding::Encoding;
use super::voice::{FRAME, SILENCE};
use crate::flaws::Flaw;
use crate::room::ParticipantId;

/// Who is heard in a room, and what each of its participants is sent.
pub(super) struct Sound {
    conference: Conference,
    parties: BTreeMap<ParticipantId, PartyId>,
    /// Numbers in the conference of those who left.
    free: Vec<PartyId>,
    /// The mixes in the codecs in which somebody has heard them: at most as many as codecs times places and one.
    encodings: Vec<Encoding>,
    /// The loudest of this frame.
    loudest: Option<(u16, ParticipantId)>,
    has_own_voice: bool,
    is_silent: bool,
}

impl Sound {
    /// The sound of an empty room.
    pub(super) fn new(flaws: &BTreeSet<Flaw>) -> Sound {
        Sound {
            conference: Conference::new(SPEAKERS_MAX, FRAME),
            parties: BTreeMap::new(),
            free: Vec::new(),
            encodings: Vec::new(),
            loudest: None,
            has_own_voice: flaws.contains(&Flaw::OwnVoice),
            is_silent: flaws.contains(&Flaw::SilentMix),
        }
    }

    /// A participant comes, or comes back.
    pub(super) fn join(&mut self, id: ParticipantId) {
        if self.parties.contains_key(&id) {
            return;
        }
        // All numbers below that of the parties are in use or free. A bridge has fewer ports than there are numbers.
        let next = u16::try_from(self.parties.len()).ok().map(PartyId);
        if let Some(party) = self.free.pop().or(next) {
            self.parties.insert(id, party);
        }
    }

    /// A participant goes.
    pub(super) fn leave(&mut self, id: ParticipantId) {
        if let Some(party) = self.parties.remove(&id) {
            self.conference.leave(party);
            self.free.push(party);
        }
    }

    /// Whether nobody is there.
    pub(super) fn is_empty(&self) -> bool {
        self.parties.is_empty()
    }

    /// Begins a frame.
    pub(super) fn begin(&mut self) {
        self.conference.begin();
        self.loudest = None;
    }

    /// Takes what a participant says in this frame.
    pub(super) fn hear(&mut self, id: ParticipantId, frame: &[i16]) {
        let Some(party) = self.parties.get(&id) else {
            return;
        };
        self.conference.hear(*party, frame);
        let level = loudness(frame);
        if level >= SPEECH_MIN && self.loudest.is_none_or(|(other, _)| other < level) {
            self.loudest = Some((level, id));
        }
    }

    /// Makes the mixes, when all have been heard.
    pub(super) fn mix(&mut self) {
        self.conference.mix();
        self.encodings.iter_mut().for_each(Encoding::begin);
    }

    /// Who is loudest in this frame, if anybody speaks.
    pub(super) fn loudest(&self) -> Option<ParticipantId> {
        self.loudest.map(|(_, id)| id)
    }

    /// What a participant is sent of this frame; none if it cannot be encoded.
    pub(super) fn payload(&mut self, id: ParticipantId, codec: AudioCodec) -> Option<Bytes> {
        let heard = match self.parties.get(&id) {
            Some(party) if !self.has_own_voice => self.conference.heard_by(*party),
            Some(_) | None => Heard::Common,
        };
        let mut known = self.encodings.iter();
        let place = known.position(|one| one.is_of(heard, codec));
        let place = place.unwrap_or_else(|| {
            self.encodings.push(Encoding::new(heard, codec));
            self.encodings.len() - 1
        });
        let mix = match self.is_silent {
            true => &SILENCE,
            false => self.conference.heard(heard),
        };
        self.encodings[place].payload(mix)
    }
}

/// Mean magnitude of a frame from which on it is speech: -48 dBov.
const SPEECH_MIN: u16 = 90;

#[cfg(test)]
mod tests;
