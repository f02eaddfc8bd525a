//! Protected connections as they would have been without protection: a handshake, then each thing said as segments.
//!
//! A reader of captures knows what runs on a port by its number, so the far end of a connection shows the port that the same
//! service has without TLS: 443 as 80, 8443 as 8080, 5061 as 5060. Other ports stay.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::Bytes;
use etherparse::TcpHeader;

use crate::packet::{Packet, Protocol};

/// All protected connections of a run.
#[derive(Debug, Default)]
pub struct Spoken {
    /// The sequence number that each end sends next, by end and far end.
    next: BTreeMap<(SocketAddr, SocketAddr), u32>,
    /// Which ends began their connection.
    callers: BTreeMap<(SocketAddr, SocketAddr), bool>,
}

impl Spoken {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What `local` says to `remote`, as segments; before the first of a connection stands its handshake. All have number `id`.
    pub fn packets(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
        bytes: &Bytes,
        id: u64,
    ) -> Vec<Packet> {
        let mut packets = Vec::new();
        let is_new = !self.next.contains_key(&(local, remote));
        if is_new {
            // In TLS the end that has called speaks first (RFC 8446 §2), if not in what is seen here then before; where a
            // server speaks first, its own port tells.
            let is_caller = is_service(remote) || !is_service(local);
            let (caller, called) = if is_caller {
                (local, remote)
            } else {
                (remote, local)
            };
            packets.extend(self.handshake(caller, called, id));
        }
        for piece in pieces(bytes) {
            let header = |header: &mut TcpHeader| (header.ack, header.psh) = (true, true);
            packets.push(self.segment((local, remote), header, &piece, id));
        }
        packets
    }

    fn handshake(&mut self, caller: SocketAddr, called: SocketAddr, id: u64) -> [Packet; 3] {
        let (out, back) = ((caller, called), (called, caller));
        self.next.extend([(out, 0), (back, 0)]);
        self.callers.extend([(out, true), (back, false)]);
        let syn = self.segment(out, |header| header.syn = true, &[], id);
        let answer = |header: &mut TcpHeader| (header.syn, header.ack) = (true, true);
        let syn_ack = self.segment(back, answer, &[], id);
        let ack = self.segment(out, |header| header.ack = true, &[], id);
        [syn, syn_ack, ack]
    }

    fn segment(
        &mut self,
        (local, remote): (SocketAddr, SocketAddr),
        flags: impl FnOnce(&mut TcpHeader),
        bytes: &[u8],
        id: u64,
    ) -> Packet {
        let is_caller = self.callers.get(&(local, remote)).copied().unwrap_or(true);
        let (source, target) = if is_caller {
            (local, plain(remote))
        } else {
            (plain(local), remote)
        };
        let acknowledged = self.next.get(&(remote, local)).copied().unwrap_or(0);
        let next = self.next.entry((local, remote)).or_default();
        let mut header = TcpHeader::new(source.port(), target.port(), *next, WINDOW);
        flags(&mut header);
        if header.ack {
            header.acknowledgment_number = acknowledged;
        }
        *next = next
            .wrapping_add(bytes.len() as u32)
            .wrapping_add(u32::from(header.syn));
        Packet {
            source,
            target,
            protocol: Protocol::Tcp,
            payload: [&header.to_bytes()[..], bytes].concat().into(),
            id,
        }
    }
}

fn pieces(bytes: &Bytes) -> impl Iterator<Item = Bytes> + '_ {
    (0..bytes.len())
        .step_by(SEGMENT)
        .map(|at| bytes.slice(at..bytes.len().min(at + SEGMENT)))
}

/// Whether a port is one that servers have, not one that the system hands out.
fn is_service(end: SocketAddr) -> bool {
    end.port() < FIRST_EPHEMERAL
}

/// The end with the port that its service has without TLS.
fn plain(end: SocketAddr) -> SocketAddr {
    let port = match end.port() {
        443 => 80,
        8443 => 8080,
        5061 => 5060,
        other => other,
    };
    SocketAddr::new(end.ip(), port)
}

/// Bytes of a segment on Ethernet (RFC 9293 §3.7.1: 1500 without two headers of 20).
const SEGMENT: usize = 1460;
/// RFC 9293 §3.1; whatever, for nobody waits.
const WINDOW: u16 = u16::MAX;
/// RFC 6335 §6: dynamic ports begin here.
const FIRST_EPHEMERAL: u16 = 49_152;
