use proptest::prelude::*;

use super::*;
use crate::codec::Pcma;
use crate::codec::g711::encode_a_law;
use crate::tone::Tone;

const FRAME: Duration = Duration::from_millis(20);

/// A small generator for the tests: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// When packet `number` arrives after the start; none if it is lost.
type Path<'a> = &'a mut dyn FnMut(u64) -> Option<Duration>;

/// A sender's tone through a buffer, pulled each 20 ms a little after the packets are due.
struct Line {
    buffer: JitterBuffer,
    tone: Tone,
    first_sequence: u16,
    first_timestamp: u32,
    /// Nanoseconds that the sender's clock gains in a second.
    skew_ppb: i64,
}

impl Line {
    fn new() -> Line {
        Line {
            buffer: JitterBuffer::new(8_000, 8_000, 480),
            tone: Tone::sine(8_000, 400.0, -10.0),
            first_sequence: 65_500,
            first_timestamp: u32::MAX - 8_000,
            skew_ppb: 0,
        }
    }

    /// Runs for `packets` frames; gives the statistics gained in each second.
    fn run(&mut self, packets: u64, path: Path<'_>) -> Vec<PlayoutStatistics> {
        let mut coming: Vec<(Duration, u64)> = (0..packets)
            .filter_map(|number| {
                let nominal = number as i64 * 20_000_000;
                let sent = Duration::from_nanos(
                    (nominal - nominal / 1_000_000_000 * self.skew_ppb) as u64,
                );
                Some((sent + path(number)?, number))
            })
            .collect();
        coming.sort();
        let mut coming = coming.into_iter().peekable();
        let (mut seconds, mut frame) = (Vec::new(), [0i16; 160]);
        for number in 0..packets {
            let now = FRAME * number as u32 + Duration::from_millis(7);
            while let Some((at, number)) = coming.next_if(|(at, _)| *at <= now) {
                let (mut samples, mut payload) = ([0; 160], [0; 160]);
                self.tone.fill(Duration::ZERO, &mut samples);
                encode_a_law(&samples, &mut payload);
                let sequence = self.first_sequence.wrapping_add(number as u16);
                let timestamp = self.first_timestamp.wrapping_add(number as u32 * 160);
                self.buffer.insert(at, sequence, timestamp, Some(&payload));
            }
            self.buffer.pull(now, &mut Pcma, &mut frame);
            if number % 50 == 49 {
                seconds.push(self.buffer.statistics());
            }
        }
        seconds
    }
}

fn mean_delay(a: &PlayoutStatistics, b: &PlayoutStatistics) -> Duration {
    let count = b.jitter_buffer_emitted_count - a.jitter_buffer_emitted_count;
    (b.jitter_buffer_delay - a.jitter_buffer_delay).div_f64(count as f64)
}

#[test]
fn a_calm_line_is_passed_untouched_within_one_frame_and_ten_milliseconds() {
    let mut line = Line::new();
    let seconds = line.run(3_000, &mut |_| Some(Duration::from_millis(40)));
    let end = seconds[59];
    assert_eq!(
        end.concealed_samples + end.inserted_samples_for_deceleration,
        0
    );
    assert_eq!(
        end.removed_samples_for_acceleration + end.packets_discarded + end.buffer_flushes,
        0
    );
    assert!(mean_delay(&seconds[0], &end) <= Duration::from_millis(30));
}

#[test]
fn a_drifting_clock_is_followed_for_an_hour() {
    for skew_ppb in [300_000, -300_000] {
        let mut line = Line {
            skew_ppb,
            ..Line::new()
        };
        let seconds = line.run(3_600 * 50, &mut |_| Some(Duration::from_millis(40)));
        let end = seconds.last().unwrap();
        assert_eq!(end.buffer_flushes, 0);
        let skew = 3_600 * 8_000 * 300 / 1_000_000;
        let stretched =
            end.inserted_samples_for_deceleration + end.removed_samples_for_acceleration;
        assert!(
            stretched + end.concealed_samples <= skew + 3_600 * 8_000 / 1_000,
            "{skew_ppb}: {end:?}"
        );
        let last = mean_delay(&seconds[3_500], end);
        assert!(last <= Duration::from_millis(60), "{skew_ppb}: {last:?}");
    }
}

