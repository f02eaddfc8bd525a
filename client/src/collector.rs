//! Publishes reports of the quality of calls to whoever collects them, and leaves alone who does not want them.
//!
//! ```text
//! report of a call ─► under way ──2xx──► gone
//!                        │  └──silence, trouble──► waits ──once──► under way
//!                        └──refused──► quiet until the next login
//! ```
//!
//! RFC 6035 §3 (event package `vq-rtcpxr`), RFC 3903 §4.1 (PUBLISH). A report never holds a call up: it is made when the call is
//! over, or beside it.

use std::time::Duration;

use media::quality::SessionReport;
use sip::header::{Headers, Name, NameAddr};
use sip::message::{Method, Response};
use sip::uri::Uri;
use sip::user_agent::{Body, Outgoing, RequestId};

use crate::calls::Caller;
use crate::desk::Desk;

/// The event package. RFC 6035 §4.1.
const PACKAGE: &str = "vq-rtcpxr";
/// Reports that are under way or wait at a time; ours. A further one is let go: figures are no reason to burden a line.
const REPORTS_MAX: usize = 8;
/// Wait before a report that met trouble is sent once more; ours.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// The longest wait that a server may ask for (RFC 3261 §20.33); ours. Who wants more gets the report never.
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(60);

/// Where reports go, and when there is one before the end of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct QualityReports {
    /// Who collects them.
    pub to: ReportTo,
    /// A report is sent once in a call when its listening quality falls below this mean opinion score, 1 to 4.5.
    pub alert_mos_below: Option<f64>,
    /// A report is sent once in a call when more packets than this are lost on the way, in %.
    pub alert_loss_percent_over: Option<f64>,
}

/// Who collects reports.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum ReportTo {
    /// The system that the line is registered with.
    #[default]
    Registrar,
    /// This SIP address, by way of that system.
    Address(Uri),
    /// Nobody.
    Nobody,
}

impl Default for QualityReports {
    /// To the registrar. ITU-T G.107 Annex B: below 3.1 many users are dissatisfied. The 5 % are ours: what concealment bears.
    fn default() -> Self {
        Self {
            to: ReportTo::Registrar,
            alert_mos_below: Some(3.1),
            alert_loss_percent_over: Some(5.0),
        }
    }
}

/// Publishes the reports of one client.
#[derive(Debug)]
pub(crate) struct Collector {
    to: ReportTo,
    reports: Vec<Report>,
    /// Whether reports were refused since the login.
    is_unwanted: bool,
}

#[derive(Debug)]
struct Report {
    text: String,
    state: State,
    /// Whether it was sent a second time.
    is_repeated: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    UnderWay(RequestId),
    WaitsUntil(Duration),
}

impl Collector {
    pub(crate) fn new(to: ReportTo) -> Self {
        Self {
            to,
            reports: Vec::new(),
            is_unwanted: false,
        }
    }

    /// A user logs in: somebody else may collect.
    pub(crate) fn begin(&mut self) {
        self.is_unwanted = false;
    }

    /// Whether there is something to publish now.
    pub(crate) fn is_due(&self, now: Duration, desk: &Desk) -> bool {
        !desk.quality_reports.is_empty() || self.deadline().is_some_and(|due| due <= now)
    }

    /// Publishes what calls have reported, and once more what has waited. Without a line there is nobody to tell.
    pub(crate) fn publish(&mut self, now: Duration, desk: &mut Desk, caller: Option<&Caller>) {
        let is_due = |report: &Report| matches!(report.state, State::WaitsUntil(due) if due <= now);
        while let Some(place) = self.reports.iter().position(is_due) {
            let report = self.reports.remove(place);
            self.send(now, desk, caller, report.text, true);
        }
        for text in std::mem::take(&mut desk.quality_reports) {
            if self.is_unwanted || self.reports.len() >= REPORTS_MAX {
                continue;
            }
            self.send(now, desk, caller, text, false);
        }
    }

    /// A report has met its answer.
    pub(crate) fn handle_response(
        &mut self,
        now: Duration,
        request: RequestId,
        response: &Response,
    ) {
        if response.is_provisional() {
            return;
        }
        let Some(report) = self.take(request) else {
            return;
        };
        if response.is_success() {
            return;
        }
        if !is_trouble(response.status) {
            // Reports that wait would be refused too.
            self.is_unwanted = true;
            self.reports
                .retain(|report| matches!(report.state, State::UnderWay(_)));
            return;
        }
        let asked_s = response.headers.retry_after().ok().flatten();
        let wait = asked_s.map_or(AGAIN_AFTER, |asked_s| Duration::from_secs(asked_s.into()));
        self.try_again(now, report, wait);
    }

    /// A report got no answer.
    pub(crate) fn handle_failure(&mut self, now: Duration, request: RequestId) {
        if let Some(report) = self.take(request) {
            self.try_again(now, report, AGAIN_AFTER);
        }
    }

    /// When a report has waited long enough.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let waits = self.reports.iter().filter_map(|report| match report.state {
            State::WaitsUntil(due) => Some(due),
            State::UnderWay(_) => None,
        });
        waits.min()
    }

    /// The user logs out: what waits is let go.
    pub(crate) fn leave(&mut self) {
        self.reports
            .retain(|report| matches!(report.state, State::UnderWay(_)));
    }

    /// Whether nothing is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.reports.is_empty()
    }

    fn send(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        caller: Option<&Caller>,
        text: String,
        is_repeated: bool,
    ) {
        let Some((caller, uri)) = caller.and_then(|caller| Some((caller, self.target(caller)?)))
        else {
            return;
        };
        let mut headers = Headers::new();
        headers.push(Name::Event, PACKAGE);
        // RFC 3903 §4.1: a publication has a life; this one is read and done with.
        headers.push(Name::Expires, "0");
        let outgoing = Outgoing {
            hop: caller.hop.clone(),
            method: Method::Publish,
            to: NameAddr::new(uri.clone()),
            uri,
            from: caller.address.clone(),
            call_id: None,
            number: 1,
            has_contact: false,
            headers,
            body: Some(Body {
                content_type: SessionReport::MEDIA_TYPE.to_owned(),
                bytes: text.clone().into(),
            }),
            login: Some(caller.login.clone()),
        };
        let request = desk.agent.request(now, outgoing);
        self.reports.push(Report {
            text,
            state: State::UnderWay(request),
            is_repeated,
        });
    }

    /// The Request-URI; `None` if nobody collects.
    fn target(&self, caller: &Caller) -> Option<Uri> {
        match &self.to {
            ReportTo::Registrar => Uri::parse(&format!("sip:{}", caller.domain)).ok(),
            ReportTo::Address(uri) => Some(uri.clone()),
            ReportTo::Nobody => None,
        }
    }

    fn take(&mut self, request: RequestId) -> Option<Report> {
        let is_it = |report: &Report| report.state == State::UnderWay(request);
        let place = self.reports.iter().position(is_it)?;
        Some(self.reports.remove(place))
    }

    fn try_again(&mut self, now: Duration, report: Report, wait: Duration) {
        if !report.is_repeated && wait <= AGAIN_AFTER_MAX && !self.is_unwanted {
            self.reports.push(Report {
                state: State::WaitsUntil(now + wait),
                ..report
            });
        }
    }
}

/// Whether a refusal may be another one later: silence on the way, or trouble of the server (RFC 3261 §21.4.9, §21.5). What is not
/// implemented stays so.
fn is_trouble(status: u16) -> bool {
    matches!(status, 408 | 480 | 500 | 502..=504)
}
