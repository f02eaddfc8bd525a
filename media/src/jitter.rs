//! Play-out buffer: packets in whenever they come, exactly one frame out whenever it is asked for.
//!
//! Slots in a ring, by sequence number; all memory is taken at the start. The delay follows a quantile of the measured
//! jitter: speech is stretched or shortened by whole pitch periods where it can be, gaps are concealed where they must.
//!
//! ```text
//! Waiting ──first packets, target reached──► Playing ──next packet there──► decoded (stretched if early or late)
//!    ▲                                          │  ├─ only later ones there ► lost: concealed
//!    └────── long silence, then a packet ───────┘  └─ none there ──────────► concealed, and the delay grows
//! ```
//!
//! Statistics have the names of W3C webrtc-stats (RTCInboundRtpStreamStats).

mod delay;
mod gaps;
mod slots;
mod statistics;
mod stretch;

pub use statistics::{Inserted, Played, PlayoutStatistics};

use std::time::Duration;

use crate::clock::{Unwrapper, duration};
use crate::codec::Codec;
use crate::plc::Concealer;
use crate::quality::{BurstMetrics, Bursts};
use delay::DelayEstimator;
use slots::{Place, Slots};
use stretch::Pending;

/// Packets that the buffer holds at most: 1.28 s of 20 ms packets.
pub const SLOTS: usize = 64;

/// First delay, before the jitter is known.
const FIRST_DELAY: Duration = Duration::from_millis(10);
/// Without a packet for so long the buffer fills anew before it plays.
const RESTART_AFTER: Duration = Duration::from_millis(500);
/// A timestamp further ahead than this is a jump of the sender's clock and no pause.
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// Delay beyond the target at which speech is shortened; one frame is the grain of the play-out.
const EXCESS: Duration = Duration::from_millis(30);
/// Excess at which shortening no longer waits for speech that suits it.
const URGENT: Duration = Duration::from_millis(100);

/// The play-out buffer of one source.
#[derive(Debug)]
pub struct JitterBuffer {
    clock_rate_hz: u32,
    sample_rate_hz: u32,
    slots: Slots,
    sequence: Unwrapper,
    timestamp: Unwrapper,
    delay: DelayEstimator,
    pending: Pending,
    concealer: Concealer,
    /// When the first packet of this filling came; `None` before it.
    filling_since: Option<Duration>,
    playing: bool,
    /// Sequence number whose turn is next.
    next: u64,
    /// Timestamp that follows what was put out.
    position: u64,
    /// Ticks made up while nothing was there, not yet set against a loss.
    credit: u64,
    /// The sender pauses (telephone event): gaps are silence.
    quiet: bool,
    missing: bool,
    concealing: bool,
    /// Samples of the last packet.
    packet_samples: usize,
    /// Frames until the next stretching by choice.
    rest: u8,
    statistics: PlayoutStatistics,
    bursts: Bursts,
}

impl JitterBuffer {
    /// A buffer for payloads of at most `payload_max` octets.
    pub fn new(clock_rate_hz: u32, sample_rate_hz: u32, payload_max: usize) -> JitterBuffer {
        JitterBuffer {
            clock_rate_hz,
            sample_rate_hz,
            slots: Slots::new(payload_max),
            sequence: Unwrapper::default(),
            timestamp: Unwrapper::default(),
            delay: DelayEstimator::new(),
            pending: Pending::new(sample_rate_hz),
            concealer: Concealer::new(sample_rate_hz),
            filling_since: None,
            playing: false,
            next: 0,
            position: 0,
            credit: 0,
            quiet: false,
            missing: false,
            concealing: false,
            packet_samples: sample_rate_hz as usize / 50,
            rest: 0,
            statistics: PlayoutStatistics::default(),
            bursts: Bursts::default(),
        }
    }

    /// Forgets everything but the counters, as for a new source.
    pub fn reset(&mut self) {
        self.refill();
        self.sequence = Unwrapper::default();
        self.timestamp = Unwrapper::default();
        self.delay = DelayEstimator::new();
    }

