//! What a receiver can say of the voice it heard: the values of RFC 3611's VoIP metrics, in their natural units.
//!
//! RFC 3611 §4.7 packs them into octets, RFC 6035 §4.6 writes them as text.

use std::time::Duration;

use super::{Band, BurstMetrics, GMIN, Quality};
use crate::rtcp::{JitterAdaptation, LossConcealment, UNAVAILABLE, VoipMetrics};
use crate::rtp::Ssrc;

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

    /// The same in the units of RFC 3611's block, about a source. A wideband rating is brought to the scale of telephony, which
    /// is all that the block can hold.
    pub fn to_block(&self, ssrc: Ssrc) -> VoipMetrics {
        let share = |share: f64| (256.0 * share) as u8;
        let millis = |time: Duration| u16::try_from(time.as_millis()).unwrap_or(u16::MAX);
        let level = |level: f64| (level.round() as i8).max(-96);
        let rating = |quality: Quality| match quality.band {
            Band::Narrow => quality.r,
            Band::Wide => quality.r / 1.29,
        };
        let known = |value: Option<f64>, least: f64, most: f64| {
            value.map_or(UNAVAILABLE, |value| value.round().clamp(least, most) as u8)
        };
        let tenths = |score: Option<f64>| known(score.map(|score| 10.0 * score), 10.0, 50.0);
        VoipMetrics {
            ssrc,
            loss_rate: share(self.loss),
            discard_rate: share(self.discard),
            burst_density: share(self.burst_density),
            gap_density: share(self.gap_density),
            burst_duration_ms: millis(self.burst_duration),
            gap_duration_ms: millis(self.gap_duration),
            round_trip_delay_ms: millis(self.round_trip.unwrap_or_default()),
            end_system_delay_ms: millis(self.end_system_delay),
            signal_level_dbm0: self.signal_dbm0.map_or(UNAVAILABLE as i8, level),
            noise_level_dbm0: UNAVAILABLE as i8,
            residual_echo_return_loss_db: UNAVAILABLE,
            gap_threshold: GMIN as u8,
            r_factor: known(self.quality.map(rating), 0.0, 100.0),
            external_r_factor: UNAVAILABLE,
            mos_listening_tenths: tenths(self.quality.map(|quality| quality.mos_lq)),
            mos_conversational_tenths: tenths(self.quality.map(|quality| quality.mos_cq)),
            concealment: LossConcealment::Standard,
            adaptation: JitterAdaptation::Adaptive,
            adaptation_rate: 15,
            jitter_nominal_ms: millis(self.buffer_nominal),
            jitter_maximum_ms: millis(self.buffer_maximum),
            jitter_absolute_maximum_ms: millis(self.buffer_absolute_maximum),
        }
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
