use super::*;

fn packet(id: u64, bytes: &'static [u8]) -> Packet {
    Packet {
        source: "192.0.2.1:5060".parse().expect("an address"),
        target: "192.0.2.2:5060".parse().expect("an address"),
        protocol: Protocol::Udp,
        payload: Bytes::from_static(bytes),
        id,
    }
}

fn run(keep: bool, second_packet: &'static [u8]) -> Trace {
    let mut recorder = Recorder::new(keep);
    recorder.sent(0, 0, &packet(0, b"REGISTER"));
    recorder.arrived(1_500_000_000, 1, &packet(0, b"REGISTER"));
    recorder.sent(2_600_000_000, 1, &packet(1, second_packet));
    recorder.dropped(2_600_000_001, 1, || {
        "link up of site home: loss".to_string()
    });
    recorder.finish(4_000_000_000)
}

#[test]
fn equal_runs_have_equal_hashes_kept_or_not() {
    let (kept, hashed) = (run(true, b"200"), run(false, b"200"));
    assert_eq!(kept.hash, hashed.hash);
    assert_eq!(kept.checkpoints, hashed.checkpoints);
    assert_eq!(kept.checkpoints.len(), 4);
    assert_eq!(kept.first_difference(&hashed), None);
    assert_eq!((kept.entries.len(), hashed.entries.len()), (4, 0));
    assert_eq!(
        (kept.sent_count, kept.arrived_count, kept.dropped_count),
        (2, 1, 1)
    );
}

#[test]
fn the_first_difference_is_named() {
    let (ours, theirs) = (run(true, b"200"), run(true, b"401"));
    let difference = ours.first_difference(&theirs).expect("they differ");
    assert!(
        matches!(&difference, Difference::Entry { index: 2, .. }),
        "{difference}"
    );
    let text = difference.to_string();
    assert!(
        text.contains("2.600000000 s UDP packet 1 sent by host 1"),
        "{text}"
    );
    let by_hash = run(false, b"200").first_difference(&run(false, b"401"));
    assert_eq!(by_hash, Some(Difference::Second { second: 2 }));
}

#[test]
fn a_run_that_ends_early_differs() {
    let ours = run(true, b"200");
    let mut theirs = ours.clone();
    theirs.entries.pop();
    let difference = ours.first_difference(&theirs).expect("they differ");
    assert!(difference.to_string().contains("has ended"), "{difference}");
}
