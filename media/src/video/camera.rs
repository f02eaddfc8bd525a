//! What a party shows: a looped clip of the test pattern, or the pattern encoded as it is captured.

use std::sync::Arc;
use std::time::Duration;

use super::h264::{AccessUnit, Encoder, Rate};
use super::{Clip, Format, Mark, Pattern, VideoError};

/// What is in front of a stream's lens.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Camera {
    /// There is no camera: nothing is sent, what comes is watched all the same.
    #[default]
    None,
    /// The clip of a format: costs next to nothing. Marks count from zero at each key frame that is asked for.
    Clip(Format),
    /// The pattern, encoded picture by picture. Marks count on and carry the time of the host's clock.
    Live(Format, Rate),
}

impl Camera {
    /// The clip that simulations show.
    pub const SMALL_CLIP: Camera = Camera::Clip(Format::SMALL);

    /// Pictures a second.
    pub fn frame_rate(&self) -> Option<u32> {
        match self {
            Camera::None => None,
            Camera::Clip(format) | Camera::Live(format, _) => Some(format.frame_rate),
        }
    }
}

/// A camera at work: gives coded pictures.
#[derive(Debug)]
pub(super) enum Lens {
    Covered,
    Clip { clip: Arc<Clip>, next: u32 },
    Live(Box<Live>),
}

/// Pattern and encoder.
#[derive(Debug)]
pub(super) struct Live {
    pattern: Pattern,
    encoder: Encoder,
    /// What is aimed at without a limit.
    wanted: Rate,
    next: u32,
}

impl Lens {
    pub(super) fn new(camera: Camera) -> Result<Lens, VideoError> {
        Ok(match camera {
            Camera::None => Lens::Covered,
            Camera::Clip(format) => Lens::Clip {
                clip: Clip::of(format)?,
                next: 0,
            },
            Camera::Live(format, rate) => Lens::Live(Box::new(Live {
                pattern: Pattern::new(format)?,
                encoder: Encoder::new(format, rate)?,
                wanted: rate,
                next: 0,
            })),
        })
    }

    /// Captures and codes a picture, a key frame if one is asked for; gives it with [`Lens::unit`]. False if there is none:
    /// no camera, or an encoder that skipped it.
    pub(super) fn capture(&mut self, at: Duration, key_frame: bool) -> Result<bool, VideoError> {
        match self {
            Lens::Covered => Ok(false),
            Lens::Clip { clip, next } => {
                *next = if key_frame { 1 } else { *next % clip.len() + 1 };
                Ok(true)
            }
            Lens::Live(live) => {
                let picture = live.pattern.paint(Mark::at(live.next, at));
                let unit = live.encoder.encode(picture, at, key_frame)?;
                live.next = live.next.wrapping_add(1);
                Ok(!unit.is_empty())
            }
        }
    }

    /// The picture captured last.
    #[inline]
    pub(super) fn unit(&self) -> Option<&AccessUnit> {
        match self {
            Lens::Covered => None,
            Lens::Clip { clip, next } => next.checked_sub(1).map(|number| clip.picture(number)),
            Lens::Live(live) => Some(live.encoder.unit()),
        }
    }

    /// Changes what a live encoder aims at without a limit; a clip stays as it is.
    pub(super) fn set_rate(&mut self, rate: Rate) {
        if let Lens::Live(live) = self {
            live.wanted = rate;
        }
    }

    /// Has a live encoder that aims at a rate stay within a limit in bit/s, if there is one; others have the quality they have.
    pub(super) fn keep_within(&mut self, limit: Option<u64>) -> Result<(), VideoError> {
        match self {
            Lens::Covered | Lens::Clip { .. } => Ok(()),
            Lens::Live(live) => live.encoder.set_rate(live.wanted.within(limit)),
        }
    }
}
