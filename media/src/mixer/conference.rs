//! A conference in which only the loudest are heard, so that what all others hear is one mix.
//!
//! With k places there are at most k + 1 different mixes, and so as many encodings for each codec, however many listen:
//! each speaker hears the other speakers, everybody else hears all of them.
//!
//! Who speaks in a frame was decided by the frames before it, so each frame is looked at once. A party that gets a place is
//! faded in over its first frame, one that loses it is faded out over its last.

use super::Mixer;
use super::level::loudness;
use super::speakers::{PartyId, SPEAKERS_MAX, Speakers};

/// Which of a conference's mixes a party hears.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Heard {
    /// That of all who listen: every speaker. A recorder takes this one too.
    Common,
    /// That of the speaker in this place: all other speakers.
    Speaker(u8),
}

/// Mixes the few who speak.
#[derive(Clone, Debug)]
pub struct Conference {
    frame_len: usize,
    speakers: Speakers,
    mixer: Mixer,
    /// What the speakers say, by place.
    voices: Box<[i16]>,
    /// Whether a place's voice has come in this frame.
    has_spoken: [bool; SPEAKERS_MAX],
    fades: [Fade; SPEAKERS_MAX],
    /// The party that takes over a place when who has it is faded out.
    next: Option<(usize, PartyId)>,
    /// The mixes: one for each place, and the common one behind them.
    mixes: Box<[i16]>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Fade {
    #[default]
    None,
    In,
    Out,
}

impl Conference {
    /// A conference with so many places (1 to [`SPEAKERS_MAX`]) and frames of this length.
    pub fn new(places: usize, frame_len: usize) -> Conference {
        let speakers = Speakers::new(places);
        let places = speakers.places().len();
        Conference {
            frame_len,
            speakers,
            mixer: Mixer::new(frame_len),
            voices: vec![0; places * frame_len].into(),
            has_spoken: [false; SPEAKERS_MAX],
            fades: [Fade::None; SPEAKERS_MAX],
            next: None,
            mixes: vec![0; (places + 1) * frame_len].into(),
        }
    }

    /// Begins a new frame: places change hands.
    pub fn begin(&mut self) {
        self.has_spoken = [false; SPEAKERS_MAX];
        for fade in &mut self.fades {
            *fade = if *fade == Fade::In { Fade::None } else { *fade };
        }
        if self.next.is_none() {
            self.next = self.speakers.end_frame();
        }
        let Some((place, party)) = self.next else {
            return;
        };
        // Who is faded out in this frame is gone in the next; a newcomer to a place in use waits for that.
        let is_held = self.speakers.places()[place].is_some();
        if is_held && self.fades[place] != Fade::Out {
            self.fades[place] = Fade::Out;
        } else {
            self.speakers.seat(place, Some(party));
            self.fades[place] = Fade::In;
            self.next = None;
        }
    }

    /// Takes what a party says in this frame. A frame that is shorter than the conference's ends in silence.
    #[inline]
    pub fn hear(&mut self, party: PartyId, frame: &[i16]) {
        self.speakers.hear(party, loudness(frame));
        let Some(place) = self.speakers.place_of(party) else {
            return;
        };
        let voice = &mut self.voices[place * self.frame_len..][..self.frame_len];
        let len = frame.len().min(voice.len());
        voice[..len].copy_from_slice(&frame[..len]);
        voice[len..].fill(0);
        match self.fades[place] {
            Fade::None => {}
            Fade::In => fade_in(voice.iter_mut()),
            Fade::Out => fade_in(voice.iter_mut().rev()),
        }
        self.has_spoken[place] = true;
    }

    /// Makes the mixes of this frame, when all have been heard.
    pub fn mix(&mut self) {
        let len = self.frame_len;
        self.mixer.begin();
        let places = self.speakers.places().len();
        for place in 0..places {
            let voice = &mut self.voices[place * len..][..len];
            if !self.has_spoken[place] {
                voice.fill(0);
            }
            self.mixer.add(voice);
        }
        for place in 0..places {
            let own = &self.voices[place * len..][..len];
            self.mixer
                .without(own, &mut self.mixes[place * len..][..len]);
        }
        self.mixer.all(&mut self.mixes[places * len..]);
    }

    /// Which mix a party hears.
    #[inline]
    pub fn heard_by(&self, party: PartyId) -> Heard {
        match self.speakers.place_of(party) {
            Some(place) => Heard::Speaker(place as u8),
            None => Heard::Common,
        }
    }

    /// A mix of this frame; the common one for a place that the conference does not have.
    #[inline]
    pub fn heard(&self, heard: Heard) -> &[i16] {
        let places = self.speakers.places().len();
        let place = match heard {
            Heard::Common => places,
            Heard::Speaker(place) => usize::from(place).min(places),
        };
        &self.mixes[place * self.frame_len..][..self.frame_len]
    }

    /// Who speaks.
    pub fn speaking(&self) -> impl Iterator<Item = PartyId> + '_ {
        self.speakers.places().iter().flatten().copied()
    }

    /// A party leaves.
    pub fn leave(&mut self, party: PartyId) {
        if let Some(place) = self.speakers.place_of(party) {
            self.has_spoken[place] = false;
            self.fades[place] = Fade::None;
        }
        self.next = self.next.filter(|(_, other)| *other != party);
        self.speakers.forget(party);
    }
}

/// Raises samples from nothing to what they are.
fn fade_in<'a>(samples: impl ExactSizeIterator<Item = &'a mut i16>) {
    let len = samples.len() as i32;
    for (place, sample) in samples.enumerate() {
        *sample = (i32::from(*sample) * place as i32 / len) as i16;
    }
}

#[cfg(test)]
mod tests;
