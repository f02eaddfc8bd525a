//! A sender's signal through a buffer over a line that the test draws.

use std::time::Duration;

use crate::codec::Pcma;
use crate::codec::g711::encode_a_law;
use crate::jitter::{JitterBuffer, Played, PlayoutStatistics};
use crate::source::Source;
use crate::tone::Tone;

/// Time of a packet and of a frame.
pub(super) const FRAME: Duration = Duration::from_millis(20);
/// Frames in a second.
pub(super) const A_SECOND: u64 = 50;

/// A small generator for the tests: SplitMix64.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// When packet `number` arrives after it was sent; none if it is lost.
pub(super) type Path<'a> = &'a mut dyn FnMut(u64) -> Option<Duration>;

pub(super) fn ms(ms: u64) -> Option<Duration> {
    Some(Duration::from_millis(ms))
}

/// A sender of A-law, a line, and a buffer that is pulled each 20 ms a little after the packets are due.
pub(super) struct Line {
    pub(super) buffer: JitterBuffer,
    pub(super) source: Source,
    pub(super) first_sequence: u16,
    pub(super) first_timestamp: u32,
    /// Parts of a thousand million by which the sender's clock is fast.
    pub(super) skew_ppb: i64,
}

/// The buffer after a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) played: Played,
    pub(super) statistics: PlayoutStatistics,
    pub(super) target: Duration,
    pub(super) waiting: usize,
}

impl Line {
    pub(super) fn new() -> Line {
        Line {
            buffer: JitterBuffer::new(8_000, 8_000, 480),
            source: Source::Tone(Tone::sine(8_000, 400.0, -10.0)),
            first_sequence: 65_500,
            first_timestamp: u32::MAX - 8_000,
            skew_ppb: 0,
        }
    }

    /// Runs for so many frames.
    pub(super) fn run(&mut self, packets: u64, path: Path<'_>) -> Vec<Moment> {
        let mut coming: Vec<(Duration, u64)> = (0..packets)
            .filter_map(|number| {
                let nominal = number as i64 * 20_000_000;
                let skew = nominal / 1_000_000_000 * self.skew_ppb;
                let sent = Duration::from_nanos((nominal - skew) as u64);
                Some((sent + path(number)?, number))
            })
            .collect();
        coming.sort();
        let mut coming = coming.into_iter().peekable();
        let mut said = [[0; 160]; 64];
        let mut moments = Vec::new();
        let mut spoken = 0;
        for number in 0..packets {
            let now = FRAME * number as u32 + Duration::from_millis(7);
            while let Some((at, number)) = coming.next_if(|(at, _)| *at <= now) {
                while spoken <= number {
                    let payload = &mut said[spoken as usize % 64];
                    let mut samples = [0; 160];
                    self.source.fill(FRAME * spoken as u32, &mut samples);
                    encode_a_law(&samples, payload);
                    spoken += 1;
                }
                let sequence = self.first_sequence.wrapping_add(number as u16);
                let timestamp = self.first_timestamp.wrapping_add(number as u32 * 160);
                let payload = &said[number as usize % 64];
                self.buffer.insert(at, sequence, timestamp, Some(payload));
            }
            let played = self.buffer.pull(now, &mut Pcma, 160);
            moments.push(Moment {
                played,
                statistics: self.buffer.statistics(),
                target: self.buffer.target_delay(),
                waiting: self.buffer.waiting(),
            });
        }
        moments
    }
}

/// What was counted between two moments, given in seconds after the start.
pub(super) fn between(
    moments: &[Moment],
    (from_s, to_s): (u64, u64),
    count: impl Fn(&PlayoutStatistics) -> u64,
) -> u64 {
    let at = |second: u64| match (second * A_SECOND).checked_sub(1) {
        Some(place) => count(&moments[place as usize].statistics),
        None => 0,
    };
    at(to_s) - at(from_s)
}

/// Mean time that samples spent in the buffer between two moments.
pub(super) fn mean_delay(moments: &[Moment], span_s: (u64, u64)) -> Duration {
    let nanos = between(moments, span_s, |all| {
        all.jitter_buffer_delay.as_nanos() as u64
    });
    let count = between(moments, span_s, |all| all.jitter_buffer_emitted_count);
    Duration::from_nanos(nanos / count.max(1))
}

pub(super) fn concealed(all: &PlayoutStatistics) -> u64 {
    all.concealed_samples
}

pub(super) fn stretched(all: &PlayoutStatistics) -> u64 {
    all.inserted_samples_for_deceleration + all.removed_samples_for_acceleration
}
