use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::ear::Ear;
use crate::tone::Tone;

/// 20 ms.
const FRAME_LEN: usize = 960;

#[test]
fn a_marked_tone_is_heard_through_opus() {
    let mut codec = Opus::new();
    let mut tone = Tone::marked(48_000, 1_000.0);
    let mut ear = Ear::new(48_000);
    let (mut frame, mut payload, mut octets) = ([0; FRAME_LEN], [0; PAYLOAD_MAX], 0);
    for number in 0..200 {
        let now = Duration::from_millis(20) * number;
        tone.fill(now, &mut frame);
        let len = codec.encode(&frame, &mut payload).unwrap();
        octets += len;
        assert_eq!(codec.decode(&payload[..len], &mut frame), Ok(FRAME_LEN));
        ear.listen(now, &frame);
    }
    let heard = ear.heard();
    assert!(
        (heard.frequency_hz.unwrap() - 1_000.0).abs() < 1.0,
        "{heard:?}"
    );
    assert!((heard.level_dbm0.unwrap() + 10.0).abs() < 1.0, "{heard:?}");
    let delay = heard.delay.unwrap();
    // The codec's own look-ahead: 6.5 ms.
    assert!((5_500..7_500).contains(&delay.latest_us), "{delay:?}");
    assert!(octets < 200 * 120);
}

#[test]
fn the_same_samples_make_the_same_packets() {
    let run = || {
        let mut codec = Opus::new();
        let (mut frame, mut payload, mut sum) = ([0; FRAME_LEN], [0; PAYLOAD_MAX], 0u64);
        let mut tone = Tone::marked(48_000, 440.0);
        for number in 0..60 {
            tone.fill(Duration::from_millis(20) * number, &mut frame);
            let len = codec.encode(&frame, &mut payload).unwrap();
            sum = payload[..len].iter().fold(sum, |sum, &octet| {
                sum.wrapping_mul(31).wrapping_add(u64::from(octet))
            });
        }
        sum
    };
    assert_eq!(run(), run());
}

