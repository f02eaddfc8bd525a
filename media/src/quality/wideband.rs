//! Rating of wideband telephony, 50 to 7000 Hz: ITU-T G.107.1 (06/2019).
//!
//! The scale reaches from 0 to 129, of which narrowband telephony at its best has 93.2. What a packet network adds is
//! rated in full: delay, codec, loss and its bursts. Noise and loudness have the recommendation's default values, which give
//! Ro,WB = 129 and Is,WB = 0, and the path is free of echo, as with headsets: a softphone has no means to measure either.

use super::{DelaySensitivity, effective_equipment, mos};

/// Best rating, with the default noise and loudness. G.107.1 §7.2.
pub const RATING_MAX: f64 = 129.0;

/// What the rating depends on, with the names of G.107.1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WidebandTransmission {
    /// Absolute delay from mouth to ear, ms.
    pub ta_ms: f64,
    /// Wideband equipment impairment of the codec.
    pub ie: f64,
    /// Packet-loss robustness of the codec.
    pub bpl: f64,
    /// Packet loss, percent.
    pub ppl_percent: f64,
    /// Burst ratio: 1 for random loss.
    pub burst_r: f64,
    /// Advantage factor.
    pub a: f64,
    /// How much delay disturbs.
    pub sensitivity: DelaySensitivity,
}

impl Default for WidebandTransmission {
    fn default() -> WidebandTransmission {
        WidebandTransmission {
            ta_ms: 0.0,
            ie: 0.0,
            bpl: 4.3,
            ppl_percent: 0.0,
            burst_r: 1.0,
            a: 0.0,
            sensitivity: DelaySensitivity::Default,
        }
    }
}

impl WidebandTransmission {
    /// The rating factor R, 129 at best.
    pub fn rating(&self) -> f64 {
        let equipment = effective_equipment(self.ie, self.bpl, self.ppl_percent, self.burst_r);
        RATING_MAX - self.sensitivity.impairment(self.ta_ms) - equipment + self.a
    }

    /// Rating without delay: of listening only.
    pub fn listening_rating(&self) -> f64 {
        WidebandTransmission {
            ta_ms: 0.0,
            ..*self
        }
        .rating()
    }
}

/// Mean opinion score of a wideband rating, 1 to 4.5. G.107.1 Annex A.
pub fn wideband_mos(rating: f64) -> f64 {
    mos(rating / 1.29)
}
