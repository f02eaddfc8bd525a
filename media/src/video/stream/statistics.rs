//! Everything that a video stream counted, in one value.

use std::time::Duration;

use crate::receiver::ReceiverStatistics;
use crate::rtcp::ReportBlock;
use crate::rtp::Ssrc;
use crate::rtx::MissingStatistics;
use crate::sender::SenderStatistics;
use crate::stream::ReceivedStatistics;
use crate::video::screen::Seen;

/// Pictures that went out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ShownStatistics {
    /// Pictures sent.
    pub pictures: u64,
    /// Key frames among them.
    pub key_frames: u64,
    /// Pictures that the camera left out to keep its rate; no fault of the network.
    pub skipped: u64,
    /// Pictures that could not be encoded.
    pub failed: u64,
}

/// Packets that were missed, on both sides.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RepairStatistics {
    /// Packets of the other side.
    pub missing: MissingStatistics,
    /// Packets of ours that were sent again.
    pub sent_again: u64,
}

/// The counters of one video stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VideoStatistics {
    /// Our source.
    pub ssrc: Ssrc,
    /// Packets that we sent.
    pub sent: SenderStatistics,
    /// Pictures that we sent.
    pub shown: ShownStatistics,
    /// Packets that came, by what became of them.
    pub arrived: ReceiverStatistics,
    /// The source that is seen; none before the first packet.
    pub received: Option<ReceivedStatistics>,
    /// Pictures that came.
    pub seen: Seen,
    /// Key frames that we asked for.
    pub key_frames_asked: u64,
    /// Picture loss indications that came for us.
    pub picture_losses: u64,
    /// Full intra requests that came for us, without repetitions.
    pub full_intra_requests: u64,
    /// What our camera may send, bit/s of RTP packets with their headers; none if nothing sets a limit. RFC 5104 §4.2, RFC 3890.
    pub limit: Option<u64>,
    /// Limits that the other side asked for by TMMBR.
    pub limits_asked: u64,
    /// RTCP packets that we sent.
    pub reports_sent: u64,
    /// RTCP packets that came.
    pub reports_received: u64,
    /// RTCP packets that came and could not be read.
    pub reports_malformed: u64,
    /// What the other side last reported of us.
    pub remote: Option<ReportBlock>,
    /// Round trip by RTCP.
    pub round_trip: Option<Duration>,
    /// Packets that were missed.
    pub repair: RepairStatistics,
    /// Whether the other side said farewell.
    pub farewell_received: bool,
}
