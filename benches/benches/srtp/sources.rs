//! One packet of each of many sources, ever again with the next sequence number.

use media::Ssrc;
use media::rtp::{Header, PacketMut, Writer};

use super::ROOM;

/// Sources that take turns.
pub(crate) const SOURCES: usize = 1_000;

/// A packet of each source, each in a buffer of its own.
pub(crate) struct Packets {
    buffers: Vec<Vec<u8>>,
    len: usize,
    sequence: u16,
}

impl Packets {
    /// Packets with so many octets of payload.
    pub(crate) fn new(payload_len: usize) -> Packets {
        let packet = |number: usize| {
            let header = Header {
                payload_type: 96,
                // In no order, as sources draw them.
                ssrc: Ssrc((number as u32).wrapping_mul(2_654_435_761).rotate_left(9)),
                ..Header::default()
            };
            let mut buffer = vec![0x5a; 12 + payload_len + ROOM];
            let writer = Writer::new(&mut buffer, header).expect("the buffer is long enough");
            writer
                .payload(&vec![0x5a; payload_len])
                .expect("the buffer is long enough");
            buffer
        };
        Packets {
            buffers: (0..SOURCES).map(packet).collect(),
            len: 12 + payload_len,
            sequence: 0,
        }
    }

    /// Gives every packet, with the next sequence number, to `work`.
    pub(crate) fn round(&mut self, work: &mut impl FnMut(&mut [u8], usize)) {
        self.sequence = self.sequence.wrapping_add(1);
        for buffer in &mut self.buffers {
            let mut header = PacketMut::parse(buffer).expect("written above");
            header.set_sequence(self.sequence);
            work(buffer, self.len);
        }
    }

    /// The next round as `protect` makes it: given buffer and length, it gives the new length.
    pub(crate) fn sealed(
        &mut self,
        mut protect: impl FnMut(&mut [u8], usize) -> usize,
    ) -> Vec<Vec<u8>> {
        let mut packets = Vec::with_capacity(SOURCES);
        self.round(&mut |buffer, len| {
            let mut packet = buffer.to_vec();
            let len = protect(&mut packet, len);
            packet.truncate(len);
            packets.push(packet);
        });
        packets
    }
}
