use super::*;

fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn datagram(first: u8) -> Datagram {
    Datagram {
        local: ([192, 0, 2, 1], 4_000).into(),
        target: ([192, 0, 2, 2], 4_000).into(),
        bytes: Bytes::from(vec![first; 3]),
    }
}

fn repeated(flight: &mut Flight) -> Vec<u8> {
    std::iter::from_fn(|| flight.poll())
        .map(|datagram| datagram.bytes[0])
        .collect()
}

#[test]
fn what_left_last_is_repeated_ever_more_seldom_and_not_for_ever() {
    let mut flight = Flight::new();
    flight.sent(at(0), &datagram(22));
    flight.sent(at(100), &datagram(21));
    flight.sent(at(100), &datagram(20));
    let mut times = Vec::new();
    while let Some(due) = flight.deadline() {
        flight.tick(due);
        assert_eq!(repeated(&mut flight), [21, 20]);
        times.push(due);
    }
    assert_eq!(times, [at(1_600), at(4_600), at(10_600), at(22_600)]);
}

/// A record of a handshake: its epoch and number, and an octet.
fn record(epoch: u8, number: u8) -> Vec<u8> {
    vec![22, 254, 253, 0, epoch, 0, 0, 0, 0, 0, number, 0, 1, 7]
}

#[test]
fn records_in_the_clear_get_fresh_numbers_and_others_keep_theirs() {
    let mut flight = Flight::new();
    let bytes = [record(0, 4), record(0, 5), record(1, 0), record(0, 6)].concat();
    flight.sent(
        at(0),
        &Datagram {
            bytes: bytes.into(),
            ..datagram(22)
        },
    );
    for first in [7, 10] {
        flight.tick(flight.deadline().unwrap());
        let fresh = [
            record(0, first),
            record(0, first + 1),
            record(1, 0),
            record(0, first + 2),
        ];
        assert_eq!(flight.poll().unwrap().bytes, fresh.concat());
    }
}

#[test]
fn nothing_else_is_repeated_and_nothing_once_it_is_over() {
    let mut flight = Flight::new();
    flight.sent(at(0), &datagram(1));
    flight.sent(at(0), &datagram(128));
    assert_eq!(flight.deadline(), None);
    flight.sent(at(0), &datagram(22));
    flight.end();
    flight.sent(at(0), &datagram(23));
    flight.tick(at(60_000));
    assert!(flight.deadline().is_none() && flight.poll().is_none());
}
