//! Ten milliseconds that were not sent as they are heard: concealed, or stretched.
//!
//! All buffers hear the same, so that what one of them does, all do; it is told by the counters of the first.

use std::hint::black_box;
use std::time::Duration;

use benches::{CpuTime, assert_no_allocations};
use media::jitter::JitterBuffer;

use super::{BUFFERS, PACKET, PULL, Plain, RATE_HZ};

/// What ten milliseconds were made by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Made {
    /// Samples made up in the place of lost ones.
    Conceal,
    /// Samples left out or repeated, to shorten or lengthen the delay.
    Stretch,
}

/// Packets after which the line does the same again: first it loses one of ten, then it holds five back of a hundred.
const COURSE: u64 = 400;
/// Packets without what is looked for, after which it is not going to come.
const PATIENCE: u32 = 100 * COURSE as u32;

/// Buffers in step on one bad line.
pub(crate) struct Troubled {
    buffers: Vec<JitterBuffer>,
    payload: Vec<u8>,
    tick: u64,
}

impl Troubled {
    pub(crate) fn new() -> Troubled {
        let buffer = |_| JitterBuffer::new(RATE_HZ, RATE_HZ, 2 * PACKET);
        // Two periods of a sawtooth: goes on from packet to packet, and has a pitch to be stretched by.
        let samples = (0..PACKET as i16).map(|n| (n % 80 - 40) * 300);
        let mut troubled = Troubled {
            buffers: (0..BUFFERS).map(buffer).collect(),
            payload: samples.flat_map(i16::to_le_bytes).collect(),
            tick: 0,
        };
        for _ in 0..COURSE {
            troubled.round();
        }
        assert_no_allocations(|| {
            for _ in 0..COURSE {
                troubled.round();
            }
        });
        troubled
    }

    /// The time that so many pulls of all buffers took which were made like this, each of 10 ms.
    ///
    /// # Panics
    /// If none is.
    pub(crate) fn pulls(&mut self, made: Made, pulls: u64) -> Duration {
        let (mut time, mut left, mut patience) = (Duration::ZERO, pulls, PATIENCE);
        while left > 0 {
            for (how, took) in self.round() {
                if how == Some(made) && left > 0 {
                    (time, left, patience) = (time + took, left - 1, PATIENCE);
                }
            }
            patience -= 1;
            assert!(patience > 0, "nothing is made by {made:?}");
        }
        time
    }

    /// 20 ms of all buffers: how the two pulls were made, and the time they took.
    fn round(&mut self) -> [(Option<Made>, Duration); 2] {
        self.tick += 1;
        let now = Duration::from_millis(20 * self.tick);
        for tick in arriving(self.tick) {
            for buffer in &mut self.buffers {
                let timestamp = tick as u32 * PACKET as u32;
                buffer.insert(now, tick as u16, timestamp, Some(&self.payload));
            }
        }
        [0, 10].map(|ms| self.pull(now + Duration::from_millis(ms)))
    }

    fn pull(&mut self, now: Duration) -> (Option<Made>, Duration) {
        let before = self.buffers[0].statistics();
        let start = CpuTime::THREAD.now();
        for buffer in &mut self.buffers {
            black_box(buffer.pull(now, &mut Plain, PULL));
            black_box(buffer.frame());
        }
        let time = CpuTime::THREAD.now() - start;
        let after = self.buffers[0].statistics();
        let stretched = |of: &media::jitter::PlayoutStatistics| {
            of.inserted_samples_for_deceleration + of.removed_samples_for_acceleration
        };
        let is_concealed = after.concealed_samples > before.concealed_samples;
        let made = match (is_concealed, stretched(&after) > stretched(&before)) {
            (true, false) => Some(Made::Conceal),
            (false, true) => Some(Made::Stretch),
            (true, true) | (false, false) => None,
        };
        (made, time)
    }
}

/// The numbers of the packets that come in this tick.
fn arriving(tick: u64) -> impl Iterator<Item = u64> {
    let place = tick % COURSE;
    let is_losing = place < COURSE / 2;
    let numbers = match place % 100 {
        _ if is_losing && place % 10 == 9 => tick..tick,
        0..5 if !is_losing => tick..tick,
        5 if !is_losing => tick - 5..tick + 1,
        _ => tick..tick + 1,
    };
    numbers.into_iter()
}
