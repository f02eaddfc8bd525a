//! Figures of a stream that its receiver sent to somebody, against what came of the stream.

use std::time::Duration;

use media::AudioCodec;
use media::jitter::SLOTS;
use media::quality::{self, Figures, Quality};

use super::bursts::Bursts;
use super::links::{Links, Seen, StreamTruth};
use super::metric::{self, Metric};
use super::round_trips::RoundTrips;
use super::{Account, Said};

/// Who told what of which stream.
#[derive(Clone, Debug)]
pub(super) struct Told<'a> {
    pub(super) by: &'a str,
    pub(super) host: usize,
    pub(super) at: Duration,
    /// What was last heard, and so is told of, came between these events: what waits at play-out, or came while the call was
    /// being ended, may be in the figures or not.
    pub(super) earliest: usize,
    pub(super) latest: usize,
    /// The reporter's own source, and the one that it reports on.
    pub(super) own: Option<u32>,
    pub(super) about: Option<u32>,
    pub(super) codec: Option<AudioCodec>,
    pub(super) figures: Figures,
    /// What the form of the report cuts off from shares of 1.
    pub(super) step: f64,
}

/// Compares them all.
pub(super) fn compare(
    account: &mut Account,
    told: &Told<'_>,
    links: &Links,
    round_trips: &RoundTrips,
) {
    let about = told.about.and_then(|source| links.streams.get(&source));
    let mut reader = Reader {
        account,
        told,
        hurt: about.map_or(0.0, |stream| stream.hurt as f64),
    };
    let trip = reader.round_trip(round_trips);
    if let Some(stream) = about {
        reader.heard(stream, trip);
    }
}

struct Reader<'a> {
    account: &'a mut Account,
    told: &'a Told<'a>,
    /// Packets of the stream that the network changed.
    hurt: f64,
}

/// A round trip as it was, ms, and by how much the one that was told may be another.
#[derive(Clone, Copy, Debug, Default)]
struct Trip {
    ms: f64,
    edge_ms: f64,
}

