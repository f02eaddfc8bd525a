//! The report of a call's quality that a phone publishes when it ends, or when it is poor: `application/vq-rtcpxr`.
//!
//! RFC 6035 §4.6. Lines are `Name: value`, values `NAME=number`; what is not known is left out, as the grammar allows.

mod other_end;

use std::fmt;
use std::net::SocketAddr;

use super::{Band, VoiceMetrics};
use crate::rtcp::VoipMetrics;
use crate::rtp::Ssrc;

/// One end of the call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Party<'a> {
    /// Its address as in From or To: `sip:201@office.example`, with a name perhaps.
    pub id: &'a str,
    /// Its group, for those who gather reports: an installation, a site.
    pub group: &'a str,
    /// Where its media comes from.
    pub media: SocketAddr,
    /// The source of its media.
    pub ssrc: Ssrc,
}

/// A figure beyond its threshold. RFC 6035 §4.6.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Alert {
    /// Listening quality is poor.
    ListeningQuality,
    /// Many packets are lost on the way.
    NetworkLoss,
}

/// Quality of a call that has ended, as its local end saw it; or of one that goes on, where a figure is beyond its threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionReport<'a> {
    /// Why there is a report before the end; `None` at the end.
    pub alert: Option<Alert>,
    /// Call-ID.
    pub call_id: &'a str,
    /// Tag in To.
    pub to_tag: &'a str,
    /// Tag in From.
    pub from_tag: &'a str,
    /// The end that reports.
    pub local: Party<'a>,
    /// The other end.
    pub remote: Party<'a>,
    /// Whether the local end called.
    pub local_called: bool,
    /// When media began, in seconds since 1970, UTC.
    pub start_s: u64,
    /// When it ended.
    pub stop_s: u64,
    /// Payload type.
    pub payload_type: u8,
    /// Encoding name.
    pub codec: &'a str,
    /// Sample rate.
    pub sample_rate_hz: u32,
    /// Time that a packet lasts, ms.
    pub packet_ms: u32,
    /// What the local end received.
    pub local_metrics: VoiceMetrics,
    /// What the other end said it received, if it did: the last block of its RTCP.
    pub remote_metrics: Option<VoipMetrics>,
}

impl fmt::Display for SessionReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let caller = if self.local_called {
            &self.local
        } else {
            &self.remote
        };
        match self.alert {
            None => write!(f, "VQSessionReport: CallTerm\r\n")?,
            Some(alert) => {
                let metric = match alert {
                    Alert::ListeningQuality => "MOSLQ",
                    Alert::NetworkLoss => "NLR",
                };
                write!(
                    f,
                    "VQAlertReport: Type={metric} Severity=Warning Dir=local\r\n"
                )?;
            }
        }
        write!(f, "CallID: {}\r\n", Line(self.call_id))?;
        write!(f, "LocalID: {}\r\n", Line(self.local.id))?;
        write!(f, "RemoteID: {}\r\n", Line(self.remote.id))?;
        write!(f, "OrigID: {}\r\n", Line(caller.id))?;
        write!(f, "LocalAddr: {}\r\n", Address(&self.local))?;
        write!(f, "RemoteAddr: {}\r\n", Address(&self.remote))?;
        write!(f, "LocalGroup: {}\r\n", Line(self.local.group))?;
        write!(f, "RemoteGroup: {}\r\n", Line(self.remote.group))?;
        write!(f, "LocalMetrics:\r\n")?;
        self.session(f)?;
        metrics(f, &self.local_metrics)?;
        if let Some(block) = &self.remote_metrics {
            write!(f, "RemoteMetrics:\r\n")?;
            self.session(f)?;
            other_end::write(f, block)?;
        }
        let (call, to, from) = (Line(self.call_id), Line(self.to_tag), Line(self.from_tag));
        write!(f, "DialogID: {call};to-tag={to};from-tag={from}\r\n")
    }
}

impl SessionReport<'_> {
    /// The media type of the text.
    pub const MEDIA_TYPE: &'static str = "application/vq-rtcpxr";

    /// When, and of what: the same for both ends.
    fn session(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, stop) = (Utc(self.start_s), Utc(self.stop_s));
        write!(f, "Timestamps: START={start} STOP={stop}\r\n")?;
        write!(
            f,
            "SessionDesc: PT={} PD={} SR={} FD={} FPP=1 PPS={} PLC={STANDARD} SSUP=off\r\n",
            self.payload_type,
            Line(self.codec),
            self.sample_rate_hz,
            self.packet_ms,
            1_000 / self.packet_ms.max(1),
        )
    }
}

