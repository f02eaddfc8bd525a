//! What clients counted of pictures, against the packets of each.
//!
//! Packets of one picture have one timestamp (RFC 6184 §5.1). A picture of which a packet is missing is never shown; one that
//! came whole is, unless what was missing before it may have been its own beginning, or it was given up before the last of it
//! came. What comes again by a source of its own has the timestamp of what it repairs (RFC 4588 §4): encrypted or not, that tells
//! how many of a picture's missing packets may have been made good.

use std::collections::BTreeMap;
use std::time::Duration;

use media::video::VideoStatistics;

use super::links::{Links, StreamTruth};
use super::metric;
use super::statistics::Reader;

impl Reader<'_> {
    /// The pictures of a call; of a meeting only those of the own camera, as a line there shows one person after the other.
    pub(super) fn pictures(&mut self, shown: &VideoStatistics, links: &Links) {
        if let Some(stream) = links.streams.get(&shown.ssrc.0)
            && stream.origin == self.statement.host
        {
            self.pictures_sent(shown, stream);
        }
        let seen = shown.received.filter(|_| !self.statement.in_meeting);
        let stream = seen.and_then(|received| links.streams.get(&received.ssrc.0));
        if let Some(stream) = stream
            && !self.was_held
        {
            self.pictures_seen(shown, stream, links);
        }
    }

    fn pictures_sent(&mut self, shown: &VideoStatistics, stream: &StreamTruth) {
        let begun = |before: usize| {
            let sent = &stream.sent[..stream.sent.partition_point(|sent| sent.entry < before)];
            let pictures = sent.chunk_by(|one, next| one.timestamp == next.timestamp);
            pictures.count() as f64
        };
        let told = shown.shown.pictures as f64;
        // What leaves at the very moment may be counted or not; the packets of the last one are spread over a frame's time, and
        // may all be ahead.
        let bounds = (begun(self.earliest), begun(self.latest) + 1.0);
        self.check_within(&metric::PICTURES_SENT, told, bounds, 0.0);
    }

    fn pictures_seen(&mut self, shown: &VideoStatistics, stream: &StreamTruth, links: &Links) {
        let host = self.statement.host;
        let seen = &shown.seen;
        let told = (seen.pictures + seen.orphaned) as f64;
        let again = links.came_again(stream, host, self.latest);
        let pictures = |before| stream.pictures(host, before, &again);
        // Not every world tells what arrives.
        if let Some((then, now)) = pictures(self.ago(PATIENCE)).zip(pictures(self.latest)) {
            let bounds = (then.certain as f64, now.whole as f64);
            let hurt = links.hurt_from(stream.origin);
            self.check_within(&metric::PICTURES_SEEN, told, bounds, hurt);
        }
    }
}

/// Pictures that came to a host.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Pictures {
    /// Of which every packet came, or may have come again.
    whole: u64,
    /// Of which every packet came in order, right after the last of the picture before.
    certain: u64,
}

/// How many packets came again, by the timestamp of what they repair.
type Again = BTreeMap<u32, usize>;

impl Links {
    /// Packets that the network changed of all that a host made: pictures, and what repairs them.
    fn hurt_from(&self, origin: usize) -> f64 {
        let own = |stream: &&StreamTruth| stream.origin == origin;
        let hurt = self.streams.values().filter(own).map(|stream| stream.hurt);
        hurt.sum::<u64>() as f64
    }

    /// What came to a host from the other sources of a stream's host.
    fn came_again(&self, stream: &StreamTruth, host: usize, before: usize) -> Again {
        let mut again = Again::new();
        let same_host =
            |other: &&StreamTruth| other.origin == stream.origin && !std::ptr::eq(*other, stream);
        for other in self.streams.values().filter(same_host) {
            let came = other.arrived.get(&host).into_iter().flatten();
            for arrival in came.filter(|arrival| arrival.entry < before) {
                *again
                    .entry(other.sent[arrival.number].timestamp)
                    .or_default() += 1;
            }
        }
        again
    }
}

impl StreamTruth {
    fn pictures(&self, host: usize, before: usize, again: &Again) -> Option<Pictures> {
        let mut pictures = Pictures::default();
        let all = self.arrived.get(&host)?;
        let came = &all[..all.partition_point(|arrival| arrival.entry < before)];
        // By number: when the packet came first, and how far the stream had come by then.
        let mut arrived: Vec<Option<usize>> = vec![None; self.sent.len()];
        let mut highest = 0;
        for arrival in came {
            highest = highest.max(arrival.number);
            arrived[arrival.number].get_or_insert(highest);
        }
        let mut first = 0;
        for packets in self
            .sent
            .chunk_by(|one, next| one.timestamp == next.timestamp)
        {
            let own = &arrived[first..first + packets.len()];
            let is_in_order = |number: usize| arrived[number] == Some(number);
            let follows = first > 0 && is_in_order(first - 1);
            let missing = own.iter().filter(|came| came.is_none()).count();
            let made_good = again.get(&packets[0].timestamp).copied().unwrap_or(0);
            let is_whole = missing <= made_good;
            let in_order = (first..first + packets.len()).all(is_in_order);
            pictures.whole += u64::from(is_whole);
            pictures.certain += u64::from(is_whole && in_order && follows);
            first += packets.len();
        }
        Some(pictures)
    }
}

/// Time in which a picture that came whole has been put together, though packets before it are waited for.
const PATIENCE: Duration = Duration::from_millis(500);
