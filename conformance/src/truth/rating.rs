//! Loss rate, bursts and scores, made anew from the fate of each packet whose turn has come.

use std::time::Duration;

use media::quality::{Quality, burst_ratio};
use media::stream::StreamStatistics;

use super::bursts::Bursts;
use super::links::StreamTruth;
use super::metric;
use super::statistics::Reader;

impl Reader<'_> {
    /// What is said of the stream as a whole. `trip` is the true round trip, or the one that is shown where none could be measured.
    pub(super) fn rating(
        &mut self,
        shown: &StreamStatistics,
        stream: &StreamTruth,
        trip: Option<Duration>,
    ) {
        let told = &shown.playout;
        // Which packets were played from a copy, came too late or were changed, the trace does not say.
        let is_plain =
            told.packets_recovered == 0 && told.packets_discarded == 0 && self.hurt == 0.0;
        let heard = self.heard_turns(shown, stream);
        if !is_plain || heard.is_empty() {
            return;
        }
        let heard = &heard[..];
        let total = heard.len() as u64;
        let lost = missing(heard);
        let loss = lost as f64 / total as f64;
        let metrics = shown.voice_metrics();
        self.check(&metric::LOSS_RATE, 100.0 * metrics.loss, 100.0 * loss, 0.0);
        self.bursts(shown, heard);
        if let Some(quality) = shown.quality
            && total >= ENOUGH
        {
            let runs = heard.chunk_by(|before, after| before == after);
            let runs = runs.filter(|run| !run[0]).count() as u64;
            let travel = trip.unwrap_or_default() / 2;
            let delay = shown.packet_time + travel + shown.mean_buffer_delay();
            let delay_ms = delay.as_secs_f64() * 1e3;
            let ratio = burst_ratio(lost, runs, total);
            let truth = Quality::rate(shown.codec.impairment(), loss, ratio, delay_ms);
            self.check(&metric::SCORE, quality.mos_lq, truth.mos_lq, 0.0);
            self.check(&metric::CONVERSATION, quality.mos_cq, truth.mos_cq, 0.0);
            self.check(&metric::RATING, quality.r, truth.r, 0.0);
        }
    }

    /// Whether each packet whose turn has come was there. Those that came before the host had a stream for them are none of it: as many as
    /// it counts fewer than came before its statement.
    fn heard_turns(&self, shown: &StreamStatistics, stream: &StreamTruth) -> Vec<bool> {
        let (host, told) = (self.statement.host, &shown.playout);
        let turns = (told.packets_in_time() + told.packets_missed) as usize;
        let here = |before: usize| stream.fates(host, before).unwrap_or_default().here;
        let counted = shown.received.map_or(0, |received| received.expected) as usize;
        let uncounted = here(self.ago(Duration::ZERO)).len().saturating_sub(counted);
        let turns = here(self.latest).into_iter().skip(uncounted).take(turns);
        turns.collect()
    }

    fn bursts(&mut self, shown: &StreamStatistics, heard: &[bool]) {
        let (told, truth) = (&shown.bursts, Bursts::of(heard));
        let shares = [
            (
                &metric::BURST_DENSITY,
                told.burst_density,
                truth.burst_density,
            ),
            (&metric::GAP_DENSITY, told.gap_density, truth.gap_density),
        ];
        for (metric, told, truth) in shares {
            self.check(metric, 100.0 * told, 100.0 * truth, 0.0);
        }
        let packet_ms = shown.packet_time.as_secs_f64() * 1e3;
        let lengths = [
            (
                &metric::BURST_LENGTH,
                told.burst_packets,
                truth.burst_packets,
            ),
            (&metric::GAP_LENGTH, told.gap_packets, truth.gap_packets),
        ];
        for (metric, told, truth) in lengths {
            self.check(metric, packet_ms * told, packet_ms * truth, 0.0);
        }
    }
}

fn missing(heard: &[bool]) -> u64 {
    heard.iter().filter(|heard| !**heard).count() as u64
}

/// Packets from which a share is worth a score.
const ENOUGH: u64 = 250;
