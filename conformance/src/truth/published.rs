//! Reports of quality that phones published (RFC 6035), against what the network did.

use std::collections::BTreeSet;
use std::time::Duration;

use media::AudioCodec;
use media::quality::{self, Figures, Occasion, Quality, ReceivedReport, SessionReport};
use sip::message::Method;
use sip::{Message, Request};

use super::bursts::Bursts;
use super::links::{Links, StreamTruth};
use super::metric::{self, Metric};
use super::opened::Opened;
use super::round_trips::RoundTrips;
use super::statistics::says_hold;
use super::{Account, Said};
use crate::evidence::Evidence;

/// Compares every report that was published at the end of a call, where SIP can be read.
pub(super) fn compare(
    account: &mut Account,
    evidence: &Evidence<'_>,
    (links, opened): (&Links, &Opened),
) {
    let reports = read(evidence);
    // What is held is received and not played.
    if reports.is_empty() || evidence.sip.iter().any(|said| says_hold(&said.bytes)) {
        return;
    }
    let round_trips = RoundTrips::read(evidence, links, opened);
    for published in &reports {
        let mut reader = Reader::of(account, evidence, published, links.hurt as f64);
        reader.compare(links, &round_trips);
    }
}

/// A report, and by whom and when it was sent first: it goes out again with credentials.
struct Published {
    host: usize,
    at: Duration,
    report: ReceivedReport,
}

fn read(evidence: &Evidence<'_>) -> Vec<Published> {
    let (mut reports, mut known) = (Vec::new(), BTreeSet::new());
    for said in &evidence.sip {
        if let Message::Request(request) = &said.message
            && is_report(request)
            && known.insert(&request.body)
            && let Ok(report) = ReceivedReport::parse(&request.body)
            && report.occasion == Occasion::Session
        {
            reports.push(Published {
                host: said.host,
                at: said.at,
                report,
            });
        }
    }
    reports
}

fn is_report(request: &Request) -> bool {
    let kind = request.headers.content_type();
    request.method == Method::Publish && kind.is_some_and(|kind| kind == SessionReport::MEDIA_TYPE)
}

struct Reader<'a> {
    account: &'a mut Account,
    by: &'a str,
    published: &'a Published,
    hurt: f64,
    /// Between these events the reporter stopped to listen: it may have hung up, and waited for the answer.
    earliest: usize,
    latest: usize,
}

