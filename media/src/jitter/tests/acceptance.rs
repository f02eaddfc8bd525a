//! What the buffer must do, (a) to (h); (h), the soup of packets, has a file of its own.

use std::time::Duration;

use super::line::{FRAME, Line, Moment, Random, between, concealed, mean_delay, ms, stretched};
use crate::codec::g711::encode_a_law;
use crate::codec::{AudioCodec, Pcma};
use crate::jitter::JitterBuffer;
use crate::receiver::Receiver;
use crate::rtp::{FIXED_HEADER_LEN, Header, Ssrc};
use crate::source::Source;
use crate::speech::{Speech, Talker};
use crate::tone::Tone;

#[test]
fn a_without_loss_and_jitter_nothing_is_made_up_or_stretched_within_a_frame_and_10_ms() {
    let mut line = Line::new();
    let moments = line.run(3_000, &mut |_| ms(40));
    let end = moments[2_999].statistics;
    assert_eq!((end.concealed_samples, stretched(&end)), (0, 0));
    assert_eq!(end.packets_discarded + end.buffer_flushes, 0);
    assert!(mean_delay(&moments, (1, 60)) <= Duration::from_millis(30));
}

#[test]
fn b_a_clock_off_by_300_ppm_is_followed_for_an_hour() {
    for skew_ppb in [300_000, -300_000] {
        let mut line = Line {
            skew_ppb,
            ..Line::new()
        };
        let moments = line.run(3_600 * 50, &mut |_| ms(40));
        let end = moments.last().unwrap().statistics;
        assert_eq!(end.buffer_flushes, 0);
        let skew = 3_600 * 8_000 * 300 / 1_000_000;
        assert!(
            stretched(&end) + end.concealed_samples <= skew + 3_600 * 8_000 / 1_000,
            "{skew_ppb}: {end:?}"
        );
        let last = mean_delay(&moments, (3_500, 3_600));
        assert!(last <= Duration::from_millis(60), "{skew_ppb}: {last:?}");
    }
}

#[test]
fn c_uniform_jitter_sets_the_target_to_its_97th_percentile_and_conceals_at_most_1_percent() {
    for (jitter_ms, seed) in [(10, 1), (40, 2), (40, 7), (100, 3), (100, 8), (160, 4)] {
        let mut random = Random(seed);
        let mut line = Line::new();
        let moments = line.run(60 * 50, &mut |_| {
            let jitter = random.below(jitter_ms * 1_000);
            Some(Duration::from_micros(20_000 + jitter))
        });
        let share = between(&moments, (10, 60), concealed) as f64 / (50.0 * 8_000.0);
        assert!(share <= 0.01, "{jitter_ms} ms: {share}");
        for moment in &moments[500..] {
            let off = moment.target.as_millis() as i64 - jitter_ms as i64 * 97 / 100;
            assert!(off.abs() <= 10, "{jitter_ms} ms: {moment:?}");
        }
    }
}

#[test]
fn d_bursts_of_loss_are_concealed_packet_for_packet() {
    for seed in 5..10 {
        let mut random = Random(seed);
        let (mut bad, mut lost) = (false, 0u64);
        let mut line = Line::new();
        // Gilbert-Elliott: 5 % lost, in bursts of three.
        let moments = line.run(60 * 50, &mut |number| {
            bad = match bad {
                true => random.below(1_000) >= 333,
                false => random.below(1_000) < 18,
            };
            lost += u64::from(bad && number < 2_990);
            if bad { None } else { ms(30) }
        });
        let end = moments[2_999].statistics;
        assert!(lost > 100);
        let off = end.concealed_samples.abs_diff(lost * 160);
        assert!(off <= 160, "seed {seed}: {lost} packets, {end:?}");
        assert!(end.packets_missed.abs_diff(lost) <= 1);
    }
}

#[test]
fn a_line_that_loses_is_given_as_long_as_its_gaps_are_and_a_whole_one_gets_it_back() {
    for (gap, reserve_ms) in [(1, 20), (2, 40), (3, 60), (9, 60)] {
        let mut line = Line::new();
        let moments = line.run(60 * 50, &mut |number| {
            let is_lost = number < 1_500 && (number + 50) % 100 < gap;
            if is_lost { None } else { ms(30) }
        });
        let before = moments[40].target;
        let target = |second: usize| (moments[second * 50].target - before).as_millis();
        assert_eq!(target(20), reserve_ms, "{gap} packets");
        assert_eq!(target(41), 0, "{gap} packets");
        let end = moments.last().unwrap().statistics;
        assert!(
            end.concealed_samples.abs_diff(15 * gap * 160) <= 480,
            "{end:?}"
        );
        assert_eq!(between(&moments, (32, 60), concealed), 0);
    }
}