    /// Throws away what waits and fills anew, as after a hold; what is known of the source stays.
    pub fn refill(&mut self) {
        self.slots.clear();
        self.pending.clear();
        self.concealer.reset();
        self.filling_since = None;
        self.playing = false;
        (self.credit, self.quiet, self.missing, self.concealing) = (0, false, false, false);
    }

    /// Takes a packet. Without payload it is one that carries no speech (a telephone event, say) and only holds its place
    /// in the sequence.
    #[inline]
    pub fn insert(
        &mut self,
        now: Duration,
        sequence: u16,
        timestamp: u32,
        payload: Option<&[u8]>,
    ) -> Inserted {
        let length = payload.map_or(0, <[u8]>::len);
        if length > self.slots.payload_max() {
            self.statistics.packets_discarded += 1;
            return Inserted::TooLong;
        }
        let mut number = self.sequence.peek_sequence(sequence);
        let mut flushed = false;
        if self.filling_since.is_some() && number.abs_diff(self.next) >= SLOTS as u64 {
            flushed = number > self.next || self.next - number > MISORDER_MAX;
            if !flushed {
                self.statistics.packets_discarded += 1;
                return Inserted::Late;
            }
            self.flush();
            number = self.sequence.peek_sequence(sequence);
        }
        match self.slots.place(number) {
            Place::Taken => {
                self.statistics.packets_duplicated += 1;
                return Inserted::Duplicate;
            }
            Place::Free => {}
        }
        self.sequence.sequence(sequence);
        let timestamp = self.timestamp.timestamp(timestamp).0;
        self.delay
            .observe(now, micros(timestamp, self.clock_rate_hz));
        if self.playing && number < self.next {
            self.statistics.packets_discarded += 1;
            return Inserted::Late;
        }
        if self.playing && duration(self.credit, self.clock_rate_hz) > RESTART_AFTER {
            self.playing = false;
            self.filling_since = None;
        }
        if !self.playing {
            self.next = if self.filling_since.is_some() {
                self.next.min(number)
            } else {
                number
            };
            self.filling_since.get_or_insert(now);
        }
        self.slots.store(number, timestamp, now, payload);
        if flushed {
            Inserted::Flushed
        } else {
            Inserted::Stored
        }
    }

    /// Fills exactly one frame: the samples to be heard from `now` on.
    pub fn pull(&mut self, now: Duration, codec: &mut dyn Codec, frame: &mut [i16]) -> Played {
        self.statistics.total_samples_received += frame.len() as u64;
        if !self.start(now) {
            frame.fill(0);
            return Played::Waiting;
        }
        self.rest = self.rest.saturating_sub(1);
        let (made_up, silent) = (
            self.statistics.concealed_samples,
            self.statistics.silent_concealed_samples,
        );
        let mut filled = self.pending.take(frame);
        // Each turn either yields samples or moves on in the sequence, of which the ring bounds the number.
        for _ in 0..4 * SLOTS {
            if filled == frame.len() {
                break;
            }
            self.turn(now, codec, frame.len() - filled);
            filled += self.pending.take(&mut frame[filled..]);
        }
        frame[filled..].fill(0);
        let silent = self.statistics.silent_concealed_samples - silent;
        match self.statistics.concealed_samples - made_up {
            0 => Played::Normal,
            made_up if made_up == silent => Played::Comfort,
            _ => Played::Concealed,
        }
    }

    /// The counters so far.
    pub fn statistics(&self) -> PlayoutStatistics {
        self.statistics
    }

    /// Bursts and gaps of the packets missed.
    pub fn bursts(&self) -> BurstMetrics {
        self.bursts.metrics()
    }

    /// Delay that the buffer aims at.
    pub fn target_delay(&self) -> Duration {
        self.delay.target()
    }

    /// Packets that wait for their turn.
    pub fn waiting(&self) -> usize {
        self.slots.filled()
    }

    fn start(&mut self, now: Duration) -> bool {
        if self.playing {
            return true;
        }
        let Some(since) = self.filling_since else {
            return false;
        };
        if now.saturating_sub(since) < self.delay.target().max(FIRST_DELAY) {
            return false;
        }
        self.playing = true;
        self.credit = 0;
        self.position = self.slots.timestamp(self.next).unwrap_or(self.position);
        true
    }

