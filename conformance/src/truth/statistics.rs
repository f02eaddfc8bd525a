//! The statistics that clients show, against what the network did.

use std::collections::BTreeMap;
use std::time::Duration;

use media::Ssrc;
use media::jitter::SLOTS;
use media::stream::{FRAME, StreamStatistics};

use super::fates::Fates;
use super::links::{Links, Seen, StreamTruth};
use super::metric;
use super::round_trips::RoundTrips;
use super::signalling::Signalling;
use super::{Account, Said, Statement};
use crate::evidence::Evidence;

/// Compares everything that clients showed.
pub(super) fn compare(
    account: &mut Account,
    evidence: &Evidence<'_>,
    signalling: &Signalling,
    (links, round_trips): (&Links, &RoundTrips),
    statements: &[Statement],
) {
    let mut before: BTreeMap<(usize, Ssrc), &Statement> = BTreeMap::new();
    for statement in statements {
        let stream = (statement.host, statement.measurement.statistics.ssrc);
        let mut reader = Reader {
            account,
            evidence,
            by: evidence.host_name(statement.host),
            statement,
            hurt: hurt(links, statement),
            was_held: signalling.was_held,
            listened_until: signalling.listened_until(statement.host, statement.at),
            // Things of the same moment may have come before or after.
            earliest: events_before(evidence, statement.at),
            latest: evidence
                .entries
                .partition_point(|entry| entry.at <= statement.at),
        };
        reader.compare(links, round_trips);
        let earlier = before.insert(stream, statement);
        if let Some(earlier) = earlier.filter(|_| !signalling.was_held) {
            reader.heard(links, earlier);
        }
    }
}

/// One statement being read.
pub(super) struct Reader<'a> {
    account: &'a mut Account,
    evidence: &'a Evidence<'a>,
    by: &'a str,
    pub(super) statement: &'a Statement,
    /// Packets of the received stream that the network changed: a count may be off by so many.
    pub(super) hurt: f64,
    pub(super) was_held: bool,
    /// When the host stopped to listen, or the statement was made.
    pub(super) listened_until: Duration,
    /// The first event of the statement's moment.
    pub(super) earliest: usize,
    /// The first event after it.
    pub(super) latest: usize,
}

