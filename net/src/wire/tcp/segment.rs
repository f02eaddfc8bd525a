//! TCP segments as bytes: with an IP header for the stack, without one for the network.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{TcpControl, TcpPacket, TcpRepr};

use crate::packet::Packet;

/// Writes the packet as the IP packet that a stack reads, with the ports that count.
pub(super) fn write_frame(packet: &Packet, frame: &mut Vec<u8>) {
    frame.clear();
    match (packet.source.ip(), packet.target.ip()) {
        (IpAddr::V6(source), IpAddr::V6(target)) => {
            // Version 6; next header TCP; hop limit 64 (RFC 8200 §3).
            frame.extend_from_slice(&[0x60, 0, 0, 0]);
            frame.extend_from_slice(&(packet.payload.len() as u16).to_be_bytes());
            frame.extend_from_slice(&[6, 64]);
            frame.extend_from_slice(&source.octets());
            frame.extend_from_slice(&target.octets());
        }
        (source, target) => {
            let octets = |address| match address {
                IpAddr::V4(address) => address,
                IpAddr::V6(_) => std::net::Ipv4Addr::UNSPECIFIED,
            };
            // Version 4, header of 5 words; time to live 64; protocol TCP (RFC 791 §3.1).
            frame.extend_from_slice(&[0x45, 0]);
            frame.extend_from_slice(&(packet.payload.len() as u16 + 20).to_be_bytes());
            frame.extend_from_slice(&[0, 0, 0x40, 0, 64, 6, 0, 0]);
            frame.extend_from_slice(&octets(source).octets());
            frame.extend_from_slice(&octets(target).octets());
        }
    }
    let header = frame.len();
    frame.extend_from_slice(&packet.payload);
    if packet.payload.len() >= PORTS {
        frame[header..header + 2].copy_from_slice(&packet.source.port().to_be_bytes());
        frame[header + 2..header + 4].copy_from_slice(&packet.target.port().to_be_bytes());
    }
}

/// Octets of the IP header of a packet that a stack has written.
pub(super) fn ip_header_len(frame: &[u8]) -> usize {
    let is_v6 = frame.first().is_some_and(|first| first >> 4 == 6);
    let len = if is_v6 { 40 } else { 20 };
    len.min(frame.len())
}

/// Whether the segment asks for a new connection.
pub(super) fn is_opening(segment: &[u8]) -> bool {
    flags(segment) & (SYN | ACK | RST) == SYN
}

/// Whether the segment ends its connection at once.
pub(super) fn is_reset(segment: &[u8]) -> bool {
    flags(segment) & RST != 0
}

/// What the segment acknowledges.
pub(super) fn acknowledged(segment: &[u8]) -> Option<u32> {
    let bytes = segment.get(8..12)?;
    let number = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    (flags(segment) & ACK != 0).then_some(number)
}

/// The sequence number after all that the segment says. RFC 9293 §3.4.
pub(super) fn end(segment: &[u8]) -> Option<u32> {
    let bytes = segment.get(4..8)?;
    let begin = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    let header = usize::from(segment.get(12)? >> 4) * 4;
    let marks = (flags(segment) & (SYN | FIN)).count_ones();
    let said = segment.len().saturating_sub(header) as u32 + marks;
    Some(begin.wrapping_add(said))
}

/// Gives the segment another sequence number.
pub(super) fn set_sequence(segment: &mut [u8], number: u32) {
    if let Some(bytes) = segment.get_mut(4..8) {
        bytes.copy_from_slice(&number.to_be_bytes());
    }
}

/// Whether the segment only acknowledges.
pub(super) fn is_bare(segment: &[u8]) -> bool {
    let header = segment
        .get(12)
        .map_or(0, |words| usize::from(words >> 4) * 4);
    flags(segment) & (SYN | FIN | RST) == 0 && segment.len() == header
}

/// The reset that answers a segment nobody waits for (RFC 9293 §3.10.7.1), ready to be sent back.
pub(super) fn reset_for(packet: &Packet) -> Option<(SocketAddr, SocketAddr, Bytes)> {
    let (from, to) = (packet.target, packet.source);
    let (local, remote) = (from.ip().into(), to.ip().into());
    let segment = TcpPacket::new_checked(&packet.payload[..]).ok()?;
    let ignored = ChecksumCapabilities::ignored();
    let heard = TcpRepr::parse(&segment, &remote, &local, &ignored).ok()?;
    if heard.control == TcpControl::Rst {
        return None;
    }
    let mut answer = TcpRepr {
        src_port: from.port(),
        dst_port: to.port(),
        control: TcpControl::Rst,
        seq_number: heard.ack_number.unwrap_or_default(),
        ack_number: None,
        window_len: 0,
        window_scale: None,
        max_seg_size: None,
        sack_permitted: false,
        sack_ranges: [None, None, None],
        timestamp: None,
        payload: &[],
    };
    if heard.ack_number.is_none() {
        answer.ack_number = Some(heard.seq_number + heard.segment_len());
    }
    let mut bytes = vec![0; answer.buffer_len()];
    let mut written = TcpPacket::new_unchecked(&mut bytes[..]);
    answer.emit(&mut written, &local, &remote, &ignored);
    Some((from, to, bytes.into()))
}

fn flags(segment: &[u8]) -> u8 {
    segment.get(13).copied().unwrap_or(0)
}

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;
/// Both ports stand at the very start (RFC 9293 §3.1).
const PORTS: usize = 4;
