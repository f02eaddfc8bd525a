//! One line of text a packet, as a person reads a trace.

use std::fmt::{Display, Formatter, Result};

use super::{
    ExtendedBlock, ExtendedBlocks, Feedback, FeedbackMessage, Packet, ReportBlock, ReportBlocks,
    SdesItem, TemporaryLimits, TransportWide, UNAVAILABLE, VoipMetrics,
};

impl Display for Packet<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Packet::SenderReport { ssrc, info, blocks } => {
                write!(
                    f,
                    "SR from {ssrc}: {} packets, {} octets, ntp {:016x}, timestamp {}",
                    info.packets, info.octets, info.ntp.0, info.timestamp
                )?;
                report_blocks(f, *blocks)
            }
            Packet::ReceiverReport { ssrc, blocks } => {
                write!(f, "RR from {ssrc}")?;
                report_blocks(f, *blocks)
            }
            Packet::SourceDescription(chunks) => {
                f.write_str("SDES")?;
                for chunk in *chunks {
                    write!(f, " of {}:", chunk.ssrc)?;
                    for item in chunk.items {
                        let text = String::from_utf8_lossy(item.text);
                        write!(f, " {} {text:?}", item.kind)?;
                    }
                }
                Ok(())
            }
            Packet::Bye(bye) => {
                f.write_str("BYE from")?;
                list(f, bye.sources())?;
                match bye.reason {
                    Some(reason) => write!(f, ", reason {:?}", String::from_utf8_lossy(reason)),
                    None => Ok(()),
                }
            }
            Packet::App(app) => write!(
                f,
                "APP from {}: {:?} subtype {}, {} octets",
                app.ssrc,
                String::from_utf8_lossy(&app.name),
                app.subtype,
                app.data.len()
            ),
            Packet::Feedback(feedback) => write!(f, "{feedback}"),
            Packet::ExtendedReport { ssrc, blocks } => {
                write!(f, "XR from {ssrc}")?;
                extended_blocks(f, *blocks)
            }
            Packet::Other {
                packet_type,
                count,
                body,
            } => write!(
                f,
                "type {packet_type}, count {count}, {} octets",
                body.len()
            ),
        }
    }
}

fn temporary_limits(f: &mut Formatter<'_>, limits: TemporaryLimits<'_>, link: &str) -> Result {
    limits.limits().try_for_each(|limit| {
        let (ssrc, rate, overhead) = (limit.ssrc, limit.bits_per_second, limit.overhead);
        write!(
            f,
            " {link} {ssrc} ({rate} bit/s, {overhead} octets of headers)"
        )
    })
}

impl Display for Feedback<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (sender, media) = (self.sender, self.media);
        match self.message {
            FeedbackMessage::Nack(nack) => {
                write!(f, "NACK from {sender} to {media}:")?;
                list(f, nack.sequences())
            }
            FeedbackMessage::PictureLoss => write!(f, "PLI from {sender} to {media}"),
            FeedbackMessage::FullIntra(full_intra) => {
                write!(f, "FIR from {sender}")?;
                let mut requests = full_intra.requests();
                requests.try_for_each(|request| {
                    write!(f, " to {} (command {})", request.ssrc, request.command)
                })
            }
            FeedbackMessage::LimitRequest(limits) => {
                write!(f, "TMMBR from {sender}")?;
                temporary_limits(f, limits, "to")
            }
            FeedbackMessage::LimitNotice(limits) => {
                write!(f, "TMMBN from {sender}")?;
                temporary_limits(f, limits, "asked by")
            }
            FeedbackMessage::MaximumBitrate(estimate) => {
                let rate = estimate.bits_per_second;
                write!(f, "REMB from {sender}: {rate} bit/s over")?;
                list(f, estimate.sources())
            }
            FeedbackMessage::TransportWide(feedback) => {
                write!(
                    f,
                    "TWCC {} from {sender} on {media}",
                    feedback.feedback_count
                )?;
                transport_wide(f, feedback)
            }
            FeedbackMessage::Other {
                packet_type,
                format,
                control,
            } => write!(
                f,
                "feedback {packet_type}/{format} from {sender} to {media}, {} octets",
                control.len()
            ),
        }
    }
}

