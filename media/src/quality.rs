//! Quality of a call: the E-model's rating R and the mean opinion score that follows from it, and what RFC 3611 and RFC 6035
//! say of a stream.
//!
//! ```text
//! what the play-out missed ─► bursts, burst ratio ─┐
//! codec ─► impairment ─────────────────────────────┼─► rating (narrowband or wideband) ─► MOS ─► VoiceMetrics ─► reports
//! delay from mouth to ear ─────────────────────────┘
//! ```
//!
//! Packets that came too late for their turn count as lost: they are, for the ear.

mod bursts;
mod impairment;
mod metrics;
mod narrowband;
mod received_report;
mod session_report;
mod wideband;

pub use bursts::{BurstMetrics, Bursts, GMIN};
pub use impairment::{
    Band, CodecImpairment, DelaySensitivity, G711, G711_WITHOUT_CONCEALMENT, G722, G729A, OPUS,
};
pub(crate) use metrics::Fates;
pub use metrics::VoiceMetrics;
pub use narrowband::{Transmission, mos};
pub use received_report::{Figures, Occasion, REPORT_MAX_BYTES, ReceivedReport, ReportError};
pub use session_report::{Alert, Party, SessionReport};
pub use wideband::{RATING_MAX, WidebandTransmission, wideband_mos};

use impairment::effective_equipment;

/// What a call sounds like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// The scale of `r` and of the scores.
    pub band: Band,
    /// Rating of the conversation, delay included: at most 93.2 (narrowband) or 129 (wideband).
    pub r: f64,
    /// Rating of listening only.
    pub r_lq: f64,
    /// Listening quality, 1 to 4.5.
    pub mos_lq: f64,
    /// Conversational quality, 1 to 4.5.
    pub mos_cq: f64,
}

impl Quality {
    /// Rates a call with a codec, a loss (0 to 1, discards included), a burst ratio and a delay from mouth to ear.
    ///
    /// The path is taken to be free of audible echo (TELR at its default of 65 dB for narrowband).
    pub fn rate(codec: CodecImpairment, loss: f64, burst_ratio: f64, delay_ms: f64) -> Quality {
        let (ppl_percent, burst_r) = (100.0 * loss, burst_ratio.max(1.0));
        match codec.band {
            Band::Narrow => {
                let call = Transmission {
                    ie: codec.ie,
                    bpl: codec.bpl,
                    ppl_percent,
                    burst_r,
                    t_ms: delay_ms,
                    tr_ms: 2.0 * delay_ms,
                    ta_ms: delay_ms,
                    ..Transmission::default()
                };
                Quality::of(Band::Narrow, call.rating(), call.listening_rating(), mos)
            }
            Band::Wide => {
                let call = WidebandTransmission {
                    ta_ms: delay_ms,
                    ie: codec.ie,
                    bpl: codec.bpl,
                    ppl_percent,
                    burst_r,
                    ..WidebandTransmission::default()
                };
                let (r, r_lq) = (call.rating(), call.listening_rating());
                Quality::of(Band::Wide, r, r_lq, wideband_mos)
            }
        }
    }

    fn of(band: Band, r: f64, r_lq: f64, mos: fn(f64) -> f64) -> Quality {
        Quality {
            band,
            r,
            r_lq,
            mos_lq: mos(r_lq),
            mos_cq: mos(r),
        }
    }
}

/// Burst ratio: the mean length of the runs of lost packets over that of random loss. G.107 §3.5 and (7-30).
pub fn burst_ratio(lost: u64, runs: u64, total: u64) -> f64 {
    if lost == 0 || runs == 0 || total <= lost {
        return 1.0;
    }
    let (lost, runs, total) = (lost as f64, runs as f64, total as f64);
    (lost / runs * (1.0 - lost / total)).max(1.0)
}

#[cfg(test)]
mod tests;
