//! A report of a call's quality as it comes from a phone: `application/vq-rtcpxr`, read with bounds on everything.
//!
//! RFC 6035 §4.6. Lines and values that are not known are passed over; a number that is none of its kind is an error, for a
//! figure that is guessed is worse than no figure.

use crate::rtcp::{UNAVAILABLE, VoipMetrics};
use crate::rtp::Ssrc;

/// Largest report that is read, in octets; ours, several times what phones write.
pub const REPORT_MAX_BYTES: usize = 8 * 1024;
/// Most lines of a report; ours.
const LINES_MAX: usize = 96;
/// Longest Call-ID and address that is kept, in octets; ours.
const TEXT_MAX: usize = 256;

/// What a report says.
#[derive(Clone, Debug, PartialEq)]
pub struct ReceivedReport {
    /// Why it was sent.
    pub occasion: Occasion,
    /// Call-ID of the call.
    pub call_id: String,
    /// Address of the end that reports.
    pub local_id: String,
    /// Address of the other end.
    pub remote_id: String,
    /// Source of the reporter's media, if said.
    pub local_ssrc: Option<Ssrc>,
    /// Source that the reporter heard, if said.
    pub remote_ssrc: Option<Ssrc>,
    /// Codec by which both talk, if said.
    pub codec: Option<String>,
    /// What the reporter heard.
    pub local: Figures,
    /// What the other end said it heard.
    pub remote: Option<Figures>,
}

/// Why a report was sent. RFC 6035 §4.2.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Occasion {
    /// The call is over.
    Session,
    /// Some time of a call has passed.
    Interval,
    /// A figure is beyond its threshold.
    Alert {
        /// Which one, by the report's own name: `MOSLQ`, `NLR`, ...
        metric: String,
    },
}

/// The figures of one end; what was not said is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// `NLR`: packets lost on the way, %.
    pub loss_percent: Option<f64>,
    /// `JDR`: packets that came too late, %.
    pub discard_percent: Option<f64>,
    /// `BLD`: packets lost or discarded within bursts, %.
    pub burst_density_percent: Option<f64>,
    /// `BD`: mean length of a burst, ms.
    pub burst_ms: Option<f64>,
    /// `GLD`: packets lost or discarded within gaps, %.
    pub gap_density_percent: Option<f64>,
    /// `GD`: mean length of a gap, ms.
    pub gap_ms: Option<f64>,
    /// `RTD`: round trip, ms.
    pub round_trip_ms: Option<f64>,
    /// `ESD`: what the end adds, ms.
    pub end_system_ms: Option<f64>,
    /// `IAJ`: interarrival jitter, ms.
    pub jitter_ms: Option<f64>,
    /// `MOSLQ`: listening quality, 1 to 5.
    pub mos_lq: Option<f64>,
    /// `MOSCQ`: conversational quality, 1 to 5.
    pub mos_cq: Option<f64>,
}

impl Figures {
    /// The same of a block of RFC 3611 §4.7, which cuts shares off to 1/256; a time too long for it is not known.
    pub fn of_block(block: &VoipMetrics) -> Figures {
        let share = |share: u8| Some(100.0 * f64::from(share) / 256.0);
        let time = |millis: u16| (millis < u16::MAX).then(|| f64::from(millis));
        let known = |millis: u16| time(millis).filter(|_| millis > 0);
        let score = |tenths: u8| (tenths != UNAVAILABLE).then(|| f64::from(tenths) / 10.0);
        Figures {
            loss_percent: share(block.loss_rate),
            discard_percent: share(block.discard_rate),
            burst_density_percent: share(block.burst_density),
            burst_ms: time(block.burst_duration_ms),
            gap_density_percent: share(block.gap_density),
            gap_ms: time(block.gap_duration_ms),
            round_trip_ms: known(block.round_trip_delay_ms),
            end_system_ms: known(block.end_system_delay_ms),
            jitter_ms: None,
            mos_lq: score(block.mos_listening_tenths),
            mos_cq: score(block.mos_conversational_tenths),
        }
    }
}

