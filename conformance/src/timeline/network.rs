//! What the network did, in steps: bitrate, queue delay and loss of each stream at each ear.

use std::collections::BTreeMap;

use super::{Line, Quantity, STEP, STREAMS_MAX};
use crate::evidence::Evidence;
use crate::truth::{Links, StreamTruth};

/// The lines of the first streams at the client that hears each, and the number of the streams that are left out.
pub(super) fn lines(evidence: &Evidence<'_>, links: &Links) -> (Vec<Line>, usize) {
    let mut all: Vec<Vec<Line>> = Vec::new();
    for stream in links.streams.values() {
        // The far ear is where the stream ends: the last host to get what the others have passed on.
        let ear = stream
            .arrived
            .iter()
            .max_by_key(|(_, came)| came.first().map(|first| first.at));
        if let Some((ear, _)) = ear {
            all.push(of_stream(stream, *ear, evidence.host_name(*ear)));
        }
    }
    let left_out = all.len().saturating_sub(STREAMS_MAX);
    (
        all.into_iter().take(STREAMS_MAX).flatten().collect(),
        left_out,
    )
}

/// What is counted in one step.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    sent: u32,
    arrived: u32,
    bits: f64,
    queue_ms: f64,
}

fn of_stream(stream: &StreamTruth, ear: usize, name: &str) -> Vec<Line> {
    let step_s = STEP.as_secs_f64();
    let step_of = |at: std::time::Duration| (at.as_secs_f64() / step_s) as u64;
    let Some(arrived) = stream.arrived.get(&ear) else {
        return Vec::new();
    };
    let travel =
        |arrival: &crate::truth::Arrival| arrival.at.saturating_sub(stream.sent[arrival.number].at);
    let least = arrived.iter().map(travel).min().unwrap_or_default();
    let mut steps: BTreeMap<u64, Step> = BTreeMap::new();
    for packet in &stream.sent {
        steps.entry(step_of(packet.at)).or_default().sent += 1;
    }
    let mut here = vec![false; stream.sent.len()];
    for arrival in arrived {
        let packet = stream.sent[arrival.number];
        steps.entry(step_of(arrival.at)).or_default().bits +=
            8.0 * (packet.octets as f64 + HEADERS);
        if !std::mem::replace(&mut here[arrival.number], true) {
            let step = steps.entry(step_of(packet.at)).or_default();
            step.arrived += 1;
            step.queue_ms += (travel(arrival) - least).as_secs_f64() * 1e3;
        }
    }
    // In the last step there is no telling what is lost from what came when nobody listened any more.
    steps.pop_last();
    let line = |quantity: Quantity, value: &dyn Fn(&Step) -> Option<f64>| Line {
        quantity,
        ear: name.to_owned(),
        points: steps
            .iter()
            .filter_map(|(step, counted)| Some((*step as f64 * step_s, value(counted)?)))
            .collect(),
    };
    let share = |step: &Step| {
        let lost = f64::from(step.sent.saturating_sub(step.arrived));
        (step.sent > 0).then(|| 100.0 * lost / f64::from(step.sent))
    };
    vec![
        line(Quantity::Bitrate, &|step| Some(step.bits / step_s / 1e3)),
        line(Quantity::QueueDelay, &|step| {
            (step.arrived > 0).then(|| step.queue_ms / f64::from(step.arrived))
        }),
        line(Quantity::Loss, &share),
    ]
}

/// Octets of IPv4, UDP and RTP before the payload.
const HEADERS: f64 = 20.0 + 8.0 + 12.0;
