//! Buffers of received datagrams, used again as soon as nobody reads them any more.

use bytes::{Bytes, BytesMut};

/// A round of buffers. Whoever keeps a datagram keeps its buffer, and the round gets a new one in its place.
#[derive(Debug)]
pub(super) struct Buffers {
    round: Vec<BytesMut>,
    next: usize,
}

impl Buffers {
    pub(super) fn new() -> Buffers {
        Buffers {
            round: vec![BytesMut::new(); ROUND],
            next: 0,
        }
    }

    /// The octets in a buffer of their own; without asking for memory if the buffer whose turn it is has been read.
    pub(super) fn keep(&mut self, octets: &[u8]) -> Bytes {
        if octets.len() > LEN {
            return Bytes::copy_from_slice(octets);
        }
        let buffer = &mut self.round[self.next];
        self.next = (self.next + 1) % ROUND;
        buffer.clear();
        // Takes the old memory back if it is free.
        buffer.reserve(LEN);
        buffer.extend_from_slice(octets);
        buffer.split().freeze()
    }
}

/// More than a call receives, so that most are read by the time that their turn comes again.
const ROUND: usize = 2 * super::MOST_IN_A_CALL;
/// What fits into an Ethernet frame; larger datagrams are rare.
const LEN: usize = 1536;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again_once_it_has_been_read() {
        let mut buffers = Buffers::new();
        let places: Vec<*const u8> = (0..ROUND)
            .map(|_| buffers.keep(&[1; 160]).as_ptr())
            .collect();
        for round in 0..20 {
            for place in &places {
                let len = 1 + round * 70;
                assert_eq!(buffers.keep(&vec![2; len]).as_ptr(), *place);
            }
        }
    }

    #[test]
    fn what_is_kept_does_not_change() {
        let mut buffers = Buffers::new();
        let kept: Vec<Bytes> = (0..3 * ROUND)
            .map(|number| buffers.keep(&[number as u8; 172]))
            .collect();
        for (number, bytes) in kept.iter().enumerate() {
            assert_eq!(bytes[..], [number as u8; 172]);
        }
        let large = vec![3; 60_000];
        assert_eq!(buffers.keep(&large)[..], large[..]);
        assert!(buffers.keep(&[]).is_empty());
    }
}
