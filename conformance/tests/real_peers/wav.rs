//! Tones written to WAV files and read back from them.

use std::path::Path;

use crate::lab::Failure;

/// Rate in Hz, and channels.
pub(crate) type Form = (u32, u16);

/// What telephones speak.
pub(crate) const NARROW: Form = (8_000, 1);

/// Writes a mono 8 kHz sine of half the full scale.
pub(crate) fn write_tone(path: &Path, frequency_hz: f64, seconds: u32) -> Result<(), Failure> {
    write_tone_as(path, frequency_hz, seconds, NARROW)
}

/// Writes such a sine at another rate, the same on every channel.
pub(crate) fn write_tone_as(
    path: &Path,
    frequency_hz: f64,
    seconds: u32,
    (rate_hz, channels): Form,
) -> Result<(), Failure> {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec)?;
    for index in 0..rate_hz * seconds {
        let phase = std::f64::consts::TAU * frequency_hz * f64::from(index) / f64::from(rate_hz);
        for _ in 0..channels {
            writer.write_sample((phase.sin() * 16_000.0) as i16)?;
        }
    }
    writer.finalize()?;
    Ok(())
}

/// What a recording holds.
#[derive(Debug)]
pub(crate) struct Heard {
    /// Seconds that are not silent.
    pub(crate) sounding_s: f64,
    /// The strongest frequency of the middle of the sounding part.
    pub(crate) frequency_hz: f64,
}

/// Measures a recording: how long it sounds and its strongest frequency to 0.5 Hz.
pub(crate) fn measure(path: &Path) -> Result<Heard, Failure> {
    let mut reader = hound::WavReader::open(path)?;
    let spec = reader.spec();
    let rate = f64::from(spec.sample_rate);
    let channels = usize::from(spec.channels);
    let samples: Vec<f64> = reader
        .samples::<i16>()
        .step_by(channels)
        .map(|sample| sample.map(f64::from))
        .collect::<Result<_, _>>()?;
    let sounding: Vec<usize> = samples
        .iter()
        .enumerate()
        .filter(|(_, sample)| sample.abs() > 500.0)
        .map(|(index, _)| index)
        .collect();
    let (Some(first), Some(last)) = (sounding.first(), sounding.last()) else {
        return Ok(Heard {
            sounding_s: 0.0,
            frequency_hz: 0.0,
        });
    };
    let (from, to) = (*first, *last);
    let length = ((to - from) as f64).min(2.0 * rate) as usize;
    let middle = usize::midpoint(from, to);
    let window = &samples[middle - length / 2..middle + length / 2];
    Ok(Heard {
        sounding_s: (to - from) as f64 / rate,
        frequency_hz: strongest(window, rate),
    })
}

/// The strongest of all frequencies between 200 and 3400 Hz in steps of 0.5 Hz, by Goertzel's recurrence.
fn strongest(samples: &[f64], rate_hz: f64) -> f64 {
    let power = |frequency_hz: f64| {
        let coefficient = 2.0 * (std::f64::consts::TAU * frequency_hz / rate_hz).cos();
        let (mut before, mut last) = (0.0, 0.0);
        for sample in samples {
            (before, last) = (last, sample + coefficient * last - before);
        }
        last * last + before * before - coefficient * last * before
    };
    let coarse = peak((100..1700).map(|step| f64::from(step) * 2.0), &power);
    peak((-8..=8).map(|step| coarse + f64::from(step) * 0.5), &power)
}

fn peak(candidates: impl Iterator<Item = f64>, power: &impl Fn(f64) -> f64) -> f64 {
    candidates
        .map(|frequency| (power(frequency), frequency))
        .fold(
            (0.0, 0.0),
            |best, one| if one.0 > best.0 { one } else { best },
        )
        .1
}
