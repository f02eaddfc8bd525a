//! What `rtc` takes from its hash maps, in an order that is always the same.
//!
//! The keys of the standard library's hash maps differ from process to process, and on one thread from map to map. Two
//! orders of theirs would reach a wire: that of the header extensions of a description, and that of the receiver reports that
//! fall due together.

use std::collections::VecDeque;

use rtc::interceptor::{Packet, TaggedPacket};
use rtc::rtcp::receiver_report::ReceiverReport;

use crate::passage::Passage;

/// The description with the `a=extmap:` lines (RFC 8285 §5) that stand together sorted by their numbers.
pub(crate) fn extensions(description: &str) -> String {
    let mut lines: Vec<&str> = description.split_inclusive('\n').collect();
    sort_neighbours(&mut lines, |line| {
        let value = line.strip_prefix("a=extmap:")?;
        value.split(['/', ' ']).next()?.parse().ok()
    });
    lines.concat()
}

/// Sorts what stands together and has a number; what has none stays where it is, and so does what is beyond it.
fn sort_neighbours<T>(items: &mut [T], number: impl Fn(&T) -> Option<u32>) {
    for neighbours in
        items.chunk_by_mut(|one, next| number(one).is_some() && number(next).is_some())
    {
        neighbours.sort_by_key(&number);
    }
}

/// Receiver reports go out in the order of the sources that they are about.
pub(crate) struct ReportsInOrder;

impl Passage for ReportsInOrder {
    fn outbound(waiting: &mut VecDeque<TaggedPacket>) {
        sort_neighbours(waiting.make_contiguous(), source);
    }
}

/// The source that a receiver report is about (RFC 3550 §6.4.2).
fn source(packet: &TaggedPacket) -> Option<u32> {
    let Packet::Rtcp(compound) = &packet.message.packet else {
        return None;
    };
    let report = compound
        .first()?
        .as_any()
        .downcast_ref::<ReceiverReport>()?;
    Some(report.reports.first()?.ssrc)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rtc::interceptor::AttributedPacket;
    use rtc::rtcp::reception_report::ReceptionReport;
    use rtc::sansio::Protocol;
    use rtc::shared::TransportContext;

    use super::*;
    use crate::clock;
    use crate::passage::Passing;

    #[test]
    fn extensions_are_sorted_and_nothing_else_moves() {
        let written = "v=0\r\nm=audio 9\r\na=extmap:10 urn:c\r\na=extmap:2/sendonly urn:b\r\na=extmap:1 urn:a\r\n\
            a=rtpmap:0 x\r\nm=video 9\r\na=extmap:3 urn:d\r\na=extmap-allow-mixed\r\na=extmap:1 urn:a\r\n";
        let sorted = "v=0\r\nm=audio 9\r\na=extmap:1 urn:a\r\na=extmap:2/sendonly urn:b\r\na=extmap:10 urn:c\r\n\
            a=rtpmap:0 x\r\nm=video 9\r\na=extmap:3 urn:d\r\na=extmap-allow-mixed\r\na=extmap:1 urn:a\r\n";
        assert_eq!(extensions(written), sorted);
        assert_eq!(extensions(""), "");
    }

    fn packet(packet: Packet) -> TaggedPacket {
        TaggedPacket {
            now: clock::instant(Duration::ZERO),
            transport: TransportContext::default(),
            message: AttributedPacket::new(packet),
        }
    }

    fn report(ssrc: u32) -> TaggedPacket {
        let block = ReceptionReport {
            ssrc,
            ..ReceptionReport::default()
        };
        let report = ReceiverReport {
            reports: vec![block],
            ..ReceiverReport::default()
        };
        packet(Packet::Rtcp(vec![Box::new(report)]))
    }

    #[test]
    fn reports_go_out_by_their_sources_and_pass_no_media() {
        let mut order = Passing::<ReportsInOrder>::new();
        let media = packet(Packet::Rtp(rtc::rtp::Packet::default()));
        for one in [report(7), report(3), media, report(2), report(1)] {
            order.handle_write(one).unwrap();
        }
        let out: Vec<_> = std::iter::from_fn(|| order.poll_write())
            .map(|packet| source(&packet))
            .collect();
        assert_eq!(out, [Some(3), Some(7), None, Some(1), Some(2)]);
    }
}
