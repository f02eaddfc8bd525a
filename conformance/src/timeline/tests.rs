use net::faults::{Effect, Target};

use super::*;

fn line(quantity: Quantity, ear: &str, points: &[(f64, f64)]) -> Line {
    Line {
        quantity,
        ear: ear.to_owned(),
        points: points.to_vec(),
    }
}

/// A timeline to play with: a fault from 4 to 6 s, a pause in one line.
pub(crate) fn timeline() -> Timeline {
    let steps = |value: fn(f64) -> f64| -> Vec<(f64, f64)> {
        (0..20)
            .map(|step| f64::from(step) / 2.0)
            .map(|at| (at, value(at)))
            .collect()
    };
    let mut scores = steps(|at| if (4.0..6.0).contains(&at) { 2.1 } else { 4.3 });
    scores.drain(8..11);
    Timeline {
        left_out: 0,
        from_s: 0.0,
        until_s: 9.5,
        lines: vec![
            line(
                Quantity::Bitrate,
                "bob",
                &steps(|at| if at < 4.0 { 80.0 } else { 64.0 }),
            ),
            line(Quantity::Bitrate, "alice", &steps(|_| 80.0)),
            line(Quantity::QueueDelay, "bob", &steps(|at| 12.0 * at)),
            line(
                Quantity::Loss,
                "bob",
                &steps(|at| if at < 4.0 { 0.0 } else { 7.5 }),
            ),
            line(Quantity::TargetDelay, "bob", &steps(|at| 20.0 + at)),
            line(Quantity::Score, "bob", &scores),
        ],
        faults: vec![FaultTime {
            from_s: 4.0,
            until_s: 6.0,
            text: "link of site home loses 8 % of packets & more".to_owned(),
        }],
    }
}

#[test]
fn a_mean_is_over_what_was_measured_in_the_time() {
    let line = line(
        Quantity::Loss,
        "bob",
        &[(0.0, 1.0), (1.0, 3.0), (2.0, 90.0)],
    );
    assert_eq!(line.mean(0.0, 2.0), Some(2.0));
    assert_eq!(line.mean(5.0, 9.0), None);
}

#[test]
fn ears_are_named_once() {
    assert_eq!(timeline().ears(), ["alice", "bob"]);
    assert_eq!(timeline().of_quantity(Quantity::Bitrate).count(), 2);
}

#[test]
fn a_timeline_survives_json() {
    let text = serde_json::to_string(&timeline()).expect("it is plain data");
    assert_eq!(
        serde_json::from_str::<Timeline>(&text).expect("what was written can be read"),
        timeline()
    );
}

#[test]
fn without_media_there_is_nothing_to_draw() {
    let topology = net::topology::Topology::lan(&["alice"], Duration::ZERO);
    let plan = FaultPlan::seeded(0).with(Target::link("lan"), STEP, None, Effect::Cut);
    assert_eq!(
        Timeline::of(&Evidence::read(&topology, &[]), &[], &plan),
        None
    );
}
