//! The same pipeline for G.711 put together from crates: `rtc-srtp`, `rtc-rtp` and `audio-codec-algorithms`, with a mix as one
//! would write it. It has no play-out buffer at all, which is in its favour.

use std::hint::black_box;
use std::time::Duration;

use audio_codec_algorithms::{decode_ulaw, encode_ulaw};
use benches::CpuTime;
use bytes::{Bytes, BytesMut};
use media::{SdesKey, Suite};
use rtc_rtp::{Header, Packet};
use rtc_shared::marshal::{Marshal, Unmarshal};
use rtc_srtp::context::Context;
use rtc_srtp::option::srtp_replay_protection;
use rtc_srtp::protection_profile::ProtectionProfile;

use super::g711::{FRAME, ROOM, key, voice};

struct Leg {
    far: Context,
    wire: BytesMut,
    inbound: Context,
    outbound: Context,
}

/// The conferences of one core.
pub(crate) struct Server {
    legs: Vec<Leg>,
    tick: u32,
    octets: usize,
}

fn context(key: &SdesKey) -> Context {
    let (master, salt) = key.key_and_salt().split_at(Suite::AeadAes128Gcm.key_len());
    let provider = rtc_crypto::default_provider().expect("ring is compiled in");
    let replay = Some(srtp_replay_protection(1_024));
    let profile = ProtectionProfile::AeadAes128Gcm;
    Context::new(master, salt, profile, replay, None, provider.crypto()).expect("whole keys")
}

/// A frame as a packet.
fn packet(number: usize, tick: u32, samples: &[i16; FRAME]) -> Bytes {
    let payload: Vec<u8> = samples.iter().map(|&sample| encode_ulaw(sample)).collect();
    let packet = Packet {
        header: Header {
            version: 2,
            sequence_number: tick as u16,
            timestamp: tick * FRAME as u32,
            ssrc: number as u32,
            ..Header::default()
        },
        payload: payload.into(),
    };
    packet.marshal().expect("a packet").freeze()
}

impl Server {
    pub(crate) fn new(legs: usize) -> Server {
        let leg = |number: usize| {
            let key = |side: usize| key((number * 2 + side) as u8);
            Leg {
                far: context(&key(0)),
                wire: BytesMut::new(),
                inbound: context(&key(0)),
                outbound: context(&key(1)),
            }
        };
        Server {
            legs: (0..legs).map(leg).collect(),
            tick: 0,
            octets: 0,
        }
    }

    fn far_ends(&mut self) {
        self.tick += 1;
        let voice = voice();
        for (number, leg) in self.legs.iter_mut().enumerate() {
            let clear = packet(number, self.tick, &voice);
            leg.wire = leg.far.encrypt_rtp(&clear).expect("protected");
        }
    }

    fn tick(&mut self) {
        let mut said = [[0i16; FRAME]; ROOM];
        for (first, room) in self.legs.chunks_mut(ROOM).enumerate() {
            let mut sum = [0i32; FRAME];
            for (leg, frame) in room.iter_mut().zip(&mut said) {
                let clear = leg.inbound.decrypt_rtp(&leg.wire).expect("authentic");
                let packet = Packet::unmarshal(&mut clear.freeze()).expect("a packet");
                for ((sample, sum), &code) in frame.iter_mut().zip(&mut sum).zip(&packet.payload) {
                    *sample = decode_ulaw(code);
                    *sum += i32::from(*sample);
                }
            }
            for (place, (leg, frame)) in room.iter_mut().zip(&said).enumerate() {
                let heard = std::array::from_fn(|n| {
                    let others = sum[n] - i32::from(frame[n]);
                    others.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
                });
                let clear = packet(first * ROOM + place, self.tick, &heard);
                let wire = leg.outbound.encrypt_rtp(&clear).expect("protected");
                self.octets += black_box(wire).len();
            }
        }
    }

    /// The time for so many ticks, without that of the far ends.
    pub(crate) fn run(&mut self, ticks: u64) -> Duration {
        let mut time = Duration::ZERO;
        for _ in 0..ticks {
            self.far_ends();
            let start = CpuTime::THREAD.now();
            self.tick();
            time += CpuTime::THREAD.now() - start;
        }
        time
    }
}
