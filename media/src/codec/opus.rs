//! Opus: speech and music at 8 to 48 kHz, one or two channels, with repair and pauses of its own.
//!
//! The crate `ropus` is the reference's fixed-point form in Rust: no C, no system library, and integers throughout, so
//! that the same samples make the same packets on every machine. It allocates while it works, unlike the rest of this crate.
//!
//! RFC 6716 (codec), RFC 7587 (RTP payload: clock rate 48 kHz whatever the sample rate).

mod packet;
mod parameters;

pub use parameters::Parameters;

use packet::repeats_the_one_before;
use ropus::{Application, Bitrate, Channels, DecodeMode, Decoder, Encoder, InbandFec};

use super::{Codec, CodecError};

/// Octets of the longest payload with one frame. RFC 6716 §3.2.1.
pub const PAYLOAD_MAX: usize = 1_276;
/// Rate that speech is sent with, bit/s: full band in the voice mode. RFC 7587 §3.1.1.
pub const BITRATE: u32 = 32_000;
/// Effort of the encoder, 0 to 10: half the time of the best, hardly to be heard.
const COMPLEXITY: u8 = 5;
/// Shortest pieces a second that can be concealed: 2.5 ms.
const PIECES_A_SECOND: u32 = 400;
/// Loss that the encoder reckons with when it may repeat: it sets how much of the rate the repetition may take.
const EXPECTED_LOSS_PERCENT: u8 = 10;
/// A payload of so few octets tells of a pause and carries no sound. RFC 7587 §3.1.3.
const PAUSE_OCTETS: usize = 2;

/// What an Opus encoder and decoder are made for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    /// Rate of the samples on our side: 8, 12, 16, 24 or 48 kHz. The other side need not know it.
    pub sample_rate_hz: u32,
    /// Whether samples are pairs, left and right.
    pub is_stereo: bool,
    /// Whether the sound is more than one voice (music, tones, a mix).
    pub is_music: bool,
    /// Rate aimed at in bit/s, 6000 to 510 000.
    pub bitrate: u32,
    /// What the other side wants to be sent.
    pub wanted: Parameters,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            sample_rate_hz: 48_000,
            is_stereo: false,
            is_music: false,
            bitrate: BITRATE,
            wanted: Parameters::default(),
        }
    }
}

/// Encoder and decoder of one stream.
pub struct Opus {
    encoder: Encoder,
    decoder: Decoder,
    sample_rate_hz: u32,
    channels: usize,
    /// Whether something was decoded, so that there is something to continue.
    warm: bool,
    /// Whether the other side knows of the pause that is now.
    pause_told: bool,
}

impl Default for Opus {
    fn default() -> Opus {
        Opus::new()
    }
}

impl Opus {
    /// Speech at 48 kHz in one channel, at [`BITRATE`].
    pub fn new() -> Opus {
        Opus::with(&Settings::default())
    }

    /// Anything (music, tones, a mix of voices) at a rate in bit/s, 6000 to 510 000.
    pub fn for_music(bitrate: u32) -> Opus {
        Opus::with(&Settings {
            is_music: true,
            bitrate,
            ..Settings::default()
        })
    }

    /// What is set; a sample rate that Opus does not have becomes 48 kHz.
    pub fn with(settings: &Settings) -> Opus {
        let sample_rate_hz = match settings.sample_rate_hz {
            rate @ (8_000 | 12_000 | 16_000 | 24_000) => rate,
            _ => 48_000,
        };
        let channels = if settings.is_stereo {
            Channels::Stereo
        } else {
            Channels::Mono
        };
        Opus {
            encoder: encoder(settings, sample_rate_hz, channels),
            decoder: Decoder::new(sample_rate_hz, channels).expect(OWN),
            sample_rate_hz,
            channels: channels.count(),
            warm: false,
            pause_told: false,
        }
    }

    /// Lengths of a frame that one packet takes: 2.5, 5, 10, 20, 40 and 60 ms. RFC 6716 §2.1.4.
    fn is_frame_length(&self, samples: usize) -> bool {
        let piece = (self.sample_rate_hz / PIECES_A_SECOND) as usize * self.channels;
        samples.is_multiple_of(piece) && matches!(samples / piece, 1 | 2 | 4 | 8 | 16 | 24)
    }

