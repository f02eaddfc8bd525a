//! The reports of a stream of pictures, requests for key frames, and limits that are asked for.
//!
//! RFC 4585 §3.5 (a request need not wait for the next report), §6.3.1; RFC 5104 §4.2, §4.3.1.

use std::time::Duration;

use super::sender::Sender;
use super::stream::VideoStatistics;
use crate::reporter::{Own, Reporter};
use crate::rtcp::{
    Feedback, FeedbackMessage, IntraRequest, Packet, Reception, ReportBlock, TemporaryLimit,
};
use crate::rtp::Ssrc;
use crate::rtx::MISSING_MAX;
use crate::sender::Identity;

/// Octets of a request for all packets that may be missing, were each an entry of its own (RFC 4585 §6.2.1), and of a notice.
const REQUESTS_MAX: usize = 12 + 4 * MISSING_MAX + 20;

/// What a compound asked of our camera.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Asked {
    /// A picture loss indication for our source.
    pub(super) picture_loss: bool,
    /// The number of a full intra request for our source.
    pub(super) full_intra: Option<u8>,
    /// A limit asked for our source, with the source that asked.
    pub(super) limit: Option<TemporaryLimit>,
    /// What a receiver believes can reach it of our source, bit/s.
    pub(super) estimate: Option<u64>,
    /// What is reported of our source.
    pub(super) report: Option<ReportBlock>,
}

impl Asked {
    fn take(&mut self, feedback: &Feedback<'_>, ours: Ssrc) {
        match feedback.message {
            FeedbackMessage::PictureLoss => self.picture_loss |= feedback.media == ours,
            FeedbackMessage::FullIntra(entries) => {
                let mut requests = entries.requests();
                if let Some(request) = requests.find(|request| request.ssrc == ours) {
                    self.full_intra = Some(request.command);
                }
            }
            FeedbackMessage::LimitRequest(limits) => {
                if let Some(limit) = limits.limits().find(|limit| limit.ssrc == ours) {
                    let ssrc = feedback.sender;
                    self.limit = Some(TemporaryLimit { ssrc, ..limit });
                }
            }
            FeedbackMessage::MaximumBitrate(estimate) => {
                if estimate.sources().any(|source| source == ours) {
                    self.estimate = Some(estimate.bits_per_second);
                }
            }
            // Requests for packets are heard by repair; arrivals by whoever owns the transport; we ask for no limit that a
            // notice could tell of.
            FeedbackMessage::Nack(_)
            | FeedbackMessage::LimitNotice(_)
            | FeedbackMessage::TransportWide(_)
            | FeedbackMessage::Other { .. } => {}
        }
    }
}

/// The reports of one stream.
#[derive(Debug)]
pub(super) struct Reports {
    reporter: Reporter,
    /// Number of our next full intra request.
    command: u8,
    picture_losses: u64,
    full_intra_requests: u64,
    limits_asked: u64,
    /// A limit that is kept to, which the other side is not told of yet.
    notice: Option<TemporaryLimit>,
}

impl Reports {
    pub(super) fn new(identity: &Identity) -> Reports {
        Reports {
            reporter: Reporter::new(identity, REQUESTS_MAX),
            command: 0,
            picture_losses: 0,
            full_intra_requests: 0,
            limits_asked: 0,
            notice: None,
        }
    }

    /// Hears the other side's reports and requests.
    pub(super) fn handle(
        &mut self,
        now: Duration,
        bytes: &[u8],
        ours: Ssrc,
        mut reception: Option<&mut Reception>,
    ) -> Asked {
        let mut asked = Asked::default();
        let Some(compound) = self.reporter.read(bytes) else {
            return asked;
        };
        for packet in compound.packets() {
            let of_us = self
                .reporter
                .hear(now, &packet, ours, reception.as_deref_mut());
            asked.report = of_us.or(asked.report);
            if let Packet::Feedback(feedback) = packet {
                asked.take(&feedback, ours);
            }
        }
        self.picture_losses += u64::from(asked.picture_loss);
        self.limits_asked += u64::from(asked.limit.is_some());
        asked
    }

    /// Notes a full intra request that does not repeat the last.
    pub(super) fn on_command(&mut self) {
        self.full_intra_requests += 1;
    }

    /// Tells the other side of a limit that is kept to from now on. RFC 5104 §4.2.2.
    pub(super) fn give_notice(&mut self, limit: TemporaryLimit) {
        self.notice = Some(limit);
    }

