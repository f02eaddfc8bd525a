//! A call that outlives every counter's width, and a stream that is sent whatever a network can hold.

use std::time::Duration;

use media::rtp::{FIXED_HEADER_LEN, Header};
use media::tone::Tone;
use media::{
    AudioCodec, Identity, KeyPair, SdesKey, Source, Ssrc, Stream, StreamConfig, StreamOutput, Suite,
};
use proptest::prelude::*;

const FRAME: Duration = Duration::from_millis(20);

fn config(number: u8, codec: AudioCodec) -> StreamConfig {
    let identity = Identity {
        ssrc: Ssrc(u32::from(number)),
        // As near to the first wraps as a sender may begin.
        sequence: 0x7fff,
        timestamp: u32::MAX - 80,
        cname: String::from("someone"),
    };
    StreamConfig {
        telephone_event: Some(101),
        ..StreamConfig::new(codec, identity)
    }
}

/// One frame of both: what `a` says reaches `b` at once, and the other way round.
fn exchange(now: Duration, a: &mut Stream, b: &mut Stream) {
    for turn in 0..2 {
        let (speaker, listener) = if turn == 0 {
            (&mut *a, &mut *b)
        } else {
            (&mut *b, &mut *a)
        };
        let mut buffer = [0; 1_500];
        speaker.tick(now);
        loop {
            match speaker.poll() {
                StreamOutput::Rtp(bytes) => {
                    buffer[..bytes.len()].copy_from_slice(bytes);
                    listener.handle_rtp(now, &mut buffer[..bytes.len()]);
                }
                StreamOutput::Rtcp(bytes) => {
                    buffer[..bytes.len()].copy_from_slice(bytes);
                    listener.handle_rtcp(now, &mut buffer[..bytes.len()]);
                }
                StreamOutput::Dtmf(_) => {}
                StreamOutput::Wait(_) => break,
            }
        }
    }
}

#[test]
fn an_hour_goes_over_the_wraps_of_sequence_timestamp_and_rollover_without_a_sample_lost() {
    for suite in [Suite::AesCm128HmacSha1_80, Suite::AeadAes128Gcm] {
        let key = |number: u8| Some(SdesKey::generate(suite, |octets| octets.fill(number)));
        let tone = Source::Tone(Tone::marked(8_000, 500.0));
        let a = KeyPair {
            inbound: key(2),
            outbound: key(1),
        };
        let b = KeyPair {
            inbound: key(1),
            outbound: key(2),
        };
        let mut a = Stream::new(StreamConfig {
            keys: a,
            source: tone,
            ..config(1, AudioCodec::Pcmu)
        });
        let mut b = Stream::new(StreamConfig {
            keys: b,
            listen: false,
            ..config(2, AudioCodec::Pcmu)
        });
        let frames = 3_600 * 50;
        for frame in 0..frames {
            exchange(FRAME * frame, &mut a, &mut b);
        }
        let statistics = b.statistics();
        assert_eq!(statistics.arrived.packets, u64::from(frames), "{suite}");
        assert_eq!(
            (
                statistics.playout.concealed_samples,
                statistics.playout.packets_discarded
            ),
            (0, 0),
            "{suite}"
        );
        assert_eq!(
            (
                statistics.arrived.refused,
                statistics.received.expect("heard").lost
            ),
            (0, 0),
            "{suite}"
        );
        let remote = a.statistics().remote.expect("reports came");
        assert!(
            remote.highest_sequence >> 16 >= 2 && remote.cumulative_lost == 0,
            "{remote:?}"
        );
    }
}

/// A datagram: any octets, or a header that could be genuine before them.
fn datagram() -> impl Strategy<Value = Vec<u8>> {
    let soup = proptest::collection::vec(any::<u8>(), 0..200);
    let types = prop_oneof![Just(8u8), Just(96), Just(101), Just(13), any::<u8>()];
    let plausible = (
        types,
        any::<u16>(),
        any::<u32>(),
        0u32..3,
        proptest::collection::vec(any::<u8>(), 0..700),
    )
        .prop_map(|(payload_type, sequence, timestamp, ssrc, payload)| {
            let header = Header {
                marker: sequence % 5 == 0,
                payload_type: payload_type & 0x7f,
                // Mostly near each other, so that the buffer is worked and not only refilled.
                sequence: if sequence % 7 == 0 {
                    sequence
                } else {
                    sequence % 64
                },
                timestamp: if timestamp % 7 == 0 {
                    timestamp
                } else {
                    timestamp % 10_240
                },
                ssrc: Ssrc(ssrc),
            };
            let mut bytes = vec![0; FIXED_HEADER_LEN + payload.len()];
            header.write(bytes.first_chunk_mut().expect("longer than a header"));
            bytes[FIXED_HEADER_LEN..].copy_from_slice(&payload);
            bytes
        });
    prop_oneof![1 => soup, 4 => plausible]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn whatever_comes_there_is_one_frame_and_one_packet_a_tick(
        codec in proptest::sample::select(&AudioCodec::ALL[..]),
        datagrams in proptest::collection::vec((datagram(), 0u8..3), 1..120),
        protected: bool,
    ) {
        let key = protected.then(|| SdesKey::generate(Suite::AesCm128HmacSha1_32, |octets| octets.fill(7)));
        let keys = KeyPair { inbound: key.clone(), outbound: key };
        let mut stream = Stream::new(StreamConfig { keys, ..config(9, codec) });
        let (mut now, mut ticks, mut packets) = (Duration::ZERO, 0, 0);
        for (mut bytes, wait) in datagrams {
            stream.handle_rtp(now, &mut bytes.clone());
            stream.handle_rtcp(now, &mut bytes);
            for _ in 0..wait {
                stream.tick(now);
                ticks += 1;
                loop {
                    match stream.poll() {
                        StreamOutput::Rtp(_) => packets += 1,
                        StreamOutput::Rtcp(_) | StreamOutput::Dtmf(_) => {}
                        StreamOutput::Wait(deadline) => {
                            prop_assert_eq!(deadline, now + FRAME);
                            break;
                        }
                    }
                }
                now += FRAME;
            }
        }
        prop_assert_eq!(packets, ticks);
        let statistics = stream.statistics();
        prop_assert_eq!(statistics.playout.total_samples_received, ticks * stream.heard_frame().len() as u64);
        prop_assert!(!protected || statistics.arrived.packets == 0);
    }
}
