//! Messages of SIP out of TCP segments: in order, each byte once, whatever was sent again.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::Bytes;
use net::packet::Packet;
use sip::framing::{Frame, StreamFramer};

/// Every direction of every connection seen so far.
#[derive(Default)]
pub(super) struct Streams {
    directions: BTreeMap<(SocketAddr, SocketAddr), Direction>,
}

struct Direction {
    /// Sequence number of the next byte that was not seen (RFC 9293 §3.4).
    next: u32,
    framer: Option<StreamFramer>,
    has_begun: bool,
}

impl Streams {
    /// The messages that end within this segment.
    pub(super) fn messages(&mut self, packet: &Packet) -> Vec<Bytes> {
        let Some(segment) = Segment::read(&packet.payload) else {
            return Vec::new();
        };
        let key = (packet.source, packet.target);
        if segment.is_first {
            let next = segment.sequence.wrapping_add(1);
            let framer = Some(StreamFramer::accepted());
            self.directions.insert(
                key,
                Direction {
                    next,
                    framer,
                    has_begun: false,
                },
            );
            return Vec::new();
        }
        let Some(direction) = self.directions.get_mut(&key) else {
            return Vec::new();
        };
        let seen = direction.next.wrapping_sub(segment.sequence) as usize;
        let Some(fresh) = segment.data.get(seen..).filter(|fresh| !fresh.is_empty()) else {
            return Vec::new();
        };
        direction.next = direction
            .next
            .wrapping_add(u32::try_from(fresh.len()).unwrap_or(0));
        direction.read(fresh)
    }
}

impl Direction {
    fn read(&mut self, fresh: &[u8]) -> Vec<Bytes> {
        if !std::mem::replace(&mut self.has_begun, true) && !super::is_sip(fresh) {
            // TLS, HTTP or something else that is not read here.
            self.framer = None;
        }
        let Some(framer) = &mut self.framer else {
            return Vec::new();
        };
        framer.push(fresh);
        let mut messages = Vec::new();
        loop {
            match framer.next() {
                Ok(Some(Frame::Message(message))) => messages.push(message.write()),
                Ok(Some(_)) => {}
                Ok(None) => return messages,
                Err(_) => {
                    self.framer = None;
                    return messages;
                }
            }
        }
    }
}

/// Whether a packet of TCP says that its sender gives the connection up (RFC 9293 §3.5.2).
pub(super) fn is_reset(packet: &Packet) -> bool {
    packet.payload.get(13).is_some_and(|flags| flags & RST != 0)
}

/// A segment of TCP as far as needed (RFC 9293 §3.1).
struct Segment<'a> {
    sequence: u32,
    is_first: bool,
    data: &'a [u8],
}

impl<'a> Segment<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let header: [u8; 20] = bytes.get(..20)?.try_into().ok()?;
        let sequence = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
        let data = bytes.get(usize::from(header[12] >> 4) * 4..)?;
        Some(Self {
            sequence,
            is_first: header[13] & SYN != 0,
            data,
        })
    }
}

const SYN: u8 = 2;
const RST: u8 = 4;