    /// When the next report is due; at once before the first tick, and while there is a notice to be given.
    pub(super) fn deadline(&self) -> Duration {
        if self.notice.is_some() {
            return Duration::ZERO;
        }
        self.reporter.deadline()
    }

    /// Makes one compound of what is due: the report if it is time, a request for these packets, a notice of a limit.
    pub(super) fn make_due(
        &mut self,
        now: Duration,
        missing: &[u16],
        sender: &mut Sender,
        reception: Option<&mut Reception>,
    ) {
        let is_due = self.reporter.is_due(now);
        let notice = self.notice.take();
        if !is_due && missing.is_empty() && notice.is_none() {
            return;
        }
        let mut report = self.start(now, sender, reception);
        report.ask_missing(missing);
        report.give_notice(notice);
        if is_due {
            report.finish();
        } else {
            report.end();
        }
    }

    /// Starts a compound with our report and name.
    pub(super) fn start<'a>(
        &'a mut self,
        now: Duration,
        sender: &'a mut Sender,
        reception: Option<&mut Reception>,
    ) -> Report<'a> {
        let own = Own {
            ssrc: sender.ssrc(),
            timestamp: sender.timestamp_at(now),
            sent: sender.statistics(),
        };
        Report {
            now,
            media: self.reporter.start(now, &own, reception),
            sender,
            reports: self,
        }
    }

    /// Whether a compound waits to be sent: another would take its place.
    pub(super) fn is_waiting(&self) -> bool {
        self.reporter.is_waiting()
    }

    /// The report that waits to be sent.
    pub(super) fn take(&mut self) -> Option<&[u8]> {
        self.reporter.take()
    }

    /// The round trip, once reports have told it.
    pub(super) fn round_trip(&self) -> Option<Duration> {
        self.reporter.exchange.round_trip
    }

    /// The counters that are ours; the others are zero.
    pub(super) fn statistics(&self, ssrc: Ssrc) -> VideoStatistics {
        let exchange = self.reporter.exchange;
        VideoStatistics {
            ssrc,
            picture_losses: self.picture_losses,
            full_intra_requests: self.full_intra_requests,
            limits_asked: self.limits_asked,
            reports_sent: exchange.sent,
            reports_received: exchange.received,
            reports_malformed: exchange.malformed,
            remote: exchange.remote,
            round_trip: exchange.round_trip,
            farewell_received: exchange.farewell_received,
            ..VideoStatistics::default()
        }
    }
}

/// A compound that can still be added to.
#[derive(Debug)]
pub(super) struct Report<'a> {
    now: Duration,
    /// The source that is seen.
    media: Option<Ssrc>,
    reports: &'a mut Reports,
    sender: &'a mut Sender,
}

impl Report<'_> {
    /// Adds a request for packets.
    pub(super) fn ask_missing(&mut self, sequences: &[u16]) {
        let Some(media) = self.media else { return };
        let ours = self.sender.ssrc();
        self.reports
            .reporter
            .add(|writer| writer.nack(ours, media, sequences.iter().copied()));
    }

    fn give_notice(&mut self, limit: Option<TemporaryLimit>) {
        let Some(limit) = limit else { return };
        let ours = self.sender.ssrc();
        self.reports
            .reporter
            .add(|writer| writer.limit_notice(ours, &[limit]));
    }

    /// Adds a request for a key frame.
    pub(super) fn ask_key_frame(&mut self, full_intra: bool) {
        let Some(media) = self.media else { return };
        let (ours, command) = (self.sender.ssrc(), self.reports.command);
        self.reports.reporter.add(|writer| {
            if full_intra {
                let request = IntraRequest {
                    ssrc: media,
                    command,
                };
                writer.full_intra(ours, &[request])
            } else {
                writer.picture_loss(ours, media)
            }
        });
        self.reports.command = command.wrapping_add(u8::from(full_intra));
    }

    /// Adds our farewell and ends the compound.
    pub(super) fn farewell(self) {
        let ours = self.sender.ssrc();
        self.reports.reporter.add(|writer| writer.bye(&[ours], b""));
        self.end();
    }

    /// Ends the compound, and begins the wait for the next.
    pub(super) fn finish(self) {
        let sent = self.sender.statistics();
        self.reports.reporter.wait_for_next(self.now, sent);
        self.end();
    }

    /// Ends the compound; the time of the next report stays as it is.
    pub(super) fn end(self) {
        let sender = self.sender;
        self.reports
            .reporter
            .end(|buffer, len| sender.protect_rtcp(buffer, len));
    }
}
