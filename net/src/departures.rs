//! Datagrams of one socket that wait to leave together.
//!
//! Whoever answers one datagram by many (a forwarder with a thousand receivers) or many datagrams in one turn of its loop hands
//! them over one by one; they leave by few calls of the kernel when the turn is over. The room for them is kept from turn to
//! turn.

use std::net::SocketAddr;

/// Datagrams in the order in which they were sent.
#[derive(Debug, Default)]
pub(crate) struct Departures {
    octets: Vec<u8>,
    datagrams: Vec<Datagram>,
}

#[derive(Clone, Copy, Debug)]
struct Datagram {
    target: SocketAddr,
    start: usize,
    len: usize,
}

impl Departures {
    /// One more, at the end.
    pub(crate) fn push(&mut self, target: SocketAddr, bytes: &[u8]) {
        let start = self.octets.len();
        self.octets.extend_from_slice(bytes);
        self.datagrams.push(Datagram {
            target,
            start,
            len: bytes.len(),
        });
    }

    /// Whether a datagram of that length still fits.
    pub(crate) fn has_room_for(&self, len: usize) -> bool {
        self.datagrams.len() < MOST && self.octets.len() + len <= MOST_OCTETS
    }

    pub(crate) fn len(&self) -> usize {
        self.datagrams.len()
    }

    /// Forgets all, keeps the room.
    pub(crate) fn clear(&mut self) {
        self.octets.clear();
        self.datagrams.clear();
    }

    /// Whereto and what, by number.
    ///
    /// # Panics
    /// If there are not so many.
    pub(crate) fn datagram(&self, number: usize) -> (SocketAddr, &[u8]) {
        let Datagram { target, start, len } = self.datagrams[number];
        (target, &self.octets[start..start + len])
    }

    /// All of them in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (SocketAddr, &[u8])> {
        (0..self.len()).map(|number| self.datagram(number))
    }
}

/// Datagrams that wait at most: what a core sends in about a millisecond, so that none is noticeably late.
const MOST: usize = 1024;
/// Their octets at most: as many of them as fill an Ethernet frame, rounded down.
const MOST_OCTETS: usize = 1 << 20;