    /// Decodes, with the codec's concealment if there is no payload; gives the samples of all channels.
    fn run(
        &mut self,
        payload: &[u8],
        samples: &mut [i16],
        mode: DecodeMode,
    ) -> Result<usize, CodecError> {
        let decoded = self
            .decoder
            .decode(payload, samples, mode)
            .map_err(|_| CodecError::Payload)?;
        Ok(decoded * self.channels)
    }

    /// Whether a gap of this length can be made up: there is something to continue, and it is whole pieces.
    fn can_make_up(&self, samples: usize) -> bool {
        let piece = (self.sample_rate_hz / PIECES_A_SECOND) as usize * self.channels;
        self.warm && samples > 0 && samples.is_multiple_of(piece)
    }
}

/// An encoder that sends what the other side wants, as far as the settings go.
fn encoder(settings: &Settings, sample_rate_hz: u32, channels: Channels) -> Encoder {
    let wanted = &settings.wanted;
    let application = if settings.is_music {
        Application::Audio
    } else {
        Application::Voip
    };
    let bitrate = wanted
        .max_average_bitrate
        .map_or(settings.bitrate, |most| settings.bitrate.min(most));
    let fec = if wanted.use_inband_fec {
        InbandFec::Enabled
    } else {
        InbandFec::Disabled
    };
    let force = if wanted.stereo || channels == Channels::Mono {
        ropus::ForceChannels::Auto
    } else {
        ropus::ForceChannels::Mono
    };
    Encoder::builder(sample_rate_hz, channels, application)
        .bitrate(Bitrate::Bits(bitrate.clamp(6_000, 510_000)))
        .complexity(COMPLEXITY)
        .vbr(!wanted.cbr)
        .max_bandwidth(bandwidth(wanted.max_playback_rate_hz))
        .force_channels(force)
        .inband_fec(fec)
        .packet_loss_perc(if wanted.use_inband_fec {
            EXPECTED_LOSS_PERCENT
        } else {
            0
        })
        .dtx(wanted.use_dtx)
        .build()
        .expect(OWN)
}

/// The band that a playback rate can make use of. RFC 7587 §3.1.2.
fn bandwidth(playback_rate_hz: u32) -> ropus::Bandwidth {
    match playback_rate_hz {
        0..=8_000 => ropus::Bandwidth::Narrowband,
        8_001..=12_000 => ropus::Bandwidth::Mediumband,
        12_001..=16_000 => ropus::Bandwidth::Wideband,
        16_001..=24_000 => ropus::Bandwidth::Superwideband,
        _ => ropus::Bandwidth::Fullband,
    }
}

const OWN: &str = "rate, channels and bit rate are Opus's own";

impl Codec for Opus {
    fn encode(&mut self, samples: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        if !self.is_frame_length(samples.len()) {
            return Err(CodecError::FrameLength(samples.len()));
        }
        let len = payload.len().min(PAYLOAD_MAX);
        let len = self
            .encoder
            .encode(samples, &mut payload[..len])
            .map_err(|_| CodecError::Payload)?;
        // The first packet of a pause says that it is one; the others would say nothing.
        let is_pause = len <= PAUSE_OCTETS;
        let was_told = std::mem::replace(&mut self.pause_told, is_pause);
        Ok(if is_pause && was_told { 0 } else { len })
    }

    fn decode(&mut self, payload: &[u8], samples: &mut [i16]) -> Result<usize, CodecError> {
        if payload.is_empty() && !self.can_make_up(samples.len()) {
            return Ok(0);
        }
        let decoded = self.run(payload, samples, DecodeMode::Normal)?;
        self.warm = true;
        Ok(decoded)
    }

    fn repeats(&self, payload: &[u8]) -> bool {
        repeats_the_one_before(payload)
    }

    fn recover(&mut self, next: &[u8], samples: &mut [i16]) -> Result<usize, CodecError> {
        if !self.can_make_up(samples.len()) || !repeats_the_one_before(next) {
            return Ok(0);
        }
        self.run(next, samples, DecodeMode::Fec)
    }
}

impl std::fmt::Debug for Opus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opus(..)")
    }
}

#[cfg(test)]
mod tests;
