//! The last flight of a DTLS handshake, repeated when nobody answers it.
//!
//! RFC 6347 §4.2.4 has whoever waits repeat its flight each time that a timer runs out. `rtc` 0.21 has such a timer but stops it for
//! good when, in place of an answer, the other side's flight comes once more, which is what happens when ours was lost: both
//! sides then wait for ever. So what left last is kept here until the handshake is over, and sent again where `rtc` has been silent
//! for longer than its own timer takes. Records without protection get fresh numbers: the other side drops those it has seen
//! (§4.1.2.6) and would not notice that its own last flight is asked for. What is protected has its number in the cipher, and stays.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

/// A datagram with the socket that it leaves by and whom it goes to.
#[derive(Clone, Debug)]
pub(super) struct Datagram {
    pub(super) local: SocketAddr,
    pub(super) target: SocketAddr,
    pub(super) bytes: Bytes,
}

/// What left last of a handshake.
#[derive(Debug)]
pub(super) struct Flight {
    datagrams: Vec<Datagram>,
    /// Number of the next record without protection.
    number: u64,
    left: Duration,
    due: Option<Duration>,
    wait: Duration,
    /// Repetitions that are still to be sent.
    again: VecDeque<Datagram>,
    is_over: bool,
}

impl Flight {
    pub(super) fn new() -> Flight {
        Flight {
            datagrams: Vec::new(),
            number: 0,
            left: Duration::ZERO,
            due: None,
            wait: FIRST,
            again: VecDeque::new(),
            is_over: false,
        }
    }

    /// Something leaves; what leaves at one moment is one flight.
    pub(super) fn sent(&mut self, now: Duration, datagram: &Datagram) {
        if self.is_over || !is_dtls(&datagram.bytes) {
            return;
        }
        if now != self.left {
            self.datagrams.clear();
        }
        let numbers = clear_records(&datagram.bytes).map(|at| number(&datagram.bytes[at..]));
        self.number = numbers.fold(self.number, |next, number| next.max(number + 1));
        if self.datagrams.len() < MOST_DATAGRAMS {
            self.datagrams.push(datagram.clone());
        }
        (self.left, self.due) = (now, Some(now + self.wait));
    }

    /// Time has passed: repeats what is due, a limited number of times.
    pub(super) fn tick(&mut self, now: Duration) {
        if self.due.is_some_and(|due| due <= now) {
            for datagram in &self.datagrams {
                let mut bytes = datagram.bytes.to_vec();
                for at in clear_records(&datagram.bytes) {
                    bytes[at..at + NUMBER_LEN].copy_from_slice(&self.number.to_be_bytes()[2..]);
                    self.number += 1;
                }
                self.again.push_back(Datagram {
                    bytes: bytes.into(),
                    ..*datagram
                });
            }
            self.wait *= 2;
            self.due = (self.wait <= LAST).then(|| now + self.wait);
        }
    }

    /// The next repetition.
    pub(super) fn poll(&mut self) -> Option<Datagram> {
        self.again.pop_front()
    }

    /// The handshake is over, well or not.
    pub(super) fn end(&mut self) {
        *self = Flight {
            is_over: true,
            ..Flight::new()
        };
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.due
    }
}

/// RFC 7983 §7.
fn is_dtls(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| (20..=63).contains(first))
}

/// Where the numbers of the whole records without protection (epoch 0) stand in a datagram. RFC 6347 §4.1.
fn clear_records(datagram: &[u8]) -> impl Iterator<Item = usize> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let header: &[u8; HEADER_LEN] = datagram.get(start..)?.first_chunk()?;
        let (at, epoch) = (start + NUMBER_AT, [header[3], header[4]]);
        start += HEADER_LEN + usize::from(u16::from_be_bytes([header[11], header[12]]));
        (start <= datagram.len()).then_some((at, epoch))
    })
    .filter_map(|(at, epoch)| (epoch == [0, 0]).then_some(at))
}

/// The number of 48 bits that these octets begin with.
fn number(octets: &[u8]) -> u64 {
    octets[..NUMBER_LEN]
        .iter()
        .fold(0, |number, octet| number << 8 | u64::from(*octet))
}

/// Type, version, epoch, number, length of a record. RFC 6347 §4.1.
const HEADER_LEN: usize = 13;
const NUMBER_AT: usize = 5;
const NUMBER_LEN: usize = 6;
/// Half as long again as the timer of `rtc`.
const FIRST: Duration = Duration::from_millis(1_500);
/// The longest wait; it doubles until then.
const LAST: Duration = Duration::from_secs(12);
/// Of a flight with a long certificate.
const MOST_DATAGRAMS: usize = 16;

#[cfg(test)]
mod tests;
