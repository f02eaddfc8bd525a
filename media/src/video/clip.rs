//! A clip: the test pattern encoded once per process and format, and played over and over.
//!
//! A simulation of many video calls would spend most of its time in the encoder; with a clip it spends it there once. The
//! clip begins with a key frame, so it answers a request for one by beginning again; the marks in its pictures say so.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::h264::{AccessUnit, Encoder, Rate};
use super::{Format, Mark, Pattern, VideoError};

/// Pictures of a clip: 4 s of [`Format::SMALL`], 2 s at 30 a second.
pub const CLIP_PICTURES: u32 = 60;
/// Quantiser of clips: the mark is read without doubt, and a picture is some packets.
const QUANTIZER: u8 = 30;
/// Formats kept for the life of the process; more are encoded each time.
const CLIPS_KEPT: usize = 8;

/// What was encoded so far. Each is a function of its format alone, so it does not matter who asked first.
static CLIPS: Mutex<BTreeMap<Format, Arc<Clip>>> = Mutex::new(BTreeMap::new());

/// The pattern as coded pictures; the first is a key frame, the others need those before them.
#[derive(Debug)]
pub struct Clip {
    pictures: Vec<AccessUnit>,
}

impl Clip {
    /// The clip of a format, encoded if it was not yet.
    pub fn of(format: Format) -> Result<Arc<Clip>, VideoError> {
        let mut clips = CLIPS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(clip) = clips.get(&format) {
            return Ok(Arc::clone(clip));
        }
        let clip = Arc::new(Clip::encode(format)?);
        if clips.len() < CLIPS_KEPT {
            clips.insert(format, Arc::clone(&clip));
        }
        Ok(clip)
    }

    /// A picture by its number, which is that of its mark; numbers go on past the end of the clip.
    pub fn picture(&self, number: u32) -> &AccessUnit {
        &self.pictures[number as usize % self.pictures.len()]
    }

    /// How many pictures there are.
    pub fn len(&self) -> u32 {
        self.pictures.len() as u32
    }

    /// Never: a clip has pictures.
    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty()
    }

    fn encode(format: Format) -> Result<Clip, VideoError> {
        let mut pattern = Pattern::new(format)?;
        let mut encoder = Encoder::new(
            format,
            Rate::Quality {
                quantizer: QUANTIZER,
            },
        )?;
        let mut pictures = Vec::with_capacity(CLIP_PICTURES as usize);
        for number in 0..CLIP_PICTURES {
            let time = Duration::from_secs(1) * number / format.frame_rate;
            let picture = pattern.paint(Mark::at(number, time));
            pictures.push(encoder.encode(picture, time, number == 0)?.clone());
        }
        Ok(Clip { pictures })
    }
}
