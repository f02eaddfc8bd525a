use std::fmt::Write as _;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::rtp::{FIXED_HEADER_LEN, Header, Packet, Ssrc};
use crate::rtx::{History, PayloadTypes, Restorer, Retransmitter};
use crate::srtp::{Inbound, SdesKey, Suite};

const STEP: Duration = Duration::from_millis(10);

/// A VP8 packet with long picture id and base layer index.
fn vp8(
    sequence: u16,
    timestamp: u32,
    picture: u16,
    base: u8,
    is_key: bool,
    is_first: bool,
) -> Vec<u8> {
    let mut bytes = vec![0; FIXED_HEADER_LEN];
    let header = Header {
        marker: false,
        payload_type: 96,
        sequence,
        timestamp,
        ssrc: Ssrc(1),
    };
    header.write(bytes.first_chunk_mut().expect("a header"));
    let [high, low] = (picture | 0x8000).to_be_bytes();
    let start = if is_first { 0x90 } else { 0x80 };
    bytes.extend([start, 0xc0, high, low, base, u8::from(!is_key), 7, 7]);
    bytes
}

fn line(bytes: &[u8]) -> String {
    let packet = Packet::parse(bytes).expect("a packet");
    let payload = packet.payload();
    let picture = u16::from_be_bytes([payload[2] & 0x7f, payload[3]]);
    format!(
        "seq {:5}  ts {:10}  picture {picture:5}  base {:3}",
        packet.sequence(),
        packet.timestamp(),
        payload[4]
    )
}

fn receiver() -> Outgoing {
    Outgoing::new(Ssrc(9), 100, Rewriter::video(65_533), None)
}

/// Pictures of two packets each on two layers; the receiver changes from the low layer to the high one and back.
#[test]
fn numbers_go_on_over_a_change_of_layer() {
    let mut outgoing = receiver();
    outgoing.choose(Some(0));
    let mut table = String::new();
    let mut buffer = [0; 100];
    let numbers = [
        (200u16, 9_000u32, 32_766u16, 254u8),
        (40_000, 4_000_000_000, 100, 7),
    ];
    for picture in 0..8u16 {
        let now = Duration::from_millis(40) * u32::from(picture);
        match picture {
            2 => outgoing.choose(Some(1)),
            5 => outgoing.choose(Some(0)),
            _ => {}
        }
        for (layer, (sequence, timestamp, first, base)) in numbers.iter().enumerate() {
            // Key frames: both layers at 0, the high one at 3, the low one at 6.
            let is_key = picture == [[0, 6], [0, 3]][layer][usize::from(picture > 0)];
            for half in 0..2 {
                let bytes = vp8(
                    sequence.wrapping_add(2 * picture + half),
                    timestamp.wrapping_add(3_600 * u32::from(picture)),
                    (first + picture) & 0x7fff,
                    base.wrapping_add(picture as u8),
                    is_key,
                    half == 0,
                );
                let incoming = Incoming::read(PayloadFormat::Vp8, &bytes).expect("a packet");
                let came = line(&bytes);
                let layer = layer as u8;
                let key = if incoming.can_begin { "key" } else { "" };
                let _ = match outgoing.forward(now, layer, &incoming, &mut buffer) {
                    Some(len) => writeln!(
                        table,
                        "{layer} {key:3} {came}  ->  {}",
                        line(&buffer[..len])
                    ),
                    None => writeln!(table, "{layer} {key:3} {came}  ->  -"),
                };
            }
        }
    }
    insta::assert_snapshot!(table);
    assert_eq!(outgoing.statistics().switches, 3);
}

#[test]
fn each_receiver_has_its_own_key_and_numbers() {
    let key = |number: u8| SdesKey::generate(Suite::AeadAes128Gcm, |octets| octets.fill(number));
    let bytes = vp8(7, 8, 9, 1, true, true);
    let incoming = Incoming::read(PayloadFormat::Vp8, &bytes).expect("a packet");
    for number in 1..4u8 {
        let key = key(number);
        let ssrc = Ssrc(u32::from(number));
        let mut outgoing = Outgoing::new(ssrc, 101, Rewriter::video(u16::from(number)), Some(&key));
        let mut buffer = [0; 100];
        assert_eq!(outgoing.forward(STEP, 0, &incoming, &mut buffer), None);
        outgoing.choose(Some(0));
        assert_eq!(outgoing.awaited(), Some(0));
        let len = outgoing
            .forward(STEP, 0, &incoming, &mut buffer)
            .expect("forwarded");
        let len = Inbound::new(&key)
            .unprotect(&mut buffer[..len])
            .expect("authentic");
        let packet = Packet::parse(&buffer[..len]).expect("a packet");
        assert_eq!((packet.ssrc(), packet.payload_type()), (ssrc, 101));
        assert_eq!(packet.sequence(), u16::from(number));
        assert_eq!(packet.payload()[5..], bytes[FIXED_HEADER_LEN + 5..]);
        assert_eq!(outgoing.origin(u16::from(number)), Some((0, 7)));
        assert_eq!(outgoing.origin(u16::from(number) + 1), None);
        // Too small a buffer is told, not met with a panic.
        assert_eq!(outgoing.forward(STEP, 0, &incoming, &mut [0; 20]), None);
        assert_eq!(outgoing.statistics().failed, 1);
    }
}

