//! What is put where nothing came: concealment for what is lost or late, silence for what was never said.

use super::JitterBuffer;
use crate::codec::Codec;

impl JitterBuffer {
    /// The next packet is lost: others after it are there.
    pub(super) fn lose(&mut self, codec: &mut dyn Codec, unit: u64) {
        self.miss(1);
        self.next += 1;
        let samples = self.samples(unit).min(self.pending.room().len()).max(1);
        self.position += self.credit + self.ticks(samples);
        self.credit = 0;
        self.conceal(codec, samples);
    }

    /// Nothing is there: lost, late or over, which only a later packet will tell.
    pub(super) fn starve(&mut self, codec: &mut dyn Codec, wanted: usize) {
        self.credit += self.ticks(wanted);
        if self.quiet {
            return self.silence(wanted);
        }
        self.conceal(codec, wanted);
    }

    /// A pause of the sender.
    pub(super) fn comfort(&mut self, samples: usize) {
        self.position += self.ticks(samples);
        self.silence(samples);
    }

    pub(super) fn silence(&mut self, samples: usize) {
        let samples = samples.min(self.pending.room().len());
        self.pending.push(samples).fill(0);
        self.concealer.reset();
        self.statistics.concealed_samples += samples as u64;
        self.statistics.silent_concealed_samples += samples as u64;
    }

    pub(super) fn conceal(&mut self, codec: &mut dyn Codec, samples: usize) {
        let samples = samples.min(self.pending.room().len());
        if !self.concealing {
            self.concealing = true;
            self.statistics.concealment_events += 1;
        }
        self.statistics.concealed_samples += samples as u64;
        if self.concealer.is_faded() {
            self.statistics.silent_concealed_samples += samples as u64;
        }
        // A codec with a model of speech continues it better than its bare samples allow.
        if codec.decode(&[], &mut self.pending.room()[..samples]) == Ok(samples) {
            self.concealer.good(self.pending.push(samples));
        } else {
            self.concealer.conceal(self.pending.push(samples));
        }
    }

    pub(super) fn miss(&mut self, count: u64) {
        self.statistics.packets_missed += count;
        self.bursts.lost(count);
        self.statistics.missed_runs += u64::from(!self.missing);
        self.missing = true;
    }
}
