//! What parties said and heard, as WAV files for a capsule.

use std::collections::BTreeMap;
use std::io::Cursor;

/// Sampling rate of telephones, in Hz.
const RATE_HZ: u32 = 8000;

/// Samples of a rate in Hz as a WAV file; nothing if there are none.
pub fn wav(rate_hz: u32, samples: &[i16]) -> Option<Vec<u8>> {
    if samples.is_empty() {
        return None;
    }
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate_hz,
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

/// Files of what each party said and heard in its calls, by their path within a capsule: one for each sampling rate.
pub(crate) fn files(
    recordings: &BTreeMap<String, Vec<client::Recording>>,
) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for (party, calls) in recordings {
        let said = by_rate(calls, |call| &call.said);
        let heard = by_rate(calls, |call| &call.heard);
        for (what, rates) in [("said", said), ("heard", heard)] {
            let has_one = rates.len() == 1;
            for (rate_hz, samples) in rates {
                let name = match has_one {
                    true => format!("audio/{party}-{what}.wav"),
                    false => format!("audio/{party}-{what}-{rate_hz}.wav"),
                };
                files.extend(wav(rate_hz, &samples).map(|bytes| (name, bytes)));
            }
        }
    }
    files
}

fn by_rate(
    calls: &[client::Recording],
    samples: fn(&client::Recording) -> &Vec<i16>,
) -> BTreeMap<u32, Vec<i16>> {
    let mut rates: BTreeMap<u32, Vec<i16>> = BTreeMap::new();
    for call in calls {
        rates.entry(call.rate_hz).or_default().extend(samples(call));
    }
    rates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let samples = vec![0, 100, -100, i16::MAX];
        let bytes = wav(RATE_HZ, &samples).expect("there are samples");
        assert_eq!(read(&bytes), Ok(samples));
        assert_eq!(wav(RATE_HZ, &[]), None);
        assert!(read(b"RIFF").is_err());
    }
}
