//! What becomes of a packet that comes: it waits for its turn, or it is too late, too long, or there already.

use std::time::Duration;

use super::slots::{Carried, Waiting};
use super::{Inserted, JitterBuffer, RESTART_AFTER, SLOTS, micros};
use crate::clock::ticks;
use crate::codec::comfort_noise;

impl JitterBuffer {
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
        match payload {
            Some(payload) => self.take(now, sequence, timestamp, Carried::Speech, payload),
            None => self.take(now, sequence, timestamp, Carried::Nothing, &[]),
        }
    }

    /// Takes a packet of comfort noise (RFC 3389): from its turn on the sender pauses.
    pub fn insert_noise(
        &mut self,
        now: Duration,
        sequence: u16,
        timestamp: u32,
        payload: &[u8],
    ) -> Inserted {
        let payload = &payload[..payload.len().min(comfort_noise::PAYLOAD_MAX)];
        self.take(now, sequence, timestamp, Carried::Noise, payload)
    }

    #[inline]
    fn take(
        &mut self,
        now: Duration,
        sequence: u16,
        timestamp: u32,
        carried: Carried,
        payload: &[u8],
    ) -> Inserted {
        if payload.len() > self.slots.payload_max() {
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
            self.pass_over(number, self.filled_for(now));
            self.flush();
            number = self.sequence.peek_sequence(sequence);
        }
        if self.slots.was_there(number) {
            self.statistics.packets_duplicated += 1;
            return Inserted::Duplicate;
        }
        self.sequence.sequence(sequence);
        let timestamp = self.timestamp.timestamp(timestamp).0;
        let packet = Waiting {
            timestamp,
            timestamp_us: micros(timestamp, self.clock_rate_hz),
            arrived_us: now.as_micros() as i64,
            carried,
            ..Waiting::default()
        };
        self.delay.observe(packet.arrived_us, packet.timestamp_us);
        if self.playing && number < self.next {
            self.outages.forget_last();
            self.slots.note(number);
            self.statistics.packets_discarded += 1;
            return Inserted::Late;
        }
        self.make_way(now, number);
        self.slots.store(number, packet, payload);
        if flushed {
            Inserted::Flushed
        } else {
            Inserted::Stored
        }
    }

    /// Begins to fill, anew after a long silence, or before what came first so far.
    #[inline]
    fn make_way(&mut self, now: Duration, number: u64) {
        if self.playing && self.credit > ticks(RESTART_AFTER, self.clock_rate_hz) {
            // What is missing is only known when it plays again: others may come that were overtaken.
            self.interrupted_at = Some(self.next);
            self.playing = false;
            self.filling_since = None;
        }
        if !self.playing {
            self.next = match self.filling_since {
                Some(_) => self.next.min(number),
                None => number,
            };
            self.filling_since.get_or_insert(now);
        }
    }

    /// Time for which the buffer has been filling, in ticks.
    fn filled_for(&self, now: Duration) -> u64 {
        let since = self.filling_since.filter(|_| !self.playing);
        since.map_or(0, |since| {
            ticks(now.saturating_sub(since), self.clock_rate_hz)
        })
    }

    /// The turns before `number` passed while nothing came, or while nobody asked for what did come, if at least half the time for them
    /// went by, `waited` ticks of it before anything was played: else the source began anew.
    pub(super) fn pass_over(&mut self, number: u64, waited: u64) {
        let first = self.interrupted_at.take().unwrap_or(self.next);
        let count = number.saturating_sub(first);
        let time = count.saturating_mul(self.ticks(self.packet_samples));
        if count > 0 && self.credit + waited >= time / 2 {
            self.miss(count);
        }
    }

    fn flush(&mut self) {
        self.statistics.buffer_flushes += 1;
        self.statistics.packets_discarded += self.slots.filled() as u64;
        self.reset();
    }
}

/// Numbers that a packet may lie behind before it means that the source began anew. RFC 3550 A.1.
const MISORDER_MAX: u64 = 100;
