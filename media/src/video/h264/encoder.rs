//! Encoder: constrained baseline, one slice a picture, parameter sets with each key frame.
//!
//! One thread and no randomness: the same pictures give the same octets. It makes key frames only where it is asked to.

use std::time::Duration;

use openh264::encoder::{
    BitRate, Encoder as Native, EncoderConfig, FrameRate, IntraFramePeriod, Profile, QpRange,
    RateControlMode, UsageType,
};
use openh264::formats::YUVSource;
use openh264::{OpenH264API, Timestamp};
use openh264_sys2::{
    ENCODER_OPTION_BITRATE, ENCODER_OPTION_TRACE_LEVEL, SBitrateInfo, SPATIAL_LAYER_ALL,
    WELS_LOG_QUIET,
};

use super::{AccessUnit, nal_units};
use crate::video::{Format, Picture, VideoError};

/// Coarsest quantiser of H.264. §7.4.2.2.
const QUANTIZER_MAX: u8 = 51;
/// Finest quantiser that the encoder's rate control works with.
const QUANTIZER_MIN: u8 = 12;

/// What an encoder aims at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rate {
    /// The same quality in each picture, whatever it takes: the quantiser, 12 (fine) to 51 (coarse).
    Quality {
        /// The quantiser.
        quantizer: u8,
    },
    /// So many bit/s on average, by quality alone: every picture is coded, and a rate that the coarsest quality can't keep is
    /// exceeded.
    Bitrate {
        /// Bit/s.
        bits_per_second: u32,
    },
    /// So many bit/s on average; pictures are left out where quality alone does not do it.
    BitrateBySkipping {
        /// Bit/s.
        bits_per_second: u32,
    },
}

impl Rate {
    /// The same within a limit in bit/s, if there is one; quality that takes what it takes has none.
    pub fn within(self, limit: Option<u64>) -> Rate {
        let Some(limit) = limit else { return self };
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        match self {
            Rate::Quality { .. } => self,
            Rate::Bitrate { bits_per_second } => Rate::Bitrate {
                bits_per_second: bits_per_second.min(limit),
            },
            Rate::BitrateBySkipping { bits_per_second } => Rate::BitrateBySkipping {
                bits_per_second: bits_per_second.min(limit),
            },
        }
    }
}

/// Codes pictures of one format.
pub struct Encoder {
    native: Native,
    format: Format,
    rate: Rate,
    /// A picture was coded: what was set before it can't be changed as a whole.
    is_started: bool,
    unit: AccessUnit,
}

impl Encoder {
    /// An encoder; an error if there is none for the format.
    pub fn new(format: Format, rate: Rate) -> Result<Encoder, VideoError> {
        format.check()?;
        Ok(Encoder {
            native: native(format, rate)?,
            format,
            rate,
            is_started: false,
            unit: AccessUnit::default(),
        })
    }

    /// Codes a picture captured at `time`; empty if the encoder left it out to keep its rate.
    pub fn encode(
        &mut self,
        picture: &Picture,
        time: Duration,
        key_frame: bool,
    ) -> Result<&AccessUnit, VideoError> {
        if (picture.width(), picture.height()) != (self.format.width, self.format.height) {
            return Err(self.format.refused("the picture is of another size"));
        }
        if key_frame {
            self.native.force_intra_frame();
        }
        // Milliseconds, from one on: zero is "no time" to the rate control.
        let time = Timestamp::from_millis(1 + (time.as_millis() as u64 & MILLIS_MASK));
        let coded = self.native.encode_at(picture, time).map_err(refused)?;
        self.is_started = true;
        self.unit.clear();
        for layer in (0..coded.num_layers()).filter_map(|place| coded.layer(place)) {
            for octets in (0..layer.nal_count()).filter_map(|place| layer.nal_unit(place)) {
                for nal in nal_units(octets) {
                    if !self.unit.push(nal) {
                        self.unit.clear();
                        return Err(VideoError::Encoder(String::from(
                            "a coded picture exceeds the largest access unit",
                        )));
                    }
                }
            }
        }
        Ok(&self.unit)
    }

    /// The picture coded last.
    pub fn unit(&self) -> &AccessUnit {
        &self.unit
    }

