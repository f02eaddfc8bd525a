//! Bandwidth estimate: how much may be sent so that the path is filled and its queues are not.
//!
//! ```text
//! on_sent ──► Sent ◄── transport-wide feedback ──┬─► Trend (delay grows?) ──► Threshold ──► RateControl ─┐
//!                                                ├─► Delivered (what arrives a second) ─────────▲        ├─► target
//!                                                └─► LossControl ────────────────────────────────────────┤
//!                                   REMB (what the receiver says) ───────────────────────────────────────┘
//! ```
//!
//! After draft-ietf-rmcat-gcc-02: delay gradient and loss each give a rate, the lower counts. The gradient is taken as the
//! slope of a line through the last delays, not by the draft's Kalman filter; what else differs is told where it does, and
//! in decision record 0026. On the receiving side [`ArrivalLog`] writes the feedback.

mod arrivals;
mod delivered;
mod loss;
mod rate_control;
mod sent;
mod threshold;
mod trend;

pub use arrivals::ArrivalLog;
pub use threshold::Usage;

use std::time::Duration;

use crate::rtcp::{ARRIVAL_TICK, ReferenceClock, TransportWide};
use delivered::Delivered;
use loss::{Loss, LossControl};
use rate_control::{Full, RateControl};
use sent::Sent;
use threshold::Threshold;
use trend::Trend;

/// Within which the estimate stays, bit/s.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Where it begins.
    pub start: u64,
    /// What is sent however bad the path is.
    pub least: u64,
    /// What is not exceeded however good it is.
    pub most: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            start: 300_000,
            least: 30_000,
            most: 20_000_000,
        }
    }
}

/// What the estimate rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BandwidthStatistics {
    /// Feedback packets taken.
    pub feedbacks: u64,
    /// Packets that the feedback said had arrived.
    pub arrived: u64,
    /// Packets that it said had not.
    pub lost: u64,
    /// Times that the rate was lowered because the delay grew.
    pub decreases: u64,
    /// What arrived a second, bit/s; none before the first half second.
    pub delivered: Option<u64>,
    /// Time from sending a packet to hearing that it arrived.
    pub response: Option<Duration>,
}

/// The estimate of one path, at its sending end.
#[derive(Debug)]
pub struct BandwidthEstimator {
    limits: Limits,
    sent: Sent,
    reference: ReferenceClock,
    trend: Trend,
    threshold: Threshold,
    delivered: Delivered,
    rate: RateControl,
    loss: LossControl,
    /// What the receiver says at most, bit/s.
    receiver_limit: Option<u64>,
    statistics: BandwidthStatistics,
}

impl BandwidthEstimator {
    /// An estimate that begins within these limits.
    pub fn new(limits: Limits) -> BandwidthEstimator {
        BandwidthEstimator {
            limits,
            sent: Sent::new(),
            reference: ReferenceClock::default(),
            trend: Trend::default(),
            threshold: Threshold::default(),
            delivered: Delivered::default(),
            rate: RateControl::new(limits.start as f64),
            loss: LossControl::default(),
            receiver_limit: None,
            statistics: BandwidthStatistics::default(),
        }
    }

    /// Notes a packet with its transport-wide sequence number and all its octets.
    #[inline]
    pub fn on_sent(&mut self, now: Duration, sequence: u16, octets: usize) {
        self.sent.note(now, sequence, octets);
    }

    /// Takes a transport-wide feedback.
    pub fn on_feedback(&mut self, now: Duration, feedback: &TransportWide<'_>) {
        let reference = self.reference.ticks(feedback.reference);
        let (mut arrived, mut lost) = (0u64, 0u64);
        let mut usage = None;
        let mut queue = Duration::ZERO;
        for arrival in feedback.arrivals() {
            let Some(packet) = self.sent.look_up(arrival.sequence) else {
                continue;
            };
            let Some(ticks) = arrival.ticks else {
                lost += 1;
                continue;
            };
            arrived += 1;
            self.sent.forget(arrival.sequence);
            let ticks = reference + i64::from(ticks);
            let arrived_ns = ticks * ARRIVAL_TICK.as_nanos() as i64;
            self.delivered.note(arrived_ns, packet.octets);
            self.statistics.response = Some(now.saturating_sub(packet.at));
            let sent_ns = packet.at.as_nanos() as i64;
            if let Some(gradient) = self.trend.note(sent_ns, arrived_ns) {
                queue = Duration::from_secs_f64(gradient.queue_ms / 1e3);
                let is_over = self.threshold.judge(&gradient) == Usage::Over;
                usage = Some(match usage {
                    Some(Usage::Over) => Usage::Over,
                    _ if is_over => Usage::Over,
                    _ => self.threshold.usage(),
                });
            }
        }
        self.statistics.feedbacks += 1;
        self.statistics.arrived += arrived;
        self.statistics.lost += lost;
        self.loss.note(now, arrived, lost);
        let usage = usage.unwrap_or(self.threshold.usage());
        self.control(now, usage, queue);
    }

    /// Takes what the receiver says can reach it (REMB), bit/s; it holds until it says something else.
    pub fn on_maximum_bitrate(&mut self, bits_per_second: u64) {
        self.receiver_limit = Some(bits_per_second);
    }

    /// Takes the loss of a receiver report, 1/256 of the packets since the last, for paths without transport-wide feedback:
    /// then nothing tells of the delay, and loss alone raises and lowers the rate.
    pub fn on_loss_report(&mut self, now: Duration, fraction_lost: u8) {
        let lost = u64::from(fraction_lost);
        self.loss.note(now, 256 - lost, lost);
        let (least, most) = (self.limits.least as f64, self.limits.most as f64);
        let loss = self.loss.control(now, self.rate.target(), least);
        if self.statistics.feedbacks == 0 && loss == Some(Loss::Low) {
            self.rate.raise(loss::GROWTH, most);
        }
    }

    /// What may be sent, bit/s.
    pub fn target(&self) -> u64 {
        let limit = self.loss.limit().unwrap_or(f64::INFINITY);
        let target = self.rate.target().min(limit) as u64;
        let target = self
            .receiver_limit
            .map_or(target, |limit| target.min(limit));
        target.clamp(self.limits.least, self.limits.most)
    }

    /// What the path's queue does.
    pub fn usage(&self) -> Usage {
        self.threshold.usage()
    }

    /// What the estimate rests on.
    pub fn statistics(&self) -> BandwidthStatistics {
        BandwidthStatistics {
            decreases: self.rate.decreases(),
            delivered: self.delivered.rates().map(|rates| rates.mean as u64),
            ..self.statistics
        }
    }

    fn control(&mut self, now: Duration, usage: Usage, queue: Duration) {
        let response = self.statistics.response.unwrap_or_default();
        let delivered = self.delivered.rates();
        let (least, most) = (self.limits.least as f64, self.limits.most as f64);
        let full = Full { response, queue };
        self.rate
            .control(now, usage, delivered, full, (least, most));
        self.loss.control(now, self.rate.target(), least);
    }
}

#[cfg(test)]
mod tests;
