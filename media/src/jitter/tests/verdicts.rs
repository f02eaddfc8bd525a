//! What becomes of packets that are no use.

use std::time::Duration;

use crate::codec::{Codec, Pcma};
use crate::jitter::{Inserted, JitterBuffer};

#[test]
fn duplicates_late_and_long_packets_are_told_apart() {
    let mut buffer = JitterBuffer::new(8_000, 8_000, 480);
    let payload = [0x55; 160];
    let at = Duration::from_millis;
    assert_eq!(
        buffer.insert(at(0), 10, 0, Some(&payload)),
        Inserted::Stored
    );
    assert_eq!(
        buffer.insert(at(0), 10, 0, Some(&payload)),
        Inserted::Duplicate
    );
    assert_eq!(
        buffer.insert(at(0), 11, 160, Some(&[0; 481])),
        Inserted::TooLong
    );
    assert_eq!(
        buffer.insert(at(0), 12, 320, Some(&payload)),
        Inserted::Stored
    );
    assert_eq!(buffer.waiting(), 2);
    for number in 1..5 {
        buffer.pull(at(20 * number), &mut Pcma, 160);
    }
    assert_eq!(
        buffer.insert(at(90), 10, 0, Some(&payload)),
        Inserted::Duplicate
    );
    assert_eq!(
        buffer.insert(at(90), 11, 160, Some(&payload)),
        Inserted::Late
    );
    assert_eq!(
        buffer.insert(at(91), 11, 160, Some(&payload)),
        Inserted::Duplicate
    );
    assert_eq!(
        buffer.insert(at(92), 200, 160 * 190, Some(&payload)),
        Inserted::Flushed
    );
    let end = buffer.statistics();
    assert_eq!(
        (end.packets_played, end.packets_missed, end.missed_runs),
        (2, 1, 1)
    );
    // One too long, one late, none of the flushed.
    assert_eq!((end.packets_duplicated, end.packets_discarded), (3, 2));
}

#[test]
fn a_loss_is_led_over_to_the_packet_that_waits_behind_it() {
    let at = Duration::from_millis;
    let packet = |level: i16| {
        let wave = |place: usize| if place % 40 < 20 { level } else { -level };
        let samples: [i16; 160] = std::array::from_fn(wave);
        let mut payload = [0; 160];
        Pcma.encode(&samples, &mut payload).expect("it fits");
        payload
    };
    // The louder half of the call waits behind the lost packet, or comes in its own time.
    for waits in [true, false] {
        let mut buffer = JitterBuffer::new(8_000, 8_000, 160);
        for number in 0..10 {
            let timestamp = 160 * u32::from(number);
            buffer.insert(
                at(20 * u64::from(number)),
                number,
                timestamp,
                Some(&packet(1_000)),
            );
            buffer.pull(at(20 * u64::from(number) + 15), &mut Pcma, 160);
        }
        if waits {
            buffer.insert(at(205), 11, 160 * 11, Some(&packet(8_000)));
        }
        buffer.pull(at(215), &mut Pcma, 160);
        let loudest = |part: &[i16]| part.iter().map(|sample| sample.unsigned_abs()).max();
        let frame = buffer.frame();
        assert!(loudest(&frame[..20]) < Some(2_000));
        let is_loud = loudest(&frame[120..]) > Some(5_000);
        assert_eq!(is_loud, waits, "{:?}", &frame[120..]);
        let end = buffer.statistics();
        assert_eq!((end.concealed_samples, end.concealment_events), (160, 1));
        if waits {
            buffer.pull(at(235), &mut Pcma, 160);
            assert!(
                loudest(&buffer.frame()[..20]) > Some(6_000),
                "it begins at once"
            );
        }
        assert_eq!(buffer.statistics().concealed_samples, 160);
    }
}

/// Sound that comes before the answer to an offer is given to the buffer with the answer: what finds no more room has had its turn.
#[test]
fn a_backlog_is_played_faster_and_what_is_beyond_the_room_is_missed() {
    let at = |packets: u64| Duration::from_millis(20 * packets);
    // Packet 90 is lost. Three times 64 packets make way for those that follow them.
    for (backlog, missed) in [(50_u64, 0), (200, 192)] {
        let mut buffer = JitterBuffer::new(8_000, 8_000, 160);
        let give = |buffer: &mut JitterBuffer, number: u64| {
            if number != 90 {
                let timestamp = 160 * number as u32;
                buffer.insert(at(number), number as u16, timestamp, Some(&[0x55; 160]));
            }
        };
        for number in 0..=backlog {
            give(&mut buffer, number);
        }
        for number in backlog + 1..=backlog + 400 {
            buffer.pull(at(number), &mut Pcma, 160);
            give(&mut buffer, number);
        }
        let end = buffer.statistics();
        let waiting = buffer.waiting() as u64;
        let turns = end.packets_played + end.packets_missed;
        assert_eq!(turns + waiting, backlog + 401, "{end:?}");
        assert_eq!(end.packets_missed, missed.max(u64::from(backlog < 90)));
        assert!(waiting < 4, "it has caught up: {waiting} wait");
    }
}
