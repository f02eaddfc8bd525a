use proptest::prelude::*;

use super::*;

const FRAME: u32 = 160;

fn key(character: char) -> Key {
    Key::from_char(character).unwrap()
}

/// All packets of the keys, with the number of the frame that they belong to.
fn sent(keys: &str, hold: Duration) -> Vec<(u32, EventPacket)> {
    let mut sender = DtmfSender::new(8_000);
    keys.chars()
        .for_each(|character| sender.press(key(character), hold).unwrap());
    (0..400)
        .filter_map(|number| Some((number, sender.frame(number * FRAME, FRAME)?)))
        .collect()
}

fn heard(packets: &[(u32, EventPacket)]) -> Vec<DtmfEvent> {
    let mut receiver = DtmfReceiver::new(8_000);
    let mut events = Vec::new();
    for number in 0..500 {
        let now = Duration::from_millis(20) * number;
        for (_, packet) in packets.iter().filter(|(at, _)| *at == number) {
            receiver.handle(now, packet.timestamp, &packet.payload);
        }
        receiver.tick(now);
        events.extend(std::iter::from_fn(|| receiver.poll()));
    }
    events
}

#[test]
fn a_key_is_one_event_with_three_ends() {
    let packets = sent("5", Duration::from_millis(100));
    assert_eq!(packets.len(), 7);
    assert!(packets.iter().all(|(_, packet)| packet.timestamp == 0));
    assert_eq!(
        packets.iter().filter(|(_, packet)| packet.marker).count(),
        1
    );
    let ends: Vec<_> = packets
        .iter()
        .filter(|(_, packet)| packet.payload[1] & 0x80 != 0)
        .collect();
    assert_eq!(ends.len(), 3);
    assert!(
        ends.iter()
            .all(|(_, packet)| packet.payload == [5, 0x8a, 0x03, 0x20])
    );
    let held = Duration::from_millis(100);
    assert_eq!(
        heard(&packets),
        [
            DtmfEvent::Pressed(key('5')),
            DtmfEvent::Released {
                key: key('5'),
                held
            }
        ]
    );
}

#[test]
fn all_keys_arrive_in_order_even_if_their_ends_are_lost() {
    let all = "0123456789*#ABCD0011";
    let mut packets = sent(all, Duration::from_millis(60));
    let pressed = |events: &[DtmfEvent]| -> String {
        events
            .iter()
            .filter_map(|event| match event {
                DtmfEvent::Pressed(key) => Some(key.as_char()),
                DtmfEvent::Released { .. } => None,
            })
            .collect()
    };
    let whole = heard(&packets);
    assert_eq!(
        (pressed(&whole).as_str(), whole.len()),
        (all, 2 * all.len())
    );
    packets.retain(|(_, packet)| packet.payload[1] & 0x80 == 0);
    let without_ends = heard(&packets);
    assert_eq!(
        (pressed(&without_ends).as_str(), without_ends.len()),
        (all, 2 * all.len())
    );
}

#[test]
fn the_queue_is_bounded_and_a_pause_separates_keys() {
    let mut sender = DtmfSender::new(8_000);
    for _ in 0..QUEUE_MAX {
        sender.press(key('1'), Duration::ZERO).unwrap();
    }
    assert_eq!(
        sender.press(key('1'), Duration::ZERO),
        Err(DtmfError::QueueFull)
    );
    let frames: Vec<bool> = (0..14)
        .map(|number| sender.frame(number * FRAME, FRAME).is_some())
        .collect();
    assert_eq!(
        frames,
        [
            true, true, true, true, false, false, true, true, true, true, false, false, true, true
        ]
    );
    assert!(Key::from_char('x').is_none() && Key::from_char('d').is_some());
}

proptest! {
    #[test]
    fn any_loss_that_leaves_one_packet_of_each_key_loses_no_key(mask in proptest::collection::vec(any::<bool>(), 50), swap in 0usize..40) {
        let packets = sent("1234567", Duration::from_millis(60));
        let mut kept: Vec<_> = packets.iter().zip(&mask).filter(|(_, keep)| **keep).map(|(packet, _)| *packet).collect();
        if swap + 1 < kept.len() && kept[swap].1.timestamp == kept[swap + 1].1.timestamp {
            kept.swap(swap, swap + 1);
        }
        let mut expected: Vec<u32> = kept.iter().map(|(_, packet)| packet.timestamp).collect();
        expected.dedup();
        let pressed = heard(&kept).iter().filter(|event| matches!(event, DtmfEvent::Pressed(_))).count();
        prop_assert_eq!(pressed, expected.len());
    }

    #[test]
    fn any_payload_is_heard_without_panic(packets in proptest::collection::vec((any::<u32>(), proptest::collection::vec(any::<u8>(), 0..6)), 0..50)) {
        let mut receiver = DtmfReceiver::new(8_000);
        for (timestamp, payload) in packets {
            receiver.handle(Duration::ZERO, timestamp, &payload);
        }
        prop_assert!(std::iter::from_fn(|| receiver.poll()).count() <= QUEUE_MAX);
    }
}