impl<'a> Reader<'a> {
    fn of(
        account: &'a mut Account,
        evidence: &'a Evidence<'_>,
        published: &'a Published,
        hurt: f64,
    ) -> Reader<'a> {
        let Published { host, at, .. } = published;
        let is_bye = |message: &Message| match message {
            Message::Request(request) => request.method == Method::Bye,
            Message::Response(_) => false,
        };
        let hung_up = evidence.sip.iter().rev().find(|said| {
            let is_recent = said.at <= *at && said.at + HANGING_UP >= *at;
            said.host == *host && is_recent && is_bye(&said.message)
        });
        let from = hung_up.map_or(*at, |said| said.at);
        Reader {
            account,
            by: evidence.host_name(*host),
            published,
            hurt,
            earliest: evidence.entries.partition_point(|entry| entry.at < from),
            latest: evidence.entries.partition_point(|entry| entry.at <= *at),
        }
    }

    fn compare(&mut self, links: &Links, round_trips: &RoundTrips) {
        let (host, report) = (self.published.host, &self.published.report);
        let figures = report.local;
        let own = report.local_ssrc.map(|source| source.0);
        let trips = own.and_then(|source| {
            let last = |before| round_trips.last(host, source, before);
            last(self.earliest).zip(last(self.latest))
        });
        if let Some((told, (before, trip))) = figures.round_trip_ms.zip(trips) {
            let millis = |time: Duration| time.as_secs_f64() * 1e3;
            let edge = (millis(trip.time) - millis(before.time)).abs();
            self.check(&metric::ROUND_TRIP, told, millis(trip.time), WHOLE + edge);
        }
        let stream = report
            .remote_ssrc
            .and_then(|source| links.streams.get(&source.0));
        if let Some(stream) = stream {
            self.heard(stream, &figures);
        }
    }

    fn heard(&mut self, stream: &StreamTruth, figures: &Figures) {
        let host = self.published.host;
        let (Some(late), Some(rate)) = (stream.seen(host, self.latest), stream.clock_rate_hz())
        else {
            return;
        };
        let early = stream.seen(host, self.earliest).unwrap_or(late);
        if late.expected < ENOUGH {
            return;
        }
        let share = |missing: u64, expected: u64| missing as f64 / expected.max(1) as f64;
        let loss = share(late.missing, late.expected);
        let moved = (loss - share(early.missing, early.expected)).abs();
        let edge = moved + (ENDS + self.hurt) / late.expected as f64;
        if let Some(told) = figures.loss_percent {
            self.check(&metric::LOSS_RATE, told, 100.0 * loss, 100.0 * edge);
        }
        if let Some(told) = figures.jitter_ms {
            let jitter_ms = |jitter: f64| jitter / rate * 1e3;
            let edge = (jitter_ms(late.jitter) - jitter_ms(early.jitter)).abs();
            self.check(&metric::JITTER, told, jitter_ms(late.jitter), WHOLE + edge);
        }
        // With packets that came too late the runs of missed ones are no longer those of the network.
        let discards = figures.discard_percent.unwrap_or(0.0) / 100.0;
        if discards >= DISCARDS {
            return;
        }
        let codec = self.published.report.codec.as_deref();
        let codec = codec.and_then(|name| AudioCodec::from_name(name, rate as u32));
        if let Some((told, codec)) = figures.mos_lq.zip(codec) {
            let bursts = quality::burst_ratio(late.missing, late.gaps, late.expected);
            let rated = |loss| Quality::rate(codec.impairment(), loss, bursts, 0.0).mos_lq;
            let truth = rated(loss + discards);
            let edge = (truth - rated(loss + discards + edge)).abs();
            self.check(&metric::SCORE, told, truth, DECIMAL + edge);
        }
        if discards == 0.0 {
            self.bursts(stream, figures, edge);
        }
    }

    fn bursts(&mut self, stream: &StreamTruth, figures: &Figures, edge: f64) {
        let bursts = |before| {
            let fates = stream.fates(self.published.host, before)?;
            Some(Bursts::of(&fates.here))
        };
        let Some((truth, packet)) = bursts(self.latest).zip(stream.packet_time()) else {
            return;
        };
        let packet_ms = packet.as_secs_f64() * 1e3;
        let before = bursts(self.earliest).unwrap_or(truth);
        for (metric, told, truth, before, ends) in [
            (
                &metric::BURST_DENSITY,
                figures.burst_density_percent,
                100.0 * truth.burst_density,
                100.0 * before.burst_density,
                BURST_SHARE,
            ),
            (
                &metric::GAP_DENSITY,
                figures.gap_density_percent,
                100.0 * truth.gap_density,
                100.0 * before.gap_density,
                0.0,
            ),
            (
                &metric::BURST_LENGTH,
                figures.burst_ms,
                packet_ms * truth.burst_packets,
                packet_ms * before.burst_packets,
                packet_ms * BURST_PACKETS,
            ),
            (
                &metric::GAP_LENGTH,
                figures.gap_ms,
                packet_ms * truth.gap_packets,
                packet_ms * before.gap_packets,
                packet_ms * ENDS,
            ),
        ] {
            if let Some(told) = told {
                let moved = (truth - before).abs();
                self.check(metric, told, truth, moved + ends + 100.0 * edge);
            }
        }
    }

    fn check(&mut self, metric: &'static Metric, value: f64, truth: f64, allowance: f64) {
        let said = Said {
            by: self.by,
            at: self.published.at,
            value,
        };
        self.account.compare(metric, &said, truth, allowance);
    }
}

/// Packets at the ends of a stream that may be counted otherwise.
const ENDS: f64 = 12.0;
/// What a packet more or less at the edge of a short burst makes of its density, and what few of them make of a mean length.
const BURST_SHARE: f64 = 1.6;
const BURST_PACKETS: f64 = 2.0;
/// Share of late packets above which the runs of missed packets are no longer those of the network.
const DISCARDS: f64 = 0.005;
/// Packets from which a share is worth a score.
const ENOUGH: u64 = 250;
/// How long the answer to a BYE may take. RFC 3261 §17.1.2.2, timer F.
const HANGING_UP: Duration = Duration::from_secs(33);
/// Reports say whole milliseconds, cut off.
const WHOLE: f64 = 1.0;
/// And scores with one decimal.
const DECIMAL: f64 = 0.05;
