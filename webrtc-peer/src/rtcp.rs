//! RTCP made visible to the application, and the sender reports of our own.

use std::collections::VecDeque;
use std::time::Duration;

use rtc::interceptor::{Attribute, AttributedPacket, Packet, TaggedPacket};
use rtc::rtcp::sender_report::SenderReport;

use crate::passage::Passage;

/// Inbound RTCP is marked for the application; unmarked, `rtc` would swallow it.
///
/// Compounds are taken apart: `rtc` finds the m-line of one by the first source that its first packet names, and swallows
/// those whose first names none, as an empty receiver report before a request for a key frame.
pub(crate) struct DeliverRtcp;

impl Passage for DeliverRtcp {
    fn inbound(packet: TaggedPacket, waiting: &mut VecDeque<TaggedPacket>) {
        let (now, transport) = (packet.now, packet.transport);
        if let Packet::Rtcp(compound) = packet.message.packet {
            let alone = |one| AttributedPacket::new(Packet::Rtcp(vec![one]));
            let packets = compound.into_iter().map(|one| TaggedPacket {
                now,
                transport,
                message: alone(one).with(Attribute::DeliverToApplication),
            });
            waiting.extend(packets);
        } else {
            waiting.push_back(packet);
        }
    }
}

/// What a sender report says of one outgoing stream (RFC 3550 §6.4.1).
///
/// Ours, because `rtc`'s own takes its NTP time from the system clock and not from the owner's. RFC 3550 §4 allows any clock that
/// does not jump: whoever keeps the other side's reports finds the round trip on the owner's.
#[derive(Debug)]
pub(crate) struct Reporter {
    pub(crate) ssrc: u32,
    clock_rate_hz: u32,
    /// Media timestamp and time of the newest packet.
    newest: Option<(u32, Duration)>,
    packets: u32,
    octets: u32,
    next: Option<Duration>,
}

impl Reporter {
    pub(crate) fn new(ssrc: u32) -> Reporter {
        Reporter {
            ssrc,
            clock_rate_hz: 0,
            newest: None,
            packets: 0,
            octets: 0,
            next: None,
        }
    }

    /// A packet went out.
    pub(crate) fn on_sent(&mut self, now: Duration, timestamp: u32, rate_hz: u32, octets: usize) {
        self.clock_rate_hz = rate_hz;
        self.newest = Some((timestamp, now));
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(octets as u32);
        self.next.get_or_insert(now + FIRST_REPORT);
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.next
    }

    /// The report that is due, if one is.
    pub(crate) fn report(&mut self, now: Duration) -> Option<SenderReport> {
        let (timestamp, sent) = self.newest?;
        if self.next.is_none_or(|next| now < next) {
            return None;
        }
        self.next = Some(now + REPORT_INTERVAL);
        let since = now.saturating_sub(sent).as_micros() * u128::from(self.clock_rate_hz);
        Some(SenderReport {
            ssrc: self.ssrc,
            ntp_time: ntp(now),
            rtp_time: timestamp.wrapping_add((since / 1_000_000) as u32),
            packet_count: self.packets,
            octet_count: self.octets,
            ..SenderReport::default()
        })
    }
}

/// NTP timestamp of a time on the owner's clock: 32.32 fixed point (RFC 3550 §4).
fn ntp(now: Duration) -> u64 {
    let fraction = (u64::from(now.subsec_nanos()) << 32) / 1_000_000_000;
    (now.as_secs() << 32) | fraction
}

/// Half the minimum interval for the first report (RFC 3550 §6.2).
const FIRST_REPORT: Duration = Duration::from_millis(2_500);
/// Minimum interval (RFC 3550 §6.2). Not randomised: with two parties there is nothing to desynchronise.
const REPORT_INTERVAL: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ntp_time_is_the_owners_clock() {
        assert_eq!(ntp(Duration::from_millis(3_500)), 7 << 31);
    }

    #[test]
    fn a_report_extrapolates_media_time_and_repeats() {
        let mut reporter = Reporter::new(9);
        assert!(reporter.report(Duration::ZERO).is_none());
        reporter.on_sent(Duration::from_secs(1), 480, 48_000, 80);
        assert_eq!(reporter.deadline(), Some(Duration::from_millis(3_500)));
        let report = reporter.report(Duration::from_millis(3_500)).unwrap();
        assert_eq!((report.packet_count, report.octet_count), (1, 80));
        assert_eq!(report.rtp_time, 480 + 120_000);
        assert_eq!(reporter.deadline(), Some(Duration::from_millis(8_500)));
    }
}
