//! What is put where nothing came: a copy or concealment for what is lost or late, the pause for what was never said.

use std::time::Duration;

use super::slots::{Carried, Waiting};
use super::{JitterBuffer, Played, outages};
use crate::clock::duration;
use crate::codec::Codec;

impl JitterBuffer {
    /// The buffer fills; until then a pause goes on as it was.
    pub(super) fn wait(&mut self, codec: &mut dyn Codec, samples: usize) -> Played {
        self.pause.fill(codec, self.pending.lend_apart(samples));
        if !self.pause.is_on() {
            return Played::Waiting;
        }
        self.statistics.concealed_samples += samples as u64;
        self.statistics.silent_concealed_samples += samples as u64;
        Played::Comfort
    }

    /// The next packet is lost: the one with this number is there, `gap` ticks from here.
    pub(super) fn lose(&mut self, now: Duration, codec: &mut dyn Codec, number: u64, gap: u64) {
        let wanted = self
            .samples(gap / (number - self.next))
            .min(self.pending.room().len())
            .max(1);
        let recovered = self.recover(codec, wanted);
        if recovered > 0 {
            self.bursts.received(1);
            (self.missing, self.concealing) = (0, false);
            self.statistics.packets_recovered += 1;
            self.reserve_until = now + outages::FOR;
        } else {
            self.miss(1);
        }
        self.next += 1;
        let filled = match recovered {
            0 => self.conceal(codec, wanted, Some((number, self.samples(gap)))),
            filled => filled,
        };
        self.position += self.credit + self.ticks(filled);
        self.credit = 0;
    }

    /// Plays the lost packet from its copy in the one after it; gives the samples, none if there is no copy.
    fn recover(&mut self, codec: &mut dyn Codec, wanted: usize) -> usize {
        let next = self.next + 1;
        let room = self.pending.room();
        let is_speech = |packet: &Waiting| packet.carried == Carried::Speech;
        if !self.slots.get(next).is_some_and(is_speech) || room.len() < self.packet_samples {
            return 0;
        }
        let room = &mut room[..self.packet_samples];
        let made = codec
            .recover(self.slots.payload(next), room)
            .unwrap_or(0)
            .min(room.len());
        // What of it was concealed already is not heard once more.
        let heard = made.saturating_sub(wanted);
        room.copy_within(heard..made, 0);
        self.concealer.good(self.pending.push(made - heard));
        made - heard
    }

    /// A packet's turn has come. If it repeats one that was missed, or tells what the gap before it leads to, waiting longer
    /// would have helped, and the buffer will from now on.
    pub(super) fn look_back(&mut self, now: Duration, codec: &dyn Codec) {
        if self.missing == 0 {
            if now > self.reserve_until {
                self.delay.set_reserve(Duration::ZERO);
            }
            return;
        }
        let packet = duration(self.packet_samples as u64, self.sample_rate_hz);
        let payload = self.slots.payload(self.next);
        let wanted = if codec.repeats(payload) {
            Some(packet)
        } else if codec.preview(payload, self.pending.room()) > 0 {
            let gap = (packet * u32::from(self.missing)).min(RESERVE_MAX);
            self.outages.note(now, gap);
            self.outages.mean(now)
        } else {
            None
        };
        if let Some(wanted) = wanted {
            self.delay.raise_reserve(wanted);
            self.reserve_until = now + outages::FOR;
        }
    }

    /// Nothing is there: lost, late or over, which only a later packet will tell.
    pub(super) fn starve(&mut self, codec: &mut dyn Codec, wanted: usize) {
        let filled = if self.pause.is_on() {
            self.quiet(codec, wanted)
        } else {
            self.conceal(codec, wanted, None)
        };
        self.credit += self.ticks(filled);
    }

    /// A pause of the sender, as the next packet's timestamp tells.
    pub(super) fn comfort(&mut self, codec: &mut dyn Codec, samples: usize) {
        let filled = self.quiet(codec, samples);
        self.position += self.ticks(filled);
    }

    fn quiet(&mut self, codec: &mut dyn Codec, samples: usize) -> usize {
        let samples = samples.min(self.pending.room().len());
        self.pause.fill(codec, self.pending.push(samples));
        self.concealer.reset();
        self.statistics.concealed_samples += samples as u64;
        self.statistics.silent_concealed_samples += samples as u64;
        samples
    }

    /// Makes up at least `samples`; gives how many. What follows, if it is there: the number of its packet, and the samples
    /// from here to it.
    pub(super) fn conceal(
        &mut self,
        codec: &mut dyn Codec,
        samples: usize,
        following: Option<(u64, usize)>,
    ) -> usize {
        if !self.concealing {
            self.concealing = true;
            self.statistics.concealment_events += 1;
        }
        let (made, is_silent) = match self.continue_by_codec(codec, samples) {
            0 => {
                if let Some((number, distance)) = following {
                    self.look_ahead(codec, number, distance);
                }
                let is_silent = self.concealer.is_faded();
                let (history, room) = self.pending.push_after(samples);
                self.concealer.conceal(history, room);
                (room.len(), is_silent)
            }
            made => (made, self.pending.last(made).iter().all(is_inaudible)),
        };
        self.statistics.concealed_samples += made as u64;
        if is_silent {
            self.statistics.silent_concealed_samples += made as u64;
        }
        made
    }

    /// Shows the concealer what comes after so many samples more: what the packet with this number carries.
    fn look_ahead(&mut self, codec: &dyn Codec, number: u64, samples: usize) {
        let is_speech = |packet: &Waiting| packet.carried == Carried::Speech;
        if self.concealer.sees_end(samples) || !self.slots.get(number).is_some_and(is_speech) {
            return;
        }
        // What is made up will be written over it.
        let room = self.pending.room();
        let ahead = codec.preview(self.slots.payload(number), room);
        self.concealer.see(&room[..ahead.min(room.len())], samples);
    }

    /// A codec with a model of speech continues it better than its bare samples allow, in pieces of its own.
    fn continue_by_codec(&mut self, codec: &mut dyn Codec, samples: usize) -> usize {
        let piece = self.sample_rate_hz as usize / 100;
        let room = self.pending.room();
        let whole = samples
            .next_multiple_of(piece)
            .min(room.len() / piece * piece);
        let made = codec
            .decode(&[], &mut room[..whole])
            .unwrap_or(0)
            .min(whole);
        self.concealer.good(self.pending.push(made));
        made
    }

    pub(super) fn miss(&mut self, count: u64) {
        self.statistics.packets_missed += count;
        self.bursts.lost(count);
        self.statistics.missed_runs += u64::from(self.missing == 0);
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        self.missing = self.missing.saturating_add(count);
    }
}

/// Below half a step of eight-bit speech at its finest.
fn is_inaudible(sample: &i16) -> bool {
    sample.unsigned_abs() < 8
}

/// Time that is waited at most for what repairs a gap or shows its end: by P.862 more shows nothing more, by G.107 it costs 1.4
/// of R.
const RESERVE_MAX: Duration = Duration::from_millis(60);
