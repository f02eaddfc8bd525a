//! Who hears whom, and what it costs: frames of constant samples, which a sum shows exactly and G.711 nearly.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use media::codec::{Codec, CodecError, Pcmu};
use webrtc_peer::AudioCodec::{Opus, Pcmu as PCMU};

use super::*;
use allocations::{CountingAllocator, assert_no_allocations};

#[path = "../../../../benches/src/allocations.rs"]
#[allow(unreachable_pub, reason = "it is public where it lives")]
mod allocations;

/// Counts by thread, so that tests do not disturb each other.
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Encodes nothing, and counts how often.
struct Counter(Arc<AtomicUsize>);

impl Codec for Counter {
    fn encode(&mut self, _samples: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        payload[0] = 1;
        Ok(100)
    }

    fn decode(&mut self, _payload: &[u8], _samples: &mut [i16]) -> Result<usize, CodecError> {
        Ok(0)
    }
}

/// A room of so many participants; the first say a constant each, louder than all others.
struct Room {
    sound: Sound,
    said: Vec<i16>,
    size: u64,
}

impl Room {
    fn new(said: &[i16], size: u64) -> Room {
        let mut sound = Sound::new(&BTreeSet::new());
        (0..size).for_each(|id| sound.join(ParticipantId(id)));
        let said = said.to_vec();
        Room { sound, said, size }
    }

    /// One frame; gives each participant's payload to `take`.
    fn frame(&mut self, codec: impl Fn(u64) -> AudioCodec, mut take: impl FnMut(u64, &[u8])) {
        self.sound.begin();
        for id in 0..self.size {
            let sample = self.said.get(id as usize).copied().unwrap_or_default();
            self.sound.hear(ParticipantId(id), &[sample; FRAME]);
        }
        self.sound.mix();
        for id in 0..self.size {
            let payload = self.sound.payload(ParticipantId(id), codec(id));
            take(id, &payload.expect("a packet for everybody"));
        }
    }

    /// What each hears in the end.
    fn heard(&mut self) -> Vec<i16> {
        let mut heard = vec![0; self.size as usize];
        for _ in 0..WARM {
            self.frame(
                |_| PCMU,
                |id, payload| {
                    let mut samples = [0; FRAME];
                    let count = Pcmu.decode(payload, &mut samples).unwrap();
                    heard[id as usize] = samples[count - 1];
                },
            );
        }
        heard
    }

    /// Counts all encodings from now on.
    fn count(&mut self) -> Arc<AtomicUsize> {
        let count = Arc::new(AtomicUsize::new(0));
        for encoding in &mut self.sound.encodings {
            encoding.replace_coder(Box::new(Counter(count.clone())));
        }
        count
    }
}

/// Frames after which all who speak have a place, and filters have settled.
const WARM: usize = 12;

#[track_caller]
fn assert_near(heard: i16, sum: i16) {
    let error = i32::from(heard) - i32::from(sum);
    assert!(error.abs() <= i32::from(sum) / 16, "{heard} for {sum}");
}

#[test]
fn each_speaker_hears_the_others_and_all_who_listen_hear_all() {
    let said = [4_000, 2_000, 1_000];
    let heard = Room::new(&said, 10).heard();
    for (id, heard) in heard.into_iter().enumerate() {
        let own = said.get(id).copied().unwrap_or_default();
        assert_near(heard, 7_000 - own);
    }
}

#[test]
fn one_who_leaves_is_heard_no_more_and_the_next_has_their_number() {
    let mut room = Room::new(&[4_000, 2_000], 4);
    room.heard();
    room.sound.leave(ParticipantId(1));
    room.sound.join(ParticipantId(9));
    room.said[1] = 0;
    let number = |room: &Room, id| room.sound.parties.get(&ParticipantId(id)).copied();
    assert_eq!(number(&room, 9), Some(PartyId(1)));
    let heard = room.heard();
    assert_near(heard[2], 4_000);
    assert!(heard[0].abs() < 64, "{heard:?}");
    (0..10).for_each(|id| room.sound.leave(ParticipantId(id)));
    assert!(room.sound.is_empty());
}

#[test]
fn any_number_of_listeners_cost_one_encoding_in_each_codec() {
    for size in [10, 200] {
        let mut room = Room::new(&[4_000, 2_000], size);
        let codec = |id: u64| if id.is_multiple_of(2) { Opus } else { PCMU };
        (0..WARM).for_each(|_| room.frame(codec, |_, _| {}));
        let count = room.count();
        let mut packets = 0;
        (0..100).for_each(|_| room.frame(codec, |_, _| packets += 1));
        assert_eq!(packets, 100 * size);
        // Those for the two who speak, and for the listeners in Opus and in G.711.
        assert_eq!(count.load(Ordering::Relaxed), 400, "{size} in the room");
    }
}

#[test]
fn a_frame_of_a_room_asks_for_no_memory() {
    let mut room = Room::new(&[4_000, 2_000, 1_000], 50);
    let codec = |id: u64| if id.is_multiple_of(2) { Opus } else { PCMU };
    (0..WARM).for_each(|_| room.frame(codec, |_, _| {}));
    // The encoder of Opus is not ours, and asks for some.
    room.count();
    room.frame(codec, |_, _| {});
    let mut octets = 0;
    assert_no_allocations(|| {
        (0..500).for_each(|_| room.frame(codec, |_, payload| octets += payload.len()));
    });
    assert!(octets > 0);
}
