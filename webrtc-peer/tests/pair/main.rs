//! Two peers connect over a pipe, clean and lossy, and audio, pictures, reports and data flow.

// A test stops at what it did not expect, and looks for one event among many.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

mod pictures;
mod support;

use std::time::Duration;

use bytes::Bytes;
use support::{ANSWERER, OFFERER, Pair, config};
use webrtc_peer::{AudioCodec, Codec, Event, PeerError, TrackId};

const ALICE: &str = "192.0.2.1:40000";
const BOB: &str = "198.51.100.2:50000";
const SOON: Duration = Duration::from_secs(20);

fn audio_pair(loss_percent: u32) -> Pair {
    let codecs = [AudioCodec::Opus, AudioCodec::Pcmu];
    let alice = config(ALICE, 1, &codecs, &["chat"]);
    let bob = config(BOB, 2, &codecs, &[]);
    Pair::connect([alice, bob], loss_percent)
}

/// Sends `packets` frames of 20 ms each way.
fn talk(pair: &mut Pair, packets: u32) {
    for number in 0..packets {
        for peer in [OFFERER, ANSWERER] {
            let frame = Bytes::from(vec![peer as u8; 80]);
            let timestamp = number * 960;
            pair.peers[peer]
                .send_rtp(pair.now, TrackId(0), timestamp, number == 0, frame)
                .unwrap();
            pair.drain(peer);
        }
        pair.run_until(pair.now + Duration::from_millis(20));
    }
    pair.run_until(pair.now + Duration::from_millis(100));
}

fn heard(pair: &Pair, peer: usize) -> usize {
    let is_speech = |event: &Event| match event {
        Event::Rtp { packet, .. } => packet.payload == vec![1 - peer as u8; 80],
        _ => false,
    };
    pair.events[peer]
        .iter()
        .filter(|(_, event)| is_speech(event))
        .count()
}

#[test]
fn audio_flows_both_ways() {
    let mut pair = audio_pair(0);
    for peer in [OFFERER, ANSWERER] {
        pair.run_until_seen(peer, SOON, |event| *event == Event::Connected);
        let codec = pair.peers[peer].sending_codec(TrackId(0));
        assert_eq!(codec, Some(AudioCodec::Opus));
    }
    let connected = pair.now - Duration::from_secs(1);
    assert!(connected < Duration::from_secs(1), "took {connected:?}");
    talk(&mut pair, 100);
    assert_eq!((heard(&pair, OFFERER), heard(&pair, ANSWERER)), (100, 100));
    let opened = |event: &Event| matches!(event, Event::TrackOpened { track, .. } if track.0 == 0);
    assert!(pair.events[OFFERER].iter().any(|(_, event)| opened(event)));
}

#[test]
fn packets_carry_what_was_sent() {
    let mut pair = audio_pair(0);
    pair.run_until_seen(ANSWERER, SOON, |event| *event == Event::Connected);
    pair.run_until_seen(OFFERER, SOON, |event| *event == Event::Connected);
    talk(&mut pair, 3);
    let packets = pair.events[ANSWERER]
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Rtp { packet, .. } => Some(packet.clone()),
            _ => None,
        });
    let packets = packets.collect::<Vec<_>>();
    assert_eq!(packets[0].codec, Some(Codec::Audio(AudioCodec::Opus)));
    assert!(packets[0].marker && !packets[1].marker);
    assert_eq!(packets[2].timestamp, 1920);
    assert_eq!(packets[2].sequence, packets[0].sequence.wrapping_add(2));
    assert_eq!(packets[2].ssrc, packets[0].ssrc);
}

#[test]
fn sender_and_receiver_reports_reach_the_application() {
    let mut pair = audio_pair(0);
    pair.run_until_seen(OFFERER, SOON, |event| *event == Event::Connected);
    pair.run_until_seen(ANSWERER, SOON, |event| *event == Event::Connected);
    talk(&mut pair, 400);
    for peer in [OFFERER, ANSWERER] {
        let types = pair.events[peer]
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Rtcp { compound, .. } => Some(compound[1]),
                _ => None,
            });
        let types: Vec<u8> = types.collect();
        assert!(types.contains(&200), "sender report in {types:?}");
        assert!(types.contains(&201), "receiver report in {types:?}");
    }
}

#[test]
fn a_data_channel_carries_messages_both_ways() {
    let mut pair = audio_pair(0);
    let open =
        |event: &Event| matches!(event, Event::DataChannelOpen { label, .. } if label == "chat");
    pair.run_until_seen(OFFERER, SOON, open);
    pair.run_until_seen(ANSWERER, SOON, open);
    for peer in [OFFERER, ANSWERER] {
        let channel = pair.events[peer].iter().find_map(|(_, event)| match event {
            Event::DataChannelOpen { channel, .. } => Some(*channel),
            _ => None,
        });
        let (channel, now) = (channel.unwrap(), pair.now);
        pair.peers[peer]
            .send_data(now, channel, true, b"hello")
            .unwrap();
        pair.drain(peer);
    }
    let hello = |event: &Event| matches!(event, Event::Data { text: true, bytes, .. } if &bytes[..] == b"hello");
    pair.run_until_seen(OFFERER, SOON, hello);
    pair.run_until_seen(ANSWERER, SOON, hello);
}

