//! Reports of quality that phones published (RFC 6035), against what the network did.

use std::collections::BTreeSet;
use std::time::Duration;

use media::AudioCodec;
use media::quality::{Occasion, ReceivedReport, SessionReport};
use sip::message::Method;
use sip::{Message, Request};

use super::Account;
use super::figures::{self, Told};
use super::links::Links;
use super::round_trips::RoundTrips;
use super::signalling::Signalling;
use crate::evidence::Evidence;

/// Compares every report that was published at the end of a call.
pub(super) fn compare(
    account: &mut Account,
    evidence: &Evidence<'_>,
    signalling: &Signalling,
    (links, round_trips): (&Links, &RoundTrips),
) {
    let mut known = BTreeSet::new();
    for said in &signalling.messages {
        // A report goes out again with credentials.
        if let Message::Request(request) = &said.message
            && is_report(request)
            && known.insert(&request.body)
            && let Ok(report) = ReceivedReport::parse(&request.body)
            && report.occasion == Occasion::Session
        {
            let until = signalling.listened_until(said.host, said.at);
            let told = told(evidence, (said.host, said.at, until), &report, links);
            figures::compare(account, &told, links, round_trips);
        }
    }
}

fn is_report(request: &Request) -> bool {
    let kind = request.headers.content_type();
    request.method == Method::Publish && kind.is_some_and(|kind| kind == SessionReport::MEDIA_TYPE)
}

/// What a report tells that a host published, which had listened until a moment before; what waited then had no turn.
fn told<'a>(
    evidence: &'a Evidence<'_>,
    (host, at, until): (usize, Duration, Duration),
    report: &ReceivedReport,
    links: &Links,
) -> Told<'a> {
    let from = until.saturating_sub(figures::WAITING);
    let about = report.remote_ssrc.map(|source| source.0);
    let stream = about.and_then(|source| links.streams.get(&source));
    let rate = stream.and_then(|stream| stream.clock_rate_hz());
    let codec = report.codec.as_deref().zip(rate);
    Told {
        by: evidence.host_name(host),
        host,
        at,
        earliest: evidence.entries.partition_point(|entry| entry.at < from),
        latest: evidence.entries.partition_point(|entry| entry.at <= at),
        own: report.local_ssrc.map(|source| source.0),
        about,
        codec: codec.and_then(|(name, rate)| AudioCodec::from_name(name, rate as u32)),
        figures: report.local,
        step: TENTH_OF_A_PERCENT,
    }
}

/// Percentages of a published report have one decimal. RFC 6035 §4.6.2.
const TENTH_OF_A_PERCENT: f64 = 0.001;
