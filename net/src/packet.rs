//! One IP packet on its way: what links delay, NATs rewrite, firewalls judge and captures write.

use std::net::SocketAddr;

use bytes::Bytes;

/// An IP packet without its IP header, which is made again where somebody wants to see it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Packet {
    /// Where it comes from, as seen at this point of its way (a NAT rewrites it).
    pub source: SocketAddr,
    /// Where it goes to, as seen at this point of its way.
    pub target: SocketAddr,
    /// What `payload` holds.
    pub protocol: Protocol,
    /// UDP: the datagram's payload. TCP: header and payload of the segment; the ports in that
    /// header may be stale after a NAT, those of `source` and `target` count.
    pub payload: Bytes,
    /// Number of the packet in its world, in the order of sending; a duplicate keeps it.
    pub id: u64,
}

impl Packet {
    /// Bytes on the wire: IP header (RFC 791, RFC 8200), UDP header (RFC 768) and payload.
    pub fn wire_len(&self) -> usize {
        let ip = if self.source.is_ipv4() {
            IPV4_HEADER
        } else {
            IPV6_HEADER
        };
        let transport = match self.protocol {
            Protocol::Udp => UDP_HEADER,
            Protocol::Tcp => 0,
        };
        ip + transport + self.payload.len()
    }
}

/// The transport protocol of a packet.
#[derive(
    Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// RFC 768.
    Udp,
    /// RFC 9293.
    Tcp,
}

const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
const UDP_HEADER: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_of_speech_has_200_bytes_on_the_wire() {
        let mut packet = Packet {
            source: "192.0.2.1:5004".parse().expect("an address"),
            target: "192.0.2.2:5004".parse().expect("an address"),
            protocol: Protocol::Udp,
            payload: Bytes::from(vec![0; 172]),
            id: 0,
        };
        assert_eq!(packet.wire_len(), 200);
        packet.source = "[2001:db8::1]:5004".parse().expect("an address");
        assert_eq!(packet.wire_len(), 220);
    }
}
