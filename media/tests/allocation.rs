//! Nothing is allocated per packet once a call has warmed up: streams, SRTP, RTCP, keys, relay and mixer.
//!
//! A global allocator counts; this file is a binary of its own so that nothing else is counted.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use media::dtmf::Key;
use media::mixer::Mixer;
use media::relay::{HEADROOM, Side};
use media::resample::{Downsampler, Upsampler};
use media::srtp::KeyPair;
use media::tone::Tone;
use media::{
    AudioCodec, Identity, Relay, SdesKey, Source, Stream, StreamConfig, StreamOutput, Suite,
};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn key(number: u8, suite: Suite) -> SdesKey {
    SdesKey::generate(suite, |octets| octets.fill(number))
}

fn stream(number: u8, inbound: SdesKey, outbound: SdesKey) -> Stream {
    Stream::new(StreamConfig {
        telephone_event: Some(101),
        keys: KeyPair {
            inbound: Some(inbound),
            outbound: Some(outbound),
        },
        source: Source::Tone(Tone::marked(8_000, 440.0)),
        ..StreamConfig::new(
            AudioCodec::Pcmu,
            Identity::generate(|octets| octets.fill(number)),
        )
    })
}

/// Two phones at a relay, with loss so that concealment works too.
struct Call {
    phones: [Stream; 2],
    relay: Relay,
    buffer: Vec<u8>,
    number: u64,
}

impl Call {
    fn new() -> Call {
        let (cm, gcm) = (Suite::AesCm128HmacSha1_80, Suite::AeadAes256Gcm);
        let leg = |inbound, outbound| KeyPair {
            inbound: Some(inbound),
            outbound: Some(outbound),
        };
        Call {
            phones: [
                stream(1, key(2, cm), key(1, cm)),
                stream(2, key(4, gcm), key(3, gcm)),
            ],
            relay: Relay::new(&leg(key(1, cm), key(2, cm)), &leg(key(3, gcm), key(4, gcm))),
            buffer: vec![0; 2_048],
            number: 0,
        }
    }

    fn run(&mut self, from: Duration, frames: u32) {
        for frame in 0..frames {
            let now = from + Duration::from_millis(20) * frame;
            if frame % 200 == 17 {
                let _ = self.phones[0].press(
                    Key::from_char('5').expect("a key"),
                    Duration::from_millis(80),
                );
            }
            for (place, side) in [(0, Side::A), (1, Side::B)] {
                let [a, b] = &mut self.phones;
                let (speaker, listener) = if place == 0 { (a, b) } else { (b, a) };
                speaker.tick(now);
                loop {
                    let (is_rtp, len) = match speaker.poll() {
                        StreamOutput::Rtp(bytes) => (true, copy(bytes, &mut self.buffer)),
                        StreamOutput::Rtcp(bytes) => (false, copy(bytes, &mut self.buffer)),
                        StreamOutput::Dtmf(_) => continue,
                        StreamOutput::Wait(_) => break,
                    };
                    self.number += 1;
                    if is_rtp && !self.number.is_multiple_of(13) {
                        let len = self
                            .relay
                            .forward(side, &mut self.buffer[..len + HEADROOM], len)
                            .expect("authentic");
                        listener.handle_rtp(now, &mut self.buffer[..len]);
                    } else if !is_rtp {
                        let room = &mut self.buffer[..len + HEADROOM];
                        let len = self.relay.forward_rtcp(side, room, len).expect("authentic");
                        listener.handle_rtcp(now, &mut self.buffer[..len]);
                    }
                }
            }
        }
    }
}

fn copy(bytes: &[u8], buffer: &mut [u8]) -> usize {
    buffer[..bytes.len()].copy_from_slice(bytes);
    bytes.len()
}

#[test]
fn a_call_through_a_relay_allocates_nothing_after_its_first_seconds() {
    let mut call = Call::new();
    call.run(Duration::ZERO, 500);
    let mut mixer = Mixer::new(960);
    let (mut up, mut down) = (Upsampler::new(), Downsampler::new());
    let (mut narrow, mut wide) = ([7i16; 160], [0i16; 960]);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    call.run(Duration::from_secs(10), 3_000);
    for _ in 0..50 {
        mixer.begin();
        up.process(&narrow, &mut wide);
        mixer.add(&wide);
        mixer.add(&wide.clone());
        mixer.without(&wide.clone(), &mut wide);
        down.process(&wide, &mut narrow);
    }
    assert_eq!(ALLOCATIONS.load(Ordering::Relaxed) - before, 0);
    let statistics = call.phones[1].statistics();
    assert!(
        statistics.playout.concealed_samples > 0 && statistics.reports_received > 10,
        "{statistics:?}"
    );
}
