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
    said_in: "RTCP RR, getStats jitter, RFC 6035 IAJ",
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
    said_in: "getStats roundTripTime, XR, RFC 6035 RTD",
    reason: "units of 1/65536 s, twice",
};

/// Share of packets lost on the way, as play-out saw it.
pub(super) const LOSS_RATE: Metric = Metric {
    name: "network loss rate",
    unit: "%",
    tolerance: 0.1,
    said_in: "voice metrics of the client, XR, RFC 6035 NLR",
    reason: "packets that the ends of a stream lose have no turn",
};

/// Packets whose turn at play-out came.
pub(super) const TURNS: Metric = Metric {
    name: "packets played or missed",
    unit: "packets",
    tolerance: 1.0,
    said_in: "play-out",
    reason: "what came in the last moments may wait or not; a packet at the edge of these",
};

/// Packets whose turn passed without them.
pub(super) const MISSED: Metric = Metric {
    name: "packets missed",
    unit: "packets",
    tolerance: 1.0,
    said_in: "play-out",
    reason: "what was lost in the last moments had its turn or not; a packet at the edge of these",
};

/// Packets that came and were not played.
pub(super) const DISCARDED: Metric = Metric {
    name: "packets discarded",
    unit: "packets",
    tolerance: 0.0,
    said_in: "getStats packetsDiscarded",
    reason: "a count; what came in the last moments may wait",
};

/// Share of packets that came and were not played.
pub(super) const DISCARD_RATE: Metric = Metric {
    name: "discard rate",
    unit: "%",
    tolerance: 0.1,
    said_in: "XR, RFC 6035 JDR",
    reason: "a decimal place, as it is reported; only what was overtaken on the way can be late",
};

/// Packets that came twice.
pub(super) const DUPLICATED: Metric = Metric {
    name: "packets duplicated",
    unit: "packets",
    tolerance: 0.0,
    said_in: "play-out, SRTP",
    reason: "a count",
};

/// Packets that came after one that was sent later.
pub(super) const REORDERED: Metric = Metric {
    name: "packets reordered",
    unit: "packets",
    tolerance: 0.0,
    said_in: "RTP reception",
    reason: "a count",
};

/// Sound that was made up.
pub(super) const CONCEALED: Metric = Metric {
    name: "sound concealed",
    unit: "ms",
    tolerance: 60.0,
    said_in: "getStats concealedSamples",
    reason: "between the packets lost and all that was not heard otherwise; a frame, and what is decoded and waits for the next: a \
             packet that may have been made longer by a period (20 ms)",
};

/// Share of packets missed within bursts.
pub(super) const BURST_DENSITY: Metric = Metric {
    name: "burst density",
    unit: "%",
    tolerance: 0.4,
    said_in: "voice metrics of the client, XR, RFC 6035 BLD",
    reason: "1/256, the step of RFC 3611",
};

/// Share of packets missed outside of bursts.
pub(super) const GAP_DENSITY: Metric = Metric {
    name: "gap density",
    unit: "%",
    tolerance: 0.4,
    said_in: "voice metrics of the client, XR, RFC 6035 GLD",
    reason: "1/256, the step of RFC 3611",
};

/// Mean length of bursts.
pub(super) const BURST_LENGTH: Metric = Metric {
    name: "burst duration",
    unit: "ms",
    tolerance: 20.0,
    said_in: "voice metrics of the client, XR, RFC 6035 BD",
    reason: "a packet",
};

/// Mean length of gaps.
pub(super) const GAP_LENGTH: Metric = Metric {
    name: "gap duration",
    unit: "ms",
    tolerance: 20.0,
    said_in: "voice metrics of the client, XR, RFC 6035 GD",
    reason: "a packet",
};

/// Pictures that a camera gave.
pub(super) const PICTURES_SENT: Metric = Metric {
    name: "pictures sent",
    unit: "pictures",
    tolerance: 0.0,
    said_in: "getStats framesSent",
    reason: "a count; the last may not have left",
};

/// Pictures that came whole.
pub(super) const PICTURES_SEEN: Metric = Metric {
    name: "pictures received",
    unit: "pictures",
    tolerance: 2.0,
    said_in: "getStats framesReceived",
    reason: "a source is followed after two packets; one that came late may have been given up",
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
    said_in: "MOS-LQ of the client, RFC 6035 MOSLQ",
    reason: "a decimal place, as it is reported",
};

/// The same with delay.
pub(super) const CONVERSATION: Metric = Metric {
    name: "conversational quality",
    unit: "MOS",
    tolerance: 0.1,
    said_in: "MOS-CQ of the client, RFC 6035 MOSCQ",
    reason: "a decimal place, as it is reported",
};

/// Rating of the conversation.
pub(super) const RATING: Metric = Metric {
    name: "rating",
    unit: "R",
    tolerance: 1.0,
    said_in: "R of the client",
    reason: "a whole number, as it is reported",
};

impl Metric {
    /// Every statistic, in the order of the report.
    pub const ALL: [&'static Metric; 27] = [
        &SENT,
        &SENT_OCTETS,
        &RECEIVED,
        &HIGHEST,
        &LOST,
        &FRACTION_LOST,
        &REORDERED,
        &JITTER,
        &SINCE_REPORT,
        &ROUND_TRIP,
        &LOSS_RATE,
        &TURNS,
        &MISSED,
        &DISCARDED,
        &DISCARD_RATE,
        &DUPLICATED,
        &CONCEALED,
        &BURST_DENSITY,
        &GAP_DENSITY,
        &BURST_LENGTH,
        &GAP_LENGTH,
        &PICTURES_SENT,
        &PICTURES_SEEN,
        &MOUTH_TO_EAR,
        &SCORE,
        &CONVERSATION,
        &RATING,
    ];

    /// The statistic of that name.
    pub fn by_name(name: &str) -> Option<&'static Metric> {
        Metric::ALL.into_iter().find(|metric| metric.name == name)
    }
}
