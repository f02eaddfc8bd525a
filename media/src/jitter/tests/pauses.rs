//! Pauses of the sender: nothing, telephone events, comfort noise, and packets of other lengths than frames.

use std::time::Duration;

use super::line::{FRAME, Random};
use crate::codec::{Pcma, comfort_noise};
use crate::jitter::{JitterBuffer, Played};

#[test]
fn pauses_are_comfort_and_packets_of_other_lengths_are_cut_to_frames() {
    let mut buffer = JitterBuffer::new(8_000, 8_000, 480);
    let mut sequence = 0;
    // 30 ms packets, a second of pause in the middle.
    let mut timestamp = 0u32;
    for ms in (0..6_000u64).step_by(10) {
        let now = Duration::from_millis(ms);
        if ms % 30 == 0 && !(3_000..4_000).contains(&ms) {
            buffer.insert(now, sequence, timestamp, Some(&[0x55; 240]));
            sequence += 1;
        }
        if ms % 30 == 0 {
            timestamp += 240;
        }
        if ms % 20 == 10 {
            buffer.pull(now, &mut Pcma, 160);
        }
    }
    let end = buffer.statistics();
    assert_eq!(end.packets_missed, 0);
    assert!(end.concealment_events <= 2, "{end:?}");
    assert_eq!(end.total_samples_received, 300 * 160);
}

/// A stream with discontinuous transmission: 2 s of speech, then 3 s in which the noise is described twice a second.
fn discontinuous(
    seed: u64,
    jitter_ms: u64,
    is_lost: impl Fn(u32) -> bool,
) -> (JitterBuffer, Vec<Played>) {
    let mut buffer = JitterBuffer::new(8_000, 8_000, 480);
    let mut random = Random(seed);
    let mut noise = [0; comfort_noise::PAYLOAD_MAX];
    let hiss: Vec<i16> = (0..160).map(|_| random.below(400) as i16 - 200).collect();
    let noise_len = comfort_noise::describe(&hiss, &mut noise).unwrap();
    let mut coming = Vec::new();
    let mut sequence = 65_530u16;
    for number in 0..1_500u32 {
        let within = number % 250;
        let is_speech = within < 100;
        if !is_speech && (within - 100) % 25 != 0 {
            continue;
        }
        let at = FRAME * number + Duration::from_micros(random.below(jitter_ms * 1_000 + 1));
        if !is_lost(number) {
            coming.push((at, sequence, 160 * number, is_speech));
        }
        sequence = sequence.wrapping_add(1);
    }
    coming.sort();
    let mut coming = coming.into_iter().peekable();
    let mut all = Vec::new();
    for number in 0..1_500u32 {
        let now = FRAME * number + Duration::from_millis(9);
        while let Some((at, sequence, timestamp, is_speech)) = coming.next_if(|next| next.0 <= now)
        {
            if is_speech {
                buffer.insert(at, sequence, timestamp, Some(&[0x2a; 160]));
            } else {
                buffer.insert_noise(at, sequence, timestamp, &noise[..noise_len]);
            }
        }
        let played = buffer.pull(now, &mut Pcma, 160);
        // The first frame of a pause still has the end of the speech in it.
        if played == Played::Comfort && all.last() == Some(&played) {
            assert!(
                buffer
                    .frame()
                    .iter()
                    .all(|sample| sample.unsigned_abs() < 2_000)
            );
        }
        all.push(played);
    }
    (buffer, all)
}

#[test]
fn g_discontinuous_speech_is_whole_and_its_pauses_are_noise() {
    for (seed, jitter_ms) in [(1, 0), (2, 15), (3, 60)] {
        let (buffer, all) = discontinuous(seed, jitter_ms, |_| false);
        let end = buffer.statistics();
        assert_eq!((end.packets_missed, end.buffer_flushes), (0, 0), "{end:?}");
        let count = |kind| all[250..].iter().filter(|&&played| played == kind).count();
        // Five spells of speech and of pause; a frame at each seam may be either.
        let (normal, comfort) = (count(Played::Normal), count(Played::Comfort));
        assert!(
            normal.abs_diff(500) <= 25 && comfort.abs_diff(750) <= 25,
            "{normal}, {comfort}"
        );
        let limit = if jitter_ms > 15 { 10 } else { 0 };
        assert!(count(Played::Concealed) <= limit, "{jitter_ms} ms: {end:?}");
    }
}

#[test]
fn g_lost_descriptions_of_noise_leave_the_pause_a_pause() {
    // Every description but the first of each pause is lost.
    let lost = |number: u32| number % 250 > 100;
    let (buffer, all) = discontinuous(4, 0, lost);
    let end = buffer.statistics();
    let concealed = all
        .iter()
        .filter(|&&played| played == Played::Concealed)
        .count();
    assert_eq!(concealed, 0, "{end:?}");
}
