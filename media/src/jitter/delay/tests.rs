use super::*;

/// Time of a packet in µs.
const PACKET: i64 = 20_000;

/// Feeds packets whose transit in ms is `transit(number)`; gives the target after each.
fn targets(packets: u32, mut transit: impl FnMut(u32) -> i64) -> Vec<i64> {
    let mut estimator = DelayEstimator::new();
    (0..packets)
        .map(|number| {
            let sent = PACKET * i64::from(number);
            estimator.observe(sent + 1_000 * transit(number), sent);
            estimator.target().as_millis() as i64
        })
        .collect()
}

#[test]
fn a_queue_that_drained_is_forgotten_in_two_spells_however_it_drained() {
    // Builds within a second, stands, drains by `step` ms a packet.
    for stands in [0, 50, 250, 1_500] {
        for step in [1, 4, 6, 19, 39, 200] {
            let drains = 50 + stands;
            let gone = drains + 200 / step as u32;
            let targets = targets(gone + 400, |number| match number {
                0..50 => 30 + 4 * i64::from(number),
                number if number < drains => 230,
                number => 30 + (200 - i64::from(number - drains) * step).max(0),
            });
            let after = &targets[gone as usize + 2 * 175..];
            assert!(
                after.iter().all(|&target| target <= 10),
                "stood {stands} packets, drained by {step} ms: {after:?}"
            );
        }
    }
}

#[test]
fn a_step_up_is_in_the_target_within_half_a_second() {
    let targets = targets(600, |number| if number < 500 { 30 } else { 230 });
    assert_eq!(targets[499], 5);
    assert!(targets[525] >= 200, "{}", targets[525]);
}

#[test]
fn a_sparse_stream_keeps_what_it_knows() {
    let mut estimator = DelayEstimator::new();
    for number in 0..400 {
        // Two packets a second, as in a pause; every fourth is 60 ms late.
        let sent = 500_000 * number;
        let late = if number % 4 == 0 { 60_000 } else { 0 };
        estimator.observe(sent + late, sent);
        assert!(
            number < 20 || estimator.target() == Duration::from_millis(65),
            "{number}"
        );
    }
}

#[test]
fn a_jump_of_the_clock_begins_anew() {
    let mut estimator = DelayEstimator::new();
    for number in 0..100 {
        let jitter = number % 10 * 10_000;
        estimator.observe(PACKET * number, PACKET * number - jitter);
    }
    assert!(estimator.target() >= Duration::from_millis(90));
    let jumped = 100_000_000;
    estimator.observe(PACKET * 100, jumped);
    assert_eq!(estimator.target(), Duration::from_millis(5));
    assert_eq!(estimator.excess(PACKET * 100, jumped), -5_000);
}
