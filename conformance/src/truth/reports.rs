//! RTCP as it crossed the wires, in the clear or with keys that are known, against what the network did.

use std::collections::BTreeMap;
use std::time::Duration;

use media::clock::from_short_ntp;
use media::rtcp::{Packet as Report, ReportBlock, SenderInfo};
use net::packet::Packet;
use net::trace::TraceEvent;

use super::links::{Links, Seen, StreamTruth};
use super::metric;
use super::opened::Opened;
use super::{Account, Said};
use crate::evidence::Evidence;

/// Compares every report that its maker sent and that can be read.
pub(super) fn compare(
    account: &mut Account,
    evidence: &Evidence<'_>,
    links: &Links,
    opened: &Opened,
) {
    let mut reader = Reader {
        account,
        evidence,
        links,
        opened,
        before: BTreeMap::new(),
        notices: BTreeMap::new(),
    };
    for (entry, happened) in evidence.entries.iter().enumerate() {
        match &happened.event {
            TraceEvent::Sent { host, packet } => reader.sent(happened.at, entry, *host, packet),
            TraceEvent::Arrived { host, packet } => reader.arrived(happened.at, *host, packet),
            TraceEvent::Dropped { .. }
            | TraceEvent::Said { .. }
            | TraceEvent::Note { .. }
            | TraceEvent::Fault { .. } => {}
        }
    }
}

/// Reports of one trace.
struct Reader<'a> {
    account: &'a mut Account,
    evidence: &'a Evidence<'a>,
    links: &'a Links,
    opened: &'a Opened,
    /// What had been seen when a host last reported on a stream, and by how much its numbers may have been astray; by host and source.
    before: BTreeMap<(usize, u32), (Seen, f64)>,
    /// When the sender report of a source came to a host, by host, source and the middle of its time.
    notices: BTreeMap<(usize, u32, u32), Duration>,
}

impl<'a> Reader<'a> {
    fn arrived(&mut self, at: Duration, host: usize, packet: &Packet) {
        for report in self.opened.reports(packet) {
            if let Report::SenderReport { ssrc, info, .. } = report {
                let key = (host, ssrc.0, info.ntp.middle());
                self.notices.insert(key, at);
            }
        }
    }

    fn sent(&mut self, at: Duration, entry: usize, host: usize, packet: &Packet) {
        for report in self.opened.reports(packet) {
            let (maker, info, blocks) = match report {
                Report::SenderReport { ssrc, info, blocks } => (ssrc.0, Some(info), blocks),
                Report::ReceiverReport { ssrc, blocks } => (ssrc.0, None, blocks),
                _ => continue,
            };
            let own = self.links.streams.get(&maker);
            // Who passes a report on has not made it.
            if own.is_some_and(|stream| stream.origin != host) {
                continue;
            }
            if let (Some(info), Some(stream)) = (info, own) {
                self.sender(at, entry, host, &info, (maker, stream));
            }
            for block in blocks.iter() {
                if let Some(stream) = self.links.streams.get(&block.ssrc.0) {
                    self.block(at, entry, host, &block, stream);
                }
            }
        }
    }

    fn sender(
        &mut self,
        at: Duration,
        entry: usize,
        host: usize,
        info: &SenderInfo,
        (source, stream): (u32, &StreamTruth),
    ) {
        let (packets, mut octets) = stream.sent_before(entry);
        octets -= self.opened.overhead(source) * packets;
        // Of several packets that leave in one moment the report may come in between.
        let (more, more_octets) = stream.sent_at(at);
        let said = self.said(at, host, f64::from(info.packets));
        self.account
            .compare(&metric::SENT, &said, packets as f64, more as f64);
        let said = self.said(at, host, f64::from(info.octets));
        self.account.compare(
            &metric::SENT_OCTETS,
            &said,
            octets as f64,
            more_octets as f64,
        );
    }

    fn block(
        &mut self,
        at: Duration,
        entry: usize,
        host: usize,
        block: &ReportBlock,
        stream: &StreamTruth,
    ) {
        let Some((rate, seen)) = stream.clock_rate_hz().zip(stream.seen(host, entry)) else {
            return;
        };
        // What comes at the report's very moment may be in it or not.
        let first = self.evidence.entries.partition_point(|entry| entry.at < at);
        let fresh = stream.came_between(host, first, entry);
        let early = match fresh {
            0 => seen,
            _ => stream.seen(host, first).unwrap_or_default(),
        };
        let either =
            |told: f64, early: f64, late: f64| told.clamp(early.min(late), early.max(late));
        let hurt = stream.hurt as f64;
        let highest = block.highest_sequence & 0xffff;
        let true_highest = stream.sent[seen.highest].sequence;
        let apart = f64::from(highest.wrapping_sub(u32::from(true_highest)) as u16 as i16);
        let behind = (seen.highest - early.highest) as f64;
        let said = self.said(at, host, apart);
        let truth = either(said.value, -behind, 0.0);
        let astray = stream.astray(host, entry);
        let edge = hurt + astray;
        self.account.compare(&metric::HIGHEST, &said, truth, edge);
        let said = self.said(at, host, f64::from(block.cumulative_lost));
        let truth = either(said.value, early.lost(), seen.lost());
        self.account.compare(&metric::LOST, &said, truth, edge);
        if let Some((least, most)) = stream.jitter(host, first, entry).filter(|_| hurt == 0.0) {
            let said = self.said(at, host, f64::from(block.jitter) / rate * 1e3);
            let truth = either(said.value, least / rate * 1e3, most / rate * 1e3);
            self.account.compare(&metric::JITTER, &said, truth, 0.0);
        }
        // A packet at the edge of the interval may count on either side, and what comes at its very moment.
        let edge = fresh.max(1) as f64 + hurt;
        self.fraction((at, host), block, (seen, astray), edge);
        let key = (host, block.ssrc.0, block.last_sender_report);
        if let Some(came) = self
            .notices
            .get(&key)
            .filter(|_| block.last_sender_report != 0)
        {
            let truth = at.saturating_sub(*came).as_secs_f64() * 1e3;
            let told = from_short_ntp(block.delay_since_last_sender_report);
            let said = self.said(at, host, told.as_secs_f64() * 1e3);
            self.account
                .compare(&metric::SINCE_REPORT, &said, truth, 0.0);
        }
    }

    fn fraction(
        &mut self,
        (at, host): (Duration, usize),
        block: &ReportBlock,
        (seen, astray): (Seen, f64),
        edge: f64,
    ) {
        let (before, was_astray) = self
            .before
            .insert((host, block.ssrc.0), (seen, astray))
            .unwrap_or_default();
        let expected = seen.expected.saturating_sub(before.expected) as f64;
        let received = seen.received.saturating_sub(before.received) as f64;
        if expected > 0.0 {
            let truth = 256.0 * ((expected - received) / expected).clamp(0.0, 255.0 / 256.0);
            let said = self.said(at, host, f64::from(block.fraction_lost));
            let allowance = (edge + astray + was_astray) * 256.0 / expected;
            self.account
                .compare(&metric::FRACTION_LOST, &said, truth, allowance);
        }
    }

    fn said(&self, at: Duration, host: usize, value: f64) -> Said<'a> {
        Said {
            by: self.evidence.host_name(host),
            at,
            value,
        }
    }
}
