use super::*;
use crate::codec::g711;
use crate::tone::Tone;

const FRAME: Duration = Duration::from_millis(20);

/// Plays a tone through G.711 with a delay and lets an ear listen for some seconds.
fn hear(mut tone: Tone, rate_hz: u32, delay_samples: usize, seconds: u32) -> Heard {
    let frame_len = rate_hz as usize / 50;
    let mut ear = Ear::new(rate_hz);
    let mut line = vec![0i16; delay_samples];
    let start = Duration::from_millis(12_345);
    for number in 0..seconds * 50 {
        let now = start + FRAME * number;
        let (mut frame, mut codes) = (vec![0; frame_len], vec![0; frame_len]);
        tone.fill(now, &mut frame);
        g711::encode_a_law(&frame, &mut codes);
        g711::decode_a_law(&codes, &mut frame);
        line.extend_from_slice(&frame);
        let heard: Vec<i16> = line.drain(..frame_len).collect();
        ear.listen(now, &heard);
    }
    ear.heard()
}

#[test]
fn frequency_is_told_within_a_hertz_in_two_seconds() {
    for frequency in [304.7, 440.0, 1_000.0, 1_004.0, 2_300.0, 2_999.5] {
        let mut tones = vec![Tone::sine(8_000, frequency, -10.0)];
        if frequency <= crate::tone::MARKED_MAX_HZ {
            tones.push(Tone::marked(8_000, frequency));
        }
        for tone in tones {
            let heard = hear(tone.clone(), 8_000, 77, 2);
            let measured = heard.frequency_hz.unwrap_or_default();
            assert!(
                (measured - frequency).abs() < 1.0,
                "{frequency} Hz was heard as {measured} ({tone:?})"
            );
        }
    }
}

#[test]
fn level_is_told_within_a_tenth_of_a_decibel() {
    for level in [0.0, -10.0, -30.0] {
        let heard = hear(Tone::sine(8_000, 1_004.0, level), 8_000, 0, 3);
        assert!(
            (heard.level_dbm0.unwrap() - level).abs() < 0.1,
            "{level}: {heard:?}"
        );
    }
    assert_eq!(
        hear(Tone::sine(8_000, 1_000.0, -90.0), 8_000, 0, 3).level_dbm0,
        None
    );
}

#[test]
fn delay_is_told_to_the_sample() {
    for (rate, delay_samples) in [
        (8_000, 0),
        (8_000, 1),
        (8_000, 813),
        (8_000, 2_777),
        (16_000, 4_321),
        (48_000, 1),
        (48_000, 5_003),
    ] {
        for frequency in [440.0, 1_000.0, 2_300.0] {
            let heard = hear(Tone::marked(rate, frequency), rate, delay_samples, 5);
            let expected = delay_samples as i64 * 1_000_000 / i64::from(rate);
            let delay = heard
                .delay
                .unwrap_or_else(|| panic!("no marker at {rate} Hz, {delay_samples}: {heard:?}"));
            assert!(delay.markers >= 4, "{delay:?}");
            // A microsecond is what rounding to whole ones costs.
            for told in [delay.latest_us, delay.least_us, delay.greatest_us] {
                assert!((told - expected).abs() <= 1, "{expected}: {delay:?}");
            }
            assert!(delay.drift_ppm.unwrap().abs() < 0.5, "{delay:?}");
        }
    }
}

#[test]
fn clocks_that_disagree_are_told_by_the_drift() {
    for ppm in [-300i64, -20, 50, 1_000] {
        let (mut tone, mut ear) = (Tone::marked(8_000, 1_000.0), Ear::new(8_000));
        let mut frame = [0; 160];
        for number in 0..60 * 50u64 {
            let sent_ns = 20_000_000 * number as i64;
            tone.fill(Duration::from_nanos(sent_ns as u64), &mut frame);
            let heard_ns = sent_ns + 30_000_000 + sent_ns / 1_000_000 * ppm;
            ear.listen(Duration::from_nanos(heard_ns as u64), &frame);
        }
        let delay = ear.heard().delay.unwrap();
        let told = delay.drift_ppm.unwrap();
        assert!((told - ppm as f64).abs() < 2.0, "{ppm} ppm: {delay:?}");
    }
}

#[test]
fn silences_are_counted_once_they_end() {
    let mut ear = Ear::new(8_000);
    let mut tone = Tone::sine(8_000, 1_000.0, -10.0);
    for number in 0..100u32 {
        let mut frame = [0; 160];
        if !(10..20).contains(&number) && number != 50 && number < 90 && number > 3 {
            tone.fill(Duration::ZERO, &mut frame);
        }
        ear.listen(FRAME * number, &frame);
    }
    let heard = ear.heard();
    assert_eq!((heard.gaps, heard.longest_gap), (2, FRAME * 10));
    assert_eq!(
        (heard.first_sound, heard.last_sound),
        (Some(FRAME * 4), Some(FRAME * 89))
    );
    assert_eq!(heard.silence, FRAME * 21);
    assert!(ear.has_heard_since(FRAME * 89) && !ear.has_heard_since(FRAME * 90));
}

#[test]
fn parties_are_told_apart_by_their_tones() {
    let mut ear = Ear::new(8_000);
    ear.watch(&[440.0, 620.0, 800.0]);
    let mut tones = [
        Tone::sine(8_000, 440.0, -20.0),
        Tone::sine(8_000, 800.0, -14.0),
    ];
    for number in 0..50 {
        let mut mixed = [0i16; 160];
        for tone in &mut tones {
            let mut frame = [0; 160];
            tone.fill(Duration::ZERO, &mut frame);
            mixed
                .iter_mut()
                .zip(frame)
                .for_each(|(sum, sample)| *sum += sample);
        }
        ear.listen(FRAME * number, &mixed);
    }
    let levels: Vec<f64> = ear
        .heard()
        .tones
        .iter()
        .map(|tone| tone.level_dbm0)
        .collect();
    assert!(
        (levels[0] + 20.0).abs() < 0.3 && levels[1] < -45.0 && (levels[2] + 14.0).abs() < 0.3,
        "{levels:?}"
    );
}
