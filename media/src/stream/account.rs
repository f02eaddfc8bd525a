//! The account of a stream whose packets a peer connection carries: it protects, it sends the reports, and here is counted what
//! came of it, as [`Stream`](super::Stream) counts for itself.

use std::time::Duration;

use super::{ReceivedStatistics, StreamStatistics};
use crate::codec::AudioCodec;
use crate::jitter::JitterBuffer;
use crate::receiver::ReceiverStatistics;
use crate::reporter::Exchange;
use crate::rtcp::Reception;
use crate::rtp::Ssrc;
use crate::sender::SenderStatistics;

/// What was sent, what came, and what the other side's reports say of it.
#[derive(Clone, Debug)]
pub struct Account {
    codec: AudioCodec,
    packet_time: Duration,
    ours: Ssrc,
    sent: SenderStatistics,
    arrived: ReceiverStatistics,
    reception: Option<Reception>,
    exchange: Exchange,
}

impl Account {
    /// An empty account of a stream that is sent as this source, with so much sound in each packet.
    pub fn new(codec: AudioCodec, packet_time: Duration, ours: Ssrc) -> Account {
        Account {
            codec,
            packet_time,
            ours,
            sent: SenderStatistics::default(),
            arrived: ReceiverStatistics::default(),
            reception: None,
            exchange: Exchange::default(),
        }
    }

    /// A frame was encoded and its packet sent, with so many octets of payload; `None` if it could not be.
    pub fn on_sent(&mut self, octets: Option<usize>) {
        match octets {
            Some(octets) => {
                self.sent.packets += 1;
                self.sent.octets += octets as u64;
            }
            None => self.sent.failed += 1,
        }
    }

    /// A packet came, with so many octets of payload. Another source than before begins a new account of numbers.
    pub fn on_packet(
        &mut self,
        now: Duration,
        source: Ssrc,
        sequence: u16,
        timestamp: u32,
        octets: usize,
    ) {
        let rate_hz = self.codec.clock_rate_hz();
        let is_other = |one: &Reception| one.ssrc() != source;
        if self.reception.as_ref().is_some_and(is_other) {
            self.reception = None;
            self.arrived.source_changes += 1;
        }
        let empty = || Reception::new(source, rate_hz);
        let reception = self.reception.get_or_insert_with(empty);
        if reception.on_packet(now, sequence, timestamp) {
            self.arrived.packets += 1;
            self.arrived.octets += octets as u64;
        }
    }

    /// A packet came in a format that was not agreed on.
    pub fn on_unknown(&mut self) {
        self.arrived.unknown_payload_type += 1;
    }

    /// Reports came, in the clear. They answer sender reports whose NTP time is
    /// [`NtpTime::at`](crate::clock::NtpTime::at) the same clock.
    pub fn on_rtcp(&mut self, now: Duration, bytes: &[u8]) {
        let Some(compound) = self.exchange.read(bytes) else {
            return;
        };
        for packet in compound.packets() {
            let reception = self.reception.as_mut();
            self.exchange.hear(now, &packet, self.ours, reception);
        }
    }

    /// Everything, with what the play-out buffer says. Reports sent are the connection's and stay 0, and nobody tells of voice
    /// metrics.
    pub fn statistics(&self, buffer: &JitterBuffer) -> StreamStatistics {
        StreamStatistics {
            codec: self.codec,
            packet_time: self.packet_time,
            ssrc: self.ours,
            sent: self.sent,
            reports_sent: 0,
            reports_received: self.exchange.received,
            reports_malformed: self.exchange.malformed,
            arrived: self.arrived,
            received: self.reception.as_ref().map(ReceivedStatistics::of),
            playout: buffer.statistics(),
            bursts: buffer.bursts(),
            target_delay: buffer.target_delay(),
            remote: self.exchange.remote,
            remote_voice: None,
            round_trip: self.exchange.round_trip,
            farewell_received: self.exchange.farewell_received,
            quality: None,
        }
        .with_quality()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::NtpTime;
    use crate::rtcp::{CompoundWriter, ReportBlock};

    const OURS: Ssrc = Ssrc(7);
    const THEIRS: Ssrc = Ssrc(9);
    const PACKET: Duration = Duration::from_millis(20);

    fn account() -> Account {
        Account::new(AudioCodec::Pcmu, PACKET, OURS)
    }

    #[test]
    fn loss_jitter_and_another_source_are_counted() {
        let mut account = account();
        for number in [0_u16, 1, 2, 5, 4] {
            let late = Duration::from_millis(if number == 2 { 16 } else { 0 });
            let now = PACKET * u32::from(number) + late;
            account.on_packet(now, THEIRS, 100 + number, u32::from(number) * 160, 160);
        }
        let buffer = JitterBuffer::new(8_000, 8_000, 480);
        let statistics = account.statistics(&buffer);
        let received = statistics.received.unwrap();
        assert_eq!((received.expected, received.lost), (6, 1));
        assert_eq!((received.reordered, received.ssrc), (1, THEIRS));
        // 16 ms twice, each a sixteenth of it, less what fades meanwhile.
        assert!((1_500..2_000).contains(&received.jitter.as_micros()));
        assert_eq!(
            (statistics.arrived.packets, statistics.arrived.octets),
            (5, 800)
        );
        account.on_packet(PACKET * 6, Ssrc(11), 7, 0, 160);
        let statistics = account.statistics(&buffer);
        assert_eq!(statistics.received.unwrap().lost, 0);
        assert_eq!(statistics.arrived.source_changes, 1);
    }

    #[test]
    fn a_report_on_us_tells_the_round_trip() {
        let mut account = account();
        account.on_sent(Some(160));
        account.on_sent(None);
        let block = ReportBlock {
            ssrc: OURS,
            cumulative_lost: 3,
            last_sender_report: NtpTime::at(Duration::from_secs(5)).middle(),
            delay_since_last_sender_report: 65_536,
            ..ReportBlock::default()
        };
        let mut report = [0; 64];
        let mut writer = CompoundWriter::new(&mut report);
        writer.receiver_report(THEIRS, &[block]).unwrap();
        let len = writer.finish();
        account.on_rtcp(Duration::from_millis(6_050), &report[..len]);
        account.on_rtcp(Duration::from_millis(6_050), b"nonsense");
        let statistics = account.statistics(&JitterBuffer::new(8_000, 8_000, 480));
        let round_trip = statistics.round_trip.unwrap();
        assert!(round_trip.abs_diff(Duration::from_millis(50)) < Duration::from_millis(1));
        assert_eq!(statistics.remote.unwrap().cumulative_lost, 3);
        assert_eq!(
            (statistics.reports_received, statistics.reports_malformed),
            (1, 1)
        );
        assert_eq!((statistics.sent.packets, statistics.sent.failed), (1, 1));
        assert_eq!(statistics.quality, None);
    }
}
