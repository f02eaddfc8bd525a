//! What became of packets at play-out, against what came.
//!
//! A packet that has come waits for its turn, and the trace does not say for how long: what came in the last moments may have
//! been played or not. So the truth of a count is known to lie between what it was then and what it is now.

use std::time::Duration;

use media::jitter::SLOTS;
use media::stream::StreamStatistics;

use super::fates::Fates;
use super::links::{StreamTruth, Way};
use super::metric;
use super::statistics::Reader;

impl Reader<'_> {
    /// The counters of play-out.
    pub(super) fn playout(&mut self, shown: &StreamStatistics, stream: &StreamTruth) {
        let host = self.statement.host;
        let Some(now) = stream.fates(host, self.latest) else {
            return;
        };
        let wait = self.longest_wait(shown, stream);
        let then = stream.fates(host, self.ago(wait)).unwrap_or_default();
        let told = &shown.playout;
        let turns = counts(told.packets_in_time() + told.packets_missed);
        let bounds = (
            counts(then.here.len() as u64),
            counts(now.here.len() as u64),
        );
        self.check_within(&metric::TURNS, turns, bounds, self.hurt);

        // What was lost is missed or played from its copy; what was discarded is missed too.
        let missed = counts(told.packets_missed + told.packets_recovered);
        let discarded = counts(told.packets_discarded);
        let bounds = (
            counts(then.lost_until(&now)),
            counts(now.lost()) + discarded,
        );
        self.check_within(&metric::MISSED, missed, bounds, self.hurt);

        // A packet is late only after one that overtook it: until then its turn waits. Besides, all that waits may be flushed.
        let flushed = counts(told.buffer_flushes * SLOTS as u64);
        let unheard = |came: u64| counts(came) - counts(told.packets_played);
        let most = unheard(now.came()).min(counts(now.overtaken) + flushed);
        let bounds = (
            unheard(then.came()).clamp(0.0, most.max(0.0)),
            most.max(0.0),
        );
        self.check_within(&metric::DISCARDED, discarded, bounds, self.hurt);
        self.order(shown, stream, &now);
        self.concealment(shown, &then, &now);
    }

    /// Time that a packet may wait for its turn: what the buffer aims at, as much as it lets that be exceeded, and what is left of
    /// a backlog. What a packet was longer on its way than others are since, all that follow wait, until shortened speech has
    /// caught up with it.
    fn longest_wait(&self, shown: &StreamStatistics, stream: &StreamTruth) -> Duration {
        let (host, until) = (self.statement.host, self.ago(Duration::ZERO));
        let ways = stream.ways(host, self.ago(CAUGHT_UP), until);
        let least = ways.iter().map(|way| way.lasted).min();
        let now = self.listened_until;
        let backlog = |way: &Way| {
            let longer = way.lasted.saturating_sub(least.unwrap_or_default());
            longer.saturating_sub(now.saturating_sub(way.ended).mul_f64(SHORTENED))
        };
        let backlog = ways.iter().map(backlog).max().unwrap_or_default();
        (shown.target_delay + EXCESS + backlog).min(shown.packet_time * SLOTS as u32)
    }

    /// What came once more, and what came out of order.
    fn order(&mut self, shown: &StreamStatistics, stream: &StreamTruth, now: &Fates) {
        // SRTP refuses what comes twice before the buffer sees it.
        let again = counts(shown.playout.packets_duplicated + shown.arrived.refused);
        let edge = self.edge(stream, |fates| fates.again);
        self.check(
            &metric::DUPLICATED,
            again,
            counts(now.again),
            edge + self.hurt,
        );

        if let Some(received) = shown.received {
            let edge = self.edge(stream, |fates| fates.behind) + self.hurt;
            // Copies that SRTP refused are not among them.
            let least = now.behind.saturating_sub(shown.arrived.refused);
            let bounds = (counts(least.max(now.overtaken)), counts(now.behind));
            self.check_within(&metric::REORDERED, counts(received.reordered), bounds, edge);
        }
    }

    /// Sound that was made up: for what was lost at least, at most in all the time in which nothing else was heard.
    fn concealment(&mut self, shown: &StreamStatistics, then: &Fates, now: &Fates) {
        let told = &shown.playout;
        let packet_ms = shown.packet_time.as_secs_f64() * 1e3;
        let lost = then.lost_until(now).saturating_sub(told.packets_recovered);
        let least = counts(lost) * packet_ms;
        let rate_hz = f64::from(shown.codec.sample_rate_hz());
        let ms = |samples: u64| samples as f64 / rate_hz * 1e3;
        // A copy that came late is heard from where concealment has got to by then: how much of it, is not told.
        let heard = counts(told.packets_played) * packet_ms;
        let heard = heard + ms(told.inserted_samples_for_deceleration);
        let heard = heard - ms(told.removed_samples_for_acceleration);
        let since = self.statement.at.saturating_sub(now.begun);
        let most = (since.as_secs_f64() * 1e3 - heard).max(least);
        let concealed = ms(told.concealed_samples);
        let allowance = self.hurt * packet_ms;
        self.check_within(&metric::CONCEALED, concealed, (least, most), allowance);
    }
}

fn counts(packets: u64) -> f64 {
    packets as f64
}

/// Beyond half of this over its aim the buffer shortens speech at once, which takes its time.
const EXCESS: Duration = Duration::from_millis(200);
/// The part by which speech that is shortened at once gets shorter, at least: 5 ms of a packet of 20 ms, 10 ms of one of 30 to 60 ms.
const SHORTENED: f64 = 1.0 / 6.0;
/// Time after which nothing is left of the longest backlog that finds room, at that rate.
const CAUGHT_UP: Duration = Duration::from_secs(8);
