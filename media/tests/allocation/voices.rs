//! What is done to a voice: codecs of our own, noise in pauses, gain, level, one mix for many, concealment and stretching.

use std::time::Duration;

use media::codec::comfort_noise::{PAYLOAD_MAX, describe};
use media::codec::{ComfortNoise, G722, G729, Pcma};
use media::jitter::JitterBuffer;
use media::mixer::{AutomaticLevel, Conference, Gain, PartyId, loudness};
use media::{Codec, Speech, Talker};

use crate::allocations::assert_no_allocations;

/// Voices through everything that stands between a decoder and an encoder.
struct Desk {
    codec: G722,
    speech: Speech,
    noise: ComfortNoise,
    level: AutomaticLevel,
    conference: Conference,
    buffers: [JitterBuffer; 2],
    number: u32,
}

impl Desk {
    fn new() -> Desk {
        Desk {
            codec: G722::new(),
            speech: Speech::new(16_000, Talker::ALL[0], 1),
            noise: ComfortNoise::new(),
            level: AutomaticLevel::new(),
            conference: Conference::new(20, 320),
            buffers: [
                JitterBuffer::new(8_000, 16_000, 480),
                JitterBuffer::new(8_000, 8_000, 480),
            ],
            number: 0,
        }
    }

    /// So many frames of 20 ms.
    fn run(&mut self, frames: u32) {
        let (mut frame, mut payload) = ([0; 320], [0; 160]);
        for _ in 0..frames {
            self.number += 1;
            self.speech.fill(&mut frame);
            let len = self.codec.encode(&frame, &mut payload).expect("a frame");
            self.play(&payload[..len]);
            self.codec
                .decode(&payload[..len], &mut frame)
                .expect("its own");
            self.level.apply(&mut frame);
            Gain::from_db(-3).apply(&mut frame);
            assert!(loudness(&frame) < 32_768);
            self.conference.begin();
            for party in 0..20 {
                self.conference.hear(PartyId(party), &frame);
            }
            self.conference.mix();
            let heard = self.conference.heard_by(PartyId(3));
            assert_eq!(self.conference.heard(heard).len(), 320);
            let mut shape = [0; PAYLOAD_MAX];
            let len = describe(&frame, &mut shape).expect("there is room");
            self.noise.handle(&shape[..len]);
            self.noise.fill(&mut frame);
        }
    }

    /// Through both buffers, whose delay changes and whose packets get lost, so that they conceal, stretch and keep pauses.
    fn play(&mut self, payload: &[u8]) {
        let number = self.number;
        let sent = Duration::from_millis(20) * number;
        let delay = if number / 300 % 2 == 1 { 60 } else { 0 };
        let now = sent + Duration::from_millis(delay);
        let [wide, narrow] = &mut self.buffers;
        let (sequence, timestamp) = (number as u16, 160 * number);
        match number % 29 {
            7 | 8 => {}
            20 => drop(narrow.insert_noise(now, sequence, timestamp, &[60, 100, 150])),
            _ => {
                wide.insert(now, sequence, timestamp, Some(payload));
                narrow.insert(now, sequence, timestamp, Some(payload));
            }
        }
        wide.pull(sent, &mut self.codec, 320);
        narrow.pull(sent, &mut Pcma, 160);
    }
}

#[test]
fn g729_is_coded_concealed_and_paused_without_allocation() {
    let mut codec = G729::new();
    let mut speech = Speech::new(8_000, Talker::ALL[0], 1);
    let (mut frame, mut payload) = ([0; 160], [0; 22]);
    assert_no_allocations(|| {
        for number in 0..500 {
            speech.fill(&mut frame);
            let len = codec.encode(&frame, &mut payload).expect("a frame");
            let (payload, made) = match number % 29 {
                7 | 8 => (&payload[..0], 160),
                20 => (&[0, 40][..], 80),
                _ => (&payload[..len], 160),
            };
            assert!(number == 0 || codec.decode(payload, &mut frame) == Ok(made));
        }
    });
}

#[test]
fn voices_are_coded_levelled_mixed_and_made_up_without_allocation() {
    let mut desk = Desk::new();
    desk.run(700);
    assert_no_allocations(|| desk.run(2_000));
    for buffer in &desk.buffers {
        let played = buffer.statistics();
        assert!(played.concealed_samples > 0, "{played:?}");
        let stretched =
            played.removed_samples_for_acceleration + played.inserted_samples_for_deceleration;
        assert!(stretched > 0, "{played:?}");
    }
}
