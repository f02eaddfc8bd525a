//! What a receiver can say of the voice it heard: the values of RFC 3611's VoIP metrics, in their natural units.
//!
//! RFC 3611 §4.7 packs them into octets, RFC 6035 §4.6 writes them as text.

use std::time::Duration;

use super::{BurstMetrics, GMIN, Quality};

/// Quality of one received stream since its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VoiceMetrics {
    /// Share of the expected packets that never came, 0 to 1.
    pub loss: f64,
    /// Share of the expected packets that came after their turn, 0 to 1.
    pub discard: f64,
    /// Share of packets lost or discarded within bursts, 0 to 1.
    pub burst_density: f64,
    /// The same within gaps.
    pub gap_density: f64,
    /// Mean length of a burst.
    pub burst_duration: Duration,
    /// Mean length of a gap between bursts.
    pub gap_duration: Duration,
    /// Round trip by RTCP, if known.
    pub round_trip: Option<Duration>,
    /// What this end adds: a frame that fills, and the play-out buffer.
    pub end_system_delay: Duration,
    /// Interarrival jitter, RFC 3550 §6.4.1.
    pub jitter: Duration,
    /// Level of what was heard, dBm0, if it was measured.
    pub signal_dbm0: Option<f64>,
    /// What it sounds like; none before the first packet.
    pub quality: Option<Quality>,
    /// Delay that the play-out buffer aims at.
    pub buffer_nominal: Duration,
    /// Delay that the play-out buffer can hold now; a packet that comes earlier is discarded.
    pub buffer_maximum: Duration,
    /// The most that this can become.
    pub buffer_absolute_maximum: Duration,
}

/// What the fate of packets at play-out says.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Fates {
    pub(crate) played: u64,
    /// Turns that passed without the packet.
    pub(crate) missed: u64,
    /// Packets that came after their turn, or found no room.
    pub(crate) discarded: u64,
}

impl VoiceMetrics {
    /// Packets received in a row that end a burst.
    pub const GAP_THRESHOLD: u64 = GMIN;

    /// Delay from mouth to ear: half the round trip and what both ends add, taking the other end to be like this one.
    pub fn one_way_delay(&self) -> Option<Duration> {
        Some(self.round_trip? / 2 + self.end_system_delay)
    }

    /// Metrics of losses alone.
    pub(crate) fn of_losses(fates: Fates, bursts: BurstMetrics, packet: Duration) -> VoiceMetrics {
        let expected = (fates.played + fates.missed).max(1) as f64;
        // What was flushed had no turn to miss.
        let discarded = fates.discarded.min(fates.missed);
        let time = |packets: f64| packet.mul_f64(packets.clamp(0.0, PACKETS_MAX));
        VoiceMetrics {
            loss: (fates.missed - discarded) as f64 / expected,
            discard: discarded as f64 / expected,
            burst_density: bursts.burst_density,
            gap_density: bursts.gap_density,
            burst_duration: time(bursts.burst_packets),
            gap_duration: time(bursts.gap_packets),
            ..VoiceMetrics::default()
        }
    }
}

/// A year of packets of 20 ms: keeps the product with a packet's time within a [`Duration`].
const PACKETS_MAX: f64 = 1.6e9;
