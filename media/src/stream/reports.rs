//! The reports of a stream of sound: with them goes how the other side's voice was heard. RFC 3611 §4.7.

use std::time::Duration;

use crate::reporter::{Exchange, Own, Reporter};
use crate::rtcp::{ExtendedBlock, Packet, Reception, VoipMetrics};
use crate::rtp::Ssrc;
use crate::sender::{Identity, Sender};

/// The reports of one stream.
#[derive(Debug)]
pub(super) struct Reports {
    reporter: Reporter,
    /// How the other side heard our voice.
    pub(super) remote_voice: Option<VoipMetrics>,
}

impl Reports {
    pub(super) fn new(identity: &Identity) -> Reports {
        Reports {
            reporter: Reporter::new(identity, 0),
            remote_voice: None,
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
            if let Packet::ExtendedReport { blocks, .. } = packet {
                let ours = blocks
                    .filter_map(|block| match block {
                        ExtendedBlock::VoipMetrics(metrics) => Some(metrics),
                        ExtendedBlock::ReceiverReferenceTime(_)
                        | ExtendedBlock::Delays(_)
                        | ExtendedBlock::Other { .. } => None,
                    })
                    .filter(|metrics| metrics.ssrc == ours);
                self.remote_voice = ours.last().or(self.remote_voice);
            }
        }
    }

    /// Whether the time for a report has come.
    pub(super) fn is_due(&mut self, now: Duration) -> bool {
        self.reporter.is_due(now)
    }

    /// Makes the report that is due, with how the other side's voice was heard if we are to tell.
    pub(super) fn report(
        &mut self,
        now: Duration,
        sender: &mut Sender,
        reception: Option<&mut Reception>,
        voice: Option<&VoipMetrics>,
    ) {
        self.reporter.start(now, &own(sender), reception);
        if let Some(metrics) = voice {
            self.reporter.add(|writer| {
                let mut report = writer.extended_report(sender.ssrc())?;
                report.voip_metrics(metrics)
            });
        }
        self.reporter.wait_for_next(now, sender.statistics());
        self.reporter
            .end(|buffer, len| sender.protect_rtcp(buffer, len));
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
