//! What hosts said of calls: in the clear, or over connections of TLS as the parties told it to the trace (decision 0019).

use std::time::Duration;

use bytes::Bytes;
use net::trace::TraceEvent;
use sip::Message;
use sip::message::Method;

use crate::evidence::Evidence;

/// All messages of a run, in the order in which they were said.
#[derive(Debug)]
pub(super) struct Signalling {
    pub(super) messages: Vec<Spoken>,
    /// Whether a description stopped one direction of some sound: what is held is received and not played.
    pub(super) was_held: bool,
}

/// A message of SIP and who said it when.
#[derive(Clone, Debug)]
pub(super) struct Spoken {
    pub(super) at: Duration,
    pub(super) host: usize,
    pub(super) bytes: Bytes,
    pub(super) message: Message,
}

impl Signalling {
    pub(super) fn read(evidence: &Evidence<'_>) -> Signalling {
        let in_clear = evidence.sip.iter().map(|said| Spoken {
            at: said.at,
            host: said.host,
            bytes: said.bytes.clone(),
            message: said.message.clone(),
        });
        let in_private = evidence
            .entries
            .iter()
            .filter_map(|entry| match &entry.event {
                TraceEvent::Said { host, bytes, .. } => Some(Spoken {
                    at: entry.at,
                    host: *host,
                    bytes: bytes.clone(),
                    message: Message::parse_bytes(bytes.clone()).ok()?,
                }),
                TraceEvent::Sent { .. }
                | TraceEvent::Arrived { .. }
                | TraceEvent::Dropped { .. }
                | TraceEvent::Note { .. }
                | TraceEvent::Fault { .. } => None,
            });
        let mut messages: Vec<Spoken> = in_clear.chain(in_private).collect();
        messages.sort_by_key(|said| said.at);
        let was_held = messages.iter().any(|said| holds(&said.bytes));
        Signalling { messages, was_held }
    }

    /// When a host that told something at that time had stopped to listen: as it sent its BYE, if it did a moment ago. Who hangs
    /// up hears no more, while packets come until the other end knows.
    pub(super) fn listened_until(&self, host: usize, at: Duration) -> Duration {
        let from = self
            .messages
            .partition_point(|said| said.at + HANGING_UP < at);
        let recent = self.messages[from..]
            .iter()
            .take_while(|said| said.at <= at);
        // The answer may be lost, and the BYE comes again.
        let mut byes = recent.filter(|said| said.host == host && is_bye(&said.message));
        byes.next().map_or(at, |said| said.at)
    }
}

fn is_bye(message: &Message) -> bool {
    match message {
        Message::Request(request) => request.method == Method::Bye,
        Message::Response(_) => false,
    }
}

fn holds(message: &[u8]) -> bool {
    [&b"a=sendonly"[..], b"a=recvonly", b"a=inactive"]
        .iter()
        .any(|line| message.windows(line.len()).any(|window| window == *line))
}

/// How long the answer to a BYE may take. RFC 3261 §17.1.2.2, timer F.
const HANGING_UP: Duration = Duration::from_secs(33);
