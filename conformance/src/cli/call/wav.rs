//! What a call says and what it heard, as WAV files: mono, 8000 Hz, 16 bits.

use std::path::Path;
use std::sync::Arc;

use client::Voice;
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use crate::cli::Trouble;

/// Samples to be said over and over.
pub(super) fn read(path: &Path) -> Result<Voice, Trouble> {
    let unusable = |why: String| {
        Trouble::new(
            format!("cannot say {}: {why}", path.display()),
            "give a WAV file, mono, 8000 Hz, 16 bits",
        )
    };
    let mut reader = WavReader::open(path).map_err(|error| unusable(error.to_string()))?;
    if reader.spec() != TELEPHONE {
        return Err(unusable(format!("it is {:?}", reader.spec())));
    }
    let samples: Vec<i16> = reader
        .samples()
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(error.to_string()))?;
    Ok(Voice::Samples {
        samples: Arc::from(samples),
        is_looped: true,
    })
}

/// Writes samples.
pub(super) fn write(path: &Path, samples: &[i16]) -> Result<(), Trouble> {
    let unwritable = |error: hound::Error| {
        Trouble::new(
            format!("cannot write {}: {error}", path.display()),
            "give another --record",
        )
    };
    let mut writer = WavWriter::create(path, TELEPHONE).map_err(unwritable)?;
    for sample in samples {
        writer.write_sample(*sample).map_err(unwritable)?;
    }
    writer.finalize().map_err(unwritable)
}

/// What telephones speak.
const TELEPHONE: WavSpec = WavSpec {
    channels: 1,
    sample_rate: 8000,
    bits_per_sample: 16,
    sample_format: SampleFormat::Int,
};
