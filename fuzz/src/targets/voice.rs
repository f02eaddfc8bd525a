//! Payloads of the voice codecs: any octets are decoded into no more samples than there is room for, or refused.

use std::time::Duration;

use media::Codec;
use media::codec::comfort_noise::{PAYLOAD_MAX, describe};
use media::codec::{ComfortNoise, G722, G729, Opus, Pcma, Pcmu};
use media::dtmf::{DtmfReceiver, QUEUE_MAX};

use super::{INPUT_MAX, Target};

/// A codec that hears anything, with what it needs to hear it.
pub(super) struct Voice {
    name: &'static str,
    codec: Box<dyn Codec>,
    samples: Vec<i16>,
    /// Samples of a frame of 20 ms.
    frame: usize,
}

impl Voice {
    fn new(name: &'static str, codec: Box<dyn Codec>, rate_hz: usize) -> Voice {
        Voice {
            name,
            codec,
            // The longest packet of Opus: 120 ms.
            samples: vec![0; rate_hz * 120 / 1_000],
            frame: rate_hz / 50,
        }
    }

    /// One of each codec that the product speaks.
    pub(super) fn all() -> [Voice; 5] {
        [
            Voice::new("pcmu", Box::new(Pcmu), 8_000),
            Voice::new("pcma", Box::new(Pcma), 8_000),
            Voice::new("g722", Box::new(G722::new()), 16_000),
            Voice::new("g729", Box::new(G729::new()), 8_000),
            Voice::new("opus", Box::new(Opus::new()), 48_000),
        ]
    }
}

impl std::fmt::Debug for Voice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Target for Voice {
    fn name(&self) -> &'static str {
        self.name
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let mut fresh = Voice::all();
        let voice = fresh.iter_mut().find(|voice| voice.name == self.name);
        let voice = voice.expect("it is one of them");
        let mut payload = vec![0; 1_300];
        let packet = |number: usize| {
            // A sawtooth that rises in pitch.
            let step = 97 + 31 * number as i32;
            let samples: Vec<i16> = (0..voice.frame as i32).map(|n| (n * step) as i16).collect();
            let len = voice.codec.encode(&samples, &mut payload);
            payload[..len.expect("a frame fits")].to_vec()
        };
        (0..6).map(packet).collect()
    }

    fn run(&mut self, input: &[u8]) {
        let input = &input[..input.len().min(INPUT_MAX)];
        let frame = self.frame;
        if self.codec.repeats(input) {
            let made = self.codec.recover(input, &mut self.samples[..frame]);
            assert!(made.unwrap_or(0) <= frame);
        }
        if let Ok(made) = self.codec.decode(input, &mut self.samples) {
            assert!(made <= self.samples.len());
        }
        // And a loss after it.
        let made = self.codec.decode(&[], &mut self.samples[..frame]);
        assert!(made.unwrap_or(0) <= frame);
    }
}

/// Descriptions of noise.
#[derive(Debug)]
pub(super) struct Noise(pub(super) ComfortNoise);

impl Target for Noise {
    fn name(&self) -> &'static str {
        "comfort_noise"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let hiss: Vec<i16> = (0..160i32)
            .map(|n| (n * n * 7_919 % 601 - 300) as i16)
            .collect();
        let mut payload = vec![0; PAYLOAD_MAX];
        let len = describe(&hiss, &mut payload).expect("there is room");
        payload.truncate(len);
        vec![payload, vec![40]]
    }

    fn run(&mut self, input: &[u8]) {
        self.0.handle(input);
        self.0.fill(&mut [0; 80]);
    }
}

/// Telephone events: each input one packet, its timestamp before the payload.
#[derive(Debug)]
pub(super) struct Keys {
    receiver: DtmfReceiver,
    now: Duration,
}

impl Keys {
    pub(super) fn new() -> Keys {
        Keys {
            receiver: DtmfReceiver::new(8_000),
            now: Duration::ZERO,
        }
    }
}

impl Target for Keys {
    fn name(&self) -> &'static str {
        "telephone_event"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        vec![
            vec![0, 0, 0, 0, 5, 10, 0, 160],
            vec![0, 0, 0, 0, 5, 0x8a, 3, 32],
            vec![0, 0, 4, 0, 11, 10, 0, 160],
        ]
    }

    fn run(&mut self, input: &[u8]) {
        self.now += Duration::from_millis(20);
        if let Some((timestamp, payload)) = input.split_first_chunk() {
            let timestamp = u32::from_be_bytes(*timestamp);
            self.receiver.handle(self.now, timestamp, payload);
        }
        self.receiver.tick(self.now);
        let mut told = 0;
        while self.receiver.poll().is_some() {
            told += 1;
        }
        assert!(told <= QUEUE_MAX);
    }
}
