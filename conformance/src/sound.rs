//! What parties said and heard, as WAV files for a capsule.

use std::collections::BTreeMap;
use std::io::Cursor;

/// Sampling rate of recordings, in Hz.
const RATE_HZ: u32 = 8000;

/// Samples as a WAV file; nothing if there are none.
pub fn wav(samples: &[i16]) -> Option<Vec<u8>> {
    if samples.is_empty() {
        return None;
    }
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut file, spec).ok()?;
    for sample in samples {
        writer.write_sample(*sample).ok()?;
    }
    writer.finalize().ok()?;
    Some(file.into_inner())
}

/// Reads a WAV file of 16 bits and one channel at 8000 Hz.
pub fn read(bytes: &[u8]) -> Result<Vec<i16>, String> {
    let mut reader =
        hound::WavReader::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let spec = reader.spec();
    if (spec.channels, spec.sample_rate, spec.bits_per_sample) != (1, RATE_HZ, 16) {
        return Err(format!(
            "it has {} channels, {} Hz and {} bits; 1 channel, {RATE_HZ} Hz and 16 bits are needed",
            spec.channels, spec.sample_rate, spec.bits_per_sample
        ));
    }
    reader
        .samples::<i16>()
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

/// Files of what each party said and heard in its calls, by their path within a capsule.
pub(crate) fn files(
    recordings: &BTreeMap<String, Vec<client::Recording>>,
) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for (party, calls) in recordings {
        for (what, samples) in [
            (
                "said",
                calls
                    .iter()
                    .flat_map(|call| call.said.iter().copied())
                    .collect::<Vec<_>>(),
            ),
            (
                "heard",
                calls
                    .iter()
                    .flat_map(|call| call.heard.iter().copied())
                    .collect::<Vec<_>>(),
            ),
        ] {
            if let Some(bytes) = wav(&samples) {
                files.insert(format!("audio/{party}-{what}.wav"), bytes);
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let samples = vec![0, 100, -100, i16::MAX];
        let bytes = wav(&samples).expect("there are samples");
        assert_eq!(read(&bytes), Ok(samples));
        assert_eq!(wav(&[]), None);
        assert!(read(b"RIFF").is_err());
    }
}