impl Display for SdesItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match *self {
            SdesItem::CNAME => f.write_str("CNAME"),
            SdesItem::NAME => f.write_str("NAME"),
            SdesItem::TOOL => f.write_str("TOOL"),
            SdesItem(kind) => write!(f, "item {kind}"),
        }
    }
}

impl Display for ReportBlock {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(
            f,
            "on {}: {} lost ({}/256 lately), highest {}+{}, jitter {}, lsr {:08x}, dlsr {}/65536 s",
            self.ssrc,
            self.cumulative_lost,
            self.fraction_lost,
            self.highest_sequence >> 16,
            self.highest_sequence & 0xffff,
            self.jitter,
            self.last_sender_report,
            self.delay_since_last_sender_report
        )
    }
}

impl Display for VoipMetrics {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(
            f,
            "VoIP metrics on {}: loss {}/256, discard {}/256, bursts {}/256 of {} ms, gaps {}/256 of {} ms (Gmin {}), \
             round trip {} ms, end system {} ms, ",
            self.ssrc,
            self.loss_rate,
            self.discard_rate,
            self.burst_density,
            self.burst_duration_ms,
            self.gap_density,
            self.gap_duration_ms,
            self.gap_threshold,
            self.round_trip_delay_ms,
            self.end_system_delay_ms
        )?;
        let signed = |level: i8| (level as u8 != UNAVAILABLE).then_some(i32::from(level));
        let plain = |value: u8| (value != UNAVAILABLE).then_some(i32::from(value));
        known(f, "signal", signed(self.signal_level_dbm0), " dBm0, ")?;
        known(f, "noise", signed(self.noise_level_dbm0), " dBm0, ")?;
        known(
            f,
            "echo loss",
            plain(self.residual_echo_return_loss_db),
            " dB, ",
        )?;
        known(f, "R", plain(self.r_factor), ", ")?;
        known(f, "external R", plain(self.external_r_factor), ", ")?;
        known(f, "MOS-LQ", plain(self.mos_listening_tenths), " tenths, ")?;
        known(
            f,
            "MOS-CQ",
            plain(self.mos_conversational_tenths),
            " tenths, ",
        )?;
        write!(
            f,
            "concealment {:?}, jitter buffer {:?} (rate {}) {} of {} of {} ms",
            self.concealment,
            self.adaptation,
            self.adaptation_rate,
            self.jitter_nominal_ms,
            self.jitter_maximum_ms,
            self.jitter_absolute_maximum_ms
        )
    }
}

fn known(f: &mut Formatter<'_>, name: &str, value: Option<i32>, unit: &str) -> Result {
    match value {
        Some(value) => write!(f, "{name} {value}{unit}"),
        None => write!(f, "{name} unknown, "),
    }
}

fn list(f: &mut Formatter<'_>, mut items: impl Iterator<Item = impl Display>) -> Result {
    items.try_for_each(|item| write!(f, " {item}"))
}

fn report_blocks(f: &mut Formatter<'_>, blocks: ReportBlocks<'_>) -> Result {
    blocks.iter().try_for_each(|block| write!(f, "; {block}"))
}

fn extended_blocks(f: &mut Formatter<'_>, mut blocks: ExtendedBlocks<'_>) -> Result {
    blocks.try_for_each(|block| match block {
        ExtendedBlock::ReceiverReferenceTime(ntp) => write!(f, "; reference time {:016x}", ntp.0),
        ExtendedBlock::Delays(delays) => delays.iter().try_for_each(|delay| {
            write!(
                f,
                "; to {}: lrr {:08x}, dlrr {}/65536 s",
                delay.ssrc, delay.last_receiver_report, delay.delay_since_last_receiver_report
            )
        }),
        ExtendedBlock::VoipMetrics(metrics) => write!(f, "; {metrics}"),
        ExtendedBlock::Other {
            block_type, data, ..
        } => write!(f, "; block {block_type}, {} octets", data.len()),
    })
}

fn transport_wide(f: &mut Formatter<'_>, feedback: TransportWide<'_>) -> Result {
    write!(
        f,
        ", {} from {} at {} x 64 ms:",
        feedback.count, feedback.base, feedback.reference
    )?;
    feedback
        .arrivals()
        .try_for_each(|arrival| match arrival.ticks {
            Some(ticks) => write!(f, " {:+.2}", f64::from(ticks) / 4.0),
            None => f.write_str(" -"),
        })
}

#[cfg(test)]
mod tests;
