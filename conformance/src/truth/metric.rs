//! The statistics that are compared, each with the deviation it may have and the reason for that.

/// A statistic with its tolerance.
#[derive(Debug)]
pub struct Metric {
    /// What it is called in reports.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Greatest deviation from the truth that is accepted.
    pub tolerance: f64,
    /// Where the product says it.
    pub said_in: &'static str,
    /// Why the tolerance is what it is.
    pub reason: &'static str,
}

/// Packets sent, in a sender report.
pub(super) const SENT: Metric = Metric {
    name: "packets sent",
    unit: "packets",
    tolerance: 0.0,
    said_in: "RTCP SR, getStats packetsSent",
    reason: "a count; what leaves in the same moment may be in it or not",
};

/// Octets of payload sent.
pub(super) const SENT_OCTETS: Metric = Metric {
    name: "octets sent",
    unit: "octets",
    tolerance: 0.0,
    said_in: "RTCP SR",
    reason: "a count; what leaves in the same moment may be in it or not",
};

/// Highest sequence number received.
pub(super) const HIGHEST: Metric = Metric {
    name: "highest sequence number",
    unit: "packets",
    tolerance: 1.0,
    said_in: "RTCP RR",
    reason: "a packet may arrive at the same moment",
};

/// Packets received.
pub(super) const RECEIVED: Metric = Metric {
    name: "packets received",
    unit: "packets",
    tolerance: 1.0,
    said_in: "getStats packetsReceived",
    reason: "the first packet of a new source is not yet counted, RFC 3550 A.1",
};

/// Packets lost since the beginning.
pub(super) const LOST: Metric = Metric {
    name: "packets lost",
    unit: "packets",
    tolerance: 1.0,
    said_in: "RTCP RR, getStats packetsLost",
    reason: "a packet may arrive at the same moment",
};

/// Share of packets lost since the last report.
pub(super) const FRACTION_LOST: Metric = Metric {
    name: "fraction lost",
    unit: "1/256",
    tolerance: 2.0,
    said_in: "RTCP RR",
    reason: "eight bits, cut off",
};

/// Interarrival jitter.
pub(super) const JITTER: Metric = Metric {
    name: "jitter",
    unit: "ms",
    tolerance: 0.5,
    said_in: "RTCP RR, getStats jitter",
    reason: "sixteenths of a timestamp unit, rounded each time",
};

/// Time from a sender report to the report that answers it.
pub(super) const SINCE_REPORT: Metric = Metric {
    name: "delay since last sender report",
    unit: "ms",
    tolerance: 0.1,
    said_in: "RTCP RR",
    reason: "units of 1/65536 s",
};

/// Round trip.
pub(super) const ROUND_TRIP: Metric = Metric {
    name: "round trip",
    unit: "ms",
    tolerance: 0.2,
    said_in: "getStats roundTripTime",
    reason: "units of 1/65536 s, twice",
};

/// Share of packets lost on the way, as play-out saw it.
pub(super) const LOSS_RATE: Metric = Metric {
    name: "network loss rate",
    unit: "%",
    tolerance: 0.4,
    said_in: "voice metrics of the client",
    reason: "eight bits; packets at the ends of the stream have no turn",
};

/// Share of packets lost within bursts.
pub(super) const BURST_DENSITY: Metric = Metric {
    name: "loss within bursts",
    unit: "%",
    tolerance: 2.0,
    said_in: "RFC 6035 BLD, XR burst density",
    reason: "a packet more or less at the edge of a short burst",
};

/// Share of packets lost within gaps.
pub(super) const GAP_DENSITY: Metric = Metric {
    name: "loss within gaps",
    unit: "%",
    tolerance: 0.4,
    said_in: "RFC 6035 GLD, XR gap density",
    reason: "one decimal; packets at the ends of the stream have no turn",
};

/// Mean length of a burst.
pub(super) const BURST_LENGTH: Metric = Metric {
    name: "length of bursts",
    unit: "ms",
    tolerance: 60.0,
    said_in: "RFC 6035 BD, XR burst duration",
    reason: "a mean over few; three packets",
};

/// Mean length of a gap between bursts.
pub(super) const GAP_LENGTH: Metric = Metric {
    name: "length of gaps",
    unit: "ms",
    tolerance: 240.0,
    said_in: "RFC 6035 GD, XR gap duration",
    reason: "packets at the ends of the stream have no turn",
};

/// Packets whose turn at play-out came.
pub(super) const TURNS: Metric = Metric {
    name: "packets played or missed",
    unit: "packets",
    tolerance: 64.0,
    said_in: "play-out",
    reason: "as many may wait in the play-out buffer",
};

/// Delay from mouth to ear.
pub(super) const MOUTH_TO_EAR: Metric = Metric {
    name: "delay from mouth to ear",
    unit: "ms",
    tolerance: 20.0,
    said_in: "ear, getStats jitterBufferDelay",
    reason: "the ear hears a moment, the buffer tells its mean: a frame",
};

/// Mean opinion score.
pub(super) const SCORE: Metric = Metric {
    name: "listening quality",
    unit: "MOS",
    tolerance: 0.1,
    said_in: "MOS-LQ of the client",
    reason: "a decimal place, as it is reported",
};

impl Metric {
    /// Every statistic, in the order of the report.
    pub const ALL: [&'static Metric; 17] = [
        &SENT,
        &SENT_OCTETS,
        &RECEIVED,
        &HIGHEST,
        &LOST,
        &FRACTION_LOST,
        &JITTER,
        &SINCE_REPORT,
        &ROUND_TRIP,
        &LOSS_RATE,
        &BURST_DENSITY,
        &GAP_DENSITY,
        &BURST_LENGTH,
        &GAP_LENGTH,
        &TURNS,
        &MOUTH_TO_EAR,
        &SCORE,
    ];

    /// The statistic of that name.
    pub fn by_name(name: &str) -> Option<&'static Metric> {
        Metric::ALL.into_iter().find(|metric| metric.name == name)
    }
}