impl Reader<'_> {
    fn compare(&mut self, links: &Links, round_trips: &RoundTrips) {
        let host = self.statement.host;
        let shown = &self.statement.measurement.statistics;
        if let Some(stream) = links.streams.get(&shown.ssrc.0)
            && stream.origin == host
        {
            let (early, _) = stream.sent_before(self.earliest);
            let (late, _) = stream.sent_before(self.latest);
            let truth = late as f64;
            self.check(
                &metric::SENT,
                shown.sent.packets as f64,
                truth,
                (late - early) as f64,
            );
        }
        if let Some((told, trip)) =
            shown
                .round_trip
                .zip(round_trips.last(host, shown.ssrc.0, self.latest))
            && round_trips
                .last(host, shown.ssrc.0, self.earliest)
                .is_some()
        {
            let millis = |time: Duration| time.as_secs_f64() * 1e3;
            self.check(&metric::ROUND_TRIP, millis(told), millis(trip.time), 0.0);
        }
        if let Some(pictures) = &self.statement.measurement.video {
            self.pictures(pictures, links);
        }
        let stream = shown
            .received
            .and_then(|received| links.streams.get(&received.ssrc.0));
        if let Some(stream) = stream
            && let Some(late) = stream.seen(host, self.latest)
        {
            let early = stream.seen(host, self.earliest).unwrap_or_default();
            let astray = stream.astray(host, self.latest);
            self.received(shown, &early, &late, astray);
            self.jitter(shown, stream);
            if !self.was_held {
                let trip = round_trips.last(host, shown.ssrc.0, self.latest);
                self.playout(shown, stream);
                // Reports under keys of DTLS (meetings) tell nobody of round trips: the score is made with the one it shows.
                let trip = trip.map(|trip| trip.time).or(shown.round_trip);
                self.rating(shown, stream, trip);
            }
        }
    }

    fn received(&mut self, shown: &StreamStatistics, early: &Seen, late: &Seen, astray: f64) {
        let Some(received) = shown.received else {
            return;
        };
        let edge = (late.received - early.received) as f64 + self.hurt;
        self.check(
            &metric::RECEIVED,
            received.received as f64,
            late.received as f64,
            edge,
        );
        let edge = (late.lost() - early.lost()).abs() + self.hurt + astray;
        self.check(&metric::LOST, received.lost as f64, late.lost(), edge);
    }

    fn jitter(&mut self, shown: &StreamStatistics, stream: &StreamTruth) {
        let counted = stream.jitter(self.statement.host, self.earliest, self.latest);
        let Some((received, (least, most))) = shown.received.zip(counted) else {
            return;
        };
        let unit_ms = 1e3 / f64::from(shown.codec.clock_rate_hz());
        let told = received.jitter.as_secs_f64() * 1e3;
        let bounds = (least * unit_ms, most * unit_ms);
        if self.hurt == 0.0 {
            self.check_within(&metric::JITTER, told, bounds, 0.0);
        }
    }

    /// The delay of a marker is that of a moment, the time in the buffer a mean over all that was played since the ear was
    /// asked before: they can be compared while the delay stands still.
    ///
    /// What was played since then may have come before: as long before as the delay is said to be, and as a buffer can hold a
    /// packet. Even if all of it came as early or as late as any packet did, the delay is as far from the mean way as the ways
    /// are apart.
    fn heard(&mut self, links: &Links, earlier: &Statement) {
        let (now, then) = (&self.statement.measurement, &earlier.measurement);
        let Some((delay, before)) = now.heard.delay.zip(then.heard.delay) else {
            return;
        };
        let (shown, showed) = (&now.statistics, &then.statistics);
        let moved = delay.latest_us.abs_diff(before.latest_us);
        let is_stretched = shown.playout.inserted_samples_for_deceleration
            != showed.playout.inserted_samples_for_deceleration
            || shown.playout.removed_samples_for_acceleration
                != showed.playout.removed_samples_for_acceleration;
        let source = shown.received.map(|received| received.ssrc.0);
        let stream = source.and_then(|source| links.streams.get(&source));
        let told = Duration::from_micros(delay.latest_us.unsigned_abs());
        let travel = stream.and_then(|stream| {
            let waited = told.min(stream.packet_time()? * SLOTS as u32);
            let from = events_before(self.evidence, earlier.at.saturating_sub(waited));
            stream.travel(self.statement.host, from, self.latest)
        });
        let waited = mean_wait(shown, showed);
        if let Some(((travel, spread), waited)) = travel.zip(waited)
            && delay.markers > before.markers
            && moved < STILL_US
            && !is_stretched
        {
            let truth = FRAME + travel + waited;
            let (told_ms, true_ms) = (delay.latest_us as f64 / 1e3, truth.as_secs_f64() * 1e3);
            let spread_ms = spread.as_secs_f64() * 1e3;
            self.check(&metric::MOUTH_TO_EAR, told_ms, true_ms, spread_ms);
        }
    }

    /// The first event of so long before the host stopped to listen.
    pub(super) fn ago(&self, time: Duration) -> usize {
        let at = self.listened_until.saturating_sub(time);
        events_before(self.evidence, at)
    }

    /// How much a count grew since the host stopped to listen, or at the statement's very moment: things of that moment may have
    /// come before or after it.
    pub(super) fn edge(&self, stream: &StreamTruth, count: impl Fn(&Fates) -> u64) -> f64 {
        let counted = |before: usize| {
            let fates = stream.fates(self.statement.host, before);
            fates.as_ref().map_or(0, &count)
        };
        (counted(self.latest) - counted(self.ago(Duration::ZERO))) as f64
    }

    /// Compares with a truth that is known to lie between two values.
    pub(super) fn check_within(
        &mut self,
        metric: &'static metric::Metric,
        value: f64,
        (least, most): (f64, f64),
        allowance: f64,
    ) {
        let truth = value.min(most).max(least);
        self.check(metric, value, truth, allowance);
    }

    pub(super) fn check(
        &mut self,
        metric: &'static metric::Metric,
        value: f64,
        truth: f64,
        allowance: f64,
    ) {
        let said = Said {
            by: self.by,
            at: self.statement.at,
            value,
        };
        self.account.compare(metric, &said, truth, allowance);
    }
}

/// Events before a moment.
fn events_before(evidence: &Evidence<'_>, moment: Duration) -> usize {
    let entries = &evidence.entries;
    entries.partition_point(|entry| entry.at < moment)
}

/// Packets that the network changed of the stream that a statement is about.
fn hurt(links: &Links, statement: &Statement) -> f64 {
    let received = statement.measurement.statistics.received;
    let stream = received.and_then(|received| links.streams.get(&received.ssrc.0));
    stream.map_or(0.0, |stream| stream.hurt as f64)
}

/// Mean time in the play-out buffer between two moments.
fn mean_wait(now: &StreamStatistics, before: &StreamStatistics) -> Option<Duration> {
    let (now, before) = (&now.playout, &before.playout);
    let waited = now
        .jitter_buffer_delay
        .checked_sub(before.jitter_buffer_delay)?;
    let samples = now
        .jitter_buffer_emitted_count
        .checked_sub(before.jitter_buffer_emitted_count)?;
    (samples > 0).then(|| waited.div_f64(samples as f64))
}

/// A delay that moves by less in a second stands still.
const STILL_US: u64 = 5_000;