#[test]
fn a_missed_packet_is_sent_again_as_it_was_sent() {
    let pairs = PayloadTypes::new().with(101, 100);
    let mut history = History::new(64, 100);
    let mut outgoing = receiver();
    outgoing.choose(Some(0));
    let mut sent = Vec::new();
    let mut buffer = [0; 100];
    for number in 0..10u16 {
        // The source's own numbers wrap too, and the receiver begins in the middle.
        let bytes = vp8(
            number.wrapping_sub(3),
            900,
            number,
            0,
            number == 2,
            number == 2,
        );
        history.keep(number.wrapping_sub(3), &bytes);
        let incoming = Incoming::read(PayloadFormat::Vp8, &bytes).expect("a packet");
        if let Some(len) = outgoing.forward(STEP, 0, &incoming, &mut buffer) {
            sent.push(buffer[..len].to_vec());
        }
    }
    assert_eq!(sent.len(), 8);
    let mut repair = |outgoing: &mut Outgoing, missed: u16| {
        let (_, came) = outgoing.origin(missed)?;
        let bytes = history.resend(STEP, came, Duration::ZERO)?;
        let incoming = Incoming::read(PayloadFormat::Vp8, bytes).expect("a packet");
        let len = outgoing.repair(missed, &incoming, &mut buffer)?;
        Some(buffer[..len].to_vec())
    };
    assert_eq!(repair(&mut outgoing, 65_535), None);
    outgoing.set_retransmitter(Some(Retransmitter::new(Ssrc(10), 500, pairs.clone())));
    let restorer = Restorer::new(Ssrc(9), Ssrc(10), pairs);
    for (place, packet) in sent.iter().enumerate() {
        let missed = 65_533u16.wrapping_add(place as u16);
        let mut repaired = repair(&mut outgoing, missed).expect("it was sent");
        let restored = restorer
            .restore(&mut repaired)
            .expect("ours")
            .expect("a packet");
        assert_eq!(restored, &packet[..]);
    }
    assert_eq!(outgoing.statistics().repaired, 8);
    assert_eq!(repair(&mut outgoing, 65_532), None);
    assert_eq!(repair(&mut outgoing, 5), None);
}

#[test]
fn key_frames_of_h264_are_known_by_their_parameters_or_first_slice() {
    let can_begin = |payload: &[u8]| {
        let mut bytes = vec![0x80; FIXED_HEADER_LEN];
        bytes[0] = 0x80;
        bytes.extend(payload);
        Incoming::read(PayloadFormat::H264, &bytes)
            .expect("a packet")
            .can_begin
    };
    assert!(can_begin(&[0x67, 1]) && can_begin(&[0x78, 0, 2, 0x67, 1]) && can_begin(&[0x65, 0x88]));
    assert!(can_begin(&[0x7c, 0x85, 0x88]) && !can_begin(&[0x7c, 0x05, 0x88]));
    assert!(!can_begin(&[0x41, 0x9a]) && !can_begin(&[0x65, 0x40]) && !can_begin(&[]));
}

#[test]
fn a_thousand_requests_are_one_and_an_unanswered_one_is_repeated() {
    let at = Duration::from_millis;
    let mut requests = KeyFrameRequests::default();
    assert_eq!(
        (requests.poll(at(0), None), requests.deadline()),
        (None, None)
    );
    for _ in 0..1_000 {
        requests.want(2);
    }
    requests.want(200);
    assert_eq!(
        (requests.poll(at(0), None), requests.poll(at(0), None)),
        (Some(2), None)
    );
    requests.want(2);
    assert_eq!(
        (requests.poll(at(200), None), requests.deadline()),
        (None, Some(at(300)))
    );
    assert_eq!(requests.poll(at(300), None), Some(2));
    requests.on_key_frame(2);
    assert_eq!(
        (requests.poll(at(2_000), None), requests.deadline()),
        (None, None)
    );
}

#[test]
fn the_layer_follows_the_rate_without_changing_back_and_forth() {
    let mut rates = LayerRates::default();
    let mut now = Duration::ZERO;
    // 100, 400 and 1,600 kbit/s.
    for _ in 0..300 {
        for (layer, octets) in [(0, 125), (1, 500), (2, 2_000)] {
            rates.on_packet(now, layer, octets);
        }
        now += STEP;
    }
    let choose = |allowed, current| rates.choose(now, allowed, current);
    assert_eq!(rates.bits_per_second(now, 1), Some(400_000));
    assert_eq!(choose(50_000, None), Some(0));
    assert_eq!(choose(420_000, None), Some(1));
    assert_eq!(choose(420_000, Some(0)), Some(0));
    assert_eq!(choose(470_000, Some(0)), Some(1));
    assert_eq!(choose(400_000, Some(1)), Some(1));
    assert_eq!(choose(390_000, Some(1)), Some(0));
    assert_eq!(choose(5_000_000, Some(1)), Some(2));
    let later = now + Duration::from_secs(3);
    assert_eq!(rates.choose(later, 5_000_000, Some(1)), None);
}