/// A step from 30 to 230 ms that begins at 20 s and ends after `lasts_s`, with the way back by `drain_ms` a packet.
fn step(line: &mut Line, lasts_s: u64, drain_ms: u64) -> Vec<Moment> {
    let (up, down) = (1_000, 1_000 + 50 * lasts_s);
    line.run((20 + lasts_s + 20) * 50, &mut |number| {
        ms(match number {
            number if number < up => 30,
            number if number < down => 230,
            number => 30 + 200u64.saturating_sub((number - down) * drain_ms),
        })
    })
}

#[test]
fn e_a_step_of_200_ms_is_followed_within_3_s_and_the_way_back_within_10() {
    let voices = [
        Line::new().source,
        Source::Speech(Box::new(Speech::new(8_000, Talker::ALL[0], 1))),
        Source::Speech(Box::new(Speech::new(8_000, Talker::ALL[1], 2))),
    ];
    for source in voices {
        for (lasts_s, drain_ms) in [(20, 200), (20, 10), (20, 6), (3, 200), (3, 19), (1, 39)] {
            let mut line = Line {
                source: source.clone(),
                ..Line::new()
            };
            let moments = step(&mut line, lasts_s, drain_ms);
            let what = format!("{source:?} for {lasts_s} s, {drain_ms} ms a packet");
            let made_up = between(&moments, (19, 23), concealed);
            assert!(made_up <= 8 * 260, "{what}: {made_up}");
            if lasts_s > 3 {
                assert_eq!(
                    between(&moments, (23, 20 + lasts_s), concealed),
                    0,
                    "{what}"
                );
            }
            // The queue is empty after at most 0.7 s.
            let back_s = 20 + lasts_s + 10;
            assert_eq!(
                between(&moments, (back_s, back_s + 10), concealed),
                0,
                "{what}"
            );
            let delay = mean_delay(&moments, (back_s, back_s + 10));
            assert!(delay <= Duration::from_millis(60), "{what}: {delay:?}");
            let target = moments[back_s as usize * 50].target;
            assert!(target <= Duration::from_millis(20), "{what}: {target:?}");
        }
    }
}

#[test]
fn a_backlog_of_650_ms_is_caught_up_with_by_a_quarter_of_the_time_at_least() {
    for seed in 0..6 {
        let talker = Talker::ALL[seed as usize % Talker::ALL.len()];
        let mut line = Line {
            source: Source::Speech(Box::new(Speech::new(8_000, talker, seed))),
            ..Line::new()
        };
        // A queue that stands from 10 s to 25 s, and then comes at once.
        let moments = line.run(35 * 50, &mut |number| {
            ms(match number {
                number if number < 500 => 30,
                number if number < 1_250 => 680,
                number => 680u64.saturating_sub((number - 1_250) * 20).max(30),
            })
        });
        // Shortening is urgent until 100 ms are left beyond the target, and waits for what suits it from then on.
        let urgent = Duration::from_millis(680 - 30 - 100) * 4;
        let caught_up = (1_250 * 20 + 680 + urgent.as_millis() as usize) / 20;
        for moment in &moments[caught_up..] {
            let waiting = FRAME * moment.waiting as u32;
            let most = moment.target + Duration::from_millis(120);
            assert!(waiting <= most, "seed {seed}: {moment:?}");
        }
    }
}

#[test]
fn packets_of_10_ms_are_caught_up_with_too() {
    let mut buffer = JitterBuffer::new(8_000, 8_000, 80);
    let mut source = Source::Tone(Tone::sine(8_000, 400.0, -10.0));
    let mut packet = 0u32;
    for number in 0..1_000u32 {
        let now = FRAME * number;
        // 300 ms come at once after 10 s.
        let sent = number + if number < 500 { 1 } else { 16 };
        while packet < 2 * sent {
            let (mut samples, mut payload) = ([0; 80], [0; 80]);
            source.fill(FRAME / 2 * packet, &mut samples);
            encode_a_law(&samples, &mut payload);
            buffer.insert(now, packet as u16, packet * 80, Some(&payload));
            packet += 1;
        }
        let frame_at = now + Duration::from_millis(7);
        buffer.pull(frame_at, &mut Pcma, 160);
    }
    assert!(buffer.waiting() <= 5, "{}", buffer.waiting());
}

