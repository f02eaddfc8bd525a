//! What a party sees: packets in order become pictures, pictures tell which they are.

use std::time::Duration;

use super::freeze::{FreezeStatistics, FreezeWatch};
use super::h264::{Decoder, Depacketized, Depacketizer};
use super::{Format, Mark, Pattern, Picture, VideoError, similarity};
use crate::rtp::Packet;

/// What was seen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Seen {
    /// Whole pictures that came and could be decoded as far as the packets tell.
    pub pictures: u64,
    /// Key frames among them.
    pub key_frames: u64,
    /// Pictures dropped because a piece of them was missing or malformed.
    pub broken: u64,
    /// Whole pictures dropped because one that they were coded from was missing.
    pub orphaned: u64,
    /// Payloads that the payload format does not allow.
    pub malformed: u64,
    /// Pictures decoded; none where nobody looks.
    pub decoded: u64,
    /// Pictures that the decoder refused.
    pub undecodable: u64,
    /// Decoded pictures whose mark was read.
    pub marked: u64,
    /// The mark read last.
    pub mark: Option<Mark>,
    /// Numbers that were left out between marks that grew.
    pub missed: u64,
    /// Times that the numbers began again with a key frame, as a clip does.
    pub restarts: u64,
    /// Marks that went back or stood still without a key frame: the order was wrong.
    pub disorder: u64,
    /// When pictures were shown.
    pub freezes: FreezeStatistics,
    /// When the last picture was shown.
    pub last: Option<Duration>,
}

/// Nearness of the picture shown to the one captured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fidelity {
    /// Peak signal-to-noise ratio of luma, dB; at most [`similarity::PSNR_SAME_DB`].
    pub psnr_y_db: f64,
    /// Structural similarity of luma, at most 1.
    pub ssim_y: f64,
}

/// Makes pictures of the packets of one stream.
#[derive(Debug)]
pub(super) struct Screen {
    depacketizer: Depacketizer,
    /// None where pictures are only counted.
    decoder: Option<Decoder>,
    freezes: FreezeWatch,
    seen: Seen,
}

impl Screen {
    /// A screen that decodes and looks, or only counts.
    pub(super) fn new(watch: bool) -> Result<Screen, VideoError> {
        Ok(Screen {
            depacketizer: Depacketizer::new(),
            decoder: watch.then(Decoder::new).transpose()?,
            freezes: FreezeWatch::default(),
            seen: Seen::default(),
        })
    }

    /// Takes the next packet in order.
    #[inline]
    pub(super) fn handle(&mut self, now: Duration, packet: &Packet<'_>) {
        self.depacketizer.handle(
            packet.sequence(),
            packet.timestamp(),
            packet.marker(),
            packet.payload(),
        );
        while let Some(output) = self.depacketizer.poll() {
            let Depacketized::Picture { unit, .. } = output else {
                continue;
            };
            let is_key = unit.is_key();
            let result = match &mut self.decoder {
                None => Ok(None),
                Some(decoder) => decoder.decode(unit),
            };
            match result {
                Ok(picture) => {
                    self.freezes.on_picture(now);
                    self.seen.last = Some(now);
                    if let Some(picture) = picture {
                        look(&mut self.seen, picture, is_key);
                    }
                }
                Err(_) => {
                    self.seen.undecodable += 1;
                    self.depacketizer.require_key_frame();
                }
            }
        }
    }

    /// Forgets the stream, as when another source takes over.
    pub(super) fn reset(&mut self) {
        self.depacketizer.reset();
        self.freezes.pause();
    }

    pub(super) fn needs_key_frame(&self) -> bool {
        self.depacketizer.needs_key_frame()
    }

    pub(super) fn picture(&self) -> Option<&Picture> {
        self.decoder.as_ref()?.picture()
    }

    pub(super) fn is_frozen(&self, now: Duration) -> bool {
        self.freezes.is_frozen(now)
    }

    pub(super) fn seen(&self) -> Seen {
        let pictures = self.depacketizer.statistics();
        Seen {
            pictures: pictures.pictures,
            key_frames: pictures.key_frames,
            broken: pictures.broken,
            orphaned: pictures.orphaned,
            malformed: pictures.malformed,
            freezes: self.freezes.statistics(),
            ..self.seen
        }
    }

    /// Compares the picture shown with the pattern that its mark names.
    pub(super) fn fidelity(&self) -> Option<Fidelity> {
        let shown = self.picture()?;
        let mark = Mark::read(shown)?;
        let format = Format {
            width: shown.width(),
            height: shown.height(),
            frame_rate: 1,
        };
        let mut pattern = Pattern::new(format).ok()?;
        let captured = pattern.paint(mark);
        Some(Fidelity {
            psnr_y_db: similarity::psnr_y_db(captured, shown)?,
            ssim_y: similarity::ssim_y(captured, shown)?,
        })
    }
}

fn look(seen: &mut Seen, picture: &Picture, is_key: bool) {
    seen.decoded += 1;
    let Some(mark) = Mark::read(picture) else {
        return;
    };
    seen.marked += 1;
    if let Some(before) = seen.mark.replace(mark) {
        let step = mark.number.wrapping_sub(before.number);
        if (1..1 << 31).contains(&step) {
            seen.missed += u64::from(step - 1);
        } else if is_key {
            seen.restarts += 1;
        } else {
            seen.disorder += 1;
        }
    }
}
