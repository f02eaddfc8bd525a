//! What the network did with each stream: who sent which packet when, and when it arrived where.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use net::packet::{Packet, Protocol};
use net::trace::TraceEvent;

use super::astray::Changed;
use crate::evidence::{Evidence, rtp};

/// Every stream of RTP, by its source.
#[derive(Debug, Default)]
pub(crate) struct Links {
    pub(crate) streams: BTreeMap<u32, StreamTruth>,
}

/// One stream, from the host where it was made.
#[derive(Debug, Default)]
pub(crate) struct StreamTruth {
    pub(crate) origin: usize,
    /// Offered at the origin, in order.
    pub(crate) sent: Vec<Departure>,
    /// Came to a host, in order, by host.
    pub(crate) arrived: BTreeMap<usize, Vec<Arrival>>,
    /// Packets that the network changed on their way, from this source or into it: what is said of the stream may be off by so
    /// many. Jitter may be off by anything, as the time stamp of a packet may have changed.
    pub(crate) hurt: u64,
    /// Packets that came as of this source after the network had changed them.
    pub(super) changed: Vec<Changed>,
    /// Sent once more because somebody asked for them: when, place of the event in the trace, octets of the payload.
    again: Vec<(Duration, usize, u64)>,
    places: BTreeMap<u16, usize>,
}

/// A packet that left its origin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Departure {
    pub(crate) at: Duration,
    /// Place of the event in the trace.
    pub(crate) entry: usize,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    /// Of the payload.
    pub(crate) octets: u64,
}

/// A packet that came to a host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) at: Duration,
    pub(crate) entry: usize,
    /// Which of the packets sent it is.
    pub(crate) number: usize,
}

/// How long a packet was on its way, and when it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) ended: Duration,
    pub(crate) lasted: Duration,
}

impl Links {
    pub(crate) fn read(evidence: &Evidence<'_>) -> Links {
        let mut links = Links::default();
        let mut offered: BTreeMap<u64, &Packet> = BTreeMap::new();
        for (entry, happened) in evidence.entries.iter().enumerate() {
            match &happened.event {
                TraceEvent::Sent { host, packet } if is_media(packet) => {
                    offered.insert(packet.id, packet);
                    links.depart(happened.at, entry, *host, packet);
                }
                TraceEvent::Arrived { host, packet } => {
                    let Some(sent) = offered.get(&packet.id) else {
                        continue;
                    };
                    if sent.payload == packet.payload {
                        links.arrive(happened.at, entry, *host, packet);
                    } else {
                        links.hurt(entry, *host, &sent.payload, &packet.payload);
                    }
                }
                TraceEvent::Sent { .. }
                | TraceEvent::Dropped { .. }
                | TraceEvent::Said { .. }
                | TraceEvent::Note { .. }
                | TraceEvent::Fault { .. } => {}
            }
        }
        links
    }

    fn depart(&mut self, at: Duration, entry: usize, host: usize, packet: &Packet) {
        let Some((_, sequence, source)) = rtp(&packet.payload) else {
            return;
        };
        let stream = self.streams.entry(source).or_insert_with(|| StreamTruth {
            origin: host,
            ..StreamTruth::default()
        });
        if stream.origin != host {
            return;
        }
        if let Ok(packet) = media::rtp::Packet::parse(&packet.payload) {
            let before = stream.places.get(&sequence);
            let is_again = before.is_some_and(|&number| {
                stream.sent[number].timestamp == packet.timestamp()
                    && stream.sent.len() - number < REPEATED_WITHIN
            });
            if is_again {
                let octets = packet.payload().len() as u64;
                stream.again.push((at, entry, octets));
                return;
            }
            stream.places.insert(sequence, stream.sent.len());
            stream.sent.push(Departure {
                at,
                entry,
                sequence,
                timestamp: packet.timestamp(),
                octets: packet.payload().len() as u64,
            });
        }
    }

    /// Notes that the network made another packet of one.
    fn hurt(&mut self, entry: usize, host: usize, sent: &[u8], arrived: &[u8]) {
        let source = |payload| rtp(payload).map(|(.., source)| source);
        let sources: BTreeSet<u32> = [sent, arrived].into_iter().filter_map(source).collect();
        for source in sources {
            if let Some(stream) = self.streams.get_mut(&source) {
                stream.hurt += 1;
            }
        }
        if let Some((_, sequence, source)) = rtp(arrived)
            && let Some(stream) = self.streams.get_mut(&source)
        {
            let changed = Changed {
                host,
                entry,
                sequence,
            };
            stream.changed.push(changed);
        }
    }

