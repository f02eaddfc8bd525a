//! DTMF as telephone events: keys pressed here become packets, packets become keys heard.
//!
//! RFC 4733 §2.3 (payload), §2.5.1.4 (the last packet three times), §3.2 (event codes 0 to 15).

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock::{duration, ticks};

/// Octets of a telephone event's payload.
pub const EVENT_LEN: usize = 4;
/// Keys that may wait to be sent, and events that may wait to be told.
pub const QUEUE_MAX: usize = 32;
/// Shortest key that is sent; receivers may ignore what is below 40 ms.
pub const KEY_MIN: Duration = Duration::from_millis(40);
/// Pause between two keys.
const PAUSE: Duration = Duration::from_millis(60);
/// Times that the end of a key is sent. RFC 4733 §2.5.1.4.
const ENDS: u8 = 3;
/// Level of the keys in -dBm0.
const VOLUME: u8 = 10;
/// Silence after which a key whose end was lost counts as released.
const RELEASED_AFTER: Duration = Duration::from_millis(200);

/// A key: 0 to 9, `*`, `#`, A to D.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key(u8);

/// The characters of event codes 0 to 15.
const CHARACTERS: [char; 16] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D',
];

impl Key {
    /// The key with this character.
    pub fn from_char(character: char) -> Option<Key> {
        let character = character.to_ascii_uppercase();
        CHARACTERS
            .iter()
            .position(|&candidate| candidate == character)
            .map(|code| Key(code as u8))
    }

    /// The key's character.
    pub fn as_char(self) -> char {
        CHARACTERS[usize::from(self.0)]
    }
}

/// What was heard of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DtmfEvent {
    /// It went down.
    Pressed(Key),
    /// It went up.
    Released {
        /// Which key.
        key: Key,
        /// How long it was down.
        held: Duration,
    },
}

/// Why a key was not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DtmfError {
    /// [`QUEUE_MAX`] keys wait already.
    #[error("{QUEUE_MAX} keys are waiting already")]
    QueueFull,
    /// The other side takes no telephone events.
    #[error("telephone events were not negotiated")]
    NotNegotiated,
}

/// One packet of an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EventPacket {
    /// Set on the first packet of an event.
    pub marker: bool,
    /// When the event began; the same in all its packets.
    pub timestamp: u32,
    /// The payload.
    pub payload: [u8; EVENT_LEN],
}

/// Sends keys, one after the other.
#[derive(Debug)]
pub struct DtmfSender {
    clock_rate_hz: u32,
    waiting: VecDeque<(Key, u16)>,
    state: Sending,
}

#[derive(Clone, Copy, Debug)]
enum Sending {
    Idle,
    Down {
        key: Key,
        start: u32,
        elapsed: u16,
        length: u16,
    },
    Ending {
        key: Key,
        start: u32,
        length: u16,
        left: u8,
    },
    Pause {
        until: u32,
    },
}

impl DtmfSender {
    /// A sender on a stream of this clock rate.
    pub fn new(clock_rate_hz: u32) -> DtmfSender {
        DtmfSender {
            clock_rate_hz,
            waiting: VecDeque::with_capacity(QUEUE_MAX),
            state: Sending::Idle,
        }
    }

    /// Queues a key. It is held for [`KEY_MIN`] at least and at most for what the duration field can say (8 s at 8 kHz).
    pub fn press(&mut self, key: Key, hold: Duration) -> Result<(), DtmfError> {
        if self.waiting.len() == QUEUE_MAX {
            return Err(DtmfError::QueueFull);
        }
        let length = ticks(hold.max(KEY_MIN), self.clock_rate_hz).min(u64::from(u16::MAX));
        self.waiting.push_back((key, length as u16));
        Ok(())
    }

