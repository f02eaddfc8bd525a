//! The reports of a stream of sound, and what goes with them for those who asked: how the other side's voice was heard, and
//! round trips for who does not send. RFC 3611 §4.4, §4.5, §4.7.

use std::time::Duration;

use super::Answers;
use crate::clock::{NtpTime, to_short_ntp};
use crate::reporter::{Exchange, Own, Reporter};
use crate::rtcp::{DelayBlock, ExtendedBlock, Packet, Reception, VoipMetrics};
use crate::rtp::Ssrc;
use crate::sender::{Identity, Sender};

/// The reports of one stream.
#[derive(Debug)]
pub(super) struct Reports {
    reporter: Reporter,
    /// How the other side heard our voice.
    pub(super) remote_voice: Option<VoipMetrics>,
    /// The other side's last reference time that is not answered yet.
    reference: Option<Reference>,
}

/// A reference time that came.
#[derive(Clone, Copy, Debug)]
struct Reference {
    ssrc: Ssrc,
    time: NtpTime,
    came: Duration,
}

/// What a report tells beyond the usual.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    /// How the other side's voice was heard.
    pub(super) voice: Option<VoipMetrics>,
    /// Round trips for who does not send, if both sides want them.
    pub(super) round_trip: Option<Answers>,
}

impl Reports {
    pub(super) fn new(identity: &Identity) -> Reports {
        Reports {
            reporter: Reporter::new(identity, 0),
            remote_voice: None,
            reference: None,
        }
    }

    /// Hears the other side's reports.
    pub(super) fn handle(
        &mut self,
        now: Duration,
        bytes: &[u8],
        ours: Ssrc,
        mut reception: Option<&mut Reception>,
    ) {
        let Some(compound) = self.reporter.read(bytes) else {
            return;
        };
        for packet in compound.packets() {
            self.reporter
                .hear(now, &packet, ours, reception.as_deref_mut());
            if let Packet::ExtendedReport { ssrc, blocks } = packet {
                blocks.for_each(|block| self.hear_block(now, ssrc, &block, ours));
            }
        }
    }

    /// Hears one block of an extended report.
    fn hear_block(&mut self, now: Duration, from: Ssrc, block: &ExtendedBlock<'_>, ours: Ssrc) {
        match block {
            ExtendedBlock::VoipMetrics(metrics) if metrics.ssrc == ours => {
                self.remote_voice = Some(*metrics);
            }
            ExtendedBlock::ReceiverReferenceTime(time) => {
                self.reference = Some(Reference {
                    ssrc: from,
                    time: *time,
                    came: now,
                });
            }
            ExtendedBlock::Delays(delays) => {
                if let Some(answer) = delays.to(ours) {
                    let (sent, held) = (
                        answer.last_receiver_report,
                        answer.delay_since_last_receiver_report,
                    );
                    self.reporter.exchange.note_round_trip(now, sent, held);
                }
            }
            // Metrics of another's stream, and blocks that nobody here asks for.
            ExtendedBlock::VoipMetrics(_) | ExtendedBlock::Other { .. } => {}
        }
    }

    /// Whether the time for a report has come.
    pub(super) fn is_due(&mut self, now: Duration) -> bool {
        self.reporter.is_due(now)
    }

    /// Makes the report that is due.
    pub(super) fn report(
        &mut self,
        now: Duration,
        sender: &mut Sender,
        reception: Option<&mut Reception>,
        told: Told,
    ) {
        let is_sender = self.reporter.is_sender(sender.statistics());
        self.reporter.start(now, &own(sender), reception);
        let time = told.round_trip.filter(|_| !is_sender);
        let answer = self.answer(now, told.round_trip, is_sender);
        if time.is_some() || answer.is_some() || told.voice.is_some() {
            self.reporter.add(|writer| {
                let mut report = writer.extended_report(sender.ssrc())?;
                if time.is_some() {
                    report.receiver_reference_time(NtpTime::at(now))?;
                }
                if let Some(answer) = answer {
                    report.delays(&[answer])?;
                }
                told.voice
                    .map_or(Ok(()), |voice| report.voip_metrics(&voice))
            });
        }
        self.reporter.wait_for_next(now, sender.statistics());
        self.reporter
            .end(|buffer, len| sender.protect_rtcp(buffer, len));
    }

    /// The answer to the other side's reference time; each is answered once.
    fn answer(
        &mut self,
        now: Duration,
        wanted: Option<Answers>,
        is_sender: bool,
    ) -> Option<DelayBlock> {
        wanted.filter(|answers| is_sender || *answers == Answers::All)?;
        let reference = self.reference.take()?;
        Some(DelayBlock {
            ssrc: reference.ssrc,
            last_receiver_report: reference.time.middle(),
            delay_since_last_receiver_report: to_short_ntp(now.saturating_sub(reference.came)),
        })
    }

    /// Makes our last report, with a farewell.
    pub(super) fn farewell(
        &mut self,
        now: Duration,
        sender: &mut Sender,
        reception: Option<&mut Reception>,
    ) {
        self.reporter.start(now, &own(sender), reception);
        self.reporter
            .add(|writer| writer.bye(&[sender.ssrc()], b""));
        self.reporter
            .end(|buffer, len| sender.protect_rtcp(buffer, len));
    }

    /// The report that waits to be sent.
    pub(super) fn take(&mut self) -> Option<&[u8]> {
        self.reporter.take()
    }

    /// What went to and fro.
    pub(super) fn exchange(&self) -> Exchange {
        self.reporter.exchange
    }
}

fn own(sender: &Sender) -> Own {
    Own {
        ssrc: sender.ssrc(),
        timestamp: sender.timestamp(),
        sent: sender.statistics(),
    }
}
