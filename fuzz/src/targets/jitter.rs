//! The jitter buffer: whatever packets come whenever, each pull gives one frame, and little waits.

use std::time::Duration;

use media::codec::Pcma;
use media::jitter::{JitterBuffer, SLOTS};

use super::Target;

/// One buffer, for ever. Each input is packets: flags, milliseconds before it, steps of number and timestamp, length.
#[derive(Debug)]
pub(super) struct Jitter {
    buffer: JitterBuffer,
    now: Duration,
    sequence: u16,
    timestamp: u32,
    payload: Vec<u8>,
    pulls: u64,
}

/// Samples of a frame of 20 ms, and octets of a packet of as much.
const FRAME: usize = 160;
/// Octets of the longest payload that the buffer takes.
const PAYLOAD_MAX: usize = 480;
/// Octets of an input for one packet.
const RECORD: usize = 5;

/// Flags of a packet.
const PULL: u8 = 1;
const NOISE: u8 = 2;
const NO_SPEECH: u8 = 4;
const JUMP: u8 = 8;
const REFILL: u8 = 0x40;
const RESET: u8 = 0x80;

impl Jitter {
    pub(super) fn new() -> Jitter {
        Jitter {
            buffer: JitterBuffer::new(8_000, 8_000, PAYLOAD_MAX),
            now: Duration::ZERO,
            sequence: 0xfff0,
            timestamp: 0xffff_f000,
            payload: (0..=PAYLOAD_MAX).map(|number| number as u8).collect(),
            pulls: 0,
        }
    }

    fn handle(&mut self, [flags, wait_ms, number, ticks, len]: [u8; RECORD]) {
        self.now += Duration::from_millis(u64::from(wait_ms));
        // Mostly a stream, each packet a little off its place; now and then one from anywhere.
        let (number, ticks) = if flags & JUMP == 0 {
            let number = i16::from(number as i8 % 4);
            (number, i32::from(number) * FRAME as i32)
        } else {
            (
                i16::from_be_bytes([number, ticks]),
                i32::from(ticks as i8) << 20,
            )
        };
        self.sequence = self.sequence.wrapping_add_signed(number);
        self.timestamp = self.timestamp.wrapping_add_signed(ticks);
        // The longest is one too long.
        let len = (usize::from(len) * 2).min(PAYLOAD_MAX + 1);
        let payload = Some(&self.payload[..len]).filter(|_| flags & NO_SPEECH == 0);
        let (now, sequence, timestamp) = (self.now, self.sequence, self.timestamp);
        match payload {
            Some(payload) if flags & NOISE != 0 => {
                self.buffer.insert_noise(now, sequence, timestamp, payload)
            }
            payload => self.buffer.insert(now, sequence, timestamp, payload),
        };
        match flags & (REFILL | RESET) {
            REFILL => self.buffer.refill(),
            // Both bits together: seldom, as a change of source is.
            0xc0 => self.buffer.reset(),
            _ => {}
        }
        if flags & PULL != 0 {
            self.buffer.pull(now, &mut Pcma, FRAME);
            assert_eq!(self.buffer.frame().len(), FRAME);
            self.pulls += 1;
        }
        assert!(self.buffer.waiting() <= SLOTS);
    }
}

impl Target for Jitter {
    fn name(&self) -> &'static str {
        "jitter"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let stream = |packets: &[[u8; RECORD]]| packets.concat();
        vec![
            stream(&[[PULL, 20, 1, 0, 80]; 30]),
            // Two overtaken, one lost, one much later, and a pause with noise.
            stream(&[
                [PULL, 20, 2, 0, 80],
                [0, 1, 0xff, 0, 80],
                [PULL, 20, 2, 0, 80],
                [PULL, 200, 1, 0, 80],
                [PULL | NOISE, 20, 1, 0, 5],
                [PULL, 20, 1, 0, 80],
                [PULL | NO_SPEECH, 20, 1, 0, 2],
            ]),
            stream(&[
                [PULL | JUMP, 20, 0x12, 0x34, 80],
                [PULL | REFILL, 20, 1, 0, 80],
                [PULL | RESET | REFILL, 20, 1, 0, 240],
            ]),
        ]
    }

    fn run(&mut self, input: &[u8]) {
        for packet in input.as_chunks().0 {
            self.handle(*packet);
        }
        let told = self.buffer.statistics();
        assert_eq!(told.total_samples_received, self.pulls * FRAME as u64);
        assert!(told.silent_concealed_samples <= told.concealed_samples);
        assert!(self.buffer.target_delay() < Duration::from_secs(10));
    }
}
