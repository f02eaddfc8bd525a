//! (h): any soup of packets gives exactly one frame a pull, and panics nowhere.

use std::time::Duration;

use proptest::prelude::*;

use crate::codec::{Codec, CodecError, G722, G729, Pcma};
use crate::jitter::JitterBuffer;

/// Repeats itself, conceals by itself or refuses, as the payload says.
struct Moody(usize);

impl Codec for Moody {
    fn encode(&mut self, _: &[i16], _: &mut [u8]) -> Result<usize, CodecError> {
        Ok(0)
    }

    fn decode(&mut self, payload: &[u8], samples: &mut [i16]) -> Result<usize, CodecError> {
        match payload.first() {
            Some(octet) if octet % 5 == 0 => Err(CodecError::Payload),
            // More than there is room for, as no codec should.
            Some(octet) if octet % 7 == 0 => Ok(samples.len() + 1),
            Some(octet) => {
                let len = samples.len().min(usize::from(*octet) * 8);
                samples[..len].fill(i16::MIN);
                Ok(len)
            }
            None => Ok(self.0.min(samples.len())),
        }
    }

    fn repeats(&self, payload: &[u8]) -> bool {
        payload.len() % 2 == 1
    }

    fn recover(&mut self, next: &[u8], samples: &mut [i16]) -> Result<usize, CodecError> {
        match next.len() % 3 {
            0 => Err(CodecError::Payload),
            1 => Ok(0),
            _ => Ok(samples.len()),
        }
    }

    fn preview(&self, payload: &[u8], samples: &mut [i16]) -> usize {
        samples.fill(i16::MAX);
        payload.len() * payload.len()
    }
}

fn codec(kind: u8) -> Box<dyn Codec> {
    match kind {
        0 => Box::new(Pcma),
        1 => Box::new(G722::new()),
        2 => Box::new(G729::new()),
        3 => Box::new(Moody(0)),
        _ => Box::new(Moody(77)),
    }
}

proptest! {
    #[test]
    fn h_any_soup_of_packets_gives_exactly_one_frame_a_pull(
        packets in proptest::collection::vec((0u64..60, any::<u16>(), any::<u32>(), 0usize..500, 0u8..6), 0..300),
        tame in 0u8..3,
        kind in 0u8..5,
        (clock, rate) in prop_oneof![Just((8_000, 8_000)), Just((48_000, 48_000)), Just((8_000, 16_000)), Just((48_000, 16_000))],
        frame_ms in prop_oneof![Just(10usize), Just(20), Just(40), Just(120)],
    ) {
        let mut buffer = JitterBuffer::new(clock, rate, 480);
        let mut codec = codec(kind);
        let frame = rate as usize / 1_000 * frame_ms;
        let mut now = Duration::ZERO;
        let mut pulls = 0;
        for (place, (wait, sequence, timestamp, len, kind)) in packets.into_iter().enumerate() {
            now += Duration::from_millis(wait);
            let payload = vec![sequence as u8; len];
            let (sequence, timestamp) = match tame {
                0 => (sequence, timestamp),
                1 => (sequence % 100, timestamp % (2 * clock)),
                // Nearly a stream: each packet a little off its place.
                _ => (place as u16 + sequence % 4, (place as u32 + u32::from(sequence % 4)) * clock / 50),
            };
            match kind {
                0 => buffer.insert(now, sequence, timestamp, None),
                1 => buffer.insert_noise(now, sequence, timestamp, &payload),
                _ => buffer.insert(now, sequence, timestamp, Some(&payload)),
            };
            if kind == 5 {
                buffer.refill();
            }
            if kind > 2 {
                buffer.pull(now, &mut *codec, frame);
                prop_assert_eq!(buffer.frame().len(), frame);
                pulls += 1;
            }
        }
        let end = buffer.statistics();
        prop_assert_eq!(end.total_samples_received, pulls * frame as u64);
        prop_assert!(end.silent_concealed_samples <= end.concealed_samples);
        prop_assert!(end.packets_missed >= end.missed_runs);
        prop_assert!(buffer.waiting() <= crate::jitter::SLOTS);
    }
}
