use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::ear::Ear;
use crate::tone::Tone;

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
