mod foreign;

use std::time::Duration;

use pesq::PesqContext;
use proptest::prelude::*;

use super::*;
use crate::ear::Ear;
use crate::tone::Tone;
use crate::{Speech, Talker};

/// Samples that the encoder is behind.
const BEHIND: usize = 40;

fn speech(talker: Talker, seconds: usize) -> Vec<i16> {
    let mut samples = vec![0; seconds * 8_000];
    Speech::new(8_000, talker, 1).fill(&mut samples);
    samples
}

fn encoded(samples: &[i16]) -> Vec<u8> {
    let mut payload = vec![0; samples.len() / 8];
    let len = G729::new().encode(samples, &mut payload).unwrap();
    assert_eq!(len, payload.len());
    payload
}

/// Frames decoded by one codec; those that are lost are concealed.
fn heard(payload: &[u8], is_lost: impl Fn(usize) -> bool) -> Vec<i16> {
    let mut codec = G729::new();
    let mut samples = vec![0; payload.len() * 8];
    for (number, (octets, samples)) in payload.chunks(10).zip(samples.chunks_mut(80)).enumerate() {
        let octets = if is_lost(number) { &[] } else { octets };
        assert_eq!(codec.decode(octets, samples), Ok(80));
    }
    samples
}

fn rms(samples: &[i16]) -> f64 {
    let energy: f64 = samples.iter().map(|&x| f64::from(x).powi(2)).sum();
    (energy / samples.len() as f64).sqrt()
}

/// How far the difference lies below the first, dB.
fn agreement_db(samples: &[i16], others: &[i16]) -> f64 {
    let noise = samples.iter().zip(others);
    let noise: Vec<i16> = noise.map(|(&a, &b)| a.saturating_sub(b)).collect();
    20.0 * (rms(samples) / rms(&noise).max(1e-3)).log10()
}

/// P.862 of what is heard `behind` samples late.
fn score(said: &[i16], heard: &[i16], behind: usize) -> f32 {
    let len = said.len() - behind;
    let context = PesqContext::new_8k(&said[..len]).unwrap();
    context.score(&heard[behind..][..len]).unwrap()
}

#[test]
fn speech_sounds_as_g729_annex_a_does() {
    for talker in Talker::ALL {
        let said = speech(talker, 8);
        let heard = heard(&encoded(&said), |_| false);
        let score = score(&said, &heard, BEHIND);
        // libbcg729 1.1.1 has 3.48 to 3.79 on these.
        assert!(score > 3.5, "{talker:?}: {score}");
        let louder_db = 20.0 * (rms(&heard) / rms(&said)).log10();
        assert!(louder_db.abs() < 1.0, "{talker:?}: {louder_db}");
    }
}

#[test]
fn frames_of_another_implementation_sound_as_it_means_them() {
    let octets: Vec<u8> = (0..foreign::OCTETS.len() / 2)
        .map(|n| u8::from_str_radix(&foreign::OCTETS[2 * n..][..2], 16).unwrap())
        .collect();
    let heard = heard(&octets, |_| false);
    let last = &heard[heard.len() - foreign::SAMPLES.len()..];
    let agreement = agreement_db(&foreign::SAMPLES, last);
    assert!(agreement > 30.0, "{agreement}");
    let said = speech(Talker::ALL[0], 1);
    let likeness = agreement_db(&said[..4_000 - BEHIND], &heard[BEHIND..]);
    assert!(likeness > 3.0, "{likeness}");
}

#[test]
fn a_marked_tone_is_heard() {
    let (mut codec, mut tone, mut ear) = (G729::new(), Tone::marked(8_000, 440.0), Ear::new(8_000));
    let (mut frame, mut payload) = ([0; 160], [0; 20]);
    for number in 0..200 {
        let now = Duration::from_millis(20) * number;
        tone.fill(now, &mut frame);
        assert_eq!(codec.encode(&frame, &mut payload), Ok(20));
        assert_eq!(codec.decode(&payload, &mut frame), Ok(160));
        ear.listen(now, &frame);
    }
    let heard = ear.heard();
    let frequency_hz = heard.frequency_hz.unwrap();
    assert!((frequency_hz - 440.0).abs() < 4.0, "{heard:?}");
    assert!((heard.level_dbm0.unwrap() + 10.0).abs() < 1.0, "{heard:?}");
}

#[test]
fn silence_stays_silent_also_behind_speech() {
    let heard_of_nothing = heard(&encoded(&[0; 8_000]), |_| false);
    assert!(rms(&heard_of_nothing) < 2.0, "{}", rms(&heard_of_nothing));
    let mut said = speech(Talker::ALL[1], 1);
    said.resize(24_000, 0);
    let heard = heard(&encoded(&said), |_| false);
    assert!(rms(&heard[16_000..]) < 2.0, "{}", rms(&heard[16_000..]));
}