#[test]
fn a_loss_is_concealed_by_the_codec() {
    let mut codec = Opus::new();
    let (mut frame, mut payload) = ([0; FRAME_LEN], [0; PAYLOAD_MAX]);
    assert_eq!(codec.decode(&[], &mut frame), Ok(0));
    let mut tone = Tone::sine(48_000, 300.0, -10.0);
    for _ in 0..20 {
        tone.fill(Duration::ZERO, &mut frame);
        let len = codec.encode(&frame, &mut payload).unwrap();
        codec.decode(&payload[..len], &mut frame).unwrap();
    }
    assert_eq!(codec.decode(&[], &mut frame), Ok(FRAME_LEN));
    let power: f64 = frame
        .iter()
        .map(|&sample| f64::from(sample).powi(2))
        .sum::<f64>()
        / FRAME_LEN as f64;
    assert!(power.sqrt() > 1_000.0, "{power}");
    assert_eq!(
        codec.encode(&[0; 100], &mut payload),
        Err(CodecError::FrameLength(100))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_payload_is_decoded_or_refused(payload in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut samples = [0; 5_760];
        if let Ok(len) = Opus::new().decode(&payload, &mut samples) {
            prop_assert!(len <= samples.len());
        }
    }
}

/// A voice-like signal: pulses at 110 Hz through a resonance, in words of 300 ms with pauses of 100 ms.
fn voice(rate_hz: u32, n: usize) -> i16 {
    let seconds = n as f64 / f64::from(rate_hz);
    let within = seconds % (1.0 / 110.0);
    let is_word = seconds % 0.4 < 0.3;
    let sample = 9_000.0 * (-within * 300.0).exp() * (within * 5_000.0).cos();
    if is_word { sample as i16 } else { 0 }
}

fn with(format: &str) -> Opus {
    Opus::with(&Settings {
        wanted: Parameters::parse(format),
        ..Settings::default()
    })
}

fn power(samples: &[i16]) -> f64 {
    samples.iter().map(|&s| f64::from(s).powi(2)).sum()
}

#[test]
fn a_lost_frame_is_recovered_from_the_next_better_than_it_is_made_up() {
    let mut codec = with("useinbandfec=1");
    let (mut repaired, mut concealed) = (Opus::new(), Opus::new());
    let (mut error_repaired, mut error_concealed, mut losses) = (0.0, 0.0, 0);
    let packets: Vec<Vec<u8>> = (0..200)
        .map(|number| {
            let frame: Vec<i16> = (0..FRAME_LEN)
                .map(|n| voice(48_000, number * FRAME_LEN + n))
                .collect();
            let mut payload = vec![0; PAYLOAD_MAX];
            let len = codec.encode(&frame, &mut payload).unwrap();
            payload.truncate(len);
            payload
        })
        .collect();
    let mut whole = Opus::new();
    for (number, payload) in packets.iter().enumerate() {
        let (mut truth, mut frame) = ([0; FRAME_LEN], [0; FRAME_LEN]);
        whole.decode(payload, &mut truth).unwrap();
        let is_lost = number % 10 == 4 && codec.repeats(&packets[number + 1]);
        if !is_lost {
            repaired.decode(payload, &mut frame).unwrap();
            concealed.decode(payload, &mut frame).unwrap();
            continue;
        }
        losses += 1;
        let next = &packets[number + 1];
        assert_eq!(repaired.recover(next, &mut frame), Ok(FRAME_LEN));
        let error: Vec<i16> = frame
            .iter()
            .zip(&truth)
            .map(|(a, b)| a.wrapping_sub(*b))
            .collect();
        error_repaired += power(&error);
        assert_eq!(concealed.decode(&[], &mut frame), Ok(FRAME_LEN));
        let error: Vec<i16> = frame
            .iter()
            .zip(&truth)
            .map(|(a, b)| a.wrapping_sub(*b))
            .collect();
        error_concealed += power(&error);
    }
    assert!(losses > 10, "{losses}");
    assert!(
        error_repaired < 0.7 * error_concealed,
        "{error_repaired:.0} {error_concealed:.0}"
    );
}

#[test]
fn without_being_asked_nothing_is_repeated() {
    let mut codec = Opus::new();
    let (mut frame, mut payload) = ([0; FRAME_LEN], [0; PAYLOAD_MAX]);
    for number in 0..50 {
        for (n, sample) in frame.iter_mut().enumerate() {
            *sample = voice(48_000, number * FRAME_LEN + n);
        }
        let len = codec.encode(&frame, &mut payload).unwrap();
        assert!(!codec.repeats(&payload[..len]));
        assert_eq!(codec.recover(&payload[..len], &mut frame), Ok(0));
    }
}

#[test]
fn a_pause_is_told_once_and_then_only_refreshed() {
    let mut codec = with("usedtx=1");
    let (mut payload, mut lengths) = ([0; PAYLOAD_MAX], Vec::new());
    for number in 0..150 {
        let frame: Vec<i16> = (0..FRAME_LEN)
            .map(|n| {
                let voice = voice(48_000, number * FRAME_LEN + n);
                if (50..125).contains(&number) {
                    0
                } else {
                    voice
                }
            })
            .collect();
        lengths.push(codec.encode(&frame, &mut payload).unwrap());
    }
    let unsent = lengths.iter().filter(|&&len| len == 0).count();
    assert!((30..70).contains(&unsent), "{lengths:?}");
    // Each run of unsent frames follows a packet that says so.
    for pair in lengths.windows(2).filter(|pair| pair[1] == 0) {
        assert!(pair[0] <= 2, "{lengths:?}");
    }
    assert!(lengths[130..].iter().all(|&len| len > 2), "{lengths:?}");
}

#[test]
fn all_rates_lengths_and_channels_go_through() {
    for sample_rate_hz in [8_000, 12_000, 16_000, 24_000, 48_000] {
        for is_stereo in [false, true] {
            let mut codec = Opus::with(&Settings {
                sample_rate_hz,
                is_stereo,
                ..Settings::default()
            });
            let channels = 1 + usize::from(is_stereo);
            for ms in [10, 20, 40, 60] {
                let mut samples = vec![0; sample_rate_hz as usize / 1_000 * ms * channels];
                let mut payload = [0; PAYLOAD_MAX];
                let len = codec.encode(&samples, &mut payload).unwrap();
                let decoded = codec.decode(&payload[..len], &mut samples);
                assert_eq!(decoded, Ok(samples.len()), "{sample_rate_hz} {ms}");
                assert_eq!(codec.decode(&[], &mut samples), Ok(samples.len()));
            }
            let thirty = vec![0; sample_rate_hz as usize * 3 / 100 * channels];
            assert!(codec.encode(&thirty, &mut [0; 100]).is_err());
        }
    }
}

#[test]
fn left_and_right_stay_apart_where_two_channels_are_wanted() {
    for (format, apart) in [("stereo=1", true), ("", false)] {
        let mut codec = Opus::with(&Settings {
            is_stereo: true,
            bitrate: 64_000,
            wanted: Parameters::parse(format),
            ..Settings::default()
        });
        let (mut frame, mut payload) = ([0; 2 * FRAME_LEN], [0; PAYLOAD_MAX]);
        let mut tone = Tone::sine(48_000, 500.0, -10.0);
        let mut left = [0; FRAME_LEN];
        for _ in 0..25 {
            tone.fill(Duration::ZERO, &mut left);
            for (pair, &left) in frame.chunks_exact_mut(2).zip(&left) {
                (pair[0], pair[1]) = (left, 0);
            }
            let len = codec.encode(&frame, &mut payload).unwrap();
            codec.decode(&payload[..len], &mut frame).unwrap();
        }
        let channel =
            |at: usize| -> Vec<i16> { frame.iter().skip(at).step_by(2).copied().collect() };
        let ratio = power(&channel(1)) / power(&channel(0));
        assert_eq!(ratio < 0.1, apart, "{format}: {ratio}");
    }
}

#[test]
fn a_narrow_listener_is_sent_no_more_than_it_can_play() {
    let mut octets = [0, 0];
    for (total, format) in octets
        .iter_mut()
        .zip(["", "maxaveragebitrate=12000;maxplaybackrate=8000"])
    {
        let mut codec = with(format);
        let (mut frame, mut payload) = ([0; FRAME_LEN], [0; PAYLOAD_MAX]);
        for number in 0..100 {
            for (n, sample) in frame.iter_mut().enumerate() {
                *sample = voice(48_000, number * FRAME_LEN + n);
            }
            *total += codec.encode(&frame, &mut payload).unwrap();
        }
        if !format.is_empty() {
            // Configurations 0 to 3: the speech layer in 4 kHz.
            assert!(payload[0] >> 3 < 4);
        }
    }
    // Two seconds at 12 kbit/s are 3000 octets.
    assert!(octets[1] < 3_600 && octets[0] > 2 * octets[1], "{octets:?}");
}