impl Reader<'_> {
    /// The round trip that was told of; zero if none was, and nothing if its truth is not known.
    fn round_trip(&mut self, round_trips: &RoundTrips) -> Option<Trip> {
        let told = self.told;
        let trips = told.own.and_then(|source| {
            let last = |before| round_trips.last(told.host, source, before);
            last(told.earliest).zip(last(told.latest))
        });
        let Some(value) = told.figures.round_trip_ms else {
            return Some(Trip::default());
        };
        let (before, trip) = trips?;
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        let (ms, edge) = (
            millis(trip.time),
            (millis(trip.time) - millis(before.time)).abs(),
        );
        let edge_ms = WHOLE + edge;
        self.check(&metric::ROUND_TRIP, value, ms, edge_ms);
        Some(Trip { ms, edge_ms })
    }

    fn heard(&mut self, stream: &StreamTruth, trip: Option<Trip>) {
        let (told, figures) = (self.told, self.told.figures);
        let host = told.host;
        let (Some(late), Some(rate)) = (stream.seen(host, told.latest), stream.clock_rate_hz())
        else {
            return;
        };
        let early = stream.seen(host, told.earliest).unwrap_or(late);
        if late.expected < ENOUGH {
            return;
        }
        let share = |missing: u64, expected: u64| missing as f64 / expected.max(1) as f64;
        let loss = share(late.missing, late.expected);
        let moved = (loss - share(early.missing, early.expected)).abs();
        let edge = moved + told.step + (ENDS + self.hurt) / late.expected as f64;
        // RFC 3611 §4.7.1 counts loss after repair; which packets Opus played from copies, the network does not know.
        let may_repair = rate == OPUS_HZ;
        if let Some(value) = figures.loss_percent {
            let least = if may_repair { 0.0 } else { 100.0 * loss };
            let truth = value.clamp(least, 100.0 * loss);
            self.check(&metric::LOSS_RATE, value, truth, 100.0 * edge);
        }
        let jitter = stream.jitter(host, told.earliest, told.latest);
        if let Some((value, (least, most))) = figures.jitter_ms.zip(jitter)
            && self.hurt == 0.0
        {
            let truth = value.clamp(least / rate * 1e3, most / rate * 1e3);
            self.check(&metric::JITTER, value, truth, WHOLE);
        }
        self.discards(stream, &late);
        // With packets that came too late the runs of missed ones are no longer those of the network.
        let discards = figures.discard_percent.unwrap_or(0.0) / 100.0;
        if discards >= DISCARDS || may_repair {
            return;
        }
        self.scores(&late, loss + discards, edge, trip);
        if discards == 0.0 && self.none_is_late(stream) {
            self.bursts(stream, edge);
        }
    }

    /// A packet is late only after one that overtook it: until then its turn waits.
    fn discards(&mut self, stream: &StreamTruth, late: &Seen) {
        let (host, latest) = (self.told.host, self.told.latest);
        let told = self.told.figures.discard_percent;
        let (Some(value), Some(fates)) = (told, stream.fates(host, latest)) else {
            return;
        };
        let travel = stream.travel(host, 0, latest);
        // Of what comes all at once some may find no room.
        let has_room = travel
            .zip(stream.packet_time())
            .is_some_and(|((_, spread), packet)| spread < packet * SLOTS as u32 / 2);
        if !has_room {
            return;
        }
        let expected = late.expected as f64;
        let most = fates.overtaken as f64 / expected;
        let edge = self.told.step + (ENDS * most + self.hurt) / expected;
        let truth = value.clamp(0.0, 100.0 * most);
        self.check(&metric::DISCARD_RATE, value, truth, 100.0 * edge);
    }

    /// What it sounds like, and how one talks: what the end itself adds to the way is taken from it.
    fn scores(&mut self, late: &Seen, loss: f64, edge: f64, trip: Option<Trip>) {
        let figures = self.told.figures;
        let Some(codec) = self.told.codec else {
            return;
        };
        let bursts = quality::burst_ratio(late.missing, late.gaps, late.expected);
        let rated = |loss, delay_ms| Quality::rate(codec.impairment(), loss, bursts, delay_ms);
        if let Some(value) = figures.mos_lq {
            let (truth, least) = (rated(loss, 0.0), rated(loss + edge, 0.0));
            let edge = (truth.mos_lq - least.mos_lq).abs();
            self.check(&metric::SCORE, value, truth.mos_lq, DECIMAL + edge);
        }
        let times = figures.end_system_ms.zip(trip);
        if let Some((value, (end_ms, trip))) = figures.mos_cq.zip(times) {
            let delay_ms = trip.ms / 2.0 + end_ms;
            let longer_ms = delay_ms + trip.edge_ms / 2.0 + WHOLE;
            let (truth, least) = (rated(loss, delay_ms), rated(loss + edge, longer_ms));
            let edge = (truth.mos_cq - least.mos_cq).abs();
            self.check(&metric::CONVERSATION, value, truth.mos_cq, DECIMAL + edge);
        }
    }

    /// A few discarded packets do not show in a share that is cut off; where all packets travel as long there are none.
    fn none_is_late(&self, stream: &StreamTruth) -> bool {
        let travel = stream.travel(self.told.host, 0, self.told.latest);
        let packet = stream.packet_time();
        travel
            .zip(packet)
            .is_some_and(|((_, spread), packet)| spread < packet)
    }

    fn bursts(&mut self, stream: &StreamTruth, edge: f64) {
        let (told, figures) = (self.told, self.told.figures);
        let Some(packet) = stream.packet_time() else {
            return;
        };
        let packet_ms = packet.as_secs_f64() * 1e3;
        let burst_ms = |bursts: &Bursts| packet_ms * bursts.burst_packets;
        let gap_ms = |bursts: &Bursts| packet_ms * bursts.gap_packets;
        let in_bursts = |bursts: &Bursts| 100.0 * bursts.burst_density;
        let in_gaps = |bursts: &Bursts| 100.0 * bursts.gap_density;
        type Of<'a> = &'a dyn Fn(&Bursts) -> f64;
        let compared: [(_, _, Of<'_>, f64); 4] = [
            (
                &metric::BURST_DENSITY,
                figures.burst_density_percent,
                &in_bursts,
                BURST_SHARE,
            ),
            (
                &metric::GAP_DENSITY,
                figures.gap_density_percent,
                &in_gaps,
                0.0,
            ),
            (
                &metric::BURST_LENGTH,
                figures.burst_ms,
                &burst_ms,
                packet_ms * BURST_PACKETS,
            ),
            (
                &metric::GAP_LENGTH,
                figures.gap_ms,
                &gap_ms,
                packet_ms * ENDS,
            ),
        ];
        let moments = moments(told.earliest, told.latest);
        let truths = moments.filter_map(|before| stream.fates(told.host, before));
        let truths: Vec<Bursts> = truths.map(|fates| Bursts::of(&fates.here)).collect();
        for (metric, value, of, ends) in compared {
            let (least, most) = truths.iter().map(of).fold(
                (f64::INFINITY, f64::NEG_INFINITY),
                |(least, most), value| (value.min(least), value.max(most)),
            );
            if let Some(value) = value.filter(|_| least <= most) {
                let truth = value.clamp(least, most);
                self.check(metric, value, truth, ends + 100.0 * edge);
            }
        }
    }

    fn check(&mut self, metric: &'static Metric, value: f64, truth: f64, allowance: f64) {
        let said = Said {
            by: self.told.by,
            at: self.told.at,
            value,
        };
        self.account.compare(metric, &said, truth, allowance);
    }
}

/// Some events between two.
fn moments(earliest: usize, latest: usize) -> impl Iterator<Item = usize> {
    let apart = (latest - earliest).div_ceil(MOMENTS).max(1);
    (earliest..latest).step_by(apart).chain([latest])
}

/// Time that a packet may wait for its turn at play-out: until then nobody can tell that it is missing.
pub(super) const WAITING: Duration = Duration::from_millis(500);
/// At how many moments what moves is looked at.
const MOMENTS: usize = 12;
/// Packets at the ends of a stream that may be counted otherwise.
const ENDS: f64 = 12.0;
/// What a packet more or less at the edge of a short burst makes of its density, and what few of them make of a mean length.
const BURST_SHARE: f64 = 1.6;
const BURST_PACKETS: f64 = 2.0;
/// Share of late packets above which the runs of missed packets are no longer those of the network.
const DISCARDS: f64 = 0.005;
/// Clock rate of Opus. RFC 7587 §4.1.
const OPUS_HZ: f64 = 48_000.0;
/// Packets from which a share is worth a score.
const ENOUGH: u64 = 250;
/// Reports say whole milliseconds, cut off.
const WHOLE: f64 = 1.0;
/// And scores with one decimal.
const DECIMAL: f64 = 0.05;
