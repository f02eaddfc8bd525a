//! What a party says: silence, a tone, speech, recorded samples.

use std::sync::Arc;
use std::time::Duration;

use crate::speech::Speech;
use crate::tone::Tone;

/// A source of samples at the codec's sample rate.
#[derive(Clone, Debug, Default)]
pub enum Source {
    /// Says nothing; packets with silence are sent all the same.
    #[default]
    Silence,
    /// A test tone.
    Tone(Tone),
    /// Speech drawn from a seed.
    Speech(Box<Speech>),
    /// Recorded samples.
    Samples(Recording),
}

/// Samples that are played once or over and over.
#[derive(Clone, Debug)]
pub struct Recording {
    samples: Arc<[i16]>,
    at: usize,
    looped: bool,
}

impl Source {
    /// Samples played once, silence after them.
    pub fn once(samples: impl Into<Arc<[i16]>>) -> Source {
        Source::Samples(Recording {
            samples: samples.into(),
            at: 0,
            looped: false,
        })
    }

    /// Samples played over and over.
    pub fn looped(samples: impl Into<Arc<[i16]>>) -> Source {
        Source::Samples(Recording {
            samples: samples.into(),
            at: 0,
            looped: true,
        })
    }

    /// Whether there is nothing left to be said.
    pub fn is_over(&self) -> bool {
        match self {
            Source::Silence => true,
            Source::Tone(_) | Source::Speech(_) => false,
            Source::Samples(recording) => {
                !recording.looped && recording.at >= recording.samples.len()
            }
        }
    }

    /// Writes the samples said from `at` on.
    pub fn fill(&mut self, at: Duration, frame: &mut [i16]) {
        match self {
            Source::Silence => frame.fill(0),
            Source::Tone(tone) => tone.fill(at, frame),
            Source::Speech(speech) => speech.fill(frame),
            Source::Samples(recording) => recording.fill(frame),
        }
    }
}

impl Recording {
    fn fill(&mut self, frame: &mut [i16]) {
        let mut filled = 0;
        while filled < frame.len() {
            if self.at >= self.samples.len() {
                if !self.looped || self.samples.is_empty() {
                    break;
                }
                self.at = 0;
            }
            let count = (frame.len() - filled).min(self.samples.len() - self.at);
            frame[filled..filled + count].copy_from_slice(&self.samples[self.at..self.at + count]);
            (self.at, filled) = (self.at + count, filled + count);
        }
        frame[filled..].fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_end_or_begin_again() {
        let mut frame = [9; 5];
        let mut once = Source::once([1, 2, 3]);
        once.fill(Duration::ZERO, &mut frame);
        assert_eq!((frame, once.is_over()), ([1, 2, 3, 0, 0], true));
        let mut looped = Source::looped([1, 2, 3]);
        looped.fill(Duration::ZERO, &mut frame);
        assert_eq!((frame, looped.is_over()), ([1, 2, 3, 1, 2], false));
        Source::looped([]).fill(Duration::ZERO, &mut frame);
        assert_eq!(frame, [0; 5]);
    }
}