    /// Takes the next step in the sequence; `wanted` samples would fill the frame.
    fn turn(&mut self, now: Duration, codec: &mut dyn Codec, wanted: usize) {
        if let Some(timestamp) = self.slots.timestamp(self.next) {
            if self.slots.is_mute(self.next) {
                self.slots.release(self.next);
                (self.next, self.quiet) = (self.next + 1, true);
            } else if let Some(pause) = self.ahead(timestamp) {
                self.comfort(self.samples(pause).clamp(1, wanted));
            } else {
                self.play(now, codec, timestamp);
            }
        } else if let Some((number, timestamp)) = self.slots.first_from(self.next + 1) {
            let count = number - self.next;
            match self.ahead(timestamp) {
                Some(gap) if !self.quiet => self.lose(codec, gap / count),
                Some(gap) => self.comfort(self.samples(gap).clamp(1, wanted)),
                None => {
                    self.miss(count);
                    self.next = number;
                }
            }
        } else {
            self.starve(codec, wanted);
        }
    }

    /// Ticks that must still pass before `timestamp`'s turn; none if it is due, or so far ahead that it is a jump.
    fn ahead(&self, timestamp: u64) -> Option<u64> {
        let gap = timestamp.checked_sub(self.position + self.credit)?;
        (gap > 0 && duration(gap, self.clock_rate_hz) < PAUSE_MAX).then_some(gap)
    }

    fn play(&mut self, now: Duration, codec: &mut dyn Codec, timestamp: u64) {
        let arrived = self.slots.arrived(self.next);
        let excess = self
            .delay
            .excess(now, micros(timestamp, self.clock_rate_hz));
        let room = self.pending.room();
        let decoded = codec
            .decode(self.slots.payload(self.next), room)
            .unwrap_or(0)
            .min(room.len());
        self.slots.release(self.next);
        self.next += 1;
        if decoded == 0 {
            // Undecodable is as good as lost.
            self.miss(1);
            self.position = timestamp + self.ticks(self.packet_samples);
            return self.conceal(codec, self.packet_samples);
        }
        self.concealer.good(self.pending.push(decoded));
        self.packet_samples = decoded;
        self.position = timestamp + self.ticks(decoded);
        (self.credit, self.quiet, self.missing, self.concealing) = (0, false, false, false);
        self.statistics.packets_played += 1;
        self.bursts.received(1);
        self.statistics.jitter_buffer_emitted_count += decoded as u64;
        self.statistics.jitter_buffer_delay += now.saturating_sub(arrived) * decoded as u32;
        self.statistics.jitter_buffer_target_delay += self.delay.target() * decoded as u32;
        self.stretch(excess, decoded);
    }

    /// Shortens or lengthens what was just decoded, if the delay is off its target.
    fn stretch(&mut self, excess: i64, decoded: usize) {
        let (excess_limit, urgent) = (EXCESS.as_micros() as i64, URGENT.as_micros() as i64);
        if excess > urgent || excess > excess_limit && self.rest == 0 {
            let removed = self.pending.shorten(decoded, excess > urgent);
            self.statistics.removed_samples_for_acceleration += removed as u64;
            self.rest = 3;
        } else if excess < 0 && self.rest == 0 {
            let added = self.pending.lengthen(decoded);
            self.statistics.inserted_samples_for_deceleration += added as u64;
            self.rest = 3;
        }
    }

    fn flush(&mut self) {
        self.statistics.buffer_flushes += 1;
        self.statistics.packets_discarded += self.slots.filled() as u64;
        self.reset();
    }

    fn ticks(&self, samples: usize) -> u64 {
        samples as u64 * u64::from(self.clock_rate_hz) / u64::from(self.sample_rate_hz)
    }

    fn samples(&self, ticks: u64) -> usize {
        (ticks * u64::from(self.sample_rate_hz) / u64::from(self.clock_rate_hz)) as usize
    }
}

/// Numbers that a packet may lie behind before it means that the source began anew. RFC 3550 A.1.
const MISORDER_MAX: u64 = 100;

fn micros(ticks: u64, rate_hz: u32) -> i64 {
    (ticks * 1_000 / u64::from(rate_hz / 1_000)) as i64
}

#[cfg(test)]
mod tests;