    /// What is aimed at.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// Aims at something else from the next picture on. Another kind of aim begins with a key frame; another bitrate does
    /// not.
    pub fn set_rate(&mut self, rate: Rate) -> Result<(), VideoError> {
        match (self.rate, rate) {
            (old, new) if old == new => return Ok(()),
            (Rate::Bitrate { .. }, Rate::Bitrate { bits_per_second })
            | (Rate::BitrateBySkipping { .. }, Rate::BitrateBySkipping { bits_per_second }) => {
                self.set_bitrate(bits_per_second)?;
            }
            _ => {
                self.native = native(self.format, rate)?;
                self.is_started = false;
            }
        }
        self.rate = rate;
        Ok(())
    }

    fn set_bitrate(&mut self, bits_per_second: u32) -> Result<(), VideoError> {
        if !self.is_started {
            self.native = native(self.format, Rate::Bitrate { bits_per_second })?;
            return Ok(());
        }
        let mut bitrate = SBitrateInfo {
            iLayer: SPATIAL_LAYER_ALL,
            iBitrate: bits_per_second.clamp(BITRATE_MIN, UNBOUNDED_BITRATE) as i32,
        };
        // SAFETY: the option takes a pointer to this structure, reads it and keeps nothing of it.
        let result = unsafe {
            self.native
                .raw_api()
                .set_option(ENCODER_OPTION_BITRATE, (&raw mut bitrate).cast())
        };
        if result == 0 {
            Ok(())
        } else {
            Err(VideoError::Encoder(format!(
                "{bits_per_second} bit/s are refused with {result}"
            )))
        }
    }
}

/// Keeps times within what the encoder's signed counter holds.
const MILLIS_MASK: u64 = (1 << 40) - 1;

fn native(format: Format, rate: Rate) -> Result<Native, VideoError> {
    let config = EncoderConfig::new()
        .max_frame_rate(FrameRate::from_hz(format.frame_rate as f32))
        .profile(Profile::Baseline)
        .usage_type(UsageType::CameraVideoRealTime)
        // A long period in place of "automatic": no key frame but those asked for.
        .intra_frame_period(IntraFramePeriod::from_num_frames(u32::MAX >> 8))
        .scene_change_detect(false)
        .num_threads(1);
    let config = match rate {
        Rate::Quality { quantizer } => {
            let quantizer = quantizer.clamp(QUANTIZER_MIN, QUANTIZER_MAX);
            config
                .rate_control_mode(RateControlMode::Quality)
                .qp(QpRange::new(quantizer, quantizer))
                .bitrate(BitRate::from_bps(UNBOUNDED_BITRATE))
                .adaptive_quantization(false)
                .skip_frames(false)
        }
        Rate::Bitrate { bits_per_second } => config
            .rate_control_mode(RateControlMode::Bitrate)
            .bitrate(BitRate::from_bps(bits_per_second.max(BITRATE_MIN)))
            .skip_frames(false),
        Rate::BitrateBySkipping { bits_per_second } => config
            .rate_control_mode(RateControlMode::Bitrate)
            .bitrate(BitRate::from_bps(bits_per_second.max(BITRATE_MIN)))
            .skip_frames(true),
    };
    let mut native =
        Native::with_api_config(OpenH264API::from_source(), config).map_err(refused)?;
    let mut level = WELS_LOG_QUIET;
    // SAFETY: the option takes a pointer to this number, reads it and keeps nothing of it; it may be set before the start.
    unsafe {
        // A library says things by return values: what it would write to the standard error is of no use here.
        native
            .raw_api()
            .set_option(ENCODER_OPTION_TRACE_LEVEL, (&raw mut level).cast());
    }
    Ok(native)
}

/// Bit/s that no picture of ours reaches at any quantiser.
const UNBOUNDED_BITRATE: u32 = 50_000_000;
/// Bit/s below which the encoder's rate control does not work.
const BITRATE_MIN: u32 = 10_000;

fn refused(error: openh264::Error) -> VideoError {
    VideoError::Encoder(error.to_string())
}

impl YUVSource for Picture {
    fn dimensions(&self) -> (usize, usize) {
        (self.width(), self.height())
    }

    fn strides(&self) -> (usize, usize, usize) {
        (self.width(), self.width() / 2, self.width() / 2)
    }

    fn y(&self) -> &[u8] {
        self.luma()
    }

    fn u(&self) -> &[u8] {
        self.chroma()[0]
    }

    fn v(&self) -> &[u8] {
        self.chroma()[1]
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder")
            .field("format", &self.format)
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}