#[test]
fn lost_frames_are_concealed_and_fade() {
    let said = speech(Talker::ALL[0], 8);
    let octets = encoded(&said);
    let lossy = heard(&octets, |number| number % 10 == 9);
    let lossy = score(&said, &lossy, BEHIND);
    let mut last = None;
    let mut held = Vec::new();
    // Beside it: silence where a frame is lost.
    for (number, octets) in octets.chunks(10).enumerate() {
        let codec = last.get_or_insert_with(G729::new);
        let mut samples = [0; 80];
        if number % 10 != 9 {
            codec.decode(octets, &mut samples).unwrap();
        }
        held.extend(samples);
    }
    let silent = score(&said, &held, BEHIND);
    assert!(lossy > 2.7 && lossy > silent + 0.3, "{lossy} {silent}");
    // From the middle of a vowel on nothing comes any more.
    let gone = heard(&octets, |number| number >= 80);
    let before = rms(&gone[6_000..6_400]);
    let levels = [6_400, 9_000, 12_000, 28_000].map(|start| rms(&gone[start..][..400]));
    assert!(levels[0] > 0.3 * before, "{before} {levels:?}");
    assert!(
        levels[2] < 0.2 * before && levels[3] < 20.0,
        "{before} {levels:?}"
    );
}

#[test]
fn a_wrong_parity_keeps_the_lag_before() {
    let said = speech(Talker::ALL[0], 8);
    let octets = encoded(&said);
    // The uppermost bit of each fifth frame's first lag, and beside it the parity, which hides that.
    let [found, hidden] = [[0x20, 0], [0x20, 0x20]].map(|bits: [u8; 2]| {
        let mut spoilt = octets.clone();
        for frame in spoilt.chunks_mut(10).step_by(5) {
            frame[2] ^= bits[0];
            frame[3] ^= bits[1];
        }
        score(&said, &heard(&spoilt, |_| false), BEHIND)
    });
    assert!(found > hidden + 0.2, "{found} {hidden}");
}

#[test]
fn described_noise_goes_on_until_speech_comes() {
    let octets = encoded(&speech(Talker::ALL[0], 1));
    let mut codec = G729::new();
    let mut samples = [0; 240];
    codec.decode(&octets[..200], &mut [0; 1_600]).unwrap();
    // Two frames of speech, and a pause with noise of 28 dB behind them.
    let mut payload = octets[200..220].to_vec();
    payload.extend([0, 12 << 1]);
    assert_eq!(codec.decode(&payload, &mut samples), Ok(240));
    let mut pause = [0; 800];
    let mut levels = [0.0; 20];
    for level in &mut levels {
        assert_eq!(codec.decode(&[], &mut pause), Ok(800));
        *level = rms(&pause);
    }
    assert!(levels.iter().all(|level| *level > 10.0), "{levels:?}");
    assert!(levels[19] > 0.7 * levels[1], "{levels:?}");
    // Alone, a description is 10 ms of it; louder noise comes by and by.
    assert_eq!(codec.decode(&[0, 22 << 1], &mut samples), Ok(80));
    codec.decode(&[], &mut pause).unwrap();
    assert!(rms(&pause) > 4.0 * levels[19], "{}", rms(&pause));
    assert_eq!(codec.decode(&octets[220..230], &mut samples), Ok(80));
}

#[test]
fn lengths_are_checked_and_packets_of_any_frames_are_taken() {
    let mut codec = G729::new();
    let mut payload = [0; 20];
    let error = codec.encode(&[0; 100], &mut payload);
    assert_eq!(error, Err(CodecError::FrameLength(100)));
    let too_small = CodecError::BufferTooSmall { len: 20, need: 30 };
    assert_eq!(codec.encode(&[0; 240], &mut payload), Err(too_small));
    assert_eq!(codec.encode(&[], &mut payload), Ok(0));
    assert_eq!(
        codec.decode(&[], &mut [0; 160]),
        Ok(0),
        "nothing to continue"
    );
    let mut samples = [0; 160];
    assert_eq!(
        codec.decode(&[7; 15], &mut samples),
        Err(CodecError::Payload)
    );
    let too_small = CodecError::BufferTooSmall {
        len: 160,
        need: 240,
    };
    assert_eq!(codec.decode(&[7; 22], &mut samples), Err(too_small));
    assert_eq!(codec.decode(&[7; 20], &mut samples), Ok(160));
    assert_eq!(codec.decode(&[], &mut samples[..150]), Ok(80));
    // However the frames are packed, they are the same.
    let said = speech(Talker::ALL[2], 1);
    let mut codec = G729::new();
    let mut cut = vec![0; 1_000];
    for (samples, octets) in said.chunks(240).zip(cut.chunks_mut(30)) {
        codec.encode(samples, octets).unwrap();
    }
    assert_eq!(encoded(&said), cut);
    let mut whole = vec![0; 8_000];
    codec.decode(&cut, &mut whole).unwrap();
    assert_eq!(whole, heard(&cut, |_| false));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_octets_are_decoded_and_speech_behind_them_is_heard(
        payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..240), 0..30),
    ) {
        let mut codec = G729::new();
        let mut samples = [0; 2_000];
        for payload in payloads {
            let decoded = codec.decode(&payload, &mut samples).unwrap_or(0);
            prop_assert!(decoded <= samples.len());
        }
        let octets = encoded(&speech(Talker::ALL[0], 2));
        let mut after = vec![0; 16_000];
        codec.decode(&octets, &mut after).unwrap();
        let undisturbed = heard(&octets, |_| false);
        prop_assert!(agreement_db(&undisturbed[8_000..], &after[8_000..]) > 10.0);
    }

    #[test]
    fn any_samples_are_encoded(
        samples in proptest::collection::vec(any::<i16>(), 800),
        shift in 0..16,
    ) {
        let samples: Vec<i16> = samples.iter().map(|sample| sample >> shift).collect();
        let heard = heard(&encoded(&samples), |_| false);
        prop_assert!(rms(&heard) < 1.5 * rms(&samples) + 20.0);
    }
}