fn metrics(f: &mut fmt::Formatter<'_>, metrics: &VoiceMetrics) -> fmt::Result {
    write!(
        f,
        "JitterBuffer: JBA={ADAPTIVE} JBR={ADAPTATION_RATE} JBN={} JBM={} JBX={}\r\n",
        metrics.buffer_nominal.as_millis(),
        metrics.buffer_maximum.as_millis(),
        metrics.buffer_absolute_maximum.as_millis(),
    )?;
    let percent = |share: f64| 100.0 * share;
    write!(
        f,
        "PacketLoss: NLR={:.1} JDR={:.1}\r\n",
        percent(metrics.loss),
        percent(metrics.discard)
    )?;
    write!(
        f,
        "BurstGapLoss: BLD={:.1} BD={} GLD={:.1} GD={} GMIN={}\r\n",
        percent(metrics.burst_density),
        metrics.burst_duration.as_millis(),
        percent(metrics.gap_density),
        metrics.gap_duration.as_millis(),
        VoiceMetrics::GAP_THRESHOLD,
    )?;
    delay(f, metrics)?;
    if let Some(level) = metrics.signal_dbm0 {
        write!(f, "Signal: SL={level:.0}\r\n")?;
    }
    estimates(f, metrics)
}

fn delay(f: &mut fmt::Formatter<'_>, metrics: &VoiceMetrics) -> fmt::Result {
    write!(f, "Delay: ")?;
    if let Some(round_trip) = metrics.round_trip {
        write!(f, "RTD={} ", round_trip.as_millis())?;
    }
    write!(f, "ESD={}", metrics.end_system_delay.as_millis())?;
    if let Some(one_way) = metrics.one_way_delay() {
        write!(f, " SOWD={}", one_way.as_millis())?;
    }
    write!(f, " IAJ={}\r\n", metrics.jitter.as_millis())
}

fn estimates(f: &mut fmt::Formatter<'_>, metrics: &VoiceMetrics) -> fmt::Result {
    let Some(quality) = metrics.quality else {
        return Ok(());
    };
    let algorithm = match quality.band {
        Band::Narrow => "G.107",
        Band::Wide => "G.107.1",
    };
    write!(
        f,
        "QualityEst: RLQ={:.0} RCQ={:.0} MOSLQ={:.1} MOSCQ={:.1} QoEEstAlg={algorithm}\r\n",
        quality.r_lq.clamp(0.0, 120.0),
        quality.r.clamp(0.0, 120.0),
        quality.mos_lq,
        quality.mos_cq
    )
}

/// PLC: what was heard last is repeated. RFC 6035 §4.6.2.5.
const STANDARD: u8 = 3;
/// JBA: the delay follows the jitter. RFC 3611 §4.7.6.
const ADAPTIVE: u8 = 3;
/// JBR: a full adjustment takes about twice so many packets. RFC 3611 §4.7.6.
const ADAPTATION_RATE: u8 = 15;

/// A value from a message, which may not end the line it stands in.
struct Line<'a>(&'a str);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            let letter = if letter.is_control() { ' ' } else { letter };
            write!(f, "{letter}")?;
        }
        Ok(())
    }
}

struct Address<'a>(&'a Party<'a>);

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Party { media, ssrc, .. } = self.0;
        let (address, port) = (media.ip(), media.port());
        write!(f, "IP={address} PORT={port} SSRC=0x{:08x}", ssrc.0)
    }
}

/// A moment as RFC 3339 writes it.
struct Utc(u64);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0 / 86_400, self.0 % 86_400);
        // Years of the Gregorian calendar repeat after 400, which are 146 097 days; counted from March, leap days come last.
        let shifted = days + 719_468;
        let (era, day) = (shifted / 146_097, shifted % 146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let of_year = day - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        let of_month = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        let year = era * 400 + year + u64::from(month <= 2);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(
            f,
            "{year:04}-{month:02}-{of_month:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

#[cfg(test)]
pub(super) mod tests;
