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

mod arrival;
mod delay;
mod gaps;
mod outages;
mod pause;
mod slots;
mod spell;
mod statistics;
mod stretch;

pub use statistics::{Inserted, Played, PlayoutStatistics};

use std::mem::offset_of;
use std::time::Duration;

use crate::clock::{Unwrapper, ticks};
use crate::codec::Codec;
use crate::near;
use crate::plc::Concealer;
use crate::quality::{BurstMetrics, Bursts};
use delay::DelayEstimator;
use outages::Outages;
use pause::Pause;
use slots::{Carried, Slots, Waiting};
use stretch::Pending;

/// Packets that the buffer holds at most: 1.28 s of 20 ms packets.
pub const SLOTS: usize = 64;

/// Longest frame that can be pulled: the longest packet of Opus. RFC 6716 §2.1.4.
pub const FRAME_MAX: Duration = Duration::from_millis(120);

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
///
/// What every packet and every pull touch stands first, and `repr(C)` leaves it there: see [`near`].
#[derive(Debug)]
#[repr(C)]
pub struct JitterBuffer {
    clock_rate_hz: u32,
    sample_rate_hz: u32,
    playing: bool,
    concealing: bool,
    /// Packets missed since the last that was played.
    missing: u16,
    /// Frames until the next stretching by choice.
    rest: u8,
    /// Sequence number whose turn is next.
    next: u64,
    /// Timestamp that follows what was put out.
    position: u64,
    /// Ticks made up while nothing was there, not yet set against a loss.
    credit: u64,
    /// Samples of the last packet.
    packet_samples: usize,
    sequence: Unwrapper,
    timestamp: Unwrapper,
    /// When the first packet of this filling came; `None` before it.
    filling_since: Option<Duration>,
    /// Sequence number whose turn it was when a long silence began; `None` but while it fills after one.
    interrupted_at: Option<u64>,
    /// Until then packets are waited for that repair those before them, or show how a gap ends.
    reserve_until: Duration,
    slots: Slots,
    pending: Pending,
    statistics: PlayoutStatistics,
    /// Sums over the samples that left the buffer: µs that they waited, and that the target said they should.
    waited_us: u64,
    aimed_us: u64,
    bursts: Bursts,
    concealer: Concealer,
    delay: DelayEstimator,
    outages: Outages,
    /// The sender pauses: gaps are meant.
    pause: Pause,
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
            outages: Outages::default(),
            pending: Pending::new(sample_rate_hz),
            concealer: Concealer::new(sample_rate_hz),
            filling_since: None,
            interrupted_at: None,
            playing: false,
            next: 0,
            position: 0,
            credit: 0,
            pause: Pause::default(),
            missing: 0,
            concealing: false,
            reserve_until: Duration::ZERO,
            packet_samples: sample_rate_hz as usize / 50,
            rest: 0,
            statistics: PlayoutStatistics::default(),
            waited_us: 0,
            aimed_us: 0,
            bursts: Bursts::default(),
        }
    }

    /// See [`near`]: call it some calls ahead.
    #[inline]
    pub fn approach(&self) {
        let len = offset_of!(JitterBuffer, delay) + DelayEstimator::HEAD;
        near::fetch_head(self, len);
    }

    /// See [`near`]: call it one call ahead.
    #[inline]
    pub fn fetch(&self) {
        self.slots.fetch();
        self.pending.fetch();
    }

    /// Forgets everything but the counters, as for a new source.
    pub fn reset(&mut self) {
        self.refill();
        self.sequence = Unwrapper::default();
        self.timestamp = Unwrapper::default();
        self.delay = DelayEstimator::new();
        self.outages = Outages::default();
    }

    /// Throws away what waits and fills anew, as after a hold; what is known of the source stays.
    pub fn refill(&mut self) {
        self.slots.clear();
        self.pending.clear();
        self.concealer.reset();
        self.filling_since = None;
        self.playing = false;
        self.pause.end();
        self.interrupted_at = None;
        (self.credit, self.missing, self.concealing) = (0, 0, false);
    }

    /// Makes exactly one frame, the samples to be heard from `now` on, which [`JitterBuffer::frame`] gives: so many of them, at
    /// most [`FRAME_MAX`] of time.
    pub fn pull(&mut self, now: Duration, codec: &mut dyn Codec, samples: usize) -> Played {
        let samples = samples.min(self.pending.frame_max());
        self.statistics.total_samples_received += samples as u64;
        if !self.start(now) {
            return self.wait(codec, samples);
        }
        self.rest = self.rest.saturating_sub(1);
        let (made_up, silent) = (
            self.statistics.concealed_samples,
            self.statistics.silent_concealed_samples,
        );
        // Each turn either yields samples or moves on in the sequence, of which the ring bounds the number.
        for _ in 0..4 * SLOTS {
            match samples.checked_sub(self.pending.len()) {
                None | Some(0) => break,
                Some(wanted) => self.turn(now, codec, wanted),
            }
        }
        self.pending.lend(samples);
        let silent = self.statistics.silent_concealed_samples - silent;
        match self.statistics.concealed_samples - made_up {
            0 => Played::Normal,
            made_up if made_up == silent => Played::Comfort,
            _ => Played::Concealed,
        }
    }

    /// The frame that was pulled last, where it was decoded. It stays until the next is pulled; whatever empties the buffer
    /// silences it.
    #[inline]
    pub fn frame(&self) -> &[i16] {
        self.pending.lent()
    }

    /// Makes a frame of silence in which nothing has its turn, as while nobody listens.
    pub fn silence(&mut self, samples: usize) {
        let samples = samples.min(self.pending.frame_max());
        self.pending.lend_apart(samples).fill(0);
    }

    /// The counters so far.
    pub fn statistics(&self) -> PlayoutStatistics {
        PlayoutStatistics {
            jitter_buffer_delay: Duration::from_micros(self.waited_us),
            jitter_buffer_target_delay: Duration::from_micros(self.aimed_us),
            ..self.statistics
        }
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
        self.pass_over(self.next, 0);
        self.credit = 0;
        let first = self.slots.get(self.next).map(|packet| packet.timestamp);
        self.position = first.unwrap_or(self.position);
        true
    }

    /// Takes the next step in the sequence; `wanted` samples would fill the frame.
    fn turn(&mut self, now: Duration, codec: &mut dyn Codec, wanted: usize) {
        if let Some(&packet) = self.slots.get(self.next) {
            match (packet.carried, self.ahead(packet.timestamp)) {
                (Carried::Speech, None) => self.play(now, codec, &packet),
                (Carried::Speech, Some(pause)) => {
                    self.comfort(codec, self.samples(pause).clamp(1, wanted));
                }
                (Carried::Noise, _) => {
                    self.pause.describe(self.slots.payload(self.next));
                    self.pass();
                }
                (Carried::Nothing, _) => {
                    self.pause.silence();
                    self.pass();
                }
            }
        } else if let Some((number, timestamp)) = self.slots.first_from(self.next + 1) {
            let count = number - self.next;
            match self.ahead(timestamp) {
                Some(gap) if !self.pause.is_on() => self.lose(now, codec, number, gap),
                Some(gap) => self.comfort(codec, self.samples(gap).clamp(1, wanted)),
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
        (gap > 0 && gap < ticks(PAUSE_MAX, self.clock_rate_hz)).then_some(gap)
    }

    /// Ends a packet's turn.
    fn pass(&mut self) {
        self.slots.release(self.next);
        self.next += 1;
    }

    fn play(&mut self, now: Duration, codec: &mut dyn Codec, packet: &Waiting) {
        self.look_back(now, codec);
        let timestamp = packet.timestamp;
        let ahead = self.pending.len() as u64;
        let room = self.pending.room();
        let decoded = codec
            .decode(self.slots.payload(self.next), room)
            .unwrap_or(0)
            .min(room.len());
        self.pass();
        if decoded == 0 {
            // Undecodable is as good as lost.
            self.miss(1);
            let made = self.conceal(codec, self.packet_samples, None);
            self.position = timestamp + self.ticks(made);
            return;
        }
        self.concealer.good(self.pending.push(decoded));
        self.packet_samples = decoded;
        self.position = timestamp + self.ticks(decoded);
        self.pause.end();
        if usize::from(packet.len) <= PAUSE_OCTETS {
            self.pause.by_codec();
        }
        (self.credit, self.missing, self.concealing) = (0, 0, false);
        self.statistics.packets_played += 1;
        self.bursts.received(1);
        let (now_us, decoded) = (now.as_micros() as i64, decoded as u64);
        // It is heard after what was decoded before it.
        let ahead_us = ahead * 1_000 / u64::from(self.sample_rate_hz / 1_000);
        let waited_us = now_us.saturating_sub(packet.arrived_us).max(0) as u64 + ahead_us;
        self.statistics.jitter_buffer_emitted_count += decoded;
        self.waited_us = self
            .waited_us
            .saturating_add(waited_us.saturating_mul(decoded));
        self.aimed_us += self.delay.target_us() * decoded;
        let excess = self.delay.excess(now_us, packet.timestamp_us);
        self.stretch(excess);
    }

    /// Shortens or lengthens what waits, if the delay is off its target and there is enough of it.
    fn stretch(&mut self, excess: i64) {
        let (excess_limit, urgent) = (EXCESS.as_micros() as i64, URGENT.as_micros() as i64);
        if !self.pending.is_stretchable() {
            return;
        }
        // With nothing behind it, what is late shows that the way is longer now.
        let is_urgent = excess > urgent && self.slots.filled() > 0;
        if is_urgent || excess > excess_limit && self.rest == 0 {
            let removed = self.pending.shorten(is_urgent);
            self.statistics.removed_samples_for_acceleration += removed as u64;
            self.rest = 3;
        } else if excess < 0 && self.rest == 0 {
            let added = self.pending.lengthen();
            self.statistics.inserted_samples_for_deceleration += added as u64;
            self.rest = 3;
        }
    }

    fn ticks(&self, samples: usize) -> u64 {
        samples as u64 * u64::from(self.clock_rate_hz) / u64::from(self.sample_rate_hz)
    }

    fn samples(&self, ticks: u64) -> usize {
        (ticks * u64::from(self.sample_rate_hz) / u64::from(self.clock_rate_hz)) as usize
    }
}

/// No speech fits so few octets: a codec says with them that it pauses. RFC 7587 §3.1.3, RFC 3551 §4.5.6 (G.729 Annex B).
const PAUSE_OCTETS: usize = 2;

fn micros(ticks: u64, rate_hz: u32) -> i64 {
    (ticks * 1_000 / u64::from(rate_hz / 1_000)) as i64
}

#[cfg(test)]
mod tests;
