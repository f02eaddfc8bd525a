//! What the play-out buffer says of what it did.

use std::time::Duration;

/// What became of a packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Inserted {
    /// It waits for its turn.
    Stored,
    /// Its turn was over.
    Late,
    /// It was there before.
    Duplicate,
    /// Longer than any packet of the codec.
    TooLong,
    /// It did not fit and everything before it was thrown away.
    Flushed,
}

/// What a frame was made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Played {
    /// Nothing has come yet, or the buffer fills: silence.
    Waiting,
    /// Only what was sent (stretched perhaps).
    Normal,
    /// A pause of the sender: silence or comfort noise.
    Comfort,
    /// At least one sample was made up.
    Concealed,
}

/// Counters of the play-out, cumulative. W3C webrtc-stats names unless said otherwise; samples are of one channel.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PlayoutStatistics {
    /// Samples that left, concealed ones included.
    pub total_samples_received: u64,
    /// Samples made up, comfort noise included.
    pub concealed_samples: u64,
    /// Of these, silence or comfort noise.
    pub silent_concealed_samples: u64,
    /// Times that concealment began.
    pub concealment_events: u64,
    /// Samples added to grow the delay.
    pub inserted_samples_for_deceleration: u64,
    /// Samples taken away to shrink the delay.
    pub removed_samples_for_acceleration: u64,
    /// Sum over the emitted samples of the time they spent in the buffer.
    pub jitter_buffer_delay: Duration,
    /// Samples that left the buffer (its denominator).
    pub jitter_buffer_emitted_count: u64,
    /// Sum over the emitted samples of the target delay then.
    pub jitter_buffer_target_delay: Duration,
    /// Packets that came and were not played: late, too long or flushed.
    pub packets_discarded: u64,
    /// Packets that came twice; not in W3C's list.
    pub packets_duplicated: u64,
    /// Packets decoded; not in W3C's list.
    pub packets_played: u64,
    /// Lost packets played from the copy in the next one; not in W3C's list.
    pub packets_recovered: u64,
    /// Packets whose turn passed without them, late ones included; not in W3C's list.
    pub packets_missed: u64,
    /// Runs of missed packets in a row; not in W3C's list.
    pub missed_runs: u64,
    /// Times that everything was thrown away; not in W3C's list.
    pub buffer_flushes: u64,
}

impl PlayoutStatistics {
    /// Packets that were heard in their turn, from themselves or from their copy.
    pub fn packets_in_time(&self) -> u64 {
        self.packets_played + self.packets_recovered
    }
}