    fn arrive(&mut self, at: Duration, entry: usize, host: usize, packet: &Packet) {
        let Some((_, sequence, source)) = rtp(&packet.payload) else {
            return;
        };
        let Some(stream) = self.streams.get_mut(&source) else {
            return;
        };
        // A sequence number comes again after 65 536 packets; the last one sent with it is meant.
        let Some(&number) = stream.places.get(&sequence) else {
            // It was changed on the way to one that passed it on.
            let changed = Changed {
                host,
                entry,
                sequence,
            };
            return stream.changed.push(changed);
        };
        stream
            .arrived
            .entry(host)
            .or_default()
            .push(Arrival { at, entry, number });
    }
}

/// What had come to a host of a stream up to a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// Packets that came, duplicates too.
    pub(crate) received: u64,
    /// Packets sent from the first that came to the last of those that came.
    pub(crate) expected: u64,
    /// The furthest packet that came.
    pub(crate) highest: usize,
    /// Interarrival jitter in timestamp units. RFC 3550 §6.4.1.
    pub(crate) jitter: f64,
    /// Runs of packets that had not come.
    pub(crate) gaps: u64,
    /// Packets of these.
    pub(crate) missing: u64,
}

impl Seen {
    /// Packets lost as RFC 3550 counts them: a duplicate makes good for one.
    pub(crate) fn lost(&self) -> f64 {
        self.expected as f64 - self.received as f64
    }
}

impl StreamTruth {
    /// Packets that came to a host between two events of the trace.
    pub(crate) fn came_between(&self, host: usize, from: usize, until: usize) -> usize {
        let all = self.arrived.get(&host).map_or(&[][..], Vec::as_slice);
        let place = |entry: usize| all.partition_point(|arrival| arrival.entry < entry);
        place(until).saturating_sub(place(from))
    }

    /// What had come to a host before an event of the trace.
    pub(crate) fn seen(&self, host: usize, before: usize) -> Option<Seen> {
        let clock_rate_hz = self.clock_rate_hz()?;
        let all = self.arrived.get(&host)?;
        let came = &all[..all.partition_point(|arrival| arrival.entry < before)];
        let first = came.iter().map(|arrival| arrival.number).min()?;
        let highest = came.iter().map(|arrival| arrival.number).max()?;
        let mut seen = Seen {
            received: came.len() as u64,
            expected: (highest - first + 1) as u64,
            highest,
            ..Seen::default()
        };
        let mut here = vec![false; highest - first + 1];
        let mut transit: Option<f64> = None;
        for arrival in came {
            let packet = self.sent[arrival.number];
            here[arrival.number - first] = true;
            let begun = self.sent[came[0].number].timestamp;
            let media = f64::from(packet.timestamp.wrapping_sub(begun) as i32);
            let now = arrival.at.as_secs_f64() * clock_rate_hz - media;
            if let Some(before) = transit.replace(now) {
                let difference = (now - before).abs();
                // A jump of the timestamps is no jitter.
                if difference < 2.0 * clock_rate_hz {
                    seen.jitter += (difference - seen.jitter) / 16.0;
                }
            }
        }
        seen.missing = here.iter().filter(|here| !**here).count() as u64;
        seen.gaps = here.windows(2).filter(|pair| pair[0] && !pair[1]).count() as u64;
        Some(seen)
    }

    /// The least and the greatest jitter that a host may have counted between two events of the trace, in timestamp units.
    pub(crate) fn jitter(&self, host: usize, from: usize, until: usize) -> Option<(f64, f64)> {
        let all = self.arrived.get(&host)?;
        let place = |entry: usize| all.partition_point(|arrival| arrival.entry < entry);
        let fresh = all.get(place(from)..place(until))?;
        let ends = fresh.iter().map(|arrival| arrival.entry + 1);
        let jitters = std::iter::once(from)
            .chain(ends)
            .map(|before| self.seen(host, before).unwrap_or_default().jitter);
        Some(jitters.fold((f64::MAX, 0.0), |(least, most), jitter| {
            (jitter.min(least), jitter.max(most))
        }))
    }

