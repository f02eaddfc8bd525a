//! Numbers of one receiver's stream: whatever is forwarded to it, they go on without a gap.
//!
//! A *span* is what was forwarded from one layer without a break. Within a span every number moves by the same offset, so
//! what is lost on the way to us is missing for the receiver too (and can be repaired), and what comes late fits in. A new
//! span begins where the last ended.

use std::time::Duration;

use super::Incoming;
use crate::clock::ticks;
use crate::video::CLOCK_RATE_HZ;
use crate::video::numbers::Renumbered;

/// What is written in place of what came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rewritten {
    /// Sequence number.
    pub sequence: u16,
    /// Timestamp.
    pub timestamp: u32,
    /// Numbers of the picture.
    pub numbers: Renumbered,
}

/// The numbers of one receiver's stream.
#[derive(Clone, Debug)]
pub struct Rewriter {
    clock_rate_hz: u32,
    current: Option<Span>,
    /// The span before it, for packets that come late.
    before: Option<Span>,
    /// The next sequence number.
    next: u16,
    /// What was forwarded last: its timestamp, when it came, the numbers of its picture.
    last: Option<(u32, Duration, Renumbered)>,
}

/// What was forwarded from one layer without a break.
#[derive(Clone, Copy, Debug)]
struct Span {
    layer: u8,
    /// Sequence number, as it came, of the first packet; moved along when it falls far behind.
    first: u16,
    sequence_offset: u16,
    timestamp_offset: u32,
    picture_offset: u16,
    base_offset: u8,
    /// Where the span ends for the receiver: one more than its highest sequence number.
    end: u16,
}

/// Packets that a span's first may fall behind: half the range in which numbers can be told apart.
const SPAN_BEHIND: u16 = 1 << 14;

impl Rewriter {
    /// Starts with this sequence number.
    pub fn new(sequence: u16, clock_rate_hz: u32) -> Rewriter {
        Rewriter {
            clock_rate_hz,
            current: None,
            before: None,
            next: sequence,
            last: None,
        }
    }

    /// For a stream of pictures.
    pub fn video(sequence: u16) -> Rewriter {
        Rewriter::new(sequence, CLOCK_RATE_HZ)
    }

    /// The layer being forwarded.
    #[inline]
    pub fn layer(&self) -> Option<u8> {
        self.current.map(|span| span.layer)
    }

    /// Begins a new span with this packet, which a receiver can begin at.
    pub fn switch(&mut self, now: Duration, layer: u8, incoming: &Incoming<'_>) {
        let packet = &incoming.packet;
        let numbers = incoming.numbers();
        let (picture, base) = (
            numbers.picture.map_or(0, |id| id.value),
            numbers.base_layer.map_or(0, |(_, index)| index),
        );
        let resumed = self
            .current
            .filter(|span| span.layer == layer)
            .map(|span| span.timestamp_offset);
        let (timestamp_offset, picture_offset, base_offset) = match self.last {
            None => (0, 0, 0),
            Some((timestamp, at, last)) => {
                // The layers of one picture have timestamps that nothing relates: time of arrival does. Never back.
                let passed = ticks(now.saturating_sub(at), self.clock_rate_hz).max(1) as u32;
                let by_arrival = timestamp
                    .wrapping_add(passed)
                    .wrapping_sub(packet.timestamp());
                (
                    // The same source after a pause keeps its own time.
                    resumed.unwrap_or(by_arrival),
                    last.picture.wrapping_add(1).wrapping_sub(picture),
                    last.base_layer.wrapping_add(1).wrapping_sub(base),
                )
            }
        };
        self.before = self.current.replace(Span {
            layer,
            first: packet.sequence(),
            sequence_offset: self.next.wrapping_sub(packet.sequence()),
            timestamp_offset,
            picture_offset,
            base_offset,
            end: self.next,
        });
    }

    /// Stops: what comes after is not forwarded until the next switch.
    pub fn pause(&mut self) {
        // It stays the current one, so that late packets are let through; nothing beyond its end is.
        self.before = self.current;
    }

    /// The numbers for a packet of this layer; nothing if it is of no span.
    #[inline]
    pub fn map(&mut self, now: Duration, layer: u8, incoming: &Incoming<'_>) -> Option<Rewritten> {
        let sequence = incoming.packet.sequence();
        if let Some(span) = &mut self.current
            && span.layer == layer
            && span.holds(sequence)
        {
            let rewritten = span.rewrite(incoming);
            let ahead = rewritten.sequence.wrapping_sub(span.end);
            if ahead < 1 << 15 {
                span.end = rewritten.sequence.wrapping_add(1);
                self.next = span.end;
                self.last = Some((rewritten.timestamp, now, rewritten.numbers));
                if sequence.wrapping_sub(span.first) > SPAN_BEHIND {
                    span.first = sequence.wrapping_sub(SPAN_BEHIND / 2);
                }
            }
            return Some(rewritten);
        }
        self.late(layer, incoming)
    }

    /// As [`Rewriter::map`], but only what fits before the end of what was forwarded.
    pub(super) fn late(&self, layer: u8, incoming: &Incoming<'_>) -> Option<Rewritten> {
        let span = self.before.filter(|span| span.layer == layer)?;
        if !span.holds(incoming.packet.sequence()) {
            return None;
        }
        let rewritten = span.rewrite(incoming);
        (rewritten.sequence.wrapping_sub(span.end) >= 1 << 15).then_some(rewritten)
    }

    /// Where a packet that the receiver was sent came from: layer and sequence number as it came.
    pub fn origin(&self, sequence: u16) -> Option<(u8, u16)> {
        let (span, came) = self.span_of(sequence)?;
        Some((span.layer, came))
    }

    /// The numbers that a packet was sent with, if it is the one that the receiver knows by this sequence number.
    pub(super) fn again(&self, sequence: u16, incoming: &Incoming<'_>) -> Option<Rewritten> {
        let (span, came) = self.span_of(sequence)?;
        (incoming.packet.sequence() == came).then(|| span.rewrite(incoming))
    }

    fn span_of(&self, sequence: u16) -> Option<(Span, u16)> {
        [self.current, self.before]
            .into_iter()
            .flatten()
            .find_map(|span| {
                let came = sequence.wrapping_sub(span.sequence_offset);
                let is_sent = sequence.wrapping_sub(span.end) >= 1 << 15;
                (is_sent && span.holds(came)).then_some((span, came))
            })
    }
}

impl Span {
    /// Whether a packet is not before the span's first.
    #[inline]
    fn holds(&self, sequence: u16) -> bool {
        sequence.wrapping_sub(self.first) < 1 << 15
    }

    #[inline]
    fn rewrite(&self, incoming: &Incoming<'_>) -> Rewritten {
        let packet = &incoming.packet;
        let numbers = incoming.numbers();
        Rewritten {
            sequence: packet.sequence().wrapping_add(self.sequence_offset),
            timestamp: packet.timestamp().wrapping_add(self.timestamp_offset),
            numbers: Renumbered {
                picture: numbers
                    .picture
                    .map_or(0, |id| id.value)
                    .wrapping_add(self.picture_offset)
                    & 0x7fff,
                base_layer: numbers
                    .base_layer
                    .map_or(0, |(_, index)| index)
                    .wrapping_add(self.base_offset),
            },
        }
    }
}
