//! The least that a play-out buffer does: each packet is copied in, and its samples out to where they wait for their frame, through
//! as much memory as ours goes through.

use std::hint::black_box;
use std::time::Duration;

use benches::CpuTime;

use super::{BUFFERS, PACKET};

/// Packets that go by until samples are written where they were before: ours goes round in 320 ms.
const ROUND: usize = 16;

/// What is copied, in and out.
pub(crate) struct Copies {
    places: Vec<([u8; 2 * PACKET], [[u8; 2 * PACKET]; ROUND])>,
    payload: Vec<u8>,
    tick: usize,
}

impl Copies {
    pub(crate) fn new(payload: Vec<u8>) -> Copies {
        Copies {
            places: vec![([0; 2 * PACKET], [[0; 2 * PACKET]; ROUND]); BUFFERS],
            payload,
            tick: 0,
        }
    }

    /// 20 ms of all.
    pub(crate) fn round(&mut self) -> Duration {
        self.tick += 1;
        let payload = black_box(&self.payload[..]);
        let start = CpuTime::THREAD.now();
        for (place, _) in &mut self.places {
            place.copy_from_slice(payload);
        }
        for (place, samples) in black_box(&mut self.places) {
            samples[self.tick % ROUND].copy_from_slice(place);
        }
        black_box(&mut self.places);
        CpuTime::THREAD.now() - start
    }
}