    /// Time that a packet lasts, by the timestamps of the first two.
    pub(crate) fn packet_time(&self) -> Option<Duration> {
        let ([first, second, ..], rate) = (&self.sent[..], self.clock_rate_hz()?) else {
            return None;
        };
        let ticks = second.timestamp.wrapping_sub(first.timestamp);
        Some(Duration::from_secs_f64(f64::from(ticks) / rate))
    }

    /// Time on the way of the packets that came to a host between two events of the trace: mean, and greatest less least.
    pub(crate) fn travel(
        &self,
        host: usize,
        from: usize,
        until: usize,
    ) -> Option<(Duration, Duration)> {
        let all = self.arrived.get(&host)?;
        let place = |entry: usize| all.partition_point(|arrival| arrival.entry < entry);
        let came = all.get(place(from)..place(until))?;
        let way = |arrival: &Arrival| arrival.at.saturating_sub(self.sent[arrival.number].at);
        let sum: Duration = came.iter().map(way).sum();
        let spread = came.iter().map(way).max()? - came.iter().map(way).min()?;
        Some((sum.checked_div(u32::try_from(came.len()).ok()?)?, spread))
    }

    /// Ways of the packets that came to a host between two events of the trace, but for those that others overtook.
    pub(crate) fn ways(&self, host: usize, from: usize, until: usize) -> Vec<Way> {
        let all = self.arrived.get(&host).map_or(&[][..], Vec::as_slice);
        let place = |entry: usize| all.partition_point(|arrival| arrival.entry < entry);
        let mut highest = None;
        let mut ways = Vec::new();
        for arrival in &all[place(from)..place(until)] {
            if highest < Some(arrival.number) {
                highest = Some(arrival.number);
                let lasted = arrival.at.saturating_sub(self.sent[arrival.number].at);
                let ended = arrival.at;
                ways.push(Way { ended, lasted });
            }
        }
        ways
    }

    /// Rate of the timestamps, by how fast they grew.
    pub(crate) fn clock_rate_hz(&self) -> Option<f64> {
        let (first, last) = (self.sent.first()?, self.sent.last()?);
        let seconds = last.at.saturating_sub(first.at).as_secs_f64();
        let rate = f64::from(last.timestamp.wrapping_sub(first.timestamp)) / seconds;
        let near = |a: &f64, b: &f64| (a / rate).ln().abs().total_cmp(&(b / rate).ln().abs());
        (seconds > 0.0 && rate > 0.0).then(|| CLOCK_RATES_HZ.into_iter().min_by(near))?
    }

    /// Packets sent at exactly this moment, and their octets.
    pub(crate) fn sent_at(&self, at: Duration) -> (u64, u64) {
        let first = self.sent.partition_point(|packet| packet.at < at);
        let now = self.sent[first..]
            .iter()
            .take_while(|packet| packet.at == at)
            .map(|packet| packet.octets);
        let first = self.again.partition_point(|(when, ..)| *when < at);
        let again = self.again[first..]
            .iter()
            .take_while(|(when, ..)| *when == at)
            .map(|(_, _, octets)| *octets);
        now.chain(again)
            .fold((0, 0), |(count, sum), octets| (count + 1, sum + octets))
    }

    /// Packets sent before an event of the trace, and their octets.
    pub(crate) fn sent_before(&self, entry: usize) -> (u64, u64) {
        let count = self.sent.partition_point(|packet| packet.entry < entry);
        let octets: u64 = self.sent[..count].iter().map(|packet| packet.octets).sum();
        let again = self.again.partition_point(|(_, place, _)| *place < entry);
        let more: u64 = self.again[..again].iter().map(|(.., octets)| octets).sum();
        ((count + again) as u64, octets + more)
    }
}

/// Packets within which the same number and timestamp are the same packet once more.
const REPEATED_WITHIN: usize = 1 << 15;

/// Clock rates of RTP that are in use. RFC 3551 §6.
const CLOCK_RATES_HZ: [f64; 4] = [8_000.0, 16_000.0, 48_000.0, 90_000.0];

fn is_media(packet: &Packet) -> bool {
    packet.protocol == Protocol::Udp && packet.payload.first().is_some_and(|first| first >> 6 == 2)
}
