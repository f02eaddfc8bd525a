//! Mixing for audio conferences: each party hears the sum of all others, or of the few who speak.
//!
//! [`Mixer`] gives every party a mix of its own and so needs an encoder for each. [`Conference`] mixes only the loudest, so
//! that all who listen share one mix and one encoding, however many they are. [`Gain`] and [`AutomaticLevel`] set how loud
//! a party is before it is mixed; whoever records takes the mix of all.

mod conference;
mod gain;
mod level;
mod speakers;
mod sum;

pub use conference::{Conference, Heard};
pub use gain::Gain;
pub use level::{AutomaticLevel, loudness};
pub use speakers::{PartyId, SPEAKERS_MAX};

use crate::vector;
use sum::{Add, AddMany, Split, Without, WithoutEach};

/// Parties whose sum surely fits: 2^16 frames of 16 bits make 32.
pub const PARTIES_MAX: usize = 1 << 16;

/// Mixes one frame after the other: one sum of all in 32 bits, from which each party's own frame is taken away before it is
/// cut to 16. The cost grows with the number of parties and not with its square.
#[derive(Clone, Debug)]
pub struct Mixer {
    sum: Box<[i32]>,
    /// The sum as far as 16 bits hold it, and what is left of it as far as that matters.
    head: Box<[i16]>,
    rest: Box<[i16]>,
    is_split: bool,
    parties: usize,
}

impl Mixer {
    /// A mixer for frames of this length.
    pub fn new(frame_len: usize) -> Mixer {
        Mixer {
            sum: vec![0; frame_len].into(),
            head: vec![0; frame_len].into(),
            rest: vec![0; frame_len].into(),
            is_split: true,
            parties: 0,
        }
    }

    /// Begins a new frame.
    pub fn begin(&mut self) {
        self.sum.fill(0);
        self.is_split = false;
        self.parties = 0;
    }

    /// Adds what a party says. One more than [`PARTIES_MAX`] is left out.
    #[inline]
    pub fn add(&mut self, frame: &[i16]) {
        if self.parties == PARTIES_MAX {
            return;
        }
        self.parties += 1;
        self.is_split = false;
        let sum = &mut self.sum;
        vector::run(Add { sum, frame });
    }

    /// Adds what many parties say: whole frames, one behind the other. Faster than one by one. More than [`PARTIES_MAX`] in
    /// all are left out.
    pub fn add_all(&mut self, frames: &[i16]) {
        let len = self.sum.len().max(1);
        let parties = (frames.len() / len).min(PARTIES_MAX - self.parties);
        if self.sum.is_empty() || parties == 0 {
            return;
        }
        self.parties += parties;
        self.is_split = false;
        let sum = &mut self.sum;
        let frames = &frames[..parties * len];
        vector::run(AddMany { sum, frames });
    }

    /// Writes what a party hears: all but its own frame, as it was added.
    #[inline]
    pub fn without(&mut self, own: &[i16], target: &mut [i16]) {
        self.split();
        vector::run(Without {
            head: &self.head,
            rest: &self.rest,
            own,
            target,
        });
    }

    /// Writes what each of many parties hears: all but its own frame, as it was added. Whole frames, one behind the other; as many
    /// as there are of both. Faster than one by one.
    pub fn without_each(&mut self, own: &[i16], target: &mut [i16]) {
        if self.sum.is_empty() {
            return;
        }
        self.split();
        vector::run(WithoutEach {
            head: &self.head,
            rest: &self.rest,
            own,
            target,
        });
    }

    /// Writes what a listener hears who says nothing, or a recorder: all.
    #[inline]
    pub fn all(&mut self, target: &mut [i16]) {
        self.split();
        let pairs = target.iter_mut().zip(&self.head);
        pairs.for_each(|(target, &head)| *target = head);
    }

    /// Parties in this frame.
    pub fn parties(&self) -> usize {
        self.parties
    }

    #[inline]
    fn split(&mut self) {
        if !std::mem::replace(&mut self.is_split, true) {
            vector::run(Split {
                sum: &self.sum,
                head: &mut self.head,
                rest: &mut self.rest,
            });
        }
    }
}

#[cfg(test)]
mod tests;