#[test]
fn uniform_jitter_sets_the_target_to_its_quantile() {
    for jitter_ms in [10, 40, 100] {
        let mut random = Random(jitter_ms);
        let mut line = Line::new();
        let seconds = line.run(60 * 50, &mut |_| {
            Some(Duration::from_micros(
                20_000 + random.below(jitter_ms * 1_000),
            ))
        });
        let (settled, end) = (seconds[9], seconds[59]);
        let concealed =
            (end.concealed_samples - settled.concealed_samples) as f64 / (50.0 * 8_000.0);
        assert!(concealed <= 0.01, "{jitter_ms} ms: {concealed}");
        let target = line.buffer.target_delay().as_millis() as i64;
        assert!(
            (target - jitter_ms as i64 * 97 / 100).abs() <= 10,
            "{jitter_ms} ms: target {target}"
        );
    }
}

#[test]
fn bursty_loss_is_concealed_packet_for_packet() {
    let mut random = Random(5);
    let (mut bad, mut lost) = (false, 0u64);
    let mut line = Line::new();
    // Gilbert-Elliott: 5 % lost, in bursts of three.
    let seconds = line.run(60 * 50, &mut |number| {
        bad = if bad {
            random.below(1_000) >= 333
        } else {
            random.below(1_000) < 18
        };
        lost += u64::from(bad && number < 2_990);
        (!bad).then_some(Duration::from_millis(30))
    });
    let end = seconds[59];
    assert!(lost > 100);
    assert!(
        end.concealed_samples.abs_diff(lost * 160) <= 160,
        "{lost} packets, {end:?}"
    );
    assert!(end.packets_missed.abs_diff(lost) <= 1);
}

#[test]
fn a_step_of_the_delay_is_followed_up_and_down() {
    let mut line = Line::new();
    let seconds = line.run(60 * 50, &mut |number| {
        Some(Duration::from_millis(if (1_000..2_000).contains(&number) {
            230
        } else {
            30
        }))
    });
    // Up at 20 s, down at 40 s.
    let concealed =
        |from: usize, to: usize| seconds[to].concealed_samples - seconds[from].concealed_samples;
    assert!(concealed(19, 23) <= 8 * 260, "{}", concealed(19, 23));
    assert_eq!(concealed(23, 39), 0);
    assert_eq!(concealed(50, 59), 0);
    let delay = mean_delay(&seconds[50], &seconds[59]);
    assert!(delay <= Duration::from_millis(60), "{delay:?}");
}

#[test]
fn reordering_within_the_delay_is_not_heard() {
    let mut line = Line::new();
    let mut seconds = line.run(1_000, &mut |number| {
        Some(Duration::from_millis(
            20 + if number % 4 == 1 { 45 } else { 0 },
        ))
    });
    let (settled, end) = (seconds[9], seconds.pop().unwrap());
    assert_eq!(end.concealed_samples - settled.concealed_samples, 0);
    assert_eq!(end.packets_discarded - settled.packets_discarded, 0);
}

