//! Everything that a stream counted, in one value.

use std::time::Duration;

use super::StreamConfig;
use super::reports::Reports;
use crate::codec::AudioCodec;
use crate::jitter::{PlayoutStatistics, SLOTS};
use crate::quality::{BurstMetrics, Fates, Quality, VoiceMetrics, burst_ratio};
use crate::receiver::{Receiver, ReceiverStatistics};
use crate::rtcp::{Reception, ReportBlock, VoipMetrics};
use crate::rtp::Ssrc;
use crate::sender::{Sender, SenderStatistics};

/// The account of the source that is heard. RFC 3550 §6.4.1.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ReceivedStatistics {
    /// The source.
    pub ssrc: Ssrc,
    /// Packets that its sequence numbers say were sent.
    pub expected: u64,
    /// Packets that came.
    pub received: u64,
    /// Packets lost on the way; negative if duplicates outnumber them.
    pub lost: i64,
    /// Packets that came after one with a higher number.
    pub reordered: u64,
    /// Interarrival jitter.
    pub jitter: Duration,
}

impl ReceivedStatistics {
    pub(crate) fn of(reception: &Reception) -> ReceivedStatistics {
        ReceivedStatistics {
            ssrc: reception.ssrc(),
            expected: reception.expected(),
            received: reception.received(),
            lost: reception.lost(),
            reordered: reception.reordered(),
            jitter: reception.jitter(),
        }
    }
}

/// The counters of one stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamStatistics {
    /// The codec, in both directions.
    pub codec: AudioCodec,
    /// Sound in each packet that we send, which is taken for that of the other side's too.
    pub packet_time: Duration,
    /// The source that we are.
    pub ssrc: Ssrc,
    /// What we sent.
    pub sent: SenderStatistics,
    /// RTCP packets that we sent.
    pub reports_sent: u64,
    /// RTCP packets that came.
    pub reports_received: u64,
    /// RTCP packets that came and could not be read.
    pub reports_malformed: u64,
    /// What came, by what became of it.
    pub arrived: ReceiverStatistics,
    /// The source that is heard; none before the first packet.
    pub received: Option<ReceivedStatistics>,
    /// What was played.
    pub playout: PlayoutStatistics,
    /// Bursts and gaps of the packets missed at play-out.
    pub bursts: BurstMetrics,
    /// Delay that the play-out buffer aims at.
    pub target_delay: Duration,
    /// What the other side last reported of us.
    pub remote: Option<ReportBlock>,
    /// How the other side said it heard us.
    pub remote_voice: Option<VoipMetrics>,
    /// Round trip by RTCP.
    pub round_trip: Option<Duration>,
    /// Whether the other side said farewell.
    pub farewell_received: bool,
    /// What it sounds like, from loss, discards and delay; none before the first packet has had its turn.
    pub quality: Option<Quality>,
}

impl StreamStatistics {
    /// Share of the packets that were not there when their turn came, 0 to 1.
    pub fn effective_loss(&self) -> f64 {
        let missed = self.playout.packets_missed as f64;
        let all = missed + self.playout.packets_in_time() as f64;
        if all > 0.0 { missed / all } else { 0.0 }
    }

    /// What RFC 3611 and RFC 6035 report of the voice that was heard; its level is the ear's to tell.
    pub fn voice_metrics(&self) -> VoiceMetrics {
        let fates = Fates {
            played: self.playout.packets_in_time(),
            missed: self.playout.packets_missed,
            discarded: self.playout.packets_discarded,
        };
        let held = self.packet_time * SLOTS as u32;
        VoiceMetrics {
            round_trip: self.round_trip,
            end_system_delay: self.packet_time + self.mean_buffer_delay(),
            jitter: self.received.map(|heard| heard.jitter).unwrap_or_default(),
            quality: self.quality,
            buffer_nominal: self.target_delay,
            buffer_maximum: held,
            buffer_absolute_maximum: held,
            ..VoiceMetrics::of_losses(fates, self.bursts, self.packet_time)
        }
    }

    /// What it sounded like since an earlier moment of the same stream; none if no packet had its turn in between.
    pub fn quality_since(&self, before: &StreamStatistics) -> Option<Quality> {
        self.rated(&before.playout)
    }

    /// The same, rated over the whole stream.
    pub(super) fn with_quality(mut self) -> StreamStatistics {
        let rated = || self.rated(&PlayoutStatistics::default());
        self.quality = self.received.and_then(|_| rated());
        self
    }

    /// From mouth to ear: the packet fills, travels, waits in the buffer.
    fn rated(&self, before: &PlayoutStatistics) -> Option<Quality> {
        let now = &self.playout;
        let missed = now.packets_missed.checked_sub(before.packets_missed)?;
        let played = now
            .packets_in_time()
            .checked_sub(before.packets_in_time())?;
        let runs = now.missed_runs.checked_sub(before.missed_runs)?;
        let emitted = now
            .jitter_buffer_emitted_count
            .checked_sub(before.jitter_buffer_emitted_count)?;
        let waited = now
            .jitter_buffer_delay
            .checked_sub(before.jitter_buffer_delay)?;
        let all = missed + played;
        let travel = self.round_trip.unwrap_or_default() / 2;
        let delay = self.packet_time + travel + waited.div_f64(emitted.max(1) as f64);
        let loss = missed as f64 / all.max(1) as f64;
        let bursts = burst_ratio(missed, runs, all);
        let delay_ms = delay.as_secs_f64() * 1e3;
        (all > 0).then(|| Quality::rate(self.codec.impairment(), loss, bursts, delay_ms))
    }

    /// Mean time that speech spent in the play-out buffer.
    pub fn mean_buffer_delay(&self) -> Duration {
        let emitted = self.playout.jitter_buffer_emitted_count.max(1) as f64;
        self.playout.jitter_buffer_delay.div_f64(emitted)
    }
}

pub(super) fn collect(
    sender: &Sender,
    receiver: &Receiver,
    reports: &Reports,
    config: &StreamConfig,
) -> StreamStatistics {
    let received = receiver.reception().map(ReceivedStatistics::of);
    let exchange = reports.exchange();
    StreamStatistics {
        codec: config.codec,
        packet_time: config.times().0,
        ssrc: sender.ssrc(),
        sent: sender.statistics(),
        reports_sent: exchange.sent,
        reports_received: exchange.received,
        reports_malformed: exchange.malformed,
        arrived: receiver.statistics(),
        received,
        playout: receiver.playout(),
        bursts: receiver.bursts(),
        target_delay: receiver.target_delay(),
        remote: exchange.remote,
        remote_voice: reports.remote_voice,
        round_trip: exchange.round_trip,
        farewell_received: exchange.farewell_received,
        quality: None,
    }
    .with_quality()
}
