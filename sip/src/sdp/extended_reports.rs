//! `a=rtcp-xr`: which extended reports a side wants to receive by RTCP.
//!
//! RFC 3611 §5.1 (grammar), §5.2 (offer and answer). Blocks that are not known here are passed over, as the grammar's
//! `format-ext` foresees; what is written again leaves them out.

use std::fmt;

/// The extended reports that a description asks for.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct ExtendedReports {
    /// `voip-metrics`: how our voice was heard by the other side (RFC 3611 §4.7).
    pub voip_metrics: bool,
    /// `rcvr-rtt`: round trips for those who only receive (RFC 3611 §4.4, §4.5).
    pub receiver_round_trip: Option<ReceiverRoundTrip>,
}

/// Who answers the reference times of receivers.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ReceiverRoundTrip {
    /// Who answers.
    pub answers: Answers,
    /// Largest block of answers that is wanted, in octets.
    pub max_octets: Option<u32>,
}

/// The mode of `rcvr-rtt`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Answers {
    /// `all`: everybody.
    All,
    /// `sender`: only who sends media.
    Sender,
}

/// Octets of a block with one answer, the least that is of use: header, source, time, delay. RFC 3611 §4.5.
const ONE_ANSWER: u32 = 16;

impl ExtendedReports {
    /// All that is known here, with answers by everybody.
    pub const ALL: ExtendedReports = ExtendedReports {
        voip_metrics: true,
        receiver_round_trip: Some(ReceiverRoundTrip {
            answers: Answers::All,
            max_octets: None,
        }),
    };

    /// Reads the attribute's value. Nothing in it is an error: what is not known or malformed is not asked for.
    pub fn parse(value: &str) -> ExtendedReports {
        let mut asked = ExtendedReports::default();
        for format in value.split_ascii_whitespace() {
            let (name, detail) = format
                .split_once('=')
                .map_or((format, None), |(name, detail)| (name, Some(detail)));
            if name.eq_ignore_ascii_case("voip-metrics") {
                asked.voip_metrics = true;
            } else if name.eq_ignore_ascii_case("rcvr-rtt") {
                let read = detail.and_then(ReceiverRoundTrip::parse);
                asked.receiver_round_trip = asked.receiver_round_trip.or(read);
            }
        }
        asked
    }

    /// What an answer asks for that stands against this offer: metrics are each side's own wish, round trips need both
    /// (RFC 3611 §5.2).
    pub fn answered(self, offered: ExtendedReports) -> ExtendedReports {
        ExtendedReports {
            voip_metrics: self.voip_metrics,
            receiver_round_trip: self.shared_round_trip(offered),
        }
    }

    /// What the side that says `self` is to send to the one that says `theirs`.
    pub fn owed_to(self, theirs: ExtendedReports) -> ExtendedReports {
        let round_trip = self.shared_round_trip(theirs);
        ExtendedReports {
            voip_metrics: theirs.voip_metrics,
            receiver_round_trip: round_trip.filter(|shared| shared.has_room()),
        }
    }

    /// The narrower of two wishes about round trips.
    fn shared_round_trip(self, other: ExtendedReports) -> Option<ReceiverRoundTrip> {
        let (ours, theirs) = self.receiver_round_trip.zip(other.receiver_round_trip)?;
        let is_all = (ours.answers, theirs.answers) == (Answers::All, Answers::All);
        let most = ours.max_octets.into_iter().chain(theirs.max_octets);
        Some(ReceiverRoundTrip {
            answers: if is_all {
                Answers::All
            } else {
                Answers::Sender
            },
            max_octets: most.min(),
        })
    }
}

impl ReceiverRoundTrip {
    fn parse(detail: &str) -> Option<ReceiverRoundTrip> {
        let (mode, size) = detail
            .split_once(':')
            .map_or((detail, None), |(mode, size)| (mode, Some(size)));
        let answers = if mode.eq_ignore_ascii_case("all") {
            Answers::All
        } else if mode.eq_ignore_ascii_case("sender") {
            Answers::Sender
        } else {
            return None;
        };
        let is_number = |size: &&str| size.bytes().all(|digit| digit.is_ascii_digit());
        let max_octets = match size {
            Some(size) => Some(Some(size).filter(is_number)?.parse().ok()?),
            None => None,
        };
        Some(ReceiverRoundTrip {
            answers,
            max_octets,
        })
    }

    /// Whether a block may be large enough for one answer.
    fn has_room(&self) -> bool {
        self.max_octets.is_none_or(|most| most >= ONE_ANSWER)
    }
}

/// The attribute's value.
impl fmt::Display for ExtendedReports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        if let Some(ReceiverRoundTrip {
            answers,
            max_octets,
        }) = self.receiver_round_trip
        {
            let mode = match answers {
                Answers::All => "all",
                Answers::Sender => "sender",
            };
            write!(f, "rcvr-rtt={mode}")?;
            if let Some(most) = max_octets {
                write!(f, ":{most}")?;
            }
            gap = " ";
        }
        if self.voip_metrics {
            write!(f, "{gap}voip-metrics")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
