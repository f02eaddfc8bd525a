//! What becomes of packets that are no use.

use std::time::Duration;

use crate::codec::Pcma;
use crate::jitter::{Inserted, JitterBuffer};

#[test]
fn duplicates_late_and_long_packets_are_told_apart() {
    let mut buffer = JitterBuffer::new(8_000, 8_000, 480);
    let mut frame = [0; 160];
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
        buffer.pull(at(20 * number), &mut Pcma, &mut frame);
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
        buffer.insert(at(90), 200, 160 * 190, Some(&payload)),
        Inserted::Flushed
    );
    let end = buffer.statistics();
    assert_eq!(
        (end.packets_played, end.packets_missed, end.missed_runs),
        (2, 1, 1)
    );
}
