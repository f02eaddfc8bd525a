//! Round trips as they really were: the way of a sender report, or of the time of one who only receives (RFC 3611 §4.4), to the
//! other end, and the way of the report that answers it.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use media::rtcp::{ExtendedBlock, ExtendedBlocks, Packet as Report, ReportBlock};
use net::packet::Packet;
use net::trace::TraceEvent;

use super::links::Links;
use super::opened::Opened;
use crate::evidence::Evidence;

/// A round trip that a host could measure.
#[derive(Clone, Copy, Debug)]
pub(super) struct RoundTrip {
    /// Event of the trace by which it could.
    entry: usize,
    host: usize,
    /// Source of its own stream.
    source: u32,
    pub(super) time: Duration,
}

/// A sender report or a receiver's time, by its source and the middle of its time.
type Notice = (u32, u32);

/// All of a trace, in order.
#[derive(Debug, Default)]
pub(super) struct RoundTrips {
    trips: Vec<RoundTrip>,
    /// By which event a host was told something of its own source that nobody had said: the network changed it.
    spoiled: Vec<(usize, usize, u32)>,
    /// When each was sent, and when it came where.
    sent: BTreeMap<Notice, Duration>,
    came: BTreeMap<(usize, Notice), Duration>,
    /// When and where a datagram was made.
    made: BTreeMap<Bytes, (Duration, usize)>,
}

impl RoundTrips {
    pub(super) fn read(evidence: &Evidence<'_>, links: &Links, opened: &Opened) -> RoundTrips {
        let mut all = RoundTrips::default();
        for (entry, happened) in evidence.entries.iter().enumerate() {
            match &happened.event {
                TraceEvent::Sent { host, packet } => {
                    for report in opened.reports(packet) {
                        all.sent(happened.at, *host, (packet, report), links);
                    }
                }
                TraceEvent::Arrived { host, packet } => {
                    for report in opened.reports(packet) {
                        all.arrived(happened.at, entry, *host, (packet, report));
                    }
                }
                TraceEvent::Dropped { .. }
                | TraceEvent::Said { .. }
                | TraceEvent::Note { .. }
                | TraceEvent::Fault { .. } => {}
            }
        }
        all
    }

    /// The last that a host could measure for its stream before an event; none if it was told something wrong since.
    pub(super) fn last(&self, host: usize, source: u32, before: usize) -> Option<&RoundTrip> {
        let is_it =
            |trip: &&RoundTrip| trip.host == host && trip.source == source && trip.entry < before;
        let trip = self.trips.iter().rev().find(is_it)?;
        let is_spoiled = |&(entry, whose, about): &(usize, usize, u32)| {
            (whose, about) == (host, source) && (trip.entry..before).contains(&entry)
        };
        (!self.spoiled.iter().any(is_spoiled)).then_some(trip)
    }

    fn sent(&mut self, at: Duration, host: usize, said: (&Packet, Report<'_>), links: &Links) {
        let (packet, report) = said;
        let (maker, info) = match report {
            Report::SenderReport { ssrc, info, .. } => (ssrc.0, Some(info)),
            Report::ReceiverReport { ssrc, .. } => (ssrc.0, None),
            Report::ExtendedReport { ssrc, blocks } => {
                for middle in reference_times(blocks) {
                    // Who passes it on sends it later.
                    self.sent.entry((ssrc.0, middle)).or_insert(at);
                }
                return;
            }
            _ => return,
        };
        let own = links.streams.get(&maker);
        if own.is_some_and(|stream| stream.origin != host) {
            return;
        }
        self.made.insert(packet.payload.clone(), (at, host));
        if let Some(info) = info {
            self.sent.insert((maker, info.ntp.middle()), at);
        }
    }

    fn arrived(&mut self, at: Duration, entry: usize, host: usize, said: (&Packet, Report<'_>)) {
        let (packet, report) = said;
        let answered: Vec<Notice> = match report {
            Report::SenderReport { ssrc, info, blocks } => {
                self.came.insert((host, (ssrc.0, info.ntp.middle())), at);
                blocks.iter().map(notice_of).collect()
            }
            Report::ReceiverReport { blocks, .. } => blocks.iter().map(notice_of).collect(),
            Report::ExtendedReport { ssrc, blocks } => {
                for middle in reference_times(blocks) {
                    self.came.insert((host, (ssrc.0, middle)), at);
                }
                answers(blocks)
            }
            _ => return,
        };
        for notice in answered {
            let Some(&(made, far)) = self.made.get(&packet.payload) else {
                self.spoiled.push((entry, host, notice.0));
                continue;
            };
            let there = self.sent.get(&notice).zip(self.came.get(&(far, notice)));
            if let Some((sent, came)) = there {
                self.trips.push(RoundTrip {
                    entry,
                    host,
                    source: notice.0,
                    time: came.saturating_sub(*sent) + at.saturating_sub(made),
                });
            }
        }
    }
}

/// The sender report that a block answers.
fn notice_of(block: ReportBlock) -> Notice {
    (block.ssrc.0, block.last_sender_report)
}

/// The middles of the times of those who only receive.
fn reference_times(blocks: ExtendedBlocks<'_>) -> impl Iterator<Item = u32> {
    blocks.filter_map(|block| match block {
        ExtendedBlock::ReceiverReferenceTime(time) => Some(time.middle()),
        _ => None,
    })
}

/// The receivers' times that are answered.
fn answers(blocks: ExtendedBlocks<'_>) -> Vec<Notice> {
    let answers = blocks.filter_map(|block| match block {
        ExtendedBlock::Delays(delays) => Some(delays),
        _ => None,
    });
    answers
        .flat_map(|delays| delays.iter().collect::<Vec<_>>())
        .map(|delay| (delay.ssrc.0, delay.last_receiver_report))
        .collect()
}