#[test]
fn a_jump_of_the_timestamp_and_a_new_sequence_are_survived() {
    let mut buffer = JitterBuffer::new(8_000, 8_000, 480);
    let mut frame = [0; 160];
    let payload = [0x55; 160];
    let mut timestamp = 7u32;
    let mut sequence = 3u16;
    for number in 0..400u32 {
        let now = FRAME * number;
        if number == 100 {
            timestamp = timestamp.wrapping_add(0x4000_0000);
        }
        if number == 200 {
            timestamp = timestamp.wrapping_sub(0x2000_0000);
        }
        if number == 300 {
            sequence = sequence.wrapping_add(30_000);
        }
        buffer.insert(now, sequence, timestamp, Some(&payload));
        (sequence, timestamp) = (sequence.wrapping_add(1), timestamp.wrapping_add(160));
        buffer.pull(now + Duration::from_millis(5), &mut Pcma, &mut frame);
    }
    let end = buffer.statistics();
    assert!(end.packets_played >= 396, "{end:?}");
    assert!(end.concealed_samples <= 6 * 160, "{end:?}");
}

#[test]
fn pauses_are_comfort_and_packets_of_other_lengths_are_cut_to_frames() {
    let mut buffer = JitterBuffer::new(8_000, 8_000, 480);
    let mut frame = [0; 160];
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
            buffer.pull(now, &mut Pcma, &mut frame);
        }
    }
    let end = buffer.statistics();
    assert_eq!(end.packets_missed, 0);
    assert!(end.concealment_events <= 2, "{end:?}");
    assert_eq!(end.total_samples_received, 300 * 160);
}

#[test]
fn duplicates_late_and_long_packets_are_told_apart() {
    let mut buffer = JitterBuffer::new(8_000, 8_000, 480);
    let mut frame = [0; 160];
    let payload = [0x55; 160];
    let at = Duration::from_millis;
    assert_eq!(
        buffer.insert(at(0), 10, 0, Some(&payload)),
        Inserted::Stored
    );
    assert_eq!(
        buffer.insert(at(0), 10, 0, Some(&payload)),
        Inserted::Duplicate
    );
    assert_eq!(
        buffer.insert(at(0), 11, 160, Some(&[0; 481])),
        Inserted::TooLong
    );
    assert_eq!(
        buffer.insert(at(0), 12, 320, Some(&payload)),
        Inserted::Stored
    );
    assert_eq!(buffer.waiting(), 2);
    for number in 1..5 {
        buffer.pull(at(20 * number), &mut Pcma, &mut frame);
    }
    assert_eq!(
        buffer.insert(at(90), 10, 0, Some(&payload)),
        Inserted::Duplicate
    );
    assert_eq!(
        buffer.insert(at(90), 11, 160, Some(&payload)),
        Inserted::Late
    );
    assert_eq!(
        buffer.insert(at(90), 200, 160 * 190, Some(&payload)),
        Inserted::Flushed
    );
    let end = buffer.statistics();
    assert_eq!(
        (end.packets_played, end.packets_missed, end.missed_runs),
        (2, 1, 1)
    );
}

proptest! {
    #[test]
    fn any_soup_of_packets_gives_exactly_one_frame_a_pull(
        packets in proptest::collection::vec((0u64..60, any::<u16>(), any::<u32>(), 0usize..500, 0u8..4), 0..300),
        tame: bool,
        rate in prop_oneof![Just(8_000u32), Just(48_000)],
    ) {
        let mut buffer = JitterBuffer::new(rate, rate, 480);
        let mut frame = vec![0; rate as usize / 50];
        let mut now = Duration::ZERO;
        let mut pulls = 0;
        for (wait, sequence, timestamp, len, kind) in packets {
            now += Duration::from_millis(wait);
            let payload = vec![sequence as u8; len];
            let (sequence, timestamp) = if tame { (sequence % 100, timestamp % 16_000) } else { (sequence, timestamp) };
            buffer.insert(now, sequence, timestamp, (kind > 0).then_some(&payload));
            if kind > 1 {
                frame.fill(i16::MIN);
                buffer.pull(now, &mut Pcma, &mut frame);
                pulls += 1;
            }
        }
        let end = buffer.statistics();
        prop_assert_eq!(end.total_samples_received, pulls * frame.len() as u64);
        prop_assert!(end.silent_concealed_samples <= end.concealed_samples);
    }
}
