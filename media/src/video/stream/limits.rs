//! How much a stream of pictures sends, where something limits it: agreement, the other side's requests, the path.
//!
//! RFC 3890; RFC 5104 §4.2; draft-alvestrand-rmcat-remb-03.

use std::time::Duration;

use super::VideoStream;
use crate::video::allowance::octets;
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

    /// Has the camera keep to what it may send: a live encoder by its rate; and a picture is left out, whoever coded it, while
    /// what was sent before is not made good. Gives whether it may be sent.
    pub(super) fn may_send(&mut self) -> bool {
        let limit = self.allowance.limit();
        let before = std::mem::replace(&mut self.kept, limit);
        if limit != before {
            if before == Some(0) {
                self.begin_anew();
            }
            let is_kept = self.lens.keep_within(limit).is_ok();
            self.shown.failed += u64::from(!is_kept);
        }
        let sent = octets(self.sender.statistics());
        self.pace
            .spend(sent - std::mem::replace(&mut self.paced, sent));
        limit.is_none_or(|limit| self.pace.has_room(self.now, limit))
    }
}
