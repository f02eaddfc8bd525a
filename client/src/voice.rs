//! What the client says, as a source of samples at the rate of the codec that carries it.

use std::sync::Arc;

use media::Source;
use media::resample::{Downsampler, Upsampler};
use media::tone::Tone;

use crate::command::Voice;

impl Voice {
    /// The samples of it, at this rate in Hz.
    pub(crate) fn source(&self, rate_hz: u32) -> Source {
        match self {
            Voice::Silence => Source::Silence,
            Voice::Tone {
                frequency_hz,
                level_dbm0,
            } => Source::Tone(Tone::sine(rate_hz, *frequency_hz, *level_dbm0)),
            Voice::MarkedTone { frequency_hz } => {
                Source::Tone(Tone::marked(rate_hz, *frequency_hz))
            }
            Voice::Samples {
                samples,
                rate_hz: own_hz,
                is_looped,
            } => match (at_rate(samples, *own_hz, rate_hz), is_looped) {
                (None, _) => Source::Silence,
                (Some(samples), true) => Source::looped(samples),
                (Some(samples), false) => Source::once(samples),
            },
        }
    }
}

/// Samples of one rate at another, by way of 48 kHz, of which both must be a part; `None` if one is not.
fn at_rate(samples: &Arc<[i16]>, source_hz: u32, target_hz: u32) -> Option<Arc<[i16]>> {
    if source_hz == target_hz {
        return Some(samples.clone());
    }
    let part = |rate_hz: u32| {
        let is_part = rate_hz > 0 && TOP_HZ.is_multiple_of(rate_hz);
        is_part.then(|| (TOP_HZ / rate_hz) as usize)
    };
    let (up, down) = (part(source_hz)?, part(target_hz)?);
    let mut top = vec![0; samples.len() * up];
    Upsampler::by(up).process(samples, &mut top);
    let mut target = vec![0; top.len() / down];
    Downsampler::by(down).process(&top, &mut target);
    Some(target.into())
}

/// A rate that those of all codecs are a part of.
const TOP_HZ: u32 = 48_000;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_recording_keeps_its_pitch_at_every_rate() {
        for (own_hz, rate_hz) in [
            (8_000, 8_000),
            (8_000, 16_000),
            (16_000, 8_000),
            (24_000, 16_000),
            (48_000, 8_000),
            (8_000, 48_000),
        ] {
            let mut samples = vec![0; own_hz as usize];
            Tone::sine(own_hz, 440.0, -10.0).fill(Duration::ZERO, &mut samples);
            let voice = Voice::Samples {
                samples: samples.into(),
                rate_hz: own_hz,
                is_looped: false,
            };
            let mut said = vec![0; rate_hz as usize];
            voice.source(rate_hz).fill(Duration::ZERO, &mut said);
            let mut ear = media::ear::Ear::new(rate_hz);
            for (number, frame) in (0..).zip(said.chunks(rate_hz as usize / 50)) {
                ear.listen(Duration::from_millis(20 * number), frame);
            }
            let heard = ear.heard().frequency_hz.expect("a tone");
            assert!(
                (heard - 440.0).abs() < 1.0,
                "{own_hz} at {rate_hz}: {heard}"
            );
        }
    }

    #[test]
    fn a_recording_of_an_odd_rate_is_silence() {
        for own_hz in [0, 44_100, 96_000] {
            let voice = Voice::Samples {
                samples: vec![1_000; 100].into(),
                rate_hz: own_hz,
                is_looped: true,
            };
            assert!(matches!(voice.source(8_000), Source::Silence), "{own_hz}");
        }
    }
}
