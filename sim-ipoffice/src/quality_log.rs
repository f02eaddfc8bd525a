//! What phones have published of the quality of their calls: the last reports of each user.
//!
//! RFC 6035 §3 (PUBLISH of the event package `vq-rtcpxr`); RFC 3903 §6 (answers). Nothing is remembered between two reports, so a
//! publication is never refreshed: an entity tag that is named is none of ours.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use media::quality::{Figures, Occasion, ReceivedReport, SessionReport};
use net::Note;
use sip::user_agent::Reply;
use sip::{Name, Request};

/// The event package. RFC 6035 §4.1.
pub const PACKAGE: &str = "vq-rtcpxr";

/// Reports kept for each user; ours. Older ones are dropped.
pub const REPORTS_MAX: usize = 32;

/// One report.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// When it came, on the host's clock.
    pub at: Duration,
    /// What it says.
    pub report: ReceivedReport,
}

/// The last reports of each user.
#[derive(Clone, Debug, Default)]
pub struct QualityLog {
    /// By extension: users of the configuration, so there are no more than those.
    reports: BTreeMap<String, VecDeque<Published>>,
    total: u64,
    refused: u64,
}

impl QualityLog {
    /// The reports of a user that are kept, the oldest first.
    pub fn of(&self, extension: &str) -> impl Iterator<Item = &Published> {
        self.reports.get(extension).into_iter().flatten()
    }

    /// Reports that were taken since the system started, dropped ones included.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Publications that were refused for what they are: of another package or kind, or not to be read.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Counts a report that is not taken.
    pub(crate) fn refuse(&mut self) {
        self.refused += 1;
    }

    /// Takes the PUBLISH of a user who is registered.
    pub(crate) fn handle(
        &mut self,
        now: Duration,
        user: &str,
        request: &Request,
        tag: &str,
    ) -> (Reply, Option<Note>) {
        match read(request) {
            Ok(report) => {
                let note = note_of(user, &report);
                self.push(user, Published { at: now, report });
                // RFC 3903 §6: a 200 has an entity tag and a life; nothing lives here.
                let reply = Reply::new(200)
                    .with_header(Name::SipETag, tag)
                    .with_header(Name::Expires, "0");
                (reply, Some(note))
            }
            Err(reply) => {
                self.refused += 1;
                (reply, None)
            }
        }
    }

    fn push(&mut self, user: &str, published: Published) {
        let reports = self.reports.entry(user.to_owned()).or_default();
        if reports.len() == REPORTS_MAX {
            reports.pop_front();
        }
        reports.push_back(published);
        self.total += 1;
    }
}

/// Whether a PUBLISH is about the quality of a call.
pub(crate) fn is_meant(request: &Request) -> bool {
    request
        .headers
        .event()
        .is_ok_and(|event| event.package == PACKAGE)
}

fn read(request: &Request) -> Result<ReceivedReport, Reply> {
    let headers = &request.headers;
    if headers.contains(Name::SipIfMatch) {
        return Err(Reply::new(412));
    }
    let is_packed = headers
        .all(Name::ContentEncoding)
        .any(|coding| !coding.eq_ignore_ascii_case("identity"));
    let is_report = headers
        .content_type()
        .is_some_and(|kind| kind.eq_ignore_ascii_case(SessionReport::MEDIA_TYPE));
    if is_packed || !is_report {
        return Err(Reply::new(415).with_header(Name::Accept, SessionReport::MEDIA_TYPE));
    }
    ReceivedReport::parse(&request.body)
        .map_err(|error| Reply::new(400).because(format!("Bad Report: {error}")))
}

/// One line: who, of which call, why, and what was heard.
fn note_of(user: &str, report: &ReceivedReport) -> Note {
    let why = match &report.occasion {
        Occasion::Session => "session".to_owned(),
        Occasion::Interval => "interval".to_owned(),
        Occasion::Alert { metric } => format!("alert {metric}"),
    };
    let remote = report.remote.as_ref().map(figures);
    let remote = remote.map_or(String::new(), |remote| format!("; other end {remote}"));
    let (call, heard) = (&report.call_id, figures(&report.local));
    Note {
        kind: "ipoffice.quality",
        text: format!("{user}: {why} {call} {heard}{remote}"),
    }
}

/// The figures that are known, by their names in the report.
fn figures(figures: &Figures) -> String {
    let known = [
        ("NLR", figures.loss_percent),
        ("JDR", figures.discard_percent),
        ("RTD", figures.round_trip_ms),
        ("IAJ", figures.jitter_ms),
        ("MOSLQ", figures.mos_lq),
        ("MOSCQ", figures.mos_cq),
    ];
    let known = known
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    known.collect::<Vec<_>>().join(" ")
}
