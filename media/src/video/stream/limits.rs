//! How much a stream of pictures sends, where something limits it: agreement, the other side's requests, the path.
//!
//! RFC 3890; RFC 5104 §4.2; draft-alvestrand-rmcat-remb-03.

use std::time::Duration;

use super::VideoStream;
use crate::video::reports::Asked;

impl VideoStream {
    /// Sends at most so much from now on, bit/s of RTP packets with their headers, by what was agreed on and the settings; as
    /// much as the camera gives if nothing was. Zero stops the camera.
    pub fn set_agreed_limit(&mut self, bits_per_second: Option<u64>) {
        self.allowance.set_agreed(bits_per_second);
    }

    /// Sends at most so much from now on, by an estimate of whoever owns the path; none if there is no estimate.
    pub fn set_estimated_limit(&mut self, bits_per_second: Option<u64>) {
        self.allowance.set_estimated(bits_per_second);
    }

    /// Takes what the other side says of our rate.
    pub(super) fn hear_limits(&mut self, now: Duration, asked: &Asked) {
        let sent = self.sender.statistics();
        if let Some(limit) = &asked.limit {
            self.allowance.on_request(limit, sent);
            self.reports.give_notice(*limit);
        }
        if let Some(estimate) = asked.estimate {
            self.allowance.on_estimate(estimate);
        }
        if let Some(report) = &asked.report {
            self.allowance.on_report(now, report, sent);
        }
    }

    /// Has the camera keep to what it may send; false if that is nothing.
    pub(super) fn may_send(&mut self) -> bool {
        let limit = self.allowance.limit();
        let before = std::mem::replace(&mut self.kept, limit);
        if limit == before {
            return limit != Some(0);
        }
        if before == Some(0) {
            self.begin_anew();
        }
        let is_kept = limit == Some(0) || self.lens.keep_within(limit).is_ok();
        self.shown.failed += u64::from(!is_kept);
        limit != Some(0)
    }
}
