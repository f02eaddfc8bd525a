//! Decoder: one access unit in, at most one picture out, kept until the next.

use openh264::decoder::Decoder as Native;
use openh264::formats::YUVSource;

use super::AccessUnit;
use crate::video::picture::SIDE_MAX;
use crate::video::{Picture, VideoError};

/// Decodes one stream.
pub struct Decoder {
    native: Native,
    picture: Picture,
    has_picture: bool,
}

impl Decoder {
    /// A decoder that waits for a key frame with its parameter sets.
    pub fn new() -> Result<Decoder, VideoError> {
        Ok(Decoder {
            native: Native::new().map_err(refused)?,
            picture: Picture::default(),
            has_picture: false,
        })
    }

    /// Decodes an access unit; nothing if it completes no picture.
    pub fn decode(&mut self, unit: &AccessUnit) -> Result<Option<&Picture>, VideoError> {
        let Some(decoded) = self.native.decode(unit.bytes()).map_err(refused)? else {
            return Ok(None);
        };
        let (width, height) = decoded.dimensions();
        if width == 0 || height == 0 || width > SIDE_MAX || height > SIDE_MAX {
            return Err(VideoError::Decoder(format!(
                "a picture of {width}x{height} is larger than any that is shown"
            )));
        }
        self.picture.resize(width, height);
        let (luma, blue, red) = decoded.strides();
        let planes = [
            (decoded.y(), luma, width),
            (decoded.u(), blue, width / 2),
            (decoded.v(), red, width / 2),
        ];
        for (target, (source, stride, width)) in self.picture.planes_mut().iter_mut().zip(planes) {
            for (target, source) in target
                .chunks_exact_mut(width.max(1))
                .zip(source.chunks(stride.max(1)))
            {
                if let Some(source) = source.get(..width) {
                    target.copy_from_slice(source);
                }
            }
        }
        self.has_picture = true;
        Ok(Some(&self.picture))
    }

    /// The picture decoded last.
    pub fn picture(&self) -> Option<&Picture> {
        self.has_picture.then_some(&self.picture)
    }
}

fn refused(error: openh264::Error) -> VideoError {
    VideoError::Decoder(error.to_string())
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder")
            .field("width", &self.picture.width())
            .field("height", &self.picture.height())
            .finish_non_exhaustive()
    }
}
