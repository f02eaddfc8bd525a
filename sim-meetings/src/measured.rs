//! What the bridge has counted of one participant, in the words of W3C's webrtc-stats, so that a browser's `getStats` can be laid
//! beside it. Times are in seconds.

use std::time::Duration;

use media::stream::StreamStatistics;
use serde::Serialize;

/// The account of one participant's connection: their sound, and their camera if they have one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Measured {
    inbound: Inbound,
    outbound: Outbound,
    /// None before their first report.
    remote_inbound: Option<RemoteInbound>,
    camera: Option<CameraMeasured>,
}

/// Their sound as it came to us.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Inbound {
    packets_received: u64,
    bytes_received: u64,
    packets_lost: i64,
    packets_discarded: u64,
    jitter: f64,
    jitter_buffer_delay: f64,
    jitter_buffer_emitted_count: u64,
    concealed_samples: u64,
    concealment_events: u64,
}

/// The sound that they were sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Outbound {
    packets_sent: u64,
    bytes_sent: u64,
}

/// That sound as their last report has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct RemoteInbound {
    packets_lost: i32,
    jitter: f64,
    round_trip_time: Option<f64>,
}

/// Their pictures as they came to us, and what was asked of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CameraMeasured {
    /// RTP packets, each once.
    pub(crate) packets_received: u64,
    /// Octets of their payloads.
    pub(crate) bytes_received: u64,
    /// Packets of the source that came last which never came, not even when asked for again.
    pub(crate) packets_lost: i64,
    /// Interarrival jitter (RFC 3550 §6.4.1).
    pub(crate) jitter: f64,
    /// NACK packets that were sent.
    pub(crate) nack_count: u64,
    /// Picture loss indications that were sent.
    pub(crate) pli_count: u64,
}

impl Measured {
    /// The account of this stream and of this camera.
    pub(crate) fn of(sound: &StreamStatistics, camera: Option<CameraMeasured>) -> Measured {
        let (received, playout) = (sound.received.unwrap_or_default(), &sound.playout);
        let rate_hz = f64::from(sound.codec.clock_rate_hz());
        Measured {
            inbound: Inbound {
                packets_received: sound.arrived.packets,
                bytes_received: sound.arrived.octets,
                packets_lost: received.lost,
                packets_discarded: playout.packets_discarded,
                jitter: received.jitter.as_secs_f64(),
                jitter_buffer_delay: playout.jitter_buffer_delay.as_secs_f64(),
                jitter_buffer_emitted_count: playout.jitter_buffer_emitted_count,
                concealed_samples: playout.concealed_samples,
                concealment_events: playout.concealment_events,
            },
            outbound: Outbound {
                packets_sent: sound.sent.packets,
                bytes_sent: sound.sent.octets,
            },
            remote_inbound: sound.remote.map(|block| RemoteInbound {
                packets_lost: block.cumulative_lost,
                jitter: f64::from(block.jitter) / rate_hz,
                round_trip_time: sound.round_trip.as_ref().map(Duration::as_secs_f64),
            }),
            camera,
        }
    }
}
