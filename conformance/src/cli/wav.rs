//! What a call says and what it heard, as WAV files of 16 bits.

use std::path::Path;
use std::sync::Arc;

use client::Voice;
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use super::Trouble;

/// Samples to be said over and over.
pub(super) fn read(path: &Path) -> Result<Voice, Trouble> {
    let unusable = |why: String| {
        Trouble::new(
            format!("cannot say {}: {why}", path.display()),
            "give a WAV file of 16 bits at 8000, 16000, 24000 or 48000 Hz",
        )
    };
    let mut reader = WavReader::open(path).map_err(|error| unusable(error.to_string()))?;
    let spec = reader.spec();
    let is_known = matches!(spec.sample_rate, 8_000 | 16_000 | 24_000 | 48_000);
    if !is_known || spec.bits_per_sample != 16 || spec.sample_format != SampleFormat::Int {
        return Err(unusable(format!("it is {spec:?}")));
    }
    // Of several channels the first is said.
    let samples: Vec<i16> = reader
        .samples()
        .step_by(usize::from(spec.channels.max(1)))
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(error.to_string()))?;
    Ok(Voice::Samples {
        samples: Arc::from(samples),
        rate_hz: spec.sample_rate,
        is_looped: true,
    })
}

/// Writes samples of one channel at a rate in Hz.
pub(super) fn write(path: &Path, rate_hz: u32, samples: &[i16]) -> Result<(), Trouble> {
    let unwritable = |error: hound::Error| {
        Trouble::new(
            format!("cannot write {}: {error}", path.display()),
            "give another --record",
        )
    };
    let spec = WavSpec {
        channels: 1,
        sample_rate: rate_hz,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut writer = WavWriter::create(path, spec).map_err(unwritable)?;
    for sample in samples {
        writer.write_sample(*sample).map_err(unwritable)?;
    }
    writer.finalize().map_err(unwritable)
}
