//! Until when a host listened to a call: who hangs up hears no more, while packets come until the other end knows.

use std::time::Duration;

use sip::Message;
use sip::message::Method;

use crate::evidence::Evidence;

/// When a host that told something at that time had stopped to listen: as it sent its BYE, if it did a moment ago.
pub(super) fn listened_until(evidence: &Evidence<'_>, host: usize, at: Duration) -> Duration {
    let is_bye = |message: &Message| match message {
        Message::Request(request) => request.method == Method::Bye,
        Message::Response(_) => false,
    };
    let recent = evidence.sip.iter().filter(|said| {
        let is_recent = said.at <= at && said.at + HANGING_UP >= at;
        said.host == host && is_recent && is_bye(&said.message)
    });
    // The answer may be lost, and the BYE comes again.
    recent.map(|said| said.at).min().unwrap_or(at)
}

/// How long the answer to a BYE may take. RFC 3261 §17.1.2.2, timer F.
const HANGING_UP: Duration = Duration::from_secs(33);
