//! What a camera may send: the least of what was agreed on, what the other side asked for, and what the path carries.
//!
//! RFC 3890 (the agreed limit), RFC 5104 §4.2.1 (TMMBR), draft-alvestrand-rmcat-remb-03 (REMB); the path by the loss that the
//! other side reports (RFC 3550 §6.4.1), or by an estimate of whoever owns the path.

use std::time::Duration;

use super::carried::{Carried, Told};
use crate::rtcp::{ReportBlock, TemporaryLimit};
use crate::rtp::FIXED_HEADER_LEN;
use crate::sender::SenderStatistics;

/// All limits of one camera; each in bit/s of RTP packets, headers included.
#[derive(Clone, Debug, Default)]
pub(super) struct Allowance {
    /// By offer and answer, and by the settings.
    agreed: Option<u64>,
    /// By the other side's last request or estimate.
    asked: Option<u64>,
    /// By whoever owns the path.
    estimated: Option<u64>,
    carried: Carried,
}

impl Allowance {
    pub(super) fn set_agreed(&mut self, limit: Option<u64>) {
        self.agreed = limit;
    }

    pub(super) fn set_estimated(&mut self, limit: Option<u64>) {
        self.estimated = limit;
    }

    /// Takes a request that counts the headers of all layers, given what was sent so far.
    pub(super) fn on_request(&mut self, limit: &TemporaryLimit, sent: SenderStatistics) {
        let packet = octets(sent).checked_div(sent.packets);
        self.asked = Some(limit.of_rtp(packet.unwrap_or(super::sender::PAYLOAD_MAX as u64)));
    }

    /// Takes an estimate of the receiver's.
    pub(super) fn on_estimate(&mut self, bits_per_second: u64) {
        self.asked = Some(bits_per_second);
    }

    /// Takes a report on our source, given what was sent so far.
    pub(super) fn on_report(
        &mut self,
        now: Duration,
        report: &ReportBlock,
        sent: SenderStatistics,
    ) {
        let told = Told {
            at: now,
            packet_octets: octets(sent) as f64 / sent.packets.max(1) as f64,
            highest_sequence: report.highest_sequence,
            lost: report.cumulative_lost,
        };
        self.carried.on_report(told);
    }

    /// What may be sent; none if nothing sets a limit. Zero stops the camera.
    pub(super) fn limit(&self) -> Option<u64> {
        let all = [
            self.agreed,
            self.asked,
            self.estimated,
            self.carried.limit(),
        ];
        all.into_iter().flatten().min()
    }
}

/// Octets from RTP's header on.
pub(super) fn octets(sent: SenderStatistics) -> u64 {
    sent.octets + sent.packets * FIXED_HEADER_LEN as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::Ssrc;

    #[test]
    fn the_least_counts_and_the_last_request_stands() {
        let mut allowance = Allowance::default();
        assert_eq!(allowance.limit(), None);
        allowance.set_agreed(Some(500_000));
        allowance.on_estimate(300_000);
        assert_eq!(allowance.limit(), Some(300_000));
        let sent = SenderStatistics {
            packets: 10,
            octets: 9_880,
            ..SenderStatistics::default()
        };
        let request = TemporaryLimit {
            ssrc: Ssrc(1),
            bits_per_second: 1_028_000,
            overhead: 40,
        };
        allowance.on_request(&request, sent);
        assert_eq!(allowance.limit(), Some(500_000));
        allowance.set_agreed(None);
        assert_eq!(allowance.limit(), Some(1_000_000));
        allowance.set_estimated(Some(0));
        assert_eq!(allowance.limit(), Some(0));
    }
}