/// Why octets are no report. The sender's fault; answered 400.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// More than [`REPORT_MAX_BYTES`], or too many lines.
    #[error("report is too long")]
    TooLong,
    /// Not UTF-8.
    #[error("report is no text")]
    NotText,
    /// The first line names no report of RFC 6035.
    #[error("report does not begin with VQSessionReport, VQIntervalReport or VQAlertReport")]
    Kind,
    /// A line without which a report is of no use is missing.
    #[error("report has no {0}")]
    Missing(&'static str),
    /// A value is no number, or outside its range.
    #[error("report has a bad {0}")]
    Figure(&'static str),
}

impl ReceivedReport {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<ReceivedReport, ReportError> {
        if body.len() > REPORT_MAX_BYTES {
            return Err(ReportError::TooLong);
        }
        let text = std::str::from_utf8(body).map_err(|_| ReportError::NotText)?;
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let occasion = Occasion::parse(lines.next().unwrap_or(""))?;
        let mut reader = Reader::default();
        for (number, line) in lines.enumerate() {
            if number >= LINES_MAX {
                return Err(ReportError::TooLong);
            }
            reader.line(line)?;
        }
        reader.finish(occasion)
    }
}

impl Occasion {
    fn parse(line: &str) -> Result<Occasion, ReportError> {
        let (name, value) = line
            .split_once(':')
            .map_or((line, ""), |(name, value)| (name.trim(), value));
        if name.eq_ignore_ascii_case("VQSessionReport") {
            Ok(Occasion::Session)
        } else if name.eq_ignore_ascii_case("VQIntervalReport") {
            Ok(Occasion::Interval)
        } else if name.eq_ignore_ascii_case("VQAlertReport") {
            let metric = words(value)
                .find_map(|(name, value)| name.eq_ignore_ascii_case("Type").then_some(value))
                .filter(is_short_word)
                .ok_or(ReportError::Missing("Type of the alert"))?;
            Ok(Occasion::Alert {
                metric: metric.to_ascii_uppercase(),
            })
        } else {
            Err(ReportError::Kind)
        }
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    call_id: Option<String>,
    local_id: Option<String>,
    remote_id: Option<String>,
    ssrcs: [Option<Ssrc>; 2],
    codec: Option<String>,
    local: Option<Figures>,
    remote: Option<Figures>,
    /// Whether the lines are about the other end.
    is_remote: bool,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), ReportError> {
        let Some((name, value)) = line.split_once(':') else {
            return Ok(());
        };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        match name.as_str() {
            "callid" => self.call_id = Some(kept(value)),
            "localid" => self.local_id = Some(kept(value)),
            "remoteid" => self.remote_id = Some(kept(value)),
            "localaddr" => self.ssrcs[0] = ssrc(value)?,
            "remoteaddr" => self.ssrcs[1] = ssrc(value)?,
            "sessiondesc" => {
                let named = words(value).find(|(name, _)| name.eq_ignore_ascii_case("PD"));
                let named = named.map(|(_, codec)| kept(codec));
                self.codec = self.codec.take().or(named);
            }
            "localmetrics" => {
                self.is_remote = false;
                self.local.get_or_insert_default();
            }
            "remotemetrics" => {
                self.is_remote = true;
                self.remote.get_or_insert_default();
            }
            _ => {
                let figures = if self.is_remote {
                    &mut self.remote
                } else {
                    &mut self.local
                };
                if let Some(figures) = figures {
                    figures.take(&name, value)?;
                }
            }
        }
        Ok(())
    }

    fn finish(self, occasion: Occasion) -> Result<ReceivedReport, ReportError> {
        Ok(ReceivedReport {
            occasion,
            call_id: self.call_id.ok_or(ReportError::Missing("CallID"))?,
            local_id: self.local_id.ok_or(ReportError::Missing("LocalID"))?,
            remote_id: self.remote_id.ok_or(ReportError::Missing("RemoteID"))?,
            local_ssrc: self.ssrcs[0],
            remote_ssrc: self.ssrcs[1],
            codec: self.codec,
            local: self.local.ok_or(ReportError::Missing("LocalMetrics"))?,
            remote: self.remote,
        })
    }
}

impl Figures {
    /// Takes the values of a line of metrics.
    fn take(&mut self, line: &str, value: &str) -> Result<(), ReportError> {
        for (name, value) in words(value) {
            let (figure, what, most) = match (line, name.to_ascii_uppercase().as_str()) {
                ("packetloss", "NLR") => (&mut self.loss_percent, "NLR", PERCENT),
                ("packetloss", "JDR") => (&mut self.discard_percent, "JDR", PERCENT),
                ("burstgaploss", "BLD") => (&mut self.burst_density_percent, "BLD", PERCENT),
                ("burstgaploss", "BD") => (&mut self.burst_ms, "BD", DAY_MS),
                ("burstgaploss", "GLD") => (&mut self.gap_density_percent, "GLD", PERCENT),
                ("burstgaploss", "GD") => (&mut self.gap_ms, "GD", DAY_MS),
                ("delay", "RTD") => (&mut self.round_trip_ms, "RTD", DAY_MS),
                ("delay", "ESD") => (&mut self.end_system_ms, "ESD", DAY_MS),
                ("delay", "IAJ") => (&mut self.jitter_ms, "IAJ", DAY_MS),
                ("qualityest", "MOSLQ") => (&mut self.mos_lq, "MOSLQ", SCORE),
                ("qualityest", "MOSCQ") => (&mut self.mos_cq, "MOSCQ", SCORE),
                _ => continue,
            };
            *figure = Some(number(value, most).ok_or(ReportError::Figure(what))?);
        }
        Ok(())
    }
}

const PERCENT: f64 = 100.0;
const SCORE: f64 = 5.0;
/// Longer than any length or delay of a call that is reported.
const DAY_MS: f64 = 86_400_000.0;

/// The `NAME=value` words of a line.
fn words(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.split_ascii_whitespace()
        .filter_map(|word| word.split_once('='))
}

/// A number of digits and one point, as the grammar has them: no sign, no exponent.
fn number(text: &str, most: f64) -> Option<f64> {
    let is_plain = text
        .bytes()
        .all(|octet| octet.is_ascii_digit() || octet == b'.');
    let number: f64 = Some(text)
        .filter(|_| is_plain && text.len() <= 16)?
        .parse()
        .ok()?;
    (0.0..=most).contains(&number).then_some(number)
}

/// The source in an address line, if it has one. RFC 6035 §4.6 writes it in hexadecimal digits.
fn ssrc(line: &str) -> Result<Option<Ssrc>, ReportError> {
    let Some((_, value)) = words(line).find(|(name, _)| name.eq_ignore_ascii_case("SSRC")) else {
        return Ok(None);
    };
    let digits = value
        .strip_prefix("0x")
        .or_else(|| value.strip_prefix("0X"))
        .unwrap_or(value);
    let is_plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = Some(digits)
        .filter(|_| is_plain)
        .and_then(|digits| u32::from_str_radix(digits, 16).ok());
    number
        .map(|number| Some(Ssrc(number)))
        .ok_or(ReportError::Figure("SSRC"))
}

fn is_short_word(word: &&str) -> bool {
    (1..=16).contains(&word.len()) && word.bytes().all(|octet| octet.is_ascii_alphanumeric())
}

/// As much of a text as is kept, without control characters.
fn kept(text: &str) -> String {
    let mut kept = String::new();
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        if kept.len() + letter.len_utf8() > TEXT_MAX {
            break;
        }
        kept.push(letter);
    }
    kept
}

#[cfg(test)]
mod tests;
