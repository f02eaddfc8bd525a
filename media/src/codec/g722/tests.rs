use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::ear::Ear;
use crate::tone::Tone;

const FRAME_LEN: usize = 320;

/// Samples that work every part of the codec: tones that glide, noise, steps, loud and soft, half a second each.
fn signal(seconds: usize) -> Vec<i16> {
    let (mut state, mut phase) = (1u32, 0f64);
    (0..seconds * 16_000)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            phase = (phase + 0.003 + (n % 80_000) as f64 / 250_000.0) % 1.0;
            let amplitude = [0.0, 90.0, 1_000.0, 4_000.0, 9_000.0][n / 8_000 % 5];
            let shape = match n / 40_000 % 3 {
                0 => 4.0 * (phase - 0.5).abs() - 1.0,
                1 => f64::from((state >> 16) as i16) / 32_768.0,
                _ => (phase - 0.5).signum(),
            };
            (shape * amplitude) as i16
        })
        .collect()
}

/// FNV-1a, to hold a long run against one number.
fn digest(octets: impl Iterator<Item = u8>) -> u64 {
    octets.fold(0xcbf2_9ce4_8422_2325, |digest, octet| {
        (digest ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn octets_and_samples_are_those_of_another_implementation() {
    let samples = signal(20);
    let mut codec = G722::new();
    let (mut codes, mut heard) = (vec![0; samples.len() / 2], vec![0; samples.len()]);
    codec.encode(&samples, &mut codes).unwrap();
    codec.decode(&codes, &mut heard).unwrap();
    let heard = heard.iter().flat_map(|sample| sample.to_le_bytes());
    // What libspandsp 0.0.6 makes of the same samples.
    assert_eq!(
        (digest(codes.iter().copied()), digest(heard)),
        (8_270_844_300_338_807_846, 17_228_198_693_091_186_132)
    );
}

#[test]
fn overshoot_is_limited_and_not_wrapped() {
    // Full scale with all of its harmonics drives both filter banks beyond their 15 bits.
    let samples: Vec<i16> = (0..16_000)
        .map(|n| if n / 23 % 2 == 0 { i16::MAX } else { i16::MIN })
        .collect();
    let mut codec = G722::new();
    let (mut codes, mut heard) = (vec![0; 8_000], vec![0; 16_000]);
    codec.encode(&samples, &mut codes).unwrap();
    codec.decode(&codes, &mut heard).unwrap();
    // 22 samples is the delay of both filter banks. Half a period later no sample has the other sign.
    for (place, &sample) in samples.iter().enumerate().skip(1_000).step_by(23) {
        let Some(&heard) = heard.get(place / 23 * 23 + 12 + 22) else {
            break;
        };
        assert_eq!(heard < 0, sample < 0, "at {place}: {heard}");
    }
}

#[test]
fn a_marked_tone_is_heard_in_the_wide_band() {
    let (mut codec, mut tone, mut ear) =
        (G722::new(), Tone::marked(16_000, 5_500.0), Ear::new(16_000));
    let (mut frame, mut payload) = ([0; FRAME_LEN], [0; FRAME_LEN / 2]);
    for number in 0..200 {
        let now = Duration::from_millis(20) * number;
        tone.fill(now, &mut frame);
        assert_eq!(codec.encode(&frame, &mut payload), Ok(FRAME_LEN / 2));
        assert_eq!(codec.decode(&payload, &mut frame), Ok(FRAME_LEN));
        ear.listen(now, &frame);
    }
    let heard = ear.heard();
    assert!(
        (heard.frequency_hz.unwrap() - 5_500.0).abs() < 2.0,
        "{heard:?}"
    );
    assert!((heard.level_dbm0.unwrap() + 10.0).abs() < 0.5, "{heard:?}");
}

#[test]
fn a_preview_is_what_is_decoded_after_a_loss_and_changes_nothing() {
    let mut payload = vec![0; 320];
    G722::new().encode(&signal(1)[..640], &mut payload).unwrap();
    let (mut plain, mut asked) = (G722::new(), G722::new());
    let (mut here, mut there, mut before) = ([0; 320], [0; 320], [0; 320]);
    for codec in [&mut plain, &mut asked] {
        codec.decode(&payload[..160], &mut here).unwrap();
    }
    // The second packet is lost, and what follows it is asked for beforehand.
    assert_eq!(asked.preview(&payload[160..], &mut before), 320);
    plain.decode(&payload[160..], &mut here).unwrap();
    asked.decode(&payload[160..], &mut there).unwrap();
    assert_eq!((here, there), (before, before));
    assert_ne!(here, [0; 320]);
    assert_eq!(asked.preview(&payload, &mut before), 0, "no room");
}

#[test]
fn lengths_are_checked_and_any_even_one_is_taken() {
    let mut codec = G722::new();
    let mut payload = [0; 8];
    assert_eq!(
        codec.encode(&[0; 3], &mut payload),
        Err(CodecError::FrameLength(3))
    );
    let too_small = CodecError::BufferTooSmall { len: 8, need: 9 };
    assert_eq!(codec.encode(&[0; 18], &mut payload), Err(too_small));
    assert_eq!(codec.encode(&[], &mut payload), Ok(0));
    assert_eq!(codec.decode(&[], &mut [0; 8]), Ok(0));
    // Odd frames cut the signal elsewhere and change nothing.
    let samples = signal(1);
    let (mut whole, mut cut) = (vec![0; 8_000], vec![0; 8_000]);
    G722::new().encode(&samples, &mut whole).unwrap();
    let mut codec = G722::new();
    for (samples, codes) in samples.chunks(2 * 77).zip(cut.chunks_mut(77)) {
        codec.encode(samples, codes).unwrap();
    }
    assert_eq!(whole, cut);
}

proptest! {
    #[test]
    fn any_octets_are_decoded(payload in proptest::collection::vec(any::<u8>(), 0..480)) {
        let mut samples = [0; 960];
        prop_assert_eq!(G722::new().decode(&payload, &mut samples), Ok(2 * payload.len()));
    }
}
