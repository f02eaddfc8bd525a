//! A pause of the sender: what is heard while nothing is sent on purpose.

use crate::codec::{Codec, ComfortNoise};

/// What the sender said of its pause, if it pauses.
#[derive(Clone, Debug, Default)]
pub(super) struct Pause {
    kind: Option<Kind>,
    noise: ComfortNoise,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    /// Something else than speech is sent, a telephone event say.
    Silence,
    /// The noise was described. RFC 3389.
    Noise,
    /// The codec knows what its pauses sound like.
    Codec,
}

impl Pause {
    pub(super) fn is_on(&self) -> bool {
        self.kind.is_some()
    }

    pub(super) fn end(&mut self) {
        self.kind = None;
    }

    /// The sender has no speech to send now. If it described its noise before, that goes on.
    pub(super) fn silence(&mut self) {
        self.kind.get_or_insert(Kind::Silence);
    }

    pub(super) fn describe(&mut self, payload: &[u8]) {
        self.kind = Some(Kind::Noise);
        self.noise.handle(payload);
    }

    pub(super) fn by_codec(&mut self) {
        self.kind = Some(Kind::Codec);
    }

    /// Fills samples with what the pause sounds like.
    pub(super) fn fill(&mut self, codec: &mut dyn Codec, samples: &mut [i16]) {
        match self.kind {
            Some(Kind::Noise) => self.noise.fill(samples),
            Some(Kind::Codec) if codec.decode(&[], samples) == Ok(samples.len()) => {}
            Some(Kind::Codec | Kind::Silence) | None => samples.fill(0),
        }
    }
}