    /// Whether all keys are sent.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, Sending::Idle) && self.waiting.is_empty()
    }

    /// The packet for the frame that begins at `timestamp` and lasts `frame` ticks; none if speech may be sent.
    pub fn frame(&mut self, timestamp: u32, frame: u32) -> Option<EventPacket> {
        let frame = frame.min(u32::from(u16::MAX)) as u16;
        match self.state {
            Sending::Pause { until } if (timestamp.wrapping_sub(until) as i32) < 0 => None,
            Sending::Idle | Sending::Pause { .. } => {
                self.state = Sending::Idle;
                let (key, length) = self.waiting.pop_front()?;
                Some(self.hold(key, timestamp, frame, length))
            }
            Sending::Down {
                key,
                start,
                elapsed,
                length,
            } => Some(self.hold(key, start, elapsed.saturating_add(frame), length)),
            Sending::Ending {
                key,
                start,
                length,
                left,
            } => {
                self.state = if left > 1 {
                    Sending::Ending {
                        key,
                        start,
                        length,
                        left: left - 1,
                    }
                } else {
                    Sending::Pause {
                        until: timestamp.wrapping_add(ticks(PAUSE, self.clock_rate_hz) as u32),
                    }
                };
                Some(packet(key, start, length, true, false))
            }
        }
    }

    fn hold(&mut self, key: Key, start: u32, elapsed: u16, length: u16) -> EventPacket {
        let first = matches!(self.state, Sending::Idle);
        if elapsed >= length {
            self.state = Sending::Ending {
                key,
                start,
                length,
                left: ENDS - 1,
            };
            return packet(key, start, length, true, first);
        }
        self.state = Sending::Down {
            key,
            start,
            elapsed,
            length,
        };
        packet(key, start, elapsed, false, first)
    }
}

fn packet(key: Key, timestamp: u32, length: u16, end: bool, marker: bool) -> EventPacket {
    let [high, low] = length.to_be_bytes();
    EventPacket {
        marker,
        timestamp,
        payload: [key.0, u8::from(end) << 7 | VOLUME, high, low],
    }
}

/// Hears keys: each one once, however often its packets come.
#[derive(Debug)]
pub struct DtmfReceiver {
    clock_rate_hz: u32,
    current: Option<Heard>,
    events: VecDeque<DtmfEvent>,
}

#[derive(Clone, Copy, Debug)]
struct Heard {
    key: Key,
    timestamp: u32,
    length: u16,
    down: bool,
    last: Duration,
}

impl DtmfReceiver {
    /// A receiver on a stream of this clock rate.
    pub fn new(clock_rate_hz: u32) -> DtmfReceiver {
        DtmfReceiver {
            clock_rate_hz,
            current: None,
            events: VecDeque::with_capacity(QUEUE_MAX),
        }
    }

    /// Hears a packet.
    pub fn handle(&mut self, now: Duration, timestamp: u32, payload: &[u8]) {
        // Codes above 15 are no keys (flash hook, tones of modems).
        let Some(&[code @ 0..=15, flags, high, low]) = payload.first_chunk() else {
            return;
        };
        let (key, end, length) = (
            Key(code),
            flags & 0x80 != 0,
            u16::from_be_bytes([high, low]),
        );
        match self.current {
            Some(current) if current.timestamp == timestamp => {
                if current.down {
                    let length = current.length.max(length);
                    self.current = Some(Heard {
                        length,
                        last: now,
                        ..current
                    });
                }
            }
            // What began earlier than the current event comes too late.
            Some(current) if (timestamp.wrapping_sub(current.timestamp) as i32) < 0 => return,
            Some(_) | None => {
                self.release();
                self.tell(DtmfEvent::Pressed(key));
                self.current = Some(Heard {
                    key,
                    timestamp,
                    length,
                    down: true,
                    last: now,
                });
            }
        }
        if end {
            self.release();
        }
    }

    /// Lets time pass: a key whose end was lost is released.
    pub fn tick(&mut self, now: Duration) {
        if self
            .current
            .is_some_and(|heard| heard.down && now.saturating_sub(heard.last) >= RELEASED_AFTER)
        {
            self.release();
        }
    }

    /// The next event to be told.
    pub fn poll(&mut self) -> Option<DtmfEvent> {
        self.events.pop_front()
    }

    fn release(&mut self) {
        let Some(heard) = self.current.as_mut().filter(|heard| heard.down) else {
            return;
        };
        heard.down = false;
        let released = DtmfEvent::Released {
            key: heard.key,
            held: duration(u64::from(heard.length), self.clock_rate_hz),
        };
        self.tell(released);
    }

    fn tell(&mut self, event: DtmfEvent) {
        if self.events.len() == QUEUE_MAX {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }
}

#[cfg(test)]
mod tests;