#[test]
fn who_speaks_is_shown_in_place_of_who_was_silent_longest() {
    let mut last = LastN::new(2);
    assert!((1..=4).all(|party| last.join(party)) && !last.join(3));
    assert_eq!(last.shown().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(
        (last.speak(2), last.speak(4), last.speak(4)),
        (None, Some(1), None)
    );
    assert_eq!(last.shown().collect::<Vec<_>>(), [4, 2]);
    assert_eq!(last.speak(9), None);
    last.leave(4);
    assert!(last.is_shown(2) && last.is_shown(1) && !last.is_shown(3));
}

#[test]
fn packets_go_at_the_rate_and_no_more_wait_than_there_is_room_for() {
    let mut pacer = Pacer::new(1_000_000);
    let mut sent = Vec::new();
    assert!(
        (0..1_000)
            .map(|_| pacer.push(&[0; 1_250]))
            .filter(|&taken| taken)
            .count()
            == 512
    );
    assert_eq!(pacer.refused(), 488);
    let mut now = Duration::from_secs(1);
    while let Some(deadline) = pacer.deadline() {
        now = now.max(deadline);
        assert_eq!(pacer.pop(now).map(<[u8]>::len), Some(1_250));
        sent.push(now);
    }
    // 10,000 bits each: 10 ms, but for what is saved up at first.
    let lasted = now - sent[0];
    assert!(
        lasted <= Duration::from_millis(5_110) && lasted >= Duration::from_millis(5_100),
        "{lasted:?}"
    );
    assert!(pacer.is_empty() && pacer.pop(now).is_none());
}

/// What happens to a source's packets on their way to us.
#[derive(Clone, Copy, Debug)]
struct Event {
    layer: u8,
    /// Of every layer's last picture, what is chosen then.
    choose: Option<Option<u8>>,
    is_key: bool,
    packets: u16,
    is_swapped: bool,
}

fn event() -> impl Strategy<Value = Event> {
    let choice = prop_oneof![6 => Just(None), 2 => (0u8..3).prop_map(|layer| Some(Some(layer))), 1 => Just(Some(None))];
    (
        0u8..3,
        choice,
        prop::bool::weighted(0.3),
        1u16..5,
        any::<bool>(),
    )
        .prop_map(|(layer, choose, is_key, packets, is_swapped)| Event {
            layer,
            choose,
            is_key,
            packets,
            is_swapped,
        })
}

proptest! {
    /// Whatever is chosen when, and with packets of a picture in disorder after its first, the receiver's sequence has
    /// no gap and no number twice, its time never goes back, and its picture ids go up by one.
    #[test]
    fn what_a_receiver_gets_has_no_gap(
        events in proptest::collection::vec(event(), 1..200),
        starts in proptest::array::uniform3((any::<u16>(), any::<u32>(), 0u16..0x8000)),
        first: u16,
    ) {
        let mut outgoing = Outgoing::new(Ssrc(9), 100, Rewriter::video(first), None);
        let mut state = starts;
        let mut got: Vec<(u16, u32, u16)> = Vec::new();
        let mut now = Duration::from_secs(1);
        for event in events {
            if let Some(layer) = event.choose {
                outgoing.choose(layer);
            }
            let (sequence, timestamp, picture) = &mut state[usize::from(event.layer)];
            *timestamp = timestamp.wrapping_add(900);
            *picture = (*picture + 1) & 0x7fff;
            let mut packets: Vec<Vec<u8>> = (0..event.packets)
                .map(|number| vp8(sequence.wrapping_add(number), *timestamp, *picture, 0, event.is_key, number == 0))
                .collect();
            *sequence = sequence.wrapping_add(event.packets);
            if event.is_swapped {
                packets[1..].reverse();
            }
            for bytes in packets {
                let mut buffer = [0; 100];
                let incoming = Incoming::read(PayloadFormat::Vp8, &bytes).expect("a packet");
                if let Some(len) = outgoing.forward(now, event.layer, &incoming, &mut buffer) {
                    let packet = Packet::parse(&buffer[..len]).expect("a packet");
                    let payload = packet.payload();
                    let picture = u16::from_be_bytes([payload[2] & 0x7f, payload[3]]);
                    got.push((packet.sequence().wrapping_sub(first), packet.timestamp(), picture));
                    prop_assert!(outgoing.origin(packet.sequence()).is_some());
                }
            }
            now += STEP;
        }
        got.sort_unstable();
        for (place, (sequence, ..)) in got.iter().enumerate() {
            prop_assert_eq!(usize::from(*sequence), place);
        }
        for pair in got.windows(2) {
            let (time, picture) = (pair[1].1.wrapping_sub(pair[0].1), pair[1].2.wrapping_sub(pair[0].2) & 0x7fff);
            prop_assert!(time < 1 << 31 && picture <= 1, "{:?}", pair);
            prop_assert_eq!(time == 0, picture == 0, "{:?}", pair);
        }
    }
}