#[test]
fn f_reordering_within_the_target_is_not_heard() {
    for depth in 1..=5 {
        let mut line = Line::new();
        let moments = line.run(1_000, &mut |number| {
            ms(20 + if number % 8 == 1 { 20 * depth + 5 } else { 0 })
        });
        assert_eq!(between(&moments, (10, 20), concealed), 0, "{depth}");
        assert_eq!(between(&moments, (10, 20), |all| all.packets_discarded), 0);
    }
}

#[test]
fn g_a_jump_of_the_timestamp_and_a_new_sequence_are_survived() {
    let mut buffer = JitterBuffer::new(8_000, 8_000, 480);
    let payload = [0x55; 160];
    let mut timestamp = 7u32;
    let mut sequence = 3u16;
    for number in 0..400u32 {
        let now = FRAME * number;
        match number {
            100 => timestamp = timestamp.wrapping_add(0x4000_0000),
            200 => timestamp = timestamp.wrapping_sub(0x2000_0000),
            300 => sequence = sequence.wrapping_add(30_000),
            _ => {}
        }
        buffer.insert(now, sequence, timestamp, Some(&payload));
        (sequence, timestamp) = (sequence.wrapping_add(1), timestamp.wrapping_add(160));
        buffer.pull(now + Duration::from_millis(5), &mut Pcma, 160);
    }
    let end = buffer.statistics();
    assert!(end.packets_played >= 396, "{end:?}");
    assert!(end.concealed_samples <= 6 * 160, "{end:?}");
}

#[test]
fn g_both_numbers_wrap_unheard() {
    let mut line = Line {
        first_sequence: 65_400,
        first_timestamp: u32::MAX - 160 * 300,
        ..Line::new()
    };
    let moments = line.run(1_000, &mut |number| ms(20 + number % 3 * 7));
    let end = moments[999].statistics;
    assert_eq!(between(&moments, (2, 20), concealed), 0);
    assert_eq!(end.packets_missed + end.buffer_flushes, 0);
    assert!(end.packets_played >= 996);
}

#[test]
fn g_another_source_is_followed_from_its_second_packet_on() {
    let mut receiver = Receiver::new(AudioCodec::Pcma, 8, None);
    let mut heard = [0; 2];
    for number in 0..200u32 {
        let now = FRAME * number;
        let changed = number >= 100;
        let header = Header {
            marker: false,
            payload_type: 8,
            sequence: if changed { 40_000 } else { 5 } + number as u16,
            timestamp: if changed { 1 << 31 } else { 9 } + 160 * number,
            ssrc: Ssrc(if changed { 2 } else { 1 }),
        };
        // Two voltages that tell the sources apart.
        let mut packet = [if changed { 0xaa } else { 0x2a }; FIXED_HEADER_LEN + 160];
        header.write(packet.first_chunk_mut().unwrap());
        receiver.handle(now, &mut packet);
        receiver.pull(now + Duration::from_millis(5), &mut Pcma, 160);
        let last = receiver.frame()[159];
        if last.unsigned_abs() > 1_000 {
            heard[usize::from(last > 0)] += 1;
        }
    }
    assert_eq!(receiver.statistics().source_changes, 1);
    assert!(heard.iter().all(|&frames| frames >= 96), "{heard:?}");
}

#[test]
fn g_copies_of_a_packet_with_a_damaged_source_change_nothing() {
    let mut receiver = Receiver::new(AudioCodec::Pcma, 8, None);
    for (sequence, ssrc) in [(5, 1), (6, 1), (7, 3), (7, 3), (8, 1)] {
        let header = Header {
            marker: false,
            payload_type: 8,
            sequence,
            timestamp: 160 * u32::from(sequence),
            ssrc: Ssrc(ssrc),
        };
        let mut packet = [0xd5; FIXED_HEADER_LEN + 160];
        header.write(packet.first_chunk_mut().unwrap());
        receiver.handle(FRAME * u32::from(sequence), &mut packet);
    }
    let statistics = receiver.statistics();
    assert_eq!((statistics.source_changes, statistics.packets), (0, 3));
}
