//! Calls: streams, SRTP, RTCP, keys, relay and mixer.

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

use crate::allocations::assert_no_allocations;

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
    assert_no_allocations(|| {
        call.run(Duration::from_secs(10), 3_000);
        for _ in 0..50 {
            mixer.begin();
            up.process(&narrow, &mut wide);
            mixer.add(&wide);
            mixer.add(&wide.clone());
            mixer.without(&wide.clone(), &mut wide);
            down.process(&wide, &mut narrow);
        }
    });
    let statistics = call.phones[1].statistics();
    assert!(
        statistics.playout.concealed_samples > 0 && statistics.reports_received > 10,
        "{statistics:?}"
    );
}
