//! The bytes of a packet as on a wire: IP header, UDP header or TCP segment, checksums.

use std::net::{IpAddr, SocketAddr};

use etherparse::{IpNumber, Ipv4Header, Ipv6FlowLabel, Ipv6Header, TcpHeader, UdpHeader};

use crate::packet::{Packet, Protocol};

/// The whole IP packet.
pub(super) fn of(packet: &Packet) -> Vec<u8> {
    let (protocol, transport) = match packet.protocol {
        Protocol::Udp => (IpNumber::UDP, datagram(packet)),
        Protocol::Tcp => (IpNumber::TCP, segment(packet)),
    };
    let mut frame = Vec::with_capacity(transport.len() + Ipv6Header::LEN);
    let len = transport.len() as u16;
    match (packet.source.ip(), packet.target.ip()) {
        (IpAddr::V4(source), IpAddr::V4(target)) => {
            let mut header =
                Ipv4Header::new(len, HOP_LIMIT, protocol, source.octets(), target.octets())
                    .expect("the payload was cut to fit");
            header.identification = packet.id as u16;
            header.header_checksum = header.calc_header_checksum();
            frame.extend_from_slice(&header.to_bytes());
        }
        (source, target) => {
            let header = Ipv6Header {
                traffic_class: 0,
                flow_label: Ipv6FlowLabel::ZERO,
                payload_length: len,
                next_header: protocol,
                hop_limit: HOP_LIMIT,
                source: octets(source),
                destination: octets(target),
            };
            frame.extend_from_slice(&header.to_bytes());
        }
    }
    frame.extend_from_slice(&transport);
    frame
}

fn datagram(packet: &Packet) -> Vec<u8> {
    let payload = &packet.payload[..packet.payload.len().min(MAX_TRANSPORT - UdpHeader::LEN)];
    let mut header = UdpHeader {
        source_port: packet.source.port(),
        destination_port: packet.target.port(),
        length: (UdpHeader::LEN + payload.len()) as u16,
        checksum: 0,
    };
    header.checksum = match ends(packet.source, packet.target) {
        Ends::V4(source, target) => header.calc_checksum_ipv4_raw(source, target, payload),
        Ends::V6(source, target) => header.calc_checksum_ipv6_raw(source, target, payload),
    }
    .unwrap_or_default();
    [&header.to_bytes()[..], payload].concat()
}

/// The segment with its ports as they are at this point of the way, and a right checksum, which the stack leaves out.
fn segment(packet: &Packet) -> Vec<u8> {
    let whole = &packet.payload[..packet.payload.len().min(MAX_TRANSPORT)];
    let Ok((mut header, data)) = TcpHeader::from_slice(whole) else {
        return whole.to_vec();
    };
    header.source_port = packet.source.port();
    header.destination_port = packet.target.port();
    header.checksum = match ends(packet.source, packet.target) {
        Ends::V4(source, target) => header.calc_checksum_ipv4_raw(source, target, data),
        Ends::V6(source, target) => header.calc_checksum_ipv6_raw(source, target, data),
    }
    .unwrap_or_default();
    [&header.to_bytes()[..], data].concat()
}

enum Ends {
    V4([u8; 4], [u8; 4]),
    V6([u8; 16], [u8; 16]),
}

fn ends(source: SocketAddr, target: SocketAddr) -> Ends {
    match (source.ip(), target.ip()) {
        (IpAddr::V4(source), IpAddr::V4(target)) => Ends::V4(source.octets(), target.octets()),
        (source, target) => Ends::V6(octets(source), octets(target)),
    }
}

fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// What fits behind an IPv4 header (RFC 791 §3.1: 65,535 bytes in all).
const MAX_TRANSPORT: usize = 65_535 - 20;
/// RFC 1700: the recommended default.
const HOP_LIMIT: u8 = 64;