#[test]
fn a_lossy_path_delays_but_does_not_prevent() {
    let mut pair = audio_pair(20);
    for peer in [OFFERER, ANSWERER] {
        pair.run_until_seen(peer, Duration::from_secs(60), |event| {
            *event == Event::Connected
        });
    }
    talk(&mut pair, 200);
    assert!(pair.lost > 0);
    for peer in [OFFERER, ANSWERER] {
        let heard = heard(&pair, peer);
        assert!((120..200).contains(&heard), "heard {heard} of 200");
    }
}

/// Whichever datagrams of the handshake are lost, two at most, it comes to its end.
#[test]
fn a_handshake_survives_the_loss_of_any_two_datagrams() {
    for first in 0..7 {
        for second in first..8 {
            let mut pair = audio_pair(0);
            pair.lose = vec![first, second];
            for peer in [OFFERER, ANSWERER] {
                pair.run_until_seen(peer, SOON, |event| *event == Event::Connected);
            }
        }
    }
}

#[test]
fn the_codec_both_have_is_used() {
    let alice = config(ALICE, 1, &[AudioCodec::Opus, AudioCodec::Pcmu], &[]);
    let bob = config(BOB, 2, &[AudioCodec::Pcmu], &[]);
    let mut pair = Pair::connect([alice, bob], 0);
    pair.run_until_seen(OFFERER, SOON, |event| *event == Event::Connected);
    pair.run_until_seen(ANSWERER, SOON, |event| *event == Event::Connected);
    for peer in [OFFERER, ANSWERER] {
        let codec = pair.peers[peer].sending_codec(TrackId(0));
        assert_eq!(codec, Some(AudioCodec::Pcmu));
    }
    talk(&mut pair, 10);
    assert_eq!((heard(&pair, OFFERER), heard(&pair, ANSWERER)), (10, 10));
}

#[test]
fn a_lite_agent_only_answers() {
    let alice = config(ALICE, 1, &[AudioCodec::Opus], &[]);
    let mut bob = config(BOB, 2, &[AudioCodec::Opus], &[]);
    bob.lite = true;
    let mut pair = Pair::connect([alice, bob], 0);
    pair.run_until_seen(OFFERER, SOON, |event| *event == Event::Connected);
    pair.run_until_seen(ANSWERER, SOON, |event| *event == Event::Connected);
    talk(&mut pair, 10);
    assert_eq!((heard(&pair, OFFERER), heard(&pair, ANSWERER)), (10, 10));
}

#[test]
fn closing_is_told_to_the_other_side() {
    let mut pair = audio_pair(0);
    pair.run_until_seen(OFFERER, SOON, |event| *event == Event::Connected);
    pair.run_until_seen(ANSWERER, SOON, |event| *event == Event::Connected);
    let now = pair.now;
    pair.peers[OFFERER].close(now);
    pair.drain(OFFERER);
    pair.run_until_seen(OFFERER, SOON, |event| *event == Event::Closed);
    pair.run_until_seen(ANSWERER, Duration::from_secs(1), |event| {
        *event == Event::Closed
    });
}

#[test]
fn nobody_there_is_a_failure_in_the_end() {
    let mut pair = audio_pair(100);
    pair.run_until_seen(OFFERER, Duration::from_secs(120), |event| {
        *event == Event::Failed
    });
}

#[test]
fn misuse_and_nonsense_are_errors_not_panics() {
    let mut pair = audio_pair(0);
    let now = pair.now;
    let peer = &mut pair.peers[OFFERER];
    assert!(matches!(
        peer.send_rtp(now, TrackId(7), 0, false, Bytes::new()),
        Err(PeerError::NotNegotiated(7))
    ));
    assert!(matches!(
        peer.create_answer(now, "not a description"),
        Err(PeerError::BadDescription(_))
    ));
    assert!(matches!(
        peer.create_answer(now, &"v=0\r\n".repeat(20_000)),
        Err(PeerError::BadDescription(_))
    ));
    assert!(peer.set_answer(now, "v=0\r\n").is_err());
    assert!(peer.add_remote_candidate("candidate:?").is_err());
    for garbage in [&b""[..], &[0; 20], &[22, 254, 253, 0], &[128; 2000]] {
        let datagram = webrtc_peer::Input::Datagram {
            local: ALICE.parse().unwrap(),
            source: "203.0.113.7:9".parse().unwrap(),
            bytes: Bytes::copy_from_slice(garbage),
        };
        peer.handle(now, datagram);
    }
    pair.drain(OFFERER);
    pair.run_until_seen(OFFERER, SOON, |event| *event == Event::Connected);
}
