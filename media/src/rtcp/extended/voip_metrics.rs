//! VoIP metrics: what one stream of speech suffered, from loss to an estimate of how it was heard.
//!
//! RFC 3611 §4.7; fields stand here as on the wire, in its units.

use crate::rtp::{Ssrc, read_u32};

/// Stands where a level, a factor or a score is not known. RFC 3611 §4.7.3, §4.7.5.
pub const UNAVAILABLE: u8 = 127;

/// Octets of the block after its header.
pub(super) const LEN: usize = 32;

/// The metrics of one received stream.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct VoipMetrics {
    /// The source that was received.
    pub ssrc: Ssrc,
    /// Share of packets lost since the beginning, in 1/256.
    pub loss_rate: u8,
    /// Share of packets discarded by the jitter buffer since the beginning, in 1/256.
    pub discard_rate: u8,
    /// Share of packets lost or discarded within bursts, in 1/256.
    pub burst_density: u8,
    /// Share of packets lost or discarded within gaps, in 1/256.
    pub gap_density: u8,
    /// Mean length of bursts in ms.
    pub burst_duration_ms: u16,
    /// Mean length of gaps in ms.
    pub gap_duration_ms: u16,
    /// Round trip between the RTP interfaces in ms; zero if not known.
    pub round_trip_delay_ms: u16,
    /// What the end system itself adds, from packet to ear and from mouth to packet, in ms; zero if not known.
    pub end_system_delay_ms: u16,
    /// Level of speech in dBm0; [`UNAVAILABLE`] as `i8` if not known.
    pub signal_level_dbm0: i8,
    /// Level of noise between the words in dBm0; [`UNAVAILABLE`] as `i8` if not known.
    pub noise_level_dbm0: i8,
    /// Residual echo return loss in dB, or [`UNAVAILABLE`].
    pub residual_echo_return_loss_db: u8,
    /// Packets received in a row that end a burst; 16 is recommended.
    pub gap_threshold: u8,
    /// R factor of this part of the call, 0..=100, or [`UNAVAILABLE`].
    pub r_factor: u8,
    /// R factor of a part of the call on another network, 0..=100, or [`UNAVAILABLE`].
    pub external_r_factor: u8,
    /// Listening quality as MOS times ten, 10..=50, or [`UNAVAILABLE`].
    pub mos_listening_tenths: u8,
    /// Conversational quality as MOS times ten, 10..=50, or [`UNAVAILABLE`].
    pub mos_conversational_tenths: u8,
    /// How loss is concealed.
    pub concealment: LossConcealment,
    /// Whether the jitter buffer adapts.
    pub adaptation: JitterAdaptation,
    /// How fast it adapts, 0..=15: about twice this number of packet times.
    pub adaptation_rate: u8,
    /// Delay of the jitter buffer now, in ms.
    pub jitter_nominal_ms: u16,
    /// Delay after which a packet would be discarded now, in ms.
    pub jitter_maximum_ms: u16,
    /// The most that this delay can become, in ms.
    pub jitter_absolute_maximum_ms: u16,
}

/// How loss is concealed. RFC 3611 §4.7.6.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[repr(u8)]
pub enum LossConcealment {
    /// Not said.
    #[default]
    Unspecified = 0,
    /// Silence is played.
    Disabled = 1,
    /// Interpolation, as of the newer codecs.
    Enhanced = 2,
    /// Repetition of what was heard last.
    Standard = 3,
}

/// Whether a jitter buffer adapts. RFC 3611 §4.7.6.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[repr(u8)]
pub enum JitterAdaptation {
    /// Not known.
    #[default]
    Unknown = 0,
    /// The reserved value.
    Reserved = 1,
    /// Its delay is fixed.
    Fixed = 2,
    /// Its delay follows the jitter.
    Adaptive = 3,
}

impl VoipMetrics {
    pub(super) fn read(octets: &[u8; LEN]) -> VoipMetrics {
        let pair = |at: usize| u16::from_be_bytes([octets[at], octets[at + 1]]);
        let receiver = octets[24];
        VoipMetrics {
            ssrc: Ssrc(read_u32(octets, 0)),
            loss_rate: octets[4],
            discard_rate: octets[5],
            burst_density: octets[6],
            gap_density: octets[7],
            burst_duration_ms: pair(8),
            gap_duration_ms: pair(10),
            round_trip_delay_ms: pair(12),
            end_system_delay_ms: pair(14),
            signal_level_dbm0: octets[16] as i8,
            noise_level_dbm0: octets[17] as i8,
            residual_echo_return_loss_db: octets[18],
            gap_threshold: octets[19],
            r_factor: octets[20],
            external_r_factor: octets[21],
            mos_listening_tenths: octets[22],
            mos_conversational_tenths: octets[23],
            concealment: match receiver >> 6 {
                0 => LossConcealment::Unspecified,
                1 => LossConcealment::Disabled,
                2 => LossConcealment::Enhanced,
                _ => LossConcealment::Standard,
            },
            adaptation: match receiver >> 4 & 3 {
                0 => JitterAdaptation::Unknown,
                1 => JitterAdaptation::Reserved,
                2 => JitterAdaptation::Fixed,
                _ => JitterAdaptation::Adaptive,
            },
            adaptation_rate: receiver & 0x0f,
            jitter_nominal_ms: pair(26),
            jitter_maximum_ms: pair(28),
            jitter_absolute_maximum_ms: pair(30),
        }
    }

    pub(super) fn write(&self, octets: &mut [u8]) {
        octets[..4].copy_from_slice(&self.ssrc.0.to_be_bytes());
        octets[4..8].copy_from_slice(&[
            self.loss_rate,
            self.discard_rate,
            self.burst_density,
            self.gap_density,
        ]);
        octets[16..26].copy_from_slice(&[
            self.signal_level_dbm0 as u8,
            self.noise_level_dbm0 as u8,
            self.residual_echo_return_loss_db,
            self.gap_threshold,
            self.r_factor,
            self.external_r_factor,
            self.mos_listening_tenths,
            self.mos_conversational_tenths,
            (self.concealment as u8) << 6
                | (self.adaptation as u8) << 4
                | self.adaptation_rate.min(15),
            0,
        ]);
        let pairs = [
            (8, self.burst_duration_ms),
            (10, self.gap_duration_ms),
            (12, self.round_trip_delay_ms),
            (14, self.end_system_delay_ms),
            (26, self.jitter_nominal_ms),
            (28, self.jitter_maximum_ms),
            (30, self.jitter_absolute_maximum_ms),
        ];
        for (at, value) in pairs {
            octets[at..at + 2].copy_from_slice(&value.to_be_bytes());
        }
    }
}
